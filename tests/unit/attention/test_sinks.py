"""A learned sink beside the tokens (gpt-oss): rows sum to less than 1, and what is missing is the sink's share."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from components.attention import scene
from components.attention.capture import capture, require_attention
from components.attention.errors import RowsDoNotSumToOne
from components.attention.export import NOTEBOOK, result
from components.attention.head_effects import head_effect
from components.attention.metrics import head_metrics
from components.attention.rollout import rollout
from components.attention.selection import group_by_word, without_special_tokens
from components.models.inputs import read
from components.ui.notebooks import read_cells
from tests.unit.attention.architectures import WITH_SINK, build, load

TEXT = "w1 w2 [CLS] w4"  # no longer than the window of the layers that have one


@pytest.fixture(params=WITH_SINK)
def attention(request):
    return capture(load(request.param), TEXT).main


def test_the_weights_are_those_of_transformers_own_attention(attention):
    model = build("gpt_oss", attention="eager")
    ids = torch.tensor([[token.id for token in attention.key_tokens]])
    with torch.inference_mode():
        expected = torch.cat(model(input_ids=ids, output_attentions=True).attentions).numpy()
    np.testing.assert_allclose(attention.weights, expected, atol=1e-6)
    assert attention.weights.sum(axis=-1).max() < 0.99


def test_what_a_row_misses_is_the_sinks_part_of_the_softmax(attention):
    sinks = torch.stack([layer.self_attn.sinks for layer in build("gpt_oss").model.layers]).detach().numpy()
    for layer in range(attention.layers):
        scores = attention.queries[layer] @ attention.keys[layer].transpose(0, 2, 1) * attention.scaling[layer]
        scores = np.where(attention.visible[layer], scores, -np.inf)
        of_sink = np.exp(sinks[layer])[:, None]
        expected = of_sink / (of_sink + np.exp(scores).sum(axis=-1))
        np.testing.assert_allclose(attention.sink_share[layer], expected, atol=1e-5)
    np.testing.assert_allclose(attention.weights.sum(axis=-1) + attention.sink_share, 1.0, atol=1e-5)


def test_a_model_without_a_sink_has_no_share():
    assert capture(load("llama"), TEXT).main.sink_share is None


def test_a_row_that_the_sink_does_not_explain_is_refused():
    weights = np.full((1, 2, 2), 0.4, dtype=np.float32)
    visible = np.ones((2, 2), dtype=np.bool_)
    require_attention("encoder", 0, weights, visible, np.full((1, 2), 0.2, dtype=np.float32))
    with pytest.raises(RowsDoNotSumToOne):
        require_attention("encoder", 0, weights, visible, np.full((1, 2), 0.3, dtype=np.float32))


def test_the_heatmap_shows_the_share_as_the_last_column(attention):
    weights = scene.weights_of_head(attention, 1, 2)
    assert [token.label for token in scene.key_tokens(attention)][-1] == "(sink)"
    assert np.array_equal(scene.weights_of_all_heads(attention)[1, 2], weights)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-5)
    assert np.array_equal(weights[:, -1], attention.sink_share[1, 2])


def test_words_and_selected_tokens_keep_their_share(attention):
    chosen = without_special_tokens(attention)
    ordinary = [index for index, token in enumerate(attention.query_tokens) if not token.special]
    assert np.array_equal(chosen.sink_share, attention.sink_share[..., ordinary])
    words = group_by_word(attention)
    np.testing.assert_allclose(words.weights.sum(axis=-1) + words.sink_share, 1.0, atol=1e-5)


def test_the_sink_counts_as_one_thing_more_to_look_at(attention):
    found = head_metrics(attention)
    np.testing.assert_allclose(found.sink, attention.sink_share.mean(axis=-1), rtol=1e-5)
    full = np.concatenate([attention.weights, attention.sink_share[..., None]], axis=-1).astype(np.float64)
    entropies = -(full * np.log(np.where(full > 0, full, 1.0))).sum(axis=-1)
    np.testing.assert_allclose(found.entropy_nats, entropies.mean(axis=-1))
    assert found.entropy.max() <= 1.0


def test_the_notebook_measures_what_the_data_says(attention):
    record = capture(load("gpt_oss"), TEXT)
    data = result(record, kind="decoder", layer=0, head=0)
    [cell] = [cell.source for cell in read_cells(NOTEBOOK) if "def measure(" in cell.source]
    special = [token.id for token in attention.key_tokens if token.special]
    scope = {
        "np": np,
        "weights": attention.weights,
        "CAUSAL": True,
        "CROSS": False,
        "HAS_SINK": True,
        "KEYS": "ids",
        "INPUTS": {"ids": [token.id for token in attention.key_tokens]},
        "tokenizer": SimpleNamespace(all_special_ids=special, mask_token_id=None),
    }
    exec(cell, scope)
    for mine, theirs in zip(scope["heads"], data["heads"], strict=True):
        assert mine.keys() == theirs.keys()
        for name, value in theirs.items():
            assert mine[name] == (None if value is None else pytest.approx(value, abs=1e-5)), name
    assert np.array_equal(data["sink_share"], attention.sink_share)


def test_rollout_passes_nothing_on_from_the_sink(attention):
    assert rollout(attention)[-1].sum(axis=-1).max() < 1.0


def test_a_head_beside_a_sink_can_be_switched_off():
    loaded = load("gpt_oss")
    assert head_effect(loaded, read(loaded, TEXT), [(1, 2)]).kl_nats > 1e-6
