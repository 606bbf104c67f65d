"""Every fact of the catalog says where it is from and of which day; what is missing says why."""

from __future__ import annotations

import datetime
import tomllib
from fnmatch import fnmatchcase

import pytest

from components.catalog import curated
from components.catalog.curated import CatalogError, read
from components.catalog.records import Fact, Model
from components.core.i18n import LANGUAGES

NAMED = (
    "gpt-2 gpt-3 bert dall-e-1 llama-1 sam jurassic-2 claude-1 stable-diffusion-1 titan-text-express falcon flan-t5 "
    "bloomz gpt-j alexatm-20b jamba-1.5-mini nova-lite llama-3 llama-4-scout sam-2 sam-3 sd-3.5 gpt-oss-20b falcon-3"
)

SOURCES = """
[paper]
title = "A paper"
url = ["https://example.org/paper"]
as_of = 2026-01-01
about = ["toy-*"]
[other_paper]
title = "A paper about another toy"
url = ["https://example.org/other"]
as_of = 2026-01-01
about = ["other-1"]
"""
FAMILY = """
id = "toy"
name = "Toy"
place = 1
provider = "google"
developer = { value = "Us", source = "paper" }
[about]
en = "A toy."
ko = "장난감."
source = "paper"
[uses]
en = "Play."
ko = "놀이."
source = "paper"
[defaults]
kind = { value = "encoder", source = "paper" }
released = { value = "2018-10", source = "paper" }
inputs = { value = ["text"], source = "paper" }
outputs = { value = ["text"], source = "paper" }
tasks = { value = ["fill-mask"], source = "paper" }
parameters = { missing = "not published" }
context = { value = 512, source = "paper" }
licence = { value = "MIT", source = "paper" }
open_weights = { value = true, source = "paper" }
languages = { missing = "not found" }
successors = { missing = "not found" }
[[models]]
id = "toy-1"
name = "Toy 1"
"""


def test_a_fact_has_a_source_and_a_date_or_says_why_not():
    for model in curated.models():
        facts = {name: getattr(model, name) for name in Model.model_fields if isinstance(getattr(model, name), Fact)}
        assert len(facts) == 11
        for name, fact in facts.items():
            said = f"{model.id}: {name}"
            if fact.value is None:
                assert fact.missing, said
                continue
            assert fact.source, said
            assert fact.as_of <= datetime.datetime.now(datetime.UTC).date(), said
            assert all(url.startswith("https://") for source in fact.source for url in source.url), said


def test_an_offer_has_a_source_and_a_date():
    for model in curated.models():
        for offer in model.offers:
            assert offer.source, (model.id, offer)
            assert offer.listed or offer.eol or offer.gone_by, (model.id, offer)


def test_every_system_of_the_course_is_there():
    assert set(NAMED.split()) <= {model.id for model in curated.models()}


def test_prose_is_there_in_every_language():
    for family in curated.families():
        for prose in (family.about, family.uses):
            assert prose.source
            assert prose.texts.keys() == LANGUAGES.keys()
            assert len({"", *prose.texts.values()}) == len(LANGUAGES) + 1
    for model in curated.models():
        assert model.note is None or model.note.texts.keys() == LANGUAGES.keys()


def test_a_successor_that_has_a_record_is_not_its_own_successor():
    for model in curated.models():
        assert model.id not in (model.successors.value or ())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sources.toml").write_text(SOURCES)
    (tmp_path / "toy.toml").write_text(FAMILY)
    return tmp_path


def test_a_whole_file_is_read(folder):
    (family,) = read(folder)
    assert family.models[0].context.value == 512
    assert family.models[0].context.as_of == datetime.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ('context = { value = 512, source = "paper" }', "context = { value = 512 }", "needs a source"),
        ('context = { value = 512, source = "paper" }', "context = {}", "either a value or a reason"),
        ('context = { value = 512, source = "paper" }', 'context = { value = 512, source = "rumour" }', "rumour"),
        ('{ value = "encoder", source = "paper" }', '{ value = "encodder", source = "paper" }', "encodder"),
        ('licence = { value = "MIT", source = "paper" }', "", "licence"),
        ('{ value = "2018-10", source = "paper" }', '{ value = "October", source = "paper" }', "October"),
        ('id = "toy-1"', 'id = "toy-1"\nstatus = "active"', "status"),
        (
            'value = "MIT", source = "paper"',
            'value = "MIT", source = "other_paper"',
            "toy-1.licence.*other_paper",
        ),
        ('id = "toy-1"', 'id = "other-1"', "other-1.kind.*paper is not about this model"),  # inherited
    ],
)
def test_a_mistake_is_refused_and_named(folder, right, wrong, named):
    assert right in FAMILY
    (folder / "toy.toml").write_text(FAMILY.replace(right, wrong))
    with pytest.raises(CatalogError, match=named):
        read(folder)


def test_a_source_without_a_date_is_refused(folder):
    (folder / "sources.toml").write_text(SOURCES.replace("as_of = 2026-01-01", "", 1))
    with pytest.raises(CatalogError, match="as_of"):
        read(folder)


def test_an_id_that_stands_twice_is_refused(folder):
    (folder / "other.toml").write_text(FAMILY.replace('id = "toy"', 'id = "other"'))
    with pytest.raises(CatalogError, match="toy-1"):
        read(folder)


def test_a_successor_may_be_named_by_a_source_about_the_successor(folder):
    named = FAMILY.replace(
        'successors = { missing = "not found" }', 'successors = { value = ["other-1"], source = "other_paper" }'
    )
    (folder / "toy.toml").write_text(named)
    assert read(folder)[0].models[0].successors.value == ("other-1",)


def test_every_source_is_about_models_of_the_catalog_and_cited():
    ids = {model.id for model in curated.models()}
    sources = tomllib.loads((curated.FOLDER / curated.SOURCES).read_text("utf-8"))
    nobody = {
        key: pattern
        for key, source in sources.items()
        for pattern in source["about"]
        if not any(fnmatchcase(model_id, pattern) for model_id in ids)
    }
    assert nobody == {}
    files = [path.read_text("utf-8") for path in curated.FOLDER.glob("*.toml") if path.name != curated.SOURCES]
    assert [key for key in sources if not any(f'"{key}"' in text for text in files)] == []


def test_the_architecture_of_a_closed_model_is_not_published():
    """What no source says of it stays open: it is not taken over from an older one."""
    for model_id in ("gpt-3.5-turbo", "gpt-4", "gpt-5", "gpt-5.4", "gpt-5.5", "gpt-5.6", "gpt-6"):
        assert curated.model(model_id).kind.missing == "not published", model_id


def test_facts_that_were_once_wrong():
    models = {model.id: model for model in curated.models()}
    assert all("image" in models[model_id].inputs.value for model_id in ("gpt-4", "gpt-5"))
    announced = {"claude-3": "2024-03-04", "claude-3.7": "2025-02-24", "claude-4": "2025-05-22"}
    assert {model_id: models[model_id].released.value for model_id in announced} == announced
    assert "256,000" in models["llama-4-scout"].note.texts["en"]
    assert "Falcon 7B names only English and French" in models["falcon"].note.texts["en"]
