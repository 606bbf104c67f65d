"""What is said of the Korean Classroom BERT, measured on its weights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.fine_tuning.examples import read_shipped as reviews
from components.masked_language.gaps import fill_gap, gaps, predictions
from components.masked_language.reading import MASK, read
from components.models.registry import record
from components.models.store import local_folder
from tests.unit import built_in

MODEL = record("classroom-bert-ko")
CARD = (local_folder(MODEL) / "README.md").read_text(encoding="utf-8")
CLOZE = Path(__file__).resolve().parents[3] / "training" / "cloze_ko.txt"


@pytest.fixture
def tokenizer():
    return built_in.tokenizer(MODEL.id)


@pytest.fixture(scope="module")
def model(classroom_bert_ko):
    return classroom_bert_ko


@pytest.mark.parametrize(
    ("whole", "hidden"),
    [
        ("일본의 수도는 도쿄입니다.", "일본의 수도는 [MASK]입니다."),
        ("배우들의 연기가 훌륭했다.", "배우들의 [MASK]가 훌륭했다."),
        ("나는 소설을 읽었다.", "나는 소설[MASK] 읽었다."),
    ],
)
def test_a_gap_reads_like_the_piece_that_was_hidden_in_training(tokenizer, whole, hidden):
    """A space of its own before the gap, or after it, would be something the model has never seen."""
    ids, gapped = tokenizer.encode(whole).ids, tokenizer.encode(hidden).ids
    assert [id_ if seen != tokenizer.token_id(MASK) else seen for id_, seen in zip(ids, gapped, strict=True)] == gapped


def test_its_vocabulary_is_that_of_the_encoder_it_started_from(tokenizer):
    origin = built_in.tokenizer(MODEL.started_from)
    assert tokenizer.raw.get_vocab() == origin.raw.get_vocab()


def test_a_gap_is_where_it_is_written_without_the_space_before_it(tokenizer):
    reading = read(tokenizer, "일본의 수도는 [MASK]입니다.", model=MODEL.id)
    [gap] = [reading.tokens[position] for position in reading.gaps]
    assert (gap.piece, reading.text[gap.start : gap.end]) == (MASK, MASK)


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("text", "piece", "filled"),
    [
        ("일본의 수도는 [MASK]입니다.", "▁도쿄", "일본의 수도는 도쿄입니다."),
        ("친구 [MASK] 소설을 읽었다.", "가", "친구가 소설을 읽었다."),
    ],
)
def test_a_particle_goes_on_with_its_noun_and_a_word_keeps_its_space(model, text, piece, filled):
    reading = read(model.tokenizer, text, model=MODEL.id)
    [gap] = gaps(model, reading, top=400)
    [candidate] = [each for each in gap.candidates if each.piece == piece]
    assert fill_gap(reading, gap.position, candidate) == filled


@pytest.mark.real_model
def test_it_fills_as_many_gaps_as_its_card_says(model):
    right = five = 0
    for line in CLOZE.read_text(encoding="utf-8").splitlines():
        sentence, answers = line.split("\t")
        [gap] = gaps(model, read(model.tokenizer, sentence, model=MODEL.id), top=5)
        hits = [
            bool(each.text) and any(answer.startswith(each.text) for answer in answers.split(","))
            for each in gap.candidates
        ]
        right, five = right + hits[0], five + any(hits)
    [said] = re.findall(r"right at once in \*\*(\d+)\*\*, among the first five in \*\*(\d+)\*\*", CARD)
    for found, written in zip((right, five), map(int, said), strict=True):
        assert found == pytest.approx(written, abs=1), "two pieces may be almost equally probable"
    assert right >= 8, "fewer, and it would not be part of the project"


@pytest.mark.thorough
@pytest.mark.real_model
def test_of_the_reviews_of_the_project_it_knows_as_many_pieces_as_its_card_says(model):
    """120 reviews that were in no training, each piece hidden alone."""
    right = pieces = 0
    korean = reviews("korean")
    for text in [each.text for each in (*korean.training, *korean.held_out)]:
        reading = read(model.tokenizer, text, model=MODEL.id)
        rows = [(*reading.ids[:at], reading.mask_id, *reading.ids[at + 1 :]) for at in reading.written]
        found = predictions(model, rows, [[at] for at in reading.written])
        right += sum(int(row[0].argmax()) == reading.ids[at] for at, row in zip(reading.written, found, strict=True))
        pieces += len(reading.written)
    [(share, counted)] = re.findall(r"\| 120 Korean reviews[^|]*\| \*\*([\d.]+)%\*\* \|[^|]*\| ([\d,]+) \|", CARD)
    assert int(counted.replace(",", "")) == pieces
    assert right / pieces == pytest.approx(float(share) / 100, abs=0.003)
