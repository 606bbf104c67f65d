"""Heads ranked over a set of texts: the mean with its interval, and how far texts agree on the order."""

from __future__ import annotations

import numpy as np
import pytest

from components.attention import head_ranking
from components.attention.head_effects import effects_of_heads, outputs_of_heads
from components.attention.head_ranking import HeadRanking, rank_heads, read_texts, texts
from components.models.inputs import mask_id, read
from tests.unit.attention.architectures import HEADS, load

TEXT = "w1 w2 [MASK] w4 w5"
LAYERS = 3


def made(kl_nats):
    return HeadRanking("encoder", "zero", (), (), np.array(kl_nats), rounding_nats=0.0, passes=0)


@pytest.fixture
def three_texts(monkeypatch):
    """Rank over the three shortest texts."""
    few = sorted(texts(), key=len)[:3]
    monkeypatch.setattr(head_ranking, "texts", lambda: few)


@pytest.mark.parametrize("name", ["bert", "gpt2"])
@pytest.mark.parametrize("replacement", ["zero", "mean", "resample"])
def test_each_text_is_measured_as_it_is_alone_and_the_visitors_comes_last(name, replacement):
    loaded = load(name)
    given = read(loaded, TEXT)
    ranking = rank_heads(loaded, given, replacement=replacement)
    assert ranking.kl_nats.shape == (len(texts()) + 1, LAYERS, HEADS)
    assert ranking.inputs[-1] is given
    donors = [outputs_of_heads(loaded, each) for each in ranking.inputs[:-1]]
    for number in (3, len(texts())):
        alone = effects_of_heads(
            loaded, ranking.inputs[number], replacement=replacement, donors=donors[:number] + donors[number + 1 :]
        )
        assert np.array_equal(ranking.kl_nats[number], alone.kl_nats)
        assert ranking.positions[number] == alone.position
    assert np.array_equal(ranking.mean, ranking.kl_nats[:-1].mean(axis=0)), "the visitor's text is not in the mean"


def test_a_mask_stands_where_the_brackets_are_and_a_decoder_reads_up_to_there():
    bert, gpt2 = load("bert"), load("gpt2")
    masked, prefixes = read_texts(bert), read_texts(gpt2)
    for marked, one, other in zip(texts(), masked, prefixes, strict=True):
        assert one.ids.count(mask_id(bert.tokenizer)) == 1
        before, after = marked.split("[")[0].split(), marked.split("]")[1].split()
        assert one.ids.index(mask_id(bert.tokenizer)) >= len(before)
        assert len(other.tokens) < len(one.tokens) - 1
        assert after or before
    positions = {given.ids.index(mask_id(bert.tokenizer)) / len(given.ids) for given in masked}
    assert min(positions) < 0.3
    assert max(positions) > 0.7


@pytest.mark.usefixtures("three_texts")
def test_every_kind_of_an_encoder_decoder_can_be_ranked():
    loaded = load("t5")
    from components.attention.capture import capture

    given = capture(loaded, TEXT, target="w7").input
    for kind in ("encoder", "decoder", "cross"):
        assert rank_heads(loaded, given, kind=kind, replacement="resample").mean.max() > 0


def test_the_passes_are_counted_as_they_are_run():
    loaded = load("bert")
    given = read(loaded, TEXT)
    run: list[None] = []
    loaded.model.base_model.register_forward_hook(lambda *_: run.append(None))
    assert rank_heads(loaded, given).passes == len(run) == (len(texts()) + 1) * (LAYERS * HEADS + 2)
    run.clear()
    assert rank_heads(loaded, given, replacement="resample").passes == len(run)


def test_progress_counts_to_the_end_and_a_checkpoint_stops():
    loaded = load("gpt2")
    seen: list[tuple[int, int]] = []
    rank_heads(loaded, read(loaded, TEXT), progress=lambda done, total: seen.append((done, total)))
    total = (len(texts()) + 1) * LAYERS * HEADS
    assert seen == [(done, total) for done in range(1, total + 1)]
    seen.clear()

    def checkpoint():
        if len(seen) == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rank_heads(
            loaded,
            read(loaded, TEXT),
            checkpoint=checkpoint,
            progress=lambda done, total: seen.append((done, total)),
        )
    assert len(seen) == 20


def test_where_texts_agree_the_interval_is_narrow_and_the_first_head_always_first():
    ranking = made([[[3.0, 1.0], [2.0, 0.5]]] * 6)
    low, high = ranking.interval
    assert np.allclose(low, ranking.mean)
    assert np.allclose(high, ranking.mean)
    assert ranking.first_share[0, 0] == 1.0
    assert ranking.between_texts.mean == pytest.approx(1.0)
    assert ranking.own_agreement == pytest.approx(1.0)
    assert ranking.ranked == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_where_texts_disagree_that_is_told():
    up, down = [[0.0, 1.0], [2.0, 3.0]], [[3.0, 2.0], [1.0, 0.0]]
    ranking = made([up, down, up, down, up])
    assert ranking.between_texts.lowest == pytest.approx(-1.0)
    assert ranking.between_texts.highest == pytest.approx(1.0)
    assert 0.2 < ranking.first_share[0, 0] < 0.8
    low, high = ranking.interval
    assert (high - low).max() > 1.5


@pytest.mark.real_model
@pytest.mark.usefixtures("three_texts")
def test_two_texts_rank_the_heads_of_a_real_model_differently(classroom_gpt2):
    between = rank_heads(classroom_gpt2, read(classroom_gpt2, "The cat sat on the")).between_texts
    assert 0.2 < between.mean < 0.9
    assert between.lowest < between.mean < between.highest
