"""The game, the surprise, and filling in turn: each against a calculation of its own, straight from the logits."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.masked_language import game, gaps
from components.masked_language.game import corrupt
from components.masked_language.gaps import both_sides, fill_stepwise, predictions
from components.masked_language.reading import read
from components.masked_language.surprise import surprises

TEXT = "The cat sat on the mat because it was tired of the long day."


def log_probabilities(tiny, ids):
    with torch.no_grad():
        return torch.log_softmax(tiny.model(torch.tensor([ids])).logits[0].double(), -1).numpy()


def test_batches_do_not_change_a_prediction(tiny, monkeypatch):
    rows = [read(tiny.tokenizer, f"A {word} runs.", model="m").ids for word in ("dog", "cat", "fox")]
    together = list(predictions(tiny, rows, [[2]] * 3))
    monkeypatch.setattr(gaps, "MOST_LOGITS_BYTES", 1)
    one_by_one = list(predictions(tiny, rows, [[2]] * 3))
    assert np.allclose(together, one_by_one, atol=1e-6)


@pytest.mark.parametrize("traceable", [True, False])
def test_the_output_layer_reads_only_what_is_asked_for_where_that_can_be_done(tiny, traceable):
    assert tiny.traceable
    rows = [read(tiny.tokenizer, f"A {word} runs.", model="m").ids for word in ("dog", "cat")]
    read_out: list[int] = []
    watched = tiny.model.get_output_embeddings().register_forward_hook(
        lambda _module, vectors, _scores: read_out.append(vectors[0].shape[:-1].numel())
    )
    first, second = predictions(replace(tiny, traceable=traceable), rows, [[1, 3], [2]])
    watched.remove()
    assert read_out == [3 if traceable else 2 * len(rows[0])]
    assert np.allclose(first, log_probabilities(tiny, rows[0])[[1, 3]], atol=1e-6)
    assert np.allclose(second, log_probabilities(tiny, rows[1])[[2]], atol=1e-6)


def test_a_stop_between_batches_ends_the_computation(tiny, monkeypatch):
    monkeypatch.setattr(gaps, "MOST_LOGITS_BYTES", 1)
    calls = []

    def stop():
        calls.append(1)
        if len(calls) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        surprises(tiny, read(tiny.tokenizer, TEXT, model="m"), checkpoint=stop)
    assert len(calls) == 3


def test_the_loss_of_a_guess_is_the_cross_entropy_of_the_truth(tiny):
    reading = read(tiny.tokenizer, TEXT, model="m")
    played = game.play(tiny, reading, seed=3)
    rows = log_probabilities(tiny, played.corruption.ids)
    for guess in played.guesses:
        assert guess.truth_id == reading.ids[guess.position]
        assert guess.loss_nats == pytest.approx(-rows[guess.position, guess.truth_id], rel=1e-5)
        assert guess.best.id == rows[guess.position].argmax()
        assert guess.right == (guess.rank == 0)
    assert len(played.every) == game.DRAWS * len(played.guesses)
    assert played.blind_loss_nats == pytest.approx(math.log(30_522))


def test_a_typed_word_is_its_token_in_any_case_and_a_piece_without_its_marks(tokenizer):
    france, able = tokenizer.token_id("france"), tokenizer.token_id("##able")
    assert game.is_token(tokenizer, " France ", france)
    assert game.is_token(tokenizer, "able", able)
    assert game.is_token(tokenizer, "##able", able)
    assert not game.is_token(tokenizer, "french", france)
    assert not game.is_token(tokenizer, "  ", france)
    assert not game.is_token(tokenizer, "\ud800", france)


def test_pseudo_perplexity_is_that_of_each_token_hidden_alone(tiny):
    reading = read(tiny.tokenizer, "A dog [MASK] home.", model="m")
    found = surprises(tiny, reading)
    expected = []
    for position in (1, 2, 4, 5):
        ids = list(reading.ids)
        ids[position] = reading.mask_id
        expected.append(-log_probabilities(tiny, ids)[position, reading.ids[position]])
    assert [token.position for token in found.tokens] == [1, 2, 4, 5]
    assert [token.nats for token in found.tokens] == pytest.approx(expected, rel=1e-5)
    assert found.pseudo_perplexity == pytest.approx(math.exp(sum(expected) / 4), rel=1e-5)


def test_in_turn_the_surest_gap_is_filled_first_and_read_by_the_next(tiny):
    reading = read(tiny.tokenizer, "[MASK] is the capital of [MASK].", model="m")
    ids, left, expected = list(reading.ids), [1, 6], []
    while left:
        rows = log_probabilities(tiny, ids)
        position = max(left, key=lambda place: rows[place].max())
        ids[position] = int(rows[position].argmax())
        expected.append((position, ids[position]))
        left.remove(position)
    assert [(step.position, step.chosen.id) for step in fill_stepwise(tiny, reading)] == expected


def test_a_text_without_words_has_no_game_and_no_surprise(tiny):
    reading = read(tiny.tokenizer, "[MASK]", model="m")
    assert game.play(tiny, reading, seed=0) is None
    assert surprises(tiny, reading) is None


def test_the_exercise_takes_away_what_follows_the_gap_but_not_the_full_stop(tiny):
    whole = read(tiny.tokenizer, "We saw the [MASK] rise over the lake.", model="m")
    short = read(tiny.tokenizer, "We saw the [MASK].", model="m")
    judged = both_sides(tiny, whole)
    rows = log_probabilities(tiny, short.ids)
    assert judged.left_only.id == rows[4].argmax()
    assert judged.left_only.probability == pytest.approx(math.exp(rows[4].max()), rel=1e-5)


@pytest.mark.parametrize("text", ["No gap.", "[MASK] and [MASK]."])
def test_the_exercise_wants_exactly_one_gap(tiny, text):
    assert both_sides(tiny, read(tiny.tokenizer, text, model="m")) is None


MASK_ID = 7
VOCABULARY = 1_000


@given(length=st.integers(1, 200), seed=st.integers(0, 9_999))
def test_only_chosen_tokens_change_and_each_as_its_fate_says(length, seed):
    ids = list(range(100, 100 + length))
    eligible = list(range(0, length, 2))
    puzzle = corrupt(ids, eligible, vocabulary=VOCABULARY, mask_id=MASK_ID, seed=seed)
    assert len(puzzle.positions) == max(1, round(0.15 * len(eligible)))
    assert set(puzzle.positions) <= set(eligible)
    fates = dict(zip(puzzle.positions, puzzle.fates, strict=True))
    for position, (before, after) in enumerate(zip(ids, puzzle.ids, strict=True)):
        fate = fates.get(position, "kept")
        assert fate == "replaced" or after == (MASK_ID if fate == "masked" else before)
        assert 0 <= after < max(VOCABULARY, 300)
    assert puzzle == corrupt(ids, eligible, vocabulary=VOCABULARY, mask_id=MASK_ID, seed=seed)


def test_eight_of_ten_are_hidden_one_replaced_one_kept():
    ids = [100] * 10_000
    puzzle = corrupt(ids, range(10_000), vocabulary=VOCABULARY, mask_id=MASK_ID, seed=0)
    counts = Counter(puzzle.fates)
    assert len(puzzle.positions) == 1_500
    assert counts["masked"] / 1_500 == pytest.approx(0.8, abs=0.03)
    assert counts["replaced"] / 1_500 == pytest.approx(0.1, abs=0.025)
    assert counts["kept"] / 1_500 == pytest.approx(0.1, abs=0.025)


def test_another_seed_chooses_others():
    chosen = {corrupt([1] * 100, range(100), vocabulary=9, mask_id=0, seed=seed).positions for seed in range(10)}
    assert len(chosen) == 10


def test_nothing_is_chosen_where_nothing_may_be():
    puzzle = corrupt([1, 2], [], vocabulary=9, mask_id=0, seed=0)
    assert (puzzle.ids, puzzle.positions) == ((1, 2), ())
