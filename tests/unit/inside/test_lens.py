"""The lens reads each row as the model would; its last row is the model's output, bit for bit."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from components.inside import lens as lens_module
from components.inside.lens import GUESSES, best_guesses, read_lens
from components.inside.reading import predicted_position, run
from components.models.inputs import forward
from tests.unit.inside.networks import NAMES, given

WATCHED = [20, 41]


@pytest.fixture(params=NAMES)
def done(request, network):
    loaded = network(request.param)
    return run(loaded, given(loaded, request.param))


def softmax(logits):
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def test_the_last_row_read_out_is_the_models_output_bit_for_bit(done):
    assert torch.equal(done.logits, forward(done.loaded, done.given).logits[0])


def test_the_streams_are_not_normed_before_the_lens_norms_them(done):
    """The last hidden state of transformers is normed already: reading that out gives other scores."""
    if done.layout.final_norm is None:
        return
    with torch.inference_mode():
        normed = done.layout.final_norm(done.streams[done.rows[-1]])
        assert not torch.allclose(done.layout.read_out(normed), done.logits, atol=1e-2)


@pytest.mark.parametrize("row_by_row", [False, True])
def test_every_cell_is_what_numpy_finds_in_the_scores_of_its_row(done, row_by_row):
    lens = read_lens(done, WATCHED, row_by_row=row_by_row)
    final = softmax(done.logits.double().numpy())
    for number, row in enumerate(done.rows):
        with torch.inference_mode():
            logits = done.layout.read_out(done.streams[row][None])[0].double().numpy()
        shares = softmax(logits)
        order = np.argsort(-logits, axis=-1)[:, :GUESSES]
        np.testing.assert_array_equal(lens.token_ids[number], order)
        np.testing.assert_allclose(
            lens.probabilities[number], np.take_along_axis(shares, order, axis=-1), rtol=1e-4, atol=1e-7
        )
        np.testing.assert_allclose(lens.watched_probabilities[number], shares[:, WATCHED], rtol=1e-4, atol=1e-7)
        ranks = [1 + int((row_ > row_[WATCHED[0]]).sum()) for row_ in logits]
        np.testing.assert_array_equal(lens.watched_ranks[number], ranks)
        if row_by_row:
            kl = (final * (np.log(final) - np.log(shares))).sum(axis=-1)
            np.testing.assert_allclose(lens.kl_final_nats[number], kl, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(
            lens.stream_norms[number], np.linalg.norm(done.streams[row].numpy(), axis=-1), rtol=1e-5
        )
    if row_by_row:
        np.testing.assert_array_equal(lens.kl_final_nats[-1], 0.0)
    else:
        assert lens.kl_final_nats is None
    assert lens.token_ids.shape == (len(done.rows), len(done.tokens), GUESSES)


@pytest.mark.parametrize("tokens", [3, 7])
def test_a_vocabulary_in_pieces_is_read_as_a_whole_one(done, tokens, monkeypatch):
    whole = read_lens(done, WATCHED, row_by_row=True)
    monkeypatch.setattr(lens_module, "SCORES_A_PRODUCT", 1)
    monkeypatch.setattr(lens_module, "LEAST_TOKENS_A_PRODUCT", tokens)
    pieces = read_lens(done, WATCHED)
    np.testing.assert_array_equal(pieces.token_ids, whole.token_ids)
    np.testing.assert_array_equal(pieces.watched_ranks, whole.watched_ranks)
    for name in ("probabilities", "watched_probabilities", "added_norms", "stream_norms"):
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), rtol=1e-4, atol=1e-5)


def test_on_two_cores_a_lens_is_the_same(done, monkeypatch):
    monkeypatch.setattr(lens_module, "SCORES_A_PRODUCT", 1)
    monkeypatch.setattr(lens_module, "LEAST_TOKENS_A_PRODUCT", 7)
    monkeypatch.setattr(lens_module, "has_free_core", lambda: False)
    one = read_lens(done, WATCHED)

    helped = threading.Event()
    count, me = lens_module._Reading._count, threading.get_ident()

    def count_both(*given):
        if threading.get_ident() == me:
            assert helped.wait(60)  # until the other core has had its share
        else:
            helped.set()
        count(*given)

    monkeypatch.setattr(lens_module._Reading, "_count", count_both)
    monkeypatch.setattr(lens_module, "has_free_core", lambda: True)
    two = read_lens(done, WATCHED)
    for name in ("token_ids", "probabilities", "watched_probabilities", "watched_ranks"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


@pytest.mark.parametrize("is_free", [False, True])
def test_a_reader_who_leaves_stops_it_on_both_cores(done, monkeypatch, is_free):
    monkeypatch.setattr(lens_module, "has_free_core", lambda: is_free)
    monkeypatch.setattr(lens_module, "SCORES_A_PRODUCT", 1)
    monkeypatch.setattr(lens_module, "LEAST_TOKENS_A_PRODUCT", 1)
    before, me, left = threading.active_count(), threading.get_ident(), threading.Event()
    asked: list[None] = []
    helped: list[None] = []

    def leave():
        asked.append(None)
        if len(asked) == 3:
            left.set()
            raise ValueError("superseded")

    def at_work(do):
        def step(*given):
            if threading.get_ident() != me:
                helped.append(None)
                assert left.wait(60)  # or it could do everything before the reader leaves
            do(*given)

        return step

    for name in ("_hold", "_count"):
        monkeypatch.setattr(lens_module._Reading, name, at_work(getattr(lens_module._Reading, name)))
    with pytest.raises(ValueError, match="superseded"):
        read_lens(done, WATCHED, checkpoint=leave)
    assert len(asked) == 3
    assert len(helped) <= is_free  # what it had begun, and nothing more
    assert threading.active_count() == before


@pytest.mark.parametrize("tokens", [100, 639, 640, 1000, 50_257])
def test_the_best_of_many_scores_are_those_of_all_in_order(tokens):
    scores = torch.randn(3, 2, tokens, generator=torch.Generator().manual_seed(tokens))
    scores[0, 0, -1], scores[1, 1, 0] = 100.0, 99.0  # in the last block, which is not a whole one, and the first
    scores[2, 0, :5] = torch.tensor([50.0, 51.0, 54.0, 53.0, 52.0])  # all in one block
    values, places = lens_module.largest(scores, GUESSES)
    expected = scores.sort(dim=-1, descending=True)
    assert torch.equal(values, expected.values[..., :GUESSES])
    assert torch.equal(places, expected.indices[..., :GUESSES])


def test_the_size_of_what_is_added_leads_from_row_to_row(done):
    if done.layout.is_post_norm:
        return
    lens = read_lens(done, WATCHED)
    for number in range(1, len(done.rows)):
        step = done.streams[done.rows[number]] - done.streams[done.rows[number - 1]]
        np.testing.assert_allclose(lens.added_norms[number], step.norm(dim=-1).numpy(), rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(lens.added_norms[0], lens.stream_norms[0])


def test_the_best_guesses_are_those_of_the_last_row(done):
    position = predicted_position(done.loaded, done.given)
    lens = read_lens(done, WATCHED)
    ids, logits, shares = zip(*best_guesses(done, position), strict=True)
    assert list(ids) == lens.token_ids[-1, position].tolist()
    assert list(logits) == sorted(logits, reverse=True)
    np.testing.assert_allclose(shares, lens.probabilities[-1, position], rtol=1e-5)


def test_a_checkpoint_stops_the_lens(done):
    class Stopped(Exception):
        pass

    def stop():
        raise Stopped

    with pytest.raises(Stopped):
        read_lens(done, WATCHED, checkpoint=stop)
