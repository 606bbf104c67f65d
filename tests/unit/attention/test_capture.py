"""What is captured is the model's own attention: same numbers as eager, kinds kept apart, nothing cut in silence."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from transformers.models.llama.modeling_llama import repeat_kv

from components.attention.capture import MOST_TOKENS_IN_FULL, capture, capture_input
from components.attention.errors import NotWatchable
from components.models.inputs import arguments, read
from components.models.recording import HeadSwitch, HiddenKey
from tests.unit.attention.architectures import (
    DECODERS,
    ENCODER_DECODERS,
    ENCODERS,
    RECORDABLE,
    UNRECORDABLE,
    build,
    load,
)

TEXT = "w1 w2 w3 w2 w5 w9"


def eager(name, given, loaded):
    model = build(name)
    eager_model = type(model)._from_config(model.config, attn_implementation="eager")
    eager_model.load_state_dict(model.state_dict())
    with torch.inference_mode():
        return eager_model.eval()(**arguments(loaded, given), output_attentions=True)


def softmax(scores, visible):
    scores = np.where(visible, scores, -np.inf)
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("name", ENCODERS + DECODERS + UNRECORDABLE)
def test_one_kind_for_encoders_and_decoders_with_the_numbers_of_eager(name):
    loaded = load(name)
    record = capture(loaded, TEXT)
    assert record.kinds == (("encoder",) if name in ENCODERS else ("decoder",))
    expected = torch.cat(eager(name, record.input, loaded).attentions).numpy()
    assert np.array_equal(record.main.weights, expected)
    assert record.main.query_tokens == record.main.key_tokens == record.input.tokens


@pytest.mark.parametrize("name", ENCODER_DECODERS)
def test_encoder_decoders_keep_three_kinds_apart(name):
    loaded = load(name)
    record = capture(loaded, TEXT, target="w7 w8")
    output = eager(name, record.input, loaded)
    assert record.kinds == ("encoder", "decoder", "cross")
    for kind in record.kinds:
        assert np.array_equal(record.of(kind).weights, torch.cat(getattr(output, f"{kind}_attentions")).numpy())
    assert record.cross.query_tokens == record.decoder.key_tokens == record.input.target
    assert record.cross.key_tokens == record.encoder.query_tokens == record.input.tokens
    assert [token.text for token in record.input.target[1:]] == ["w7", "w8"]
    assert record.input.target[0].id == loaded.model.config.decoder_start_token_id


@pytest.mark.parametrize("name", [name for name in RECORDABLE if name != "t5"])
def test_queries_and_keys_explain_the_weights(name):
    for kind in (record := capture(load(name), TEXT, target="w7 w8 w9")).kinds:
        attention = record.of(kind)
        assert not attention.has_position_bias
        for layer in range(attention.layers):
            scores = attention.queries[layer] @ attention.keys[layer].transpose(0, 2, 1) * attention.scaling[layer]
            expected = softmax(scores, attention.visible[layer])
            np.testing.assert_allclose(attention.weights[layer], expected, atol=1e-5)


def test_position_biases_are_announced_where_they_are_added():
    record = capture(load("t5"), TEXT, target="w7 w8")
    assert [record.of(kind).has_position_bias for kind in record.kinds] == [True, True, False]


def test_shared_keys_are_repeated_for_the_heads_that_share_them():
    record = capture(load("llama"), TEXT).main
    assert record.keys.shape == record.queries.shape
    first_of_each = torch.from_numpy(record.keys[0][::2].copy())[None]
    assert np.array_equal(repeat_kv(first_of_each, 2)[0].numpy(), record.keys[0])


@pytest.mark.parametrize("name", UNRECORDABLE)
def test_what_cannot_be_watched_has_weights_but_no_queries(name):
    record = capture(load(name), TEXT).main
    assert record.queries is record.keys is record.scaling is None
    assert record.causal
    assert not record.weights[:, :, ~np.tri(6, dtype=bool)].any()


@pytest.mark.parametrize("name", UNRECORDABLE)
def test_what_cannot_be_watched_cannot_be_disturbed(name):
    loaded = load(name)
    given = read(loaded, TEXT)
    for disturbance in ({"switches": [HeadSwitch(0, 0, "decoder")]}, {"hidden": [HiddenKey(0, "decoder")]}):
        with pytest.raises(NotWatchable, match=loaded.model.config.model_type):
            capture_input(loaded, given, **disturbance)


def test_sliding_windows_are_seen_in_what_is_visible():
    loaded = load("gemma3")
    loaded.model.config.sliding_window = 3
    visible = capture(loaded, TEXT).main.visible
    position = np.arange(6)
    offset = position[:, None] - position[None, :]
    assert np.array_equal(visible[0], (offset >= 0) & (offset < 3))


def test_short_texts_are_kept_in_full_and_long_ones_in_half_precision():
    loaded = load("gpt2")
    full = capture(loaded, "w1 " * MOST_TOKENS_IN_FULL).main
    assert full.weights.dtype == full.queries.dtype == full.keys.dtype == np.float32
    half = capture(loaded, "w1 " * (MOST_TOKENS_IN_FULL + 1)).main
    assert half.weights.dtype == half.queries.dtype == half.keys.dtype == np.float16
    assert half.of_head(0, 0).dtype == half.of_layer(0).dtype == np.float32
    assert half.of_layer(1).shape == (4, MOST_TOKENS_IN_FULL + 1, MOST_TOKENS_IN_FULL + 1)


def test_a_text_too_long_says_what_was_cut():
    record = capture(load("gpt2"), "w1 " * 600)
    assert record.main.weights.shape[-1] == 512
    assert (record.cut.tokens, record.cut.kept) == (600, 512)
    assert capture(load("gpt2"), TEXT).cut is None


def test_a_kind_the_model_has_not_is_named():
    with pytest.raises(KeyError, match="no cross attention in this model; it has encoder"):
        capture(load("bert"), TEXT).of("cross")


def test_a_pair_is_one_input():
    record = capture(load("bert"), "w1 w2", "w3")
    assert [token.segment for token in record.input.tokens] == [0, 0, 0, 0, 1, 1]
    alone = capture(load("bert"), "w1 w2")
    assert not np.allclose(record.main.weights[0, :, :4, :4], alone.main.weights[0])


def test_a_head_that_is_off_leaves_its_own_layers_attention_as_it_was():
    loaded = load("gpt2")
    given = read(loaded, TEXT)
    before = capture_input(loaded, given).main.weights
    after = capture_input(loaded, given, switches=[HeadSwitch(1, 2, "decoder")]).main.weights
    assert np.array_equal(before[:2], after[:2])
    assert not np.array_equal(before[2], after[2])


def test_two_sessions_with_different_texts_never_mix():
    loaded = load("bert")
    texts = ["w1 w2 w3 w4", "w50 w60 w70 w80"]
    alone = [capture(loaded, text).main for text in texts]
    start = threading.Barrier(2)
    mixed: list[str] = []

    def session(number):
        start.wait()
        for _ in range(30):
            main = capture(loaded, texts[number]).main
            if not np.array_equal(main.weights, alone[number].weights) or main.key_tokens != alone[number].key_tokens:
                mixed.append(texts[number])

    threads = [threading.Thread(target=session, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []


@pytest.mark.real_model
@pytest.mark.parametrize("name", ["classroom_bert", "classroom_gpt2"])
def test_the_embedded_models_are_captured_with_the_numbers_of_eager(name, request):
    import copy

    loaded = request.getfixturevalue(name)
    record = capture(loaded, "The cat sat on the mat because it was tired.")
    plain = copy.deepcopy(loaded.model)
    plain.set_attn_implementation("eager")
    with torch.inference_mode():
        expected = plain(**arguments(loaded, record.input), output_attentions=True).attentions
    assert np.array_equal(record.main.weights, torch.cat(expected).numpy())
