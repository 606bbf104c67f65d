from __future__ import annotations

from functools import cache

import pytest
import torch

from components.attention.labels import labels
from components.attention.roles import head_roles
from components.models import recording
from components.models.registry import record
from components.models.store import local_folder
from tests.one_thread import on_one_thread
from tests.unit.attention.architectures import Tiny

_one_thread = pytest.fixture(on_one_thread, autouse=True)


def _embedded(model_id, class_name):
    import transformers

    from components.models.tokenization import SharedTokenizer, load_tokenizer

    folder = local_folder(record(model_id))
    model = getattr(transformers, class_name).from_pretrained(folder, dtype=torch.float32).eval()
    return Tiny(model, SharedTokenizer(load_tokenizer(folder)), torch.device("cpu"), recording.install(model))


@pytest.fixture(scope="session")
def classroom_bert():
    return _embedded("classroom-bert", "AutoModelForMaskedLM")


@pytest.fixture(scope="session")
def classroom_gpt2():
    return _embedded("classroom-gpt2", "AutoModelForCausalLM")


@pytest.fixture(scope="session")
def classroom_e5_ko():
    return _embedded("classroom-e5-ko", "AutoModel")


@pytest.fixture(scope="session")
def classroom_bert_ko():
    return _embedded("classroom-bert-ko", "AutoModelForMaskedLM")


@pytest.fixture(scope="session")
def classroom_gpt_ko():
    return _embedded("classroom-gpt-ko", "AutoModelForCausalLM")


@pytest.fixture(scope="session")
def labels_of(classroom_bert, classroom_gpt2):
    """Label the heads of an embedded model; several tests ask for the same labels."""
    loaded = {"classroom_bert": classroom_bert, "classroom_gpt2": classroom_gpt2}
    return cache(lambda name, seed: labels(head_roles(loaded[name], seed=seed)))
