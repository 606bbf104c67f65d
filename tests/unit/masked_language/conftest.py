from __future__ import annotations

import pytest
from transformers import BertForMaskedLM

from tests.unit import tiny_bert


@pytest.fixture(scope="session")
def tiny():
    return tiny_bert.build(BertForMaskedLM)


@pytest.fixture(scope="session")
def tokenizer(tiny):
    return tiny.tokenizer
