from __future__ import annotations

import tomllib

import pytest

from components.core.i18n import use
from components.core.policy import is_allowed
from components.core.settings import Settings
from components.models import registry
from components.models.errors import UnknownModel
from components.models.registry import ModelParameter, RegistryError, read, record, records
from components.models.store import BUNDLED

OPEN = Settings(downloads=True, any_hub_id=True)
ROW = """
[[models]]
id = "{id}"
title = "One"
task = "{task}"
source = {{ kind = "bundled", folder = "one" }}
{more}
"""


@pytest.fixture
def file(tmp_path):
    def write(*, id="one", task="fill-mask", more="", rows=1):
        path = tmp_path / "registry.toml"
        path.write_text(ROW.format(id=id, task=task, more=more) * rows)
        return path

    return write


def test_the_models_every_lesson_counts_on_are_there():
    ids = [model.id for model in records()]
    assert ids[:2] == [registry.DEFAULT_ENCODER, registry.DEFAULT_DECODER]
    assert {
        *("smollm2-135m", "gemma-3-270m", "all-minilm-l6-v2", "gpt2", "distilgpt2", "bert-base-uncased"),
        *("bert-base-multilingual-cased", "klue/bert-base", "google/flan-t5-small"),
        "Qwen/Qwen3-0.6B",
    } <= set(ids)


def test_measures_are_not_typed_a_second_time():
    rows = tomllib.loads(registry.FILE.read_text("utf-8"))["models"]
    assert not {"layers", "heads", "width", "vocabulary", "positions"} & {name for row in rows for name in row}


def test_filters_by_task_and_architecture():
    assert {model.task for model in records(tasks=["fill-mask"])} == {"fill-mask"}
    assert all(model.architecture == "decoder" for model in records(architectures=["decoder"]))
    assert records(tasks=["fill-mask"], architectures=["decoder"]) == ()


def test_every_model_that_has_to_be_fetched_says_its_size_and_licence():
    for model in records():
        assert model.licence, model.id
        assert model.licence_url, model.id
        assert model.embedded or model.size_bytes, model.id


@pytest.mark.parametrize("model", [model for model in records() if model.held_out], ids=lambda model: model.id)
def test_held_out_figures_stand_in_the_model_card(model):
    card = (BUNDLED.parents[2] / model.held_out.source).read_text("utf-8")
    value = model.held_out.value
    shown = f"**{value}**" if model.held_out.measure == "perplexity" else f"**{value:.1%}**"
    assert shown in card


def test_every_embedded_model_says_how_good_it_is():
    assert all(model.held_out for model in records() if model.embedded)


def test_an_unknown_id_is_answered_with_what_there_is():
    with pytest.raises(UnknownModel, match="no model “gpt3” here") as error:
        record("gpt3")
    assert "classroom-bert" in str(error.value)


def test_any_hub_id_is_a_model_where_the_deployment_allows_it():
    model = record("someone/some.model-1", choices=OPEN)
    assert (model.source.kind, model.source.repository) == ("hub", "someone/some.model-1")
    assert model.task is None


@pytest.mark.parametrize("choices", [Settings(downloads=True), Settings(any_hub_id=True), Settings()])
def test_no_hub_id_is_a_model_where_it_does_not(choices):
    with pytest.raises(UnknownModel):
        record("someone/some-model", choices=choices)


@pytest.mark.parametrize(
    "written",
    ["", "/", "a/b/c", "../../etc/passwd", "a/..", "..", ".hid", "a b", "https://x.y/z", "a\n", "a/b\x00", "x" * 300],
)
def test_what_cannot_be_a_hub_id_is_unknown(written):
    with pytest.raises(UnknownModel):
        record(written, choices=OPEN)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"task": "chat"}, ["'one'", "task", "'chat'", "fill-mask"]),
        ({"more": "layers = 6"}, ["'one'", "layers"]),
        ({"more": "size_bytes = -1"}, ["'one'", "size_bytes", "-1"]),
        ({"id": "../one"}, ["'../one'", "field id"]),
    ],
)
def test_a_mistake_in_the_file_is_named_with_model_and_field(file, row, expected):
    with pytest.raises(RegistryError) as error:
        read(file(**row))
    for part in expected:
        assert part in str(error.value)


def test_a_wheel_member_cannot_lead_out_of_its_folder(tmp_path):
    path = tmp_path / "registry.toml"
    path.write_text(
        '[[models]]\nid = "m"\ntitle = "M"\n[models.source]\nkind = "wheel"\nwheels = [{ package = "p", version = "1", '
        f'sha256 = "{"0" * 64}", members = ["p/../../evil"] }}]'
    )
    with pytest.raises(RegistryError, match="members"):
        read(path)


def test_an_id_that_stands_twice_is_refused(file):
    with pytest.raises(RegistryError, match="'one' stands twice"):
        read(file(rows=2))


def test_broken_toml_is_named(tmp_path):
    path = tmp_path / "registry.toml"
    path.write_text("[[models]")
    with pytest.raises(RegistryError, match=r"registry\.toml"):
        read(path)


def test_what_a_model_started_from_is_here_too_and_named_in_its_card():
    started = [model for model in records() if model.started_from]
    origins = {
        "classroom-bert": "sentence-transformers/all-MiniLM-L6-v2",
        "classroom-bert-ko": "classroom-e5-ko",
        "classroom-gpt-ko": "classroom-bert-ko",
    }
    assert {model.id for model in started} == set(origins)
    for model in started:
        card = (BUNDLED / model.source.folder / "README.md").read_text(encoding="utf-8")
        assert record(model.started_from).id == origins[model.id].split("/")[-1].lower()
        assert f"base_model: {origins[model.id]}\n" in card


def test_no_list_takes_a_built_in_model_away(configure):
    """The lessons of both languages are about them."""
    configure(allowed_models='["smollm2-135m"]')
    assert [model.id for model in records() if not is_allowed(model.id) and model.embedded] == []
    assert not is_allowed("gpt2")


MASKED = ModelParameter("model", "classroom-bert", tasks=("fill-mask",))
ANY = ModelParameter("model", "classroom-gpt2")


def test_the_menu_has_the_registrys_models_for_the_pages_tasks():
    assert [model.id for model in MASKED.choices()][:3] == ["classroom-bert", "classroom-bert-ko", "bert-base-uncased"]
    assert {"classroom-bert", "classroom-gpt2", "google/flan-t5-small"} <= {model.id for model in ANY.choices()}


@pytest.mark.parametrize("written", ["classroom-bert", "klue/bert-base"])
def test_an_id_of_the_menu_fits(written):
    assert MASKED.problem(written) is None
    assert MASKED.parse(written) == written


@pytest.mark.parametrize("written", ["classroom-gpt2", "nobody/no-model", "", "../..", "<script>", "\ud800"])
def test_an_id_that_does_not_fit_is_answered_with_those_that_do(written):
    problem = MASKED.problem(written)
    assert "classroom-bert" in problem
    assert "classroom-gpt2" not in problem


def test_a_hub_id_fits_where_the_deployment_allows_it(configure):
    configure(downloads="true", any_hub_id="true")
    assert MASKED.problem("someone/model") is None
    configure(downloads="true", any_hub_id="false")
    assert MASKED.problem("someone/model") is not None


def test_no_model_is_listed_that_the_dashboard_would_refuse():
    """KoGPT-2 has its weights as a pickle file only."""
    assert "skt/kogpt2-base-v2" not in {model.id for model in records()}


def test_a_model_that_reads_no_hangul_is_not_listed_for_korean():
    assert "ko" not in record("google/flan-t5-small").languages


def test_a_model_has_one_name_or_one_for_each_language(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        '[[models]]\nid = "a"\ntitle = { en = "Ours", ko = "우리 모델" }\nsource = { kind = "path", folder = "/a" }\n'
        '[[models]]\nid = "b"\ntitle = "Theirs"\nsource = { kind = "path", folder = "/b" }\n',
        "utf-8",
    )
    ours, theirs = read(own)
    assert (ours.title, theirs.title) == ("Ours", "Theirs")
    with use("ko"):
        assert (ours.title, theirs.title) == ("우리 모델", "Theirs")


def test_a_name_in_english_is_needed(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        '[[models]]\nid = "a"\ntitle = { ko = "우리" }\nsource = { kind = "path", folder = "/a" }\n', "utf-8"
    )
    with pytest.raises(RegistryError, match="'en' is missing"):
        read(own)
