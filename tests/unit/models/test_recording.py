"""The one way of watching attention: exact for every architecture, without effect on other passes."""

from __future__ import annotations

import threading

import pytest
import torch
from transformers.integrations.sdpa_attention import repeat_kv

from components.models import recording
from components.models.recording import HeadSwitch, HiddenKey, LayerRecord
from tests.unit.attention.architectures import DECODERS, ENCODERS, RECORDABLE, UNRECORDABLE, build, inputs

KINDS_OF_EAGER_OUTPUT = {"encoder": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}


def run(model, given=None):
    with torch.inference_mode():
        return model(**(given or inputs(model)))


def record(model, given=None, **disturbance):
    records: list[LayerRecord] = []
    with recording.watch(model, on_layer=records.append, **disturbance):
        output = run(model, given)
    return records, output


def eager_weights(name):
    model = build(name, attention="eager")
    with torch.inference_mode():
        output = model(**inputs(model), output_attentions=True)
    if not model.config.is_encoder_decoder:
        return {"decoder" if name in DECODERS else "encoder": output.attentions}, output
    return {kind: getattr(output, field) for kind, field in KINDS_OF_EAGER_OUTPUT.items()}, output


@pytest.fixture
def installed():
    def make(name):
        model = build(name)
        assert recording.install(model)
        return model

    return make


@pytest.mark.parametrize("name", RECORDABLE)
def test_recorded_weights_are_the_eager_ones_bit_for_bit(name, installed):
    records, output = record(installed(name))
    expected, eager_output = eager_weights(name)
    for kind, layers in expected.items():
        recorded = [layer for layer in records if layer.kind == kind]
        assert [layer.layer for layer in recorded] == list(range(len(layers)))
        for layer, weights in zip(recorded, layers, strict=True):
            assert torch.equal(layer.weights, weights)
    assert len(records) == sum(map(len, expected.values()))
    assert torch.equal(output.logits, eager_output.logits)


@pytest.mark.parametrize("name", RECORDABLE)
def test_without_a_request_the_output_is_that_of_sdpa_bit_for_bit(name, installed):
    model = installed(name)
    assert torch.equal(run(model).logits, run(build(name, attention="sdpa")).logits)


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5"])
def test_without_a_request_a_padded_batch_is_that_of_sdpa_bit_for_bit(name, installed):
    ids = torch.tensor([[5, 6, 7, 8], [0, 0, 9, 10]])
    given = {"input_ids": ids, "attention_mask": (ids > 0).long()}
    model = installed(name)
    if model.config.is_encoder_decoder:
        given["decoder_input_ids"] = ids
    assert torch.equal(run(model, given).logits, run(build(name, attention="sdpa"), given).logits)


def test_generation_with_a_cache_is_that_of_sdpa(installed):
    given = {"input_ids": torch.tensor([[5, 6, 7]]), "max_new_tokens": 8, "do_sample": False, "pad_token_id": 0}
    assert torch.equal(installed("llama").generate(**given), build("llama", attention="sdpa").generate(**given))


# T5 adds a bias for relative positions to the scores, which the plain formula does not know.
@pytest.mark.parametrize("name", [name for name in RECORDABLE if name != "t5"])
def test_recorded_queries_and_keys_give_the_recorded_weights(name, installed):
    records, _ = record(installed(name))
    for layer in records:
        keys = repeat_kv(layer.key, layer.query.shape[1] // layer.key.shape[1])
        scores = layer.query @ keys.transpose(2, 3) * layer.scaling
        scores = scores if layer.mask is None else scores + layer.mask
        torch.testing.assert_close(scores.softmax(-1), layer.weights)


@pytest.mark.parametrize("name", [name for name in RECORDABLE if name != "t5"])
def test_recorded_weights_times_values_are_what_pytorch_computes(name, installed):
    records, _ = record(installed(name))
    for layer in records:
        groups = layer.query.shape[1] // layer.key.shape[1]
        expected = torch.nn.functional.scaled_dot_product_attention(
            layer.query,
            repeat_kv(layer.key, groups),
            repeat_kv(layer.value, groups),
            attn_mask=layer.mask,
            scale=layer.scaling,
        )
        torch.testing.assert_close(layer.weights @ repeat_kv(layer.value, groups), expected)


@pytest.mark.parametrize("name", UNRECORDABLE)
def test_an_architecture_outside_the_interface_is_refused_and_goes_on_computing_the_same(name):
    model = build(name)
    before = run(model).logits
    assert not recording.install(model)
    assert not recording.is_installed(model)
    torch.testing.assert_close(run(model).logits, before)
    with pytest.raises(ValueError, match="cannot be watched"), recording.watch(model):
        pass


@pytest.mark.parametrize("name", UNRECORDABLE)
def test_an_architecture_outside_the_interface_then_hands_out_causal_weights(name):
    model = build(name)
    recording.install(model)
    with torch.inference_mode():
        for weights in model(**inputs(model), output_attentions=True).attentions:
            assert torch.equal(weights, weights.tril())
            torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:-1]))


@pytest.mark.parametrize("name", ["bert", "t5"])
def test_installing_twice_changes_nothing(name, installed):
    model = installed(name)
    first = [layer.kind for layer in record(model)[0]]
    assert recording.install(model)
    assert [layer.kind for layer in record(model)[0]] == first


def test_an_open_gate_changes_nothing_bit_for_bit(installed):
    model = installed("bert")
    gates = [HeadSwitch(layer, head, gate=1.0) for layer in range(3) for head in range(4)]
    with recording.watch(model, switches=gates):
        opened = run(model).logits
    assert torch.equal(opened, run(model).logits)


@pytest.mark.parametrize(("name", "layer"), [("bert", 0), ("gpt2", 1), ("llama", 2), ("albert", 1)])
def test_a_head_that_is_off_changes_only_the_layers_above(name, layer, installed):
    model = installed(name)
    kind = "decoder" if name in DECODERS else "encoder"
    before, _ = record(model)
    after, _ = record(model, switches=[HeadSwitch(layer, 1, kind)])
    changed = [not torch.equal(a.weights, b.weights) for a, b in zip(before, after, strict=True)]
    assert changed == [index > layer for index in range(3)]


def test_a_head_that_is_off_writes_nothing_into_the_residual_stream(installed):
    model = installed("gpt2")
    switch = HeadSwitch(2, 3, "decoder")
    with recording.watch(model, switches=[switch]):
        switched = run(model).logits
    # The same by surgery: the rows of the output projection that read head 3 of layer 2 are zero.
    with torch.no_grad():
        model.transformer.h[2].attn.c_proj.weight[3 * 8 : 4 * 8] = 0.0
    torch.testing.assert_close(switched, run(model).logits)
    assert not torch.equal(switched, run(build("gpt2")).logits)


def test_a_replacement_stands_in_for_the_head(installed):
    model = installed("bert")
    zero = torch.zeros(8)
    with recording.watch(model, switches=[HeadSwitch(0, 0, replacement=zero)]):
        replaced = run(model).logits
    with recording.watch(model, switches=[HeadSwitch(0, 0)]):
        assert torch.equal(replaced, run(model).logits)
    with recording.watch(model, switches=[HeadSwitch(0, 0, replacement=zero + 3.0)]):
        assert not torch.equal(replaced, run(model).logits)


def test_switches_reach_cross_attention_alone(installed):
    model = installed("bart")
    before, _ = record(model)
    after, _ = record(model, switches=[HeadSwitch(0, 2, "cross")])
    changed = {(a.kind, a.layer) for a, b in zip(before, after, strict=True) if not torch.equal(a.weights, b.weights)}
    assert changed == {("decoder", 1), ("decoder", 2), ("cross", 1), ("cross", 2)}


@pytest.mark.parametrize("name", RECORDABLE)
def test_a_hidden_position_gets_no_attention_but_its_own(name, installed):
    model = installed(name)
    kinds = {layer.kind for layer in record(model)[0]}
    hidden = [HiddenKey(2, kind) for kind in kinds]
    records, _ = record(model, hidden=hidden)
    for layer in records:
        column = layer.weights[..., 2].clone()
        if layer.kind != "cross":
            assert (column[..., 2] > 0).all()
            column[..., 2] = 0
        assert not column.any()
        torch.testing.assert_close(layer.weights.sum(-1), torch.ones(layer.weights.shape[:-1]))


@pytest.mark.parametrize("name", RECORDABLE)
def test_hiding_gives_the_same_output_with_and_without_recording(name, installed):
    model = installed(name)
    hidden = [HiddenKey(1, kind) for kind in ("encoder", "decoder", "cross")]
    with recording.watch(model, hidden=hidden):
        fast = run(model).logits
    torch.testing.assert_close(fast, record(model, hidden=hidden)[1].logits, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(fast, run(model).logits, rtol=1e-2, atol=1e-2)


def test_the_request_ends_with_its_block_even_after_an_error(installed):
    model = installed("bert")
    records: list[LayerRecord] = []
    with pytest.raises(RuntimeError), recording.watch(model, on_layer=records.append):
        raise RuntimeError
    run(model)
    assert records == []


@pytest.mark.parametrize(
    ("disturbance", "message"),
    [
        ({"switches": [HeadSwitch(3, 0)]}, "layer 3 does not exist; there are 3"),
        ({"switches": [HeadSwitch(-1, 0)]}, "layer -1 does not exist"),
        ({"switches": [HeadSwitch(0, 4)]}, "head 4 does not exist; there are 4"),
        ({"hidden": [HiddenKey(7)]}, r"positions \[7\] do not all exist; there are 7"),
    ],
)
def test_what_does_not_exist_is_named(disturbance, message, installed):
    model = installed("bert")
    with pytest.raises(ValueError, match=message), recording.watch(model, **disturbance):
        run(model)


def test_a_thread_that_did_not_ask_is_neither_recorded_nor_switched(installed):
    model = installed("bert")
    plain = run(model).logits
    records: list[LayerRecord] = []
    seen: list[torch.Tensor] = []
    with recording.watch(model, on_layer=records.append, switches=[HeadSwitch(0, 0)]):
        bystander = threading.Thread(target=lambda: seen.append(run(model).logits))
        bystander.start()
        bystander.join()
    assert records == []
    assert torch.equal(seen[0], plain)


def test_sessions_that_share_a_model_never_mix(installed):
    """Each thread records its own text over and over, all in lockstep on one model, some with a head off."""
    model = installed("gpt2")
    texts = [torch.tensor([[5 + i, 20 + i, 40 + i, 60 + i]]) for i in range(4)]
    disturbances = [{}, {"switches": [HeadSwitch(0, 1, "decoder")]}, {}, {"hidden": [HiddenKey(0, "decoder")]}]
    alone = [record(model, {"input_ids": ids}, **d) for ids, d in zip(texts, disturbances, strict=True)]
    start = threading.Barrier(len(texts))
    faults: list[str] = []

    def session(number: int) -> None:
        start.wait()
        for _ in range(25):
            records, output = record(model, {"input_ids": texts[number]}, **disturbances[number])
            expected, expected_output = alone[number]
            same = len(records) == len(expected) and all(
                torch.equal(a.weights, b.weights) and torch.equal(a.query, b.query)
                for a, b in zip(records, expected, strict=True)
            )
            if not same or not torch.equal(output.logits, expected_output.logits):
                faults.append(f"session {number} saw something that is not its own")

    threads = [threading.Thread(target=session, args=(number,)) for number in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.parametrize("name", ENCODERS + DECODERS)
def test_layers_are_counted_as_the_model_runs_them(name, installed):
    model = installed(name)
    records, _ = record(model)
    assert len(records) == recording.layer_counts(model)[records[0].kind]
