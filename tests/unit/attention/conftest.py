from __future__ import annotations

import pytest
import torch

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
