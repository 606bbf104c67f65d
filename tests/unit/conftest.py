"""Fixtures of all unit tests."""

from __future__ import annotations

import pytest

from tests.unit import built_in


@pytest.fixture(scope="session")
def classroom_bert():
    return built_in.load("classroom-bert")


@pytest.fixture(scope="session")
def classroom_gpt2():
    return built_in.load("classroom-gpt2")


@pytest.fixture(scope="session")
def classroom_e5_ko():
    return built_in.load("classroom-e5-ko")


@pytest.fixture(scope="session")
def classroom_bert_ko():
    return built_in.load("classroom-bert-ko")


@pytest.fixture(scope="session")
def classroom_gpt_ko():
    return built_in.load("classroom-gpt-ko")
