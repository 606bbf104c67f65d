"""The page with models of other families, tiny and random, in a deployment's own registry file."""

from __future__ import annotations

import shutil

import pytest

from components.inside import link
from tests.app import own_models
from tests.app.opening import faults
from tests.unit.attention import architectures
from tests.unit.inside import networks

MODELS = {
    "inside-t5": ("encoder-decoder", "text2text-generation", "t5"),
    "inside-llama": ("decoder", "text-generation", "llama"),
    "inside-gemma3": ("decoder", "text-generation", "gemma3"),
    "inside-qwen3": ("decoder", "text-generation", "qwen3"),
    "inside-roberta": ("encoder", "fill-mask", "roberta"),
}
STRANGE = ("inside-bloom", "decoder", "text-generation", "bloom")
TEXT = " ".join(f"w{number}" for number in range(6))
OTHER = "w0 w1 w12 w3 w4 w5"


@pytest.fixture(scope="module", autouse=True)
def tiny_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    rows = []
    for model_id, (architecture, task, name) in {**MODELS, STRANGE[0]: STRANGE[1:]}.items():
        model = networks.load(name).model if name in networks.NAMES else architectures.build(name)
        model.save_pretrained(folder / model_id)
        framed = architecture == "encoder"
        architectures.tokenizer(framed=framed).raw.save(str(folder / model_id / "tokenizer.json"))
        rows.append(own_models.row(model_id, folder=folder / model_id, architecture=architecture, task=task))
    with own_models.offered(folder / "models.toml", *rows):
        yield
    shutil.rmtree(folder)


@pytest.mark.parametrize("view", link.VIEW.options)
@pytest.mark.parametrize("model", MODELS)
def test_each_view_draws(open_page, model, view):
    at = open_page("inside", model=model, text=TEXT, target="w7 w8", view=view)
    assert faults(at) == []
    assert at.session_state["model"] == model


@pytest.mark.parametrize("tab", ["off", "swap", "table", "effects"])
@pytest.mark.parametrize("model", MODELS)
def test_each_experiment_draws_or_says_what_to_change(open_page, model, tab):
    at = open_page(
        "inside",
        model=model,
        text=TEXT,
        target="w7 w8",
        view="prove",
        tab=tab,
        compare=OTHER,
        ablate="attention.1.0,mlp.1",
    )
    assert at.exception == []
    assert not any("reference" in message for message in faults(at)), "nothing unforeseen"


@pytest.mark.parametrize("model", MODELS)
def test_an_attention_has_a_sheet_with_all_its_heads(open_page, model):
    rows = ["attention.1", "cross.1"] if model == "inside-t5" else ["attention.1"]
    for row in rows:
        assert faults(open_page("inside", model=model, text=TEXT, target="w7 w8", view="stage", row=row)) == []


def test_a_family_whose_parts_are_not_known_is_said(open_page):
    at = open_page("inside", model=STRANGE[0], text=TEXT)
    assert ["cannot be shown" in element.value for element in at.warning] == [True]
    assert [button.label for button in at.button if "built-in" in button.label] == ["Show the built-in model"]
