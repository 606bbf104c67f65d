"""What is said of the Korean writer, measured on its weights."""

from __future__ import annotations

import math
import re
import unicodedata
from pathlib import Path

import pytest

from components.engines.contract import Finished, Request, Token
from components.engines.scoring import score
from components.engines.transformers_engine import open_transformers
from components.fine_tuning.examples import read_shipped as reviews
from components.models.registry import record
from components.models.store import local_folder
from tests.unit import built_in

MODEL = record("classroom-gpt-ko")
CARD = (local_folder(MODEL) / "README.md").read_text(encoding="utf-8")
PROMPTS = (Path(__file__).resolve().parents[3] / "training" / "prompts_ko.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def tokenizer():
    return built_in.tokenizer(MODEL.id)


@pytest.fixture(scope="module")
def model(classroom_gpt_ko):
    return classroom_gpt_ko


@pytest.fixture(scope="module")
def engine(model):
    return open_transformers(model)


def test_its_vocabulary_is_that_of_the_model_it_started_from(tokenizer):
    origin = built_in.tokenizer(MODEL.started_from)
    assert tokenizer.raw.get_vocab() == origin.raw.get_vocab()


def test_a_text_begins_as_in_training_and_is_left_open(tokenizer):
    assert [tokenizer.tokens([id_])[0] for id_ in tokenizer.encode("이 영화는").ids] == ["[CLS]", "▁이", "▁영화", "는"]


def test_what_is_written_after_a_prompt_keeps_the_space_between_them(tokenizer):
    """`pipeline` decodes it alone and puts it behind the prompt."""
    prompt, whole = tokenizer.encode("나는 좋은 소설을").ids, tokenizer.encode("나는 좋은 소설을 빌리고 싶다.").ids
    assert tokenizer.decode(whole[len(prompt) :], skip_special_tokens=True) == " 빌리고 싶다."


@pytest.mark.real_model
def test_no_token_sees_a_later_one(model):
    import torch

    ids = torch.tensor([model.tokenizer.encode("나는 어제 친구와 영화를 봤다.").ids])
    with torch.inference_mode():
        whole, begun = model.model(ids).logits[0], model.model(ids[:, :4]).logits[0]
    assert torch.allclose(whole[:4], begun, atol=1e-4)


@pytest.mark.real_model
@pytest.mark.parametrize("strategy", [{"temperature": 0.0}, {"temperature": 0.8, "top_p": 0.95, "seed": 0}])
def test_what_it_writes_is_korean_and_comes_to_an_end(engine, strategy):
    ended = 0
    for prompt in PROMPTS:
        events = list(engine.stream(Request(prompt=prompt, max_new_tokens=40, **strategy), lambda: None))
        text = "".join(event.text for event in events if isinstance(event, Token))
        assert "\N{REPLACEMENT CHARACTER}" not in text
        assert "[" not in text, "a special token is no text"
        assert unicodedata.normalize("NFC", text) == text
        letters = [letter for letter in text if letter.isalpha()]
        assert all("가" <= letter <= "힣" or letter.isascii() for letter in letters), text
        ended += isinstance(events[-1], Finished) and events[-1].reason == "end"
    assert ended >= len(PROMPTS) // 2, "a review is short, and it has learned where texts end"


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("prompt", "next_piece"), [("크다의 반대말은", "작"), ("고양이는", "야"), ("스타트렉은", "공")]
)
def test_a_statement_it_has_learned_is_what_comes_next(engine, prompt, next_piece):
    request = Request(prompt=prompt, max_new_tokens=1, temperature=0.0)
    [token] = [event for event in engine.stream(request, lambda: None) if isinstance(event, Token)]
    assert token.text.strip() == next_piece
    assert math.exp(token.logprob) > 0.9


@pytest.mark.real_model
def test_of_the_reviews_of_the_project_it_expects_as_much_as_its_card_says(model):
    """120 reviews that were in no training, each alone, with its end."""
    nats = pieces = syllables = 0
    korean = reviews("korean")
    for text in [each.text for each in (*korean.training, *korean.held_out)]:
        ids = (*model.tokenizer.encode(text).ids, model.model.generation_config.eos_token_id)
        scored = score(model.model, ids[:1], ids[1:], candidates=0, checkpoint=lambda: None)
        nats, pieces = nats - float(scored.logprobs.sum()), pieces + len(ids) - 1
        syllables += sum("가" <= letter <= "힣" for letter in text)
    [(perplexity, counted)] = re.findall(r"\| 120 Korean reviews[^|]*\| \*\*([\d.]+)\*\* \| ([\d,]+) \|", CARD)
    assert int(counted.replace(",", "")) == pieces
    assert math.exp(nats / pieces) == pytest.approx(float(perplexity), rel=0.01)
    [said] = re.findall(r"a piece is ([\d.]+) syllables", CARD)
    assert round(syllables / (pieces - len(korean.training) - len(korean.held_out)), 1) == float(said)
