from __future__ import annotations

import pytest
from transformers import BertForMaskedLM

from tests.one_thread import on_one_thread
from tests.unit import tiny_bert

_one_thread = pytest.fixture(on_one_thread, autouse=True)


@pytest.fixture(scope="session")
def tiny():
    return tiny_bert.build(BertForMaskedLM)


@pytest.fixture(scope="session")
def tokenizer(tiny):
    return tiny.tokenizer
