"""What the lessons say beyond their questions, measured on the models that they show."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from components.core.i18n import LANGUAGES, use
from components.engines.contract import Request
from components.engines.distribution import next_scores
from components.engines.prompting import word_pieces
from components.engines.samplers import outside_top_p, softmax
from components.engines.scoring import guess
from components.engines.transformers_engine import open_transformers
from components.generation.lesson_examples import examples as examples_of_visitor
from components.generation.questions import SEEDS, compare_repeats, rounds, text_bits, with_seeds
from components.models.tokenization import Pieces
from components.ui.guide.lesson import lesson
from tests.unit import built_in
from tests.unit.engines.streams import carry_on, run, text, tokens
from tests.unit.lessons import words_of

real_model = pytest.mark.real_model
every_language = pytest.mark.parametrize("code", LANGUAGES)


def examples(code):
    with use(code):
        return examples_of_visitor()


def tokenizer_of(code):
    return built_in.tokenizer(examples(code).model)


def loaded(code):
    return built_in.load(examples(code).model)


@cache
def engine(code):
    return open_transformers(loaded(code))


def scores_after(code, prompt):
    return next_scores(loaded(code).model, tokenizer_of(code).encode(prompt).ids)


def shares_after(code, prompt):
    """Return how probable each token is after a prompt, the likeliest first, by how it reads."""
    shares = softmax(scores_after(code, prompt).astype(np.float64))
    likeliest = np.argsort(shares)[::-1][:40].tolist()
    return dict(zip(Pieces(tokenizer_of(code)).texts(likeliest), shares[likeliest].tolist(), strict=True))


def card_with(code, **values):
    return next(card for card in lesson("generation", code).cards if values.items() <= card.values.items())


@every_language
def test_the_cards_set_up_what_the_checks_ask(code):
    """A number that is measured on another text than the one on the screen would be a puzzle."""
    asked, written = examples(code), lesson("generation", code)
    assert {card.values["model"] for card in written.cards if card.values} == {asked.model}
    prompts = {
        card.question.check: card.values["prompt"]
        for card in written.cards
        if card.question is not None and card.question.check is not None
    }
    assert prompts == {
        "nucleus": asked.top_p,
        "others": asked.draws.prompt,
        "seeds": asked.seeds,
        "repeats": asked.greedy.prompt,
        "likeliest": asked.search,
    }
    assert asked.greedy.phrase.strip() in card_with(code, strategy="greedy").body


SHARES = {
    "en": [
        ("The capital of France is", " Paris", ".0%", "“ Paris” 91%"),
        ("France is the capital of", " France", ".0%", "“ France” gets 92%"),
    ],
    "ko": [
        ("대한민국의 수도는", " 어디", ".0%", "‘어디’(어디입니까?)에 61%"),
        ("부산은 대한민국의", " 수도", ".1%", "‘수도’가 97.5%"),
        ("서울은 대한민국의", " 수도", ".1%", "‘서울은 대한민국의’ 다음의 98.1%"),
    ],
}


@real_model
@every_language
def test_the_shares_in_the_lesson_are_those_of_the_model(code):
    for prompt, token, form, said in SHARES[code]:
        likeliest, share = next(iter(shares_after(code, prompt).items()))
        assert (likeliest, format(share, form) in said) == (token, True), (prompt, share)
        assert said in words_of("generation", code), said


@real_model
def test_the_korean_model_may_ask_where_the_capital_is_or_say_it():
    shares = shares_after("ko", "대한민국의 수도는")
    assert f"‘서울’에 {shares[' 서울']:.0%}를" in words_of("generation", "ko")
    assert f"확률의 {1 - shares[' 어디']:.0%}는 다른 토큰의 것" in words_of("generation", "ko")


def count_kept(code, prompt):
    return int((~outside_top_p(scores_after(code, prompt).astype(np.float32), p=0.9)).sum())


@real_model
def test_the_tokens_that_top_p_keeps_after_korean_prompts_are_counted():
    assert f"여기에서는 토큰 {count_kept('ko', examples('ko').top_p)}개가 확률의 90%를" in words_of("generation", "ko")
    assert f"‘이 영화는’ 다음에도 {count_kept('ko', '이 영화는')}개예요" in words_of("generation", "ko")


FILTERED = {
    "en": ("together hold {share:.0%} of that", "keeps {kept} of the 20"),
    "ko": ("더하면 그 가운데 {share:.0%}예요", "20개 가운데 {kept}개가"),
}


@real_model
@every_language
def test_top_p_acts_on_what_top_k_left(code):
    prompt = card_with(code, top_k="20").values["prompt"]
    likeliest = np.array(list(shares_after(code, prompt).values())[:20])
    share = likeliest.sum()
    assert share < 0.9, "else it makes no difference what the 90% are of"
    kept = int((~outside_top_p(np.log(likeliest).astype(np.float32), p=0.9)).sum())
    for said in FILTERED[code]:
        assert said.format(share=share, kept=kept) in words_of("generation", code), (share, kept)


PARTS = {
    "en": "{million:.1f} million learned numbers ({embedding:.0%} embedding, {mlp:.0%} MLP, {attention:.0%} attention)",
    "ko": "학습된 숫자 {ten_thousand:,.0f}만 개(임베딩 {embedding:.0%}, MLP {mlp:.0%}, 어텐션 {attention:.0%})",
}
IN_NAMES = {
    "embedding": ("wte", "word_embeddings"),
    "attention": (".attn.", "attention.self.", "attention.output.dense."),
    "mlp": (".mlp.", "intermediate.dense.", ".output.dense."),
}


@real_model
@every_language
def test_the_learned_numbers_are_counted_by_part(code):
    counted = dict.fromkeys(IN_NAMES, 0)
    total = 0
    for name, parameter in loaded(code).model.named_parameters():
        total += parameter.numel()
        part = next((part for part, marks in IN_NAMES.items() if any(mark in name for mark in marks)), None)
        if part is not None:
            counted[part] += parameter.numel()
    shares = {part: count / total for part, count in counted.items()}
    said = PARTS[code].format(million=total / 1e6, ten_thousand=round(total / 1e5) * 10, **shares)
    assert said in words_of("generation", code), said


def write(code, request):
    return tokens(run(engine(code), request))


@real_model
@every_language
def test_what_greedy_repeats_is_a_smaller_surprise_the_second_time(code):
    asked = examples(code).greedy
    found = compare_repeats(
        write(code, Request(prompt=asked.prompt, strategy="greedy", max_new_tokens=asked.tokens)), asked.phrase
    )
    assert found.change == "falls", found


@real_model
def test_what_greedy_repeats_in_korean_surprises_less_and_less():
    asked = examples("ko").greedy
    request = Request(prompt=asked.prompt, strategy="greedy", max_new_tokens=asked.tokens)
    written = text(run(engine("ko"), request))
    assert written.startswith(" 뭘까? 인생은 깊은 깊은 깊은 깊은")
    later = [token.surprisal_bits for token in write("ko", request)[9:24]]
    rounds_of_three = [sum(later[start : start + 3]) for start in range(0, 15, 3)]
    assert rounds_of_three == sorted(rounds_of_three, reverse=True)


def texts_of_searches(code):
    """Return what is written on the card about searches, by strategy."""
    values = card_with(code, tab="search").values
    asked = Request(prompt=values["prompt"], max_new_tokens=int(values["max_new_tokens"]))
    return {
        "greedy": write(code, replace(asked, strategy="greedy")),
        "beam": write(code, replace(asked, strategy="beam", num_beams=int(values["num_beams"]))),
        "sample": write(code, replace(asked, temperature=0.8, top_p=0.95, seed=0)),
    }


@real_model
@every_language
def test_beam_search_finds_the_likeliest_of_the_texts_and_a_draw_the_least_likely(code):
    bits = {name: text_bits(written) for name, written in texts_of_searches(code).items()}
    assert bits["beam"] < bits["greedy"] < bits["sample"]


@real_model
def test_the_likeliest_korean_text_is_longer_than_that_of_greedy():
    texts = texts_of_searches("ko")
    assert len(texts["beam"]) > len(texts["greedy"])
    assert "그리디의 글보다 긴데도 더 높아요" in words_of("generation", "ko")


@real_model
def test_after_star_trek_the_korean_model_writes_the_same_whatever_the_seed():
    settings = {"temperature": 0.8, "top_p": 0.95, "max_new_tokens": 12}
    written = {text(run(engine("ko"), Request(prompt="스타트렉은", seed=seed, **settings))) for seed in range(6)}
    assert written == {" 공상 과학 드라마입니다."}
    assert "‘스타트렉은’으로 바꾸면 정말로 모두 같아요" in words_of("generation", "ko")


@real_model
@every_language
@pytest.mark.parametrize("settings", [{"top_k": 1}, {"temperature": 0.0}, {"top_p": 0.05}, {"min_p": 1.0}, {}])
def test_the_solutions_of_the_exercise_leave_one_text(code, settings):
    values = lesson("generation", code).exercise.card.values
    request = Request(prompt=values["prompt"], **({"temperature": float(values["temperature"])} | settings))
    tried = with_seeds(engine(code), request, checkpoint=carry_on, session="test")
    assert tried.different == (1 if settings else len(SEEDS))


@real_model
def test_the_korean_card_about_branches_has_a_text_long_enough_to_branch():
    values = card_with("ko", tab="branches").values
    asked = Request(prompt=values["prompt"], temperature=0.8, top_p=0.95, seed=0, max_new_tokens=24)
    assert len(text(run(engine("ko"), asked)).split()) >= 5


def test_every_word_of_the_korean_game_begins_with_a_token_that_tells_more_than_a_space():
    """Its rank is that of its first token: of a space alone it would be as good as nothing guessed."""
    pieces = Pieces(tokenizer_of("ko"))
    for passage in examples("ko").passages:
        assert "[UNK]" not in tokenizer_of("ko").encode(passage).tokens
        for each in rounds(passage):
            first = pieces.texts(word_pieces(tokenizer_of("ko"), each.before, each.word))[0]
            assert first.strip(), each.word


@real_model
def test_the_korean_model_hits_and_misses_in_its_game():
    for passage in examples("ko").passages:
        hits = []
        for each in rounds(passage):
            before = tokenizer_of("ko").encode(each.before).ids
            pieces = word_pieces(tokenizer_of("ko"), each.before, each.word)
            hits.append(guess(loaded("ko").model, before, pieces, checkpoint=carry_on).is_first_choice)
        assert any(hits), passage
        assert not all(hits), passage
