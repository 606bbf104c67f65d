"""The exported notebook, for each kind of request. Its numbers are compared in tests/app/test_exports.py."""

import ast
from types import SimpleNamespace

import pytest

from components.engines import transformers_engine
from components.engines.capabilities import Capabilities
from components.engines.contract import Message, Request
from components.engines.spec import EngineSpec, Export
from components.engines.table import ENGINES
from components.generation import export
from components.generation.answer import Answer
from components.generation.export import ExportSource

SERVICES = [spec.name for spec in ENGINES if not spec.runs_here and spec.export.notebook != Export().notebook]
"""The engines that send a request elsewhere and say how."""
HOSTILE = "'''\n# %%\nimport os\n\"\"\" \\ {x} </script> 한글 🙂"


def exported(engine, model, request, *, thinking_tokens=0):
    able = Capabilities(
        missing={}, context_tokens=None, most_new_tokens=99, most_candidates=9, thinking_tokens=thinking_tokens
    )
    return ExportSource(
        engine=lambda: SimpleNamespace(capabilities=able),
        meter=lambda each: each,
        answer=Answer(engine, model, request),
        ids=(1, 2),
    ).script()


@pytest.fixture
def written(monkeypatch):
    """Give a function that exports a request to transformers."""

    def write(request, *, apart=False):
        monkeypatch.setattr(transformers_engine, "answers_apart", lambda model: apart)
        return exported("transformers", "classroom-gpt2", request)

    return write


def literal(text, name):
    """Return what a name is set to at the top of the script."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(name)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("mode", ["complete", "chat"])
def test_no_text_of_a_visitor_becomes_code(written, mode, apart):
    def asking(prompt):
        return Request(prompt=prompt) if mode == "complete" else Request(mode=mode, messages=(Message("user", prompt),))

    text = written(asking(HOSTILE), apart=apart)
    assert literal(text, "PROMPT") == HOSTILE
    assert text.count("# %%\n") == written(asking("plain"), apart=apart).count("# %%\n")


def test_the_call_of_the_course_is_there_where_it_writes_the_same_text(written):
    call = 'pipeline("text-generation", model=model, tokenizer=tokenizer)'
    assert call in written(Request(prompt="plain"))
    assert call not in written(Request(mode="chat", messages=(Message("user", "plain"),)))
    assert call not in written(Request(prompt="plain"), apart=True)
    assert call not in written(Request(prompt="plain", strategy="greedy"))


def test_every_filter_is_written_out_when_sampling(written):
    settings = literal(written(Request(prompt="a", strategy="sample", temperature=0.7, top_p=0.9)), "SETTINGS")
    assert settings["top_k"] == 0, "unset it would be 50"
    assert (settings["do_sample"], settings["temperature"], settings["top_p"]) == (True, 0.7, 0.9)


def test_a_temperature_of_zero_is_greedy(written):
    settings = literal(written(Request(prompt="a", strategy="sample", temperature=0.0)), "SETTINGS")
    assert settings["do_sample"] is False
    assert "temperature" not in settings


def test_beam_sampling_asks_for_its_beams_its_chain_and_its_seed(written):
    text = written(Request(prompt="a", strategy="beam_sample", num_beams=3, temperature=0.7, seed=5))
    settings = literal(text, "SETTINGS")
    assert (settings["do_sample"], settings["num_beams"], settings["temperature"]) == (True, 3, 0.7)
    assert literal(text, "SEED") == 5
    assert "torch.manual_seed(SEED)" in text


def test_a_beam_search_asks_for_its_beams_and_no_seed(written):
    text = written(Request(prompt="a", strategy="beam", num_beams=3, seed=5))
    assert literal(text, "SETTINGS")["num_beams"] == 3
    assert "manual_seed" not in text


def test_an_answer_that_was_continued_begins_with_its_tokens(written):
    text = written(Request(prompt="a", strategy="sample", prefix=(7, 8)))
    assert literal(text, "PREFIX_IDS") == [7, 8]
    assert "scores = model(**inputs_of(answer)).logits[0]" in text


@pytest.mark.parametrize("engine", SERVICES)
@pytest.mark.parametrize(
    "request_",
    [
        Request(prompt=HOSTILE, temperature=0.5),
        Request(mode="chat", messages=(Message("user", HOSTILE),), temperature=0.5),
    ],
    ids=["complete", "chat"],
)
def test_a_call_to_a_service_holds_the_text_as_a_string_and_no_address(engine, request_):
    text = exported(engine, "their-model", request_)
    strings = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    assert HOSTILE in strings or (engine == "bedrock" and request_.mode == "complete"), "Converse takes turns only"
    assert "their-model" in strings
    assert 0.5 in strings
    assert "http" not in text


def test_an_engine_without_an_export_says_so(monkeypatch):
    stub = EngineSpec(name="echo", title=lambda: "Echo", open=lambda model: None)
    monkeypatch.setattr(export, "engine_spec", lambda name: stub)
    text = exported("echo", HOSTILE, Request(prompt="a"))
    assert "This engine has no script or notebook yet" in text
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []


@pytest.mark.parametrize("engine", SERVICES)
def test_a_model_that_thinks_has_its_tokens_in_the_script_too(engine):
    request = Request(mode="chat", messages=(Message("user", "Hi"),), max_new_tokens=7)
    numbers = [
        node.value
        for node in ast.walk(ast.parse(exported(engine, "m", request, thinking_tokens=100)))
        if isinstance(node, ast.Constant)
    ]
    assert 107 in numbers
