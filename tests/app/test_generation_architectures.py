"""The playground with an encoder-decoder, with models of other families, and with llama.cpp.

The models are tiny and random, and stand in a deployment's own registry file.
"""

from __future__ import annotations

import importlib.util
import json
import shutil

import pytest
import transformers as hf

from components.generation import link
from tests.app import own_models
from tests.app.opening import faults
from tests.app.test_exports import assert_same
from tests.unit.attention import architectures

MODELS = {
    "writing-t5": ("encoder-decoder", "text2text-generation", "t5"),
    "writing-bloom": ("decoder", "text-generation", "bloom"),
    "writing-llama": ("decoder", "text-generation", "llama"),
}
TEMPLATE = "{% for m in messages %}{{ m.content }} {% endfor %}"
TEXT = "w1 w2 w3 w4"
FEW = "5"


def t5():
    """Return a T5 with as many layers on both sides: with others `generate` of transformers 5.23 fails by itself."""
    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": 99}
    return hf.T5ForConditionalGeneration(hf.T5Config(**sizes, decoder_start_token_id=0))


@pytest.fixture(scope="module", autouse=True)
def strange_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    rows = []
    for model_id, (architecture, task, name) in MODELS.items():
        (t5() if name == "t5" else architectures.build(name)).save_pretrained(folder / model_id)
        architectures.tokenizer(framed=False).raw.save(str(folder / model_id / "tokenizer.json"))
        (folder / model_id / "tokenizer_config.json").write_text(
            json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "[SEP]", "pad_token": "[PAD]"})
        )
        rows.append(own_models.row(model_id, folder=folder / model_id, architecture=architecture, task=task))
    (folder / "writing-llama" / "chat_template.jinja").write_text(TEMPLATE, "utf-8")
    with own_models.offered(folder / "models.toml", *rows):
        yield
    shutil.rmtree(folder)


def generate(at):
    at.button(key="generation_generate").click().run()
    assert faults(at) == []
    return at


def shown(at):
    found = [json.loads(each.proto.json) for each in at.get("bidi_component") if "generation_heat" in each.proto.id]
    return [token["text"] for token in found[0]["tokens"]]


@pytest.mark.parametrize("strategy", link.STRATEGY.options)
@pytest.mark.parametrize("model", MODELS)
def test_each_family_writes_with_each_strategy(open_page, model, strategy):
    at = generate(open_page("generation", model=model, prompt=TEXT, strategy=strategy, max_new_tokens=FEW))
    assert 0 < len(shown(at)) <= int(FEW)
    at.session_state["generation_step"] = 1
    assert faults(at.run()) == []
    assert any("Step" in chart.proto.alt for chart in at.get("plotly_chart"))


def test_answers_and_conversations_go_home_as_scripts_that_write_the_same(take_home, run_scripts):
    views = [{"model": "writing-t5", "strategy": strategy} for strategy in link.STRATEGY.options]
    views.append({"model": "writing-llama", "mode": "chat"})
    taken = [take_home("generation", prompt=TEXT, max_new_tokens=FEW, **view) for view in views]
    scripts = [each.make("script") for each in taken]
    for view, each, script, result in zip(views, taken, scripts, run_scripts(scripts), strict=True):
        exported = json.loads(each.make("data"))["result"]
        assert exported["steps"]
        assert_same(script, exported, result, view)


def test_an_encoder_decoder_carries_its_answer_as_a_second_text(open_page):
    at = generate(open_page("generation", model="writing-t5", prompt=TEXT, max_new_tokens=FEW))
    [carried] = [each.proto for each in at.get("page_link") if each.proto.label == "Its attention"]
    assert "text_b=" in carried.query_string


def test_an_encoder_decoder_does_not_play_the_game_of_the_next_word(open_page):
    at = open_page("generation", model="writing-t5", prompt=TEXT)
    at.session_state["tab"] = "guess"
    at.run()
    assert faults(at) == []
    assert any("Choose a decoder" in element.value for element in at.info)


def test_a_model_with_a_chat_template_takes_turns(open_page):
    at = generate(open_page("generation", model="writing-llama", mode="chat", prompt="w1 w2", max_new_tokens=FEW))
    first = "".join(shown(at))
    at.text_area(key="prompt").set_value("w3").run()
    generate(at)
    assert [message.name for message in at.chat_message] == ["user", "assistant", "user"]
    assert at.chat_message[1].markdown[0].value.replace("\\", "").strip() == first.strip()
    at.button(key="generation_fresh").click().run()
    assert faults(at) == []
    assert len(at.chat_message) == 0


@pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed")
def test_llama_cpp_writes_on_the_page_and_says_what_it_cannot_show(open_page, tmp_path):
    from tests.unit.engines.test_llama_cpp import tokenizer
    from tests.unit.models import tiny_gguf

    folder = tmp_path / "tiny-gguf"
    folder.mkdir()
    model = tiny_gguf.qwen().requires_grad_(False)
    model.config.save_pretrained(folder)
    tiny_gguf.write(model, folder / "tiny.gguf")
    tokenizer().raw.save(str(folder / "tokenizer.json"))
    with own_models.offered(tmp_path / "models.toml", own_models.row("tiny-gguf", folder=folder)):
        at = open_page(
            "generation", engine="llama.cpp", model="tiny-gguf", prompt="a novel", max_new_tokens=FEW,
            strategy="beam_sample",
        )  # fmt: skip
        generate(at)
    assert "".join(shown(at))
    assert at.slider(key="num_beams").disabled
    assert any("does not search with beams" in element.value for element in at.info)
    for said in (at.info, at.caption):  # instead of the steps, and beside the colours
        assert any("not the whole distribution" in element.value for element in said)
    [carried] = [each.proto for each in at.get("page_link") if each.proto.label == "Its attention"]
    assert "tiny-gguf" in carried.query_string
