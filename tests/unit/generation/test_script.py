"""The exported script, for each kind of request. Its numbers are compared in tests/app/test_exports.py."""

import ast
from typing import get_args

import pytest

from components.engines.contract import EngineName, Message, Request
from components.generation.script import Recipe, script
from components.generation.service_script import EXPORTS, service_script

HOSTILE = "'''\n# %%\nimport os\n\"\"\" \\ {x} </script> 한글 🙂"


def written(request, *, apart=False, new_tokens=5):
    recipe = Recipe(weights="some/model", apart=apart, request=request, ids=(1, 2), new_tokens=new_tokens)
    return script(recipe)


def literal(text, name):
    """Return what a name is set to at the top of the script."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(name)


def call(text):
    """Return the settings that `generate` is called with."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "model.generate":
            return {word.arg: ast.literal_eval(word.value) for word in node.keywords if word.arg is not None}
    raise AssertionError("no call of generate")


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    "request_", [Request(prompt=HOSTILE), Request(mode="chat", messages=(Message("user", HOSTILE),))]
)
def test_no_text_of_a_visitor_becomes_code(request_, apart):
    text = written(request_, apart=apart)
    assert literal(text, "PROMPT") == HOSTILE
    assert text.count("# %%\n") == written(Request(prompt="plain"), apart=apart).count("# %%\n")


def test_every_filter_is_written_out_when_sampling():
    settings = call(written(Request(prompt="a", strategy="sample", temperature=0.7, top_p=0.9)))
    assert settings["top_k"] == 0, "unset it would be 50"
    assert (settings["do_sample"], settings["temperature"], settings["top_p"]) == (True, 0.7, 0.9)


def test_a_temperature_of_zero_is_greedy():
    settings = call(written(Request(prompt="a", strategy="sample", temperature=0.0)))
    assert settings["do_sample"] is False
    assert "temperature" not in settings


def test_beam_sampling_asks_for_its_beams_its_chain_and_its_seed():
    text = written(Request(prompt="a", strategy="beam_sample", num_beams=3, temperature=0.7, seed=5))
    settings = call(text)
    assert (settings["do_sample"], settings["num_beams"], settings["temperature"]) == (True, 3, 0.7)
    assert "torch.manual_seed(5)" in text


def test_a_beam_search_asks_for_its_beams_and_no_seed():
    text = written(Request(prompt="a", strategy="beam", num_beams=3, seed=5))
    assert call(text)["num_beams"] == 3
    assert "manual_seed" not in text


def test_an_answer_that_was_continued_begins_with_its_tokens():
    text = written(Request(prompt="a", strategy="sample", prefix=(7, 8)))
    assert literal(text, "PREFIX_IDS") == [7, 8]
    assert "model(torch.tensor([PROMPT_IDS + answer]))" in text


@pytest.mark.parametrize("engine", ["openai", "bedrock", "sagemaker"])
@pytest.mark.parametrize(
    "request_",
    [
        Request(prompt=HOSTILE, temperature=0.5),
        Request(mode="chat", messages=(Message("user", HOSTILE),), temperature=0.5),
    ],
    ids=["complete", "chat"],
)
def test_a_call_to_a_service_holds_the_text_as_a_string_and_no_address(engine, request_):
    text = service_script(engine, "their-model", request_)
    strings = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    assert HOSTILE in strings or (engine == "bedrock" and request_.mode == "complete"), "Converse takes turns only"
    assert "their-model" in strings
    assert 0.5 in strings
    assert "http" not in text


def test_every_engine_has_an_export():
    assert {"transformers", "llama.cpp", *EXPORTS} == set(get_args(EngineName))


def test_an_engine_without_an_export_says_so():
    text = service_script("echo", HOSTILE, Request(prompt="a"))
    assert "“echo” has no script or notebook yet" in text
    ast.parse(text)
    assert [line for line in text.splitlines() if not line.startswith("#")] == []


@pytest.mark.parametrize("engine", ["openai", "bedrock", "sagemaker"])
def test_a_model_that_thinks_has_its_tokens_in_the_script_too(engine):
    request = Request(mode="chat", messages=(Message("user", "Hi"),), max_new_tokens=7)
    numbers = [
        node.value
        for node in ast.walk(ast.parse(service_script(engine, "m", request, thinking_tokens=100)))
        if isinstance(node, ast.Constant)
    ]
    assert 107 in numbers
