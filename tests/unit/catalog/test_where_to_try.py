"""Each kind of model leads to the page or panel that runs it, and only where it really can be run."""

from __future__ import annotations

import datetime
import json

import pytest

from components.aws.answers import BedrockModel, HubModel, Overlay, Trouble
from components.catalog.blockers import Here, Verdict, verdicts
from components.catalog.curated import model, models
from components.catalog.lifecycle import model_status, today
from components.catalog.link import parameters
from components.catalog.trials import EMBEDDER, Trial, is_blocked, trials
from components.core.settings import settings
from components.embeddings.views import bedrock as embeddings_page
from components.registry import PAGES
from tests.app.opening import parameters_of


def panels(model_id):
    return [trial.panel for trial in trials(model(model_id), today())]


@pytest.fixture
def serving(monkeypatch):
    monkeypatch.setenv(
        "DASHBOARD_BEDROCK_MODELS", json.dumps(["us.amazon.nova-micro-v1:0", "amazon.titan-text-lite-v1"])
    )
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("gpt-2", ["playground"]),
        ("flan-t5", ["playground"]),
        ("bert", ["masked", "embeddings"]),
        ("sam", ["segment"]),
        ("sd-3.5", ["draw"]),
        ("titan-embed-text", ["embeddings"]),
        ("nova-micro", []),
        ("titan-text-lite", []),
        ("dall-e-1", []),
    ],
)
def test_the_panel_is_the_one_of_its_kind(model_id, expected):
    assert panels(model_id) == expected


def test_bedrock_is_offered_where_this_deployment_serves_the_model_and_it_lives(serving):
    [way] = trials(model("nova-micro"), today())
    assert way.paid
    assert dict(way.link) == {"engine": "bedrock", "model": "us.amazon.nova-micro-v1:0"}
    assert panels("titan-text-lite") == [], "it has ended"


def test_whatever_costs_is_marked():
    for one in models():
        for way in trials(one, today()):
            assert way.paid == (way.panel == "draw" or (way.panel == "embeddings" and not one.registry_id))


def test_every_way_leads_to_a_page_that_takes_its_link():
    slugs = {page.slug for page in PAGES}
    for one in models():
        for way in trials(one, today()):
            known = {each.name: each for each in (parameters_of(way.page) if way.page else parameters())}
            assert way.page is None or way.page in slugs
            for name, value in way.link:
                assert known[name].problem(value) is None, (one.id, name, value)


@pytest.mark.parametrize(
    ("model_id", "chosen"),
    [
        ("titan-embed-text", "amazon.titan-embed-text-v2:0"),
        ("sd-3.5", "stability.sd3-5-large-v1:0"),
        ("sam", "facebook/sam-vit-base"),
    ],
)
def test_where_the_link_does_not_name_the_model_the_menu_there_does(model_id, chosen):
    [way] = trials(model(model_id), today())
    assert [value for _key, value in way.state] == [chosen]


def test_the_menus_have_these_keys():
    assert embeddings_page.CHOICE == EMBEDDER


@pytest.mark.parametrize(
    ("panel", "reason", "blocked"),
    [
        ("embeddings", "not asked", True),
        ("embeddings", "not listed here", True),
        ("draw", "no credentials", True),
        ("draw", "no access", True),
        ("draw", "no answer", False),
        ("draw", "open", False),
        ("playground", "no credentials", True),
        ("playground", "not asked", False),
        ("playground", "not listed here", False),
    ],
)
def test_a_way_is_closed_only_where_it_is_sure_to_fail(panel, reason, blocked):
    assert is_blocked(Trial(panel, None, (), paid=True), Verdict("bedrock", reason)) is blocked
    assert not is_blocked(Trial(panel, None, ()), Verdict("bedrock", reason)), "a model on this machine needs no AWS"


def test_what_has_ended_can_be_tried_nowhere():
    assert all(trials(one, today()) == () for one in models() if model_status(one, today()) == "ended")


DAY = datetime.date(2026, 11, 23)
GPT_J = "huggingface-textgeneration1-gpt-j-6b"
NOW = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
PLENTY = 10**15


def reasons(model_id: str, **here) -> dict[str, str]:
    known = {"free_bytes": PLENTY, "fetched": False, "overlay": None, **here}
    return {verdict.where: verdict.reason for verdict in verdicts(model(model_id), DAY, Here(**known))}


def hub(name: str) -> HubModel:
    return HubModel(name, name, "1.0.0", "Supported", ())


def row(model_id: str) -> BedrockModel:
    return BedrockModel(model_id, model_id, "X", ("TEXT",), ("TEXT",), ("ON_DEMAND",), True, "ACTIVE", None, None)


@pytest.mark.parametrize(
    ("model_id", "here", "where", "reason"),
    [
        ("claude-5.5", {}, "this machine", "closed weights"),
        ("gpt-oss-120b", {"free_bytes": 8 * 10**9}, "this machine", "memory"),
        ("gpt-j", {}, "this machine", "not in registry"),
        ("bert", {}, "this machine", "not fetched"),
        ("bert", {"fetched": True}, "this machine", "open"),
        ("bert", {}, "bedrock", "never offered"),
        ("titan-text-express", {}, "bedrock", "ended"),
        ("claude-4.1", {}, "bedrock", "legacy"),
        ("nova-micro", {}, "bedrock", "not asked"),
        ("nova-micro", {"overlay": Overlay(None, NOW, troubles=(Trouble("connection", "no credentials"),))}, "bedrock",
         "no credentials"),
        ("nova-micro", {"overlay": Overlay("x", NOW, troubles=(Trouble("models", "slow"),))}, "bedrock", "no answer"),
        ("nova-micro", {"overlay": Overlay("x", NOW, models=(row("a.b"),))}, "bedrock", "not listed here"),
        ("nova-micro", {"overlay": Overlay("x", NOW, models=(row("amazon.nova-micro-v1:0"),))}, "bedrock", "open"),
        ("gpt-j", {"overlay": Overlay("x", NOW, hub=(hub("b"),))}, "jumpstart", "not listed here"),
        ("gpt-j", {"overlay": Overlay("x", NOW, hub=(hub(GPT_J),))},
         "jumpstart", "open"),
    ],
)  # fmt: skip
def test_the_reason(model_id, here, where, reason):
    assert reasons(model_id, **here)[where] == reason


def test_the_memory_that_is_missing_is_said():
    found = verdicts(model("gpt-oss-120b"), DAY, Here(free_bytes=1, fetched=False, overlay=None))
    assert found[0].needed_bytes == 2 * 116_829_156_672
