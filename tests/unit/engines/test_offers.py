"""Which engines a deployment offers: from its settings, and nobody is asked."""

from __future__ import annotations

import json

import pytest

from components.core import settings as module
from components.engines import offers as offered
from components.engines.bedrock import BedrockEngine
from components.engines.offers import NOT_SET_UP, offer, offers
from components.engines.openai_compatible import OpenAICompatibleEngine
from components.engines.sagemaker import SageMakerEngine
from components.engines.table import ENGINES

KEY = "sk-planted-planted-planted"
SERVERS = [
    {"name": "first", "base_url": "http://127.0.0.1:1/v1", "models": ["a", "both"], "key": KEY},
    {"name": "second", "base_url": "http://127.0.0.1:2/v1", "models": ["both", "c"]},
]


@pytest.fixture
def setting(monkeypatch):
    """Give a function that sets a variable."""
    module.settings.cache_clear()

    def put(name, value):
        monkeypatch.setenv(f"DASHBOARD_{name}", value if isinstance(value, str) else json.dumps(value))
        module.settings.cache_clear()

    yield put
    monkeypatch.undo()
    module.settings.cache_clear()


def test_without_settings_the_remote_engines_are_shown_with_the_reason(setting):
    missing = {each.name: each.missing for each in offers()}
    assert list(missing) == [spec.name for spec in ENGINES]
    for spec in ENGINES:
        needs_settings = spec.models is not None and not spec.models()
        assert missing[spec.name] == (NOT_SET_UP if needs_settings else None), spec.name
    assert missing["openai"] == missing["bedrock"] == missing["sagemaker"] == NOT_SET_UP


def test_servers_are_offered_with_their_models_and_the_first_counts(setting):
    setting("OPENAI_SERVERS", SERVERS)
    offer_ = offer("openai")
    assert (offer_.title, offer_.models, offer_.missing) == ("first, second", ("a", "both", "c"), None)
    assert [offer_.paid(model) for model in offer_.models] == [False] * 3
    engine = offer_.spec.open("both")
    assert isinstance(engine, OpenAICompatibleEngine)
    assert (engine.model, engine.server.name) == ("both", "first")
    assert offer_.spec.open("c").server.name == "second"


def test_bedrock_and_endpoints_are_paid(setting):
    setting("BEDROCK_MODELS", ["amazon.nova-lite-v1:0"])
    setting("SAGEMAKER_ENDPOINTS", [{"name": "mine", "dialect": "text"}])
    setting("MOST_REMOTE_TOKENS", "99")
    for name, kind in (("bedrock", BedrockEngine), ("sagemaker", SageMakerEngine)):
        found = offer(name)
        [model] = found.models
        assert found.paid(model)
        engine = found.spec.open(model)
        assert isinstance(engine, kind)
        assert (engine.model, engine.capabilities.most_new_tokens) == (model, 99)


def price(model, read, written):
    return {
        "model": model,
        "input_usd": read,
        "output_usd": written,
        "source_url": "https://example.com/p",
        "seen": "2026-11-01",
    }


def test_a_price_has_its_source_and_day(setting):
    setting("OPENAI_SERVERS", SERVERS)
    setting("PRICES", [price("a", 2.0, 10.0)])
    found = offer("openai")
    known = found.price("a")
    assert known.of(input_tokens=1_000_000, output_tokens=100_000) == 3.0
    assert (known.source_url, str(known.seen)) == ("https://example.com/p", "2026-11-01")
    assert found.price("c") is None


def test_who_pays_is_a_matter_of_the_model_and_nobody_pays_a_price_of_nothing(setting):
    setting("OPENAI_SERVERS", SERVERS)
    setting("BEDROCK_MODELS", ["amazon.free", "amazon.paid", "amazon.unknown"])
    free = [price(model, 0.0, 0.0) for model in ("both", "amazon.free")]
    setting("PRICES", [price("a", 2.0, 10.0), price("c", 0.0, 0.1), price("amazon.paid", 0.1, 0.0), *free])
    assert [offer("openai").paid(model) for model in ("a", "both", "c", "a model without a price")] == [
        True, False, True, False,
    ]  # fmt: skip
    bedrock = offer("bedrock")
    assert [bedrock.paid(model) for model in bedrock.models] == [False, True, True]
    assert [bedrock.cost(model, 1_000_000, 0) for model in bedrock.models] == [0.0, 0.1, None]


def test_a_missing_package_is_the_reason(setting, monkeypatch):
    setting("OPENAI_SERVERS", SERVERS)
    monkeypatch.setattr(offered, "find_spec", lambda name: None)
    assert str(offer("openai").missing) == "The package openai is not installed."


def test_a_key_is_in_no_offer(setting):
    setting("OPENAI_SERVERS", SERVERS)
    assert KEY not in f"{offers()!r} {module.settings()!r} {module.settings().model_dump()} {module.settings()}"
    assert module.settings().openai_servers[0].secret() == KEY


@pytest.mark.parametrize(
    "server",
    [
        {"base_url": f"http://me:{KEY}@host/v1"},
        {"base_url": f"http://host/v1?key={KEY}"},
        {"api_key": KEY},
        {"models": KEY},
        {"models": []},
        {"name": ""},
        {"key": [KEY]},
    ],
)
def test_a_wrong_server_is_refused_without_its_key(setting, server):
    setting("OPENAI_SERVERS", [SERVERS[0] | server])
    with pytest.raises(module.SettingsError, match="openai_servers") as caught:
        module.settings()
    assert KEY not in f"{caught.value} {caught.value.__cause__}"


def test_a_misspelt_name_in_a_server_is_refused_with_the_names_there_are(setting):
    setting("OPENAI_SERVERS", [SERVERS[0] | {"api_key": KEY}])
    with pytest.raises(module.SettingsError, match="name, base_url, models, key, key_file"):
        module.settings()


def test_a_list_that_is_no_json_is_refused_without_its_text(setting):
    setting("OPENAI_SERVERS", f'[{{"key": "{KEY}"')
    with pytest.raises(module.SettingsError, match="openai_servers") as caught:
        module.settings()
    assert KEY not in f"{caught.value} {caught.value.__cause__}"


def test_the_examples_in_the_documentation_are_taken(tmp_path, monkeypatch):
    import re

    from components.core.settings import Settings
    from tests.unit.source_tree import ROOT

    examples = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/clusters.md").read_text("utf-8"), re.DOTALL)
    assert len(examples) >= 5
    for number, example in enumerate(examples):
        file = tmp_path / f"{number}.toml"
        file.write_text(example)
        monkeypatch.setitem(Settings.model_config, "toml_file", file)
        module.settings.cache_clear()
        assert module.settings() != Settings.model_construct()
    module.settings.cache_clear()
