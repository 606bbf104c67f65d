"""Credentials that open nothing. A test plants them and looks for them where they must not turn up."""

from __future__ import annotations

from pathlib import Path

import pytest

PLANTED = {
    "AWS_ACCESS_KEY_ID": "AKIAPLANTEDPLANTED12",
    "AWS_SECRET_ACCESS_KEY": "plantedsecret/plantedsecret/plantedsecret",
    "AWS_SESSION_TOKEN": "plantedsessiontoken-plantedsessiontoken",
}


def plant(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Set up an environment in which boto3 finds these credentials, a region, and nothing else."""
    for name in ("AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
