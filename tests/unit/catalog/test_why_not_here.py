"""Why a model can't be run here names what is really missing."""

from __future__ import annotations

import datetime

import pytest

from components.aws.answers import BedrockModel, HubModel, Overlay, Trouble
from components.catalog.blockers import Here, verdicts
from components.catalog.curated import model

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
