from __future__ import annotations

import psutil
import pytest
import torch

from components.models import memory
from components.models.shape import model_shape
from tests.unit.models import tiny

CPU = torch.device("cpu")


@pytest.fixture
def container(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)

    def limit(most, used="1000"):
        (tmp_path / "memory.max").write_text(f"{most}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")

    return limit


def test_a_containers_limit_counts_where_it_is_smaller(container):
    container("50000", used="20000")
    assert memory.free_bytes(CPU) == 30_000


@pytest.mark.parametrize("most", ["max", str(10**18)])
def test_otherwise_the_machines_free_memory_counts(container, most):
    container(most)
    assert memory.free_bytes(CPU) == pytest.approx(psutil.virtual_memory().available, rel=0.2)


def test_no_container_is_no_limit(container):
    assert memory.free_bytes(CPU) > 10**7


def test_the_estimate_is_a_llamas_own_count_but_for_norms(tmp_path):
    model = tiny.save("llama", tmp_path).model
    model.config.tie_word_embeddings = True
    counted = sum(
        weight.numel() for name, weight in model.named_parameters() if "norm" not in name and "lm_head" not in name
    )
    assert memory.estimated_weights(model_shape(tmp_path)) == counted
