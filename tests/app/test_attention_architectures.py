"""The attention page with an encoder-decoder, and with a model that computes attention in a way of its own.

The models are tiny and random, and stand in a deployment's own registry file.
"""

import shutil

import pytest

from components.attention import link
from tests.app import own_models
from tests.app.opening import faults
from tests.unit.attention import architectures

MODELS = {
    "tiny-t5": ("encoder-decoder", "text2text-generation", "t5"),
    "tiny-bloom": ("decoder", "text-generation", "bloom"),
    "tiny-llama": ("decoder", "text-generation", "llama"),
}


@pytest.fixture(scope="module", autouse=True)
def strange_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    rows = []
    for model_id, (architecture, task, name) in MODELS.items():
        architectures.build(name).save_pretrained(folder / model_id)
        architectures.tokenizer(framed=False).raw.save(str(folder / model_id / "tokenizer.json"))
        rows.append(own_models.row(model_id, folder=folder / model_id, architecture=architecture, task=task))
    with own_models.offered(folder / "models.toml", *rows):
        yield
    shutil.rmtree(folder)


TEXT = " ".join(f"w{number}" for number in range(6))


@pytest.mark.parametrize("view", link.VIEWS)
@pytest.mark.parametrize("model", MODELS)
def test_each_view_draws_or_says_why_not(open_page, model, view):
    at = open_page("attention", model=model, text=TEXT, view=view)
    assert at.exception == []
    assert not any("reference" in message for message in faults(at)), "nothing unforeseen"


@pytest.mark.parametrize("kind", ["encoder", "decoder", "cross"])
@pytest.mark.parametrize("view", ["heatmap", "head", "model", "neuron", "rollout"])
def test_an_encoder_decoder_shows_all_three_kinds(open_page, kind, view):
    at = open_page("attention", model="tiny-t5", text=TEXT, text_b="w7 w8", view=view)
    at.session_state["attention_kind"] = kind
    assert faults(at.run()) == []


def test_cross_attention_has_the_written_text_on_the_left(open_page):
    at = open_page("attention", model="tiny-t5", text=TEXT, text_b="w7 w8", view="head")
    at.session_state["attention_kind"] = "cross"
    (frame,) = at.run().get("iframe")
    assert '"left_text": ["[PAD]", "w7", "w8"]' in frame.proto.srcdoc
    assert '"right_text": ["w0", "w1", "w2", "w3", "w4", "w5"]' in frame.proto.srcdoc


def test_a_model_without_queries_and_keys_says_so_and_still_shows_its_weights(open_page):
    at = open_page("attention", model="tiny-bloom", text=TEXT, view="neuron")
    assert any("no neuron view" in note.value for note in at.info)
    assert len(open_page("attention", model="tiny-bloom", text=TEXT, view="head").get("iframe")) == 1


def test_a_model_whose_heads_cannot_be_switched_off_says_so(open_page):
    at = open_page("attention", model="tiny-bloom", text=TEXT, view="ablation")
    assert any("cannot be switched off" in message for message in faults(at))
