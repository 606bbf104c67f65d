"""The residual stream as it is read equals what transformers gives; what is changed changes what follows alone."""

from __future__ import annotations

import gc
import threading
import weakref
from copy import deepcopy

import pytest
import torch
import transformers as hf

from components.models import tracing
from components.models.sublayers import EMBEDDING, find_layout
from tests.unit.attention.architectures import IDS, VOCABULARY, build

_SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64}


def _of(config):
    torch.manual_seed(0)
    return hf.AutoModelForCausalLM.from_config(config).eval()


def _special(name):
    if name == "gemma2":
        return _of(hf.Gemma2Config(**_SMALL, vocab_size=VOCABULARY, num_key_value_heads=2, head_dim=8))
    if name == "qwen3":
        return _of(hf.Qwen3Config(**_SMALL, vocab_size=VOCABULARY, num_key_value_heads=2, head_dim=8))
    return build(name)


DECODERS = ("gpt2", "llama", "gemma2", "gemma3", "qwen3")
ENCODERS = ("bert", "roberta")
ALL = (*DECODERS, *ENCODERS, "t5")


@pytest.fixture(params=ALL)
def model(request):
    made = _special(request.param)
    assert tracing.install(made)
    return made


def run(model, **wanted):
    inputs = {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([[0, 11, 12, 13, 14, 15, 16]])
    with torch.inference_mode():
        return model(**inputs, use_cache=False, **wanted)


def traced(model, **wanted):
    with tracing.trace(model, in_detail=True, **wanted) as seen:
        logits = run(model).logits
    return seen, logits


def hidden_states(model):
    output = run(model, output_hidden_states=True)
    return output.decoder_hidden_states if model.config.is_encoder_decoder else output.hidden_states


def test_the_stream_at_the_blocks_is_bit_for_bit_what_transformers_gives(model):
    seen, _logits = traced(model)
    expected = hidden_states(model)
    layout = tracing.layout_of(model)
    tops = [EMBEDDING, *(layout.sublayers_of(block)[-1].row for block in range(len(layout.blocks)))]
    # the last hidden state of a pre-norm model is normed already
    compared = len(tops) if layout.is_post_norm else len(tops) - 1
    for row, state in list(zip(tops, expected, strict=True))[:compared]:
        assert torch.equal(seen.streams[row], state), row
    assert tuple(seen.streams) == layout.rows


def test_reading_the_last_row_out_gives_the_models_own_scores_bit_for_bit(model):
    seen, logits = traced(model)
    layout = tracing.layout_of(model)
    with torch.inference_mode():
        assert torch.equal(layout.read_out(seen.streams[layout.rows[-1]]), logits)


def test_what_is_added_leads_from_row_to_row(model):
    seen, _logits = traced(model)
    layout = tracing.layout_of(model)
    for below, sublayer in zip(layout.rows, layout.sublayers, strict=False):
        total = seen.streams[below] + seen.added[sublayer.row]
        if sublayer.norm_out is not None:
            with torch.inference_mode():
                total = sublayer.norm_out(total)
        torch.testing.assert_close(seen.streams[sublayer.row], total, atol=1e-5, rtol=1e-5)


def test_the_last_linear_map_makes_what_is_added(model):
    seen, _logits = traced(model)
    for sublayer in tracing.layout_of(model).sublayers:
        with torch.inference_mode():
            made = sublayer.output(seen.mixed[sublayer.row])
            made = made if sublayer.norm_branch is None else sublayer.norm_branch(made)
        torch.testing.assert_close(seen.added[sublayer.row], made, atol=1e-6, rtol=1e-5)


def test_without_a_request_nothing_is_read_and_nothing_changes(model):
    fresh = run(_rebuilt(model)).logits
    assert torch.equal(run(model).logits, fresh)
    with tracing.trace(model) as seen:
        pass
    assert seen.streams == {}


def _rebuilt(model):
    again = type(model)(model.config).eval()
    again.load_state_dict(model.state_dict())
    return again


def test_the_same_vector_put_in_leaves_everything_as_it_was(model):
    seen, logits = traced(model)
    for row in tracing.layout_of(model).rows:
        _again, patched = traced(model, changes={row: {2: seen.streams[row][0, 2].clone()}})
        torch.testing.assert_close(patched, logits, atol=1e-5, rtol=1e-5, msg=row)


def test_another_vector_changes_only_its_causal_cone(model):
    seen, logits = traced(model)
    layout = tracing.layout_of(model)
    is_causal = not layout.is_post_norm
    for number, row in enumerate(layout.rows):
        other = seen.streams[row][0, 5].clone() + 1
        after, patched = traced(model, changes={row: {3: other}})
        for below in layout.rows[:number]:
            assert torch.equal(after.streams[below], seen.streams[below]), (row, below)
        torch.testing.assert_close(after.streams[row][0, 3], other, atol=1e-5, rtol=1e-5)
        assert torch.equal(after.streams[row][:, :3], seen.streams[row][:, :3])
        assert not torch.equal(patched, logits), row
        if is_causal:
            for above in layout.rows[number:]:
                assert torch.equal(after.streams[above][:, :3], seen.streams[above][:, :3]), (row, above)
            assert torch.equal(patched[:, :3], logits[:, :3])


def test_a_sublayer_that_is_switched_off_adds_nothing(model):
    layout = tracing.layout_of(model)
    for sublayer in layout.sublayers:
        seen, _logits = traced(model, gates={sublayer.row: 0.0})
        assert not seen.added[sublayer.row].any(), sublayer.row
        if sublayer.norm_out is None:
            below = layout.rows[layout.rows.index(sublayer.row) - 1]
            assert torch.equal(seen.streams[sublayer.row], seen.streams[below])


def test_a_gate_of_one_changes_no_bit(model):
    layout = tracing.layout_of(model)
    _seen, logits = traced(model, gates={sublayer.row: 1.0 for sublayer in layout.sublayers})
    assert torch.equal(logits, run(model).logits)


def test_each_text_of_a_batch_can_get_a_vector_of_its_own(model):
    layout = tracing.layout_of(model)
    ids = IDS.repeat(2, 1)
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = ids
    for row in layout.rows:
        with torch.inference_mode(), tracing.trace(model) as before:
            model(**inputs, use_cache=False)
        vector = torch.ones(before.streams[row].shape[-1])
        with torch.inference_mode(), tracing.trace(model, changes={row: {(1, 2): vector}}) as after:
            model(**inputs, use_cache=False)
        assert torch.equal(after.streams[row][0], before.streams[row][0])
        torch.testing.assert_close(after.streams[row][1, 2], vector, atol=1e-5, rtol=1e-5)


def test_a_copy_is_traced_by_itself_and_hooked_once(model):
    copied = deepcopy(model)
    assert tracing.install(copied)
    with torch.no_grad():
        next(copied.parameters()).mul_(2.0)
    layout = tracing.layout_of(copied)
    seen, logits = traced(copied)
    with torch.inference_mode():
        assert torch.equal(layout.read_out(seen.streams[layout.rows[-1]]), logits)
    assert not torch.equal(logits, run(model).logits)
    assert [len(module._forward_hooks) for module in copied.modules()] == [
        len(module._forward_hooks) for module in model.modules()
    ]


def test_a_model_that_nobody_uses_leaves_the_memory_at_once(request):
    model = _special("gpt2")
    assert tracing.install(model)
    gc.disable()
    request.addfinalizer(gc.enable)
    table = weakref.ref(model.transformer.wte.weight)
    projection = weakref.ref(model.transformer.h[0].attn.c_proj.weight)
    del model
    assert table() is None
    assert projection() is None


def test_other_threads_neither_see_nor_feel_a_request(model):
    found = {}
    with tracing.trace(model, gates={"mlp.0": 0.0}) as seen:
        thread = threading.Thread(target=lambda: found.update(logits=run(model).logits))
        thread.start()
        thread.join()
        assert seen.streams == {}
    assert torch.equal(found["logits"], run(model).logits)


def test_rows_that_do_not_exist_are_refused(model):
    with pytest.raises(ValueError, match=r"no row 'mlp.9'"), tracing.trace(model, gates={"mlp.9": 0.0}):
        pass
    with pytest.raises(ValueError, match="embedding"), tracing.trace(model, gates={EMBEDDING: 0.0}):
        pass


def test_a_family_that_nobody_described_is_not_traced():
    model = build("bloom")
    assert find_layout(model) is None
    assert not tracing.install(model)
    with pytest.raises(ValueError, match="install"), tracing.trace(model):
        pass
