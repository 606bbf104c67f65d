"""What models take in memory: whether one fits, what is there, and how it is unloaded."""

from __future__ import annotations

import gc
import threading

import psutil
import pytest
import torch

from components.models import cached, memory
from components.models.memory import Holding
from components.models.registry import record
from components.models.shape import model_shape
from components.models.sizes import readable_size
from components.models.store import local_folder
from components.models.tensors import stored_tensors
from tests.unit.models import tiny

CPU = torch.device("cpu")


@pytest.fixture
def container(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)

    def limit(most, used="1000", files="0"):
        (tmp_path / "memory.max").write_text(f"{most}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")
        (tmp_path / "memory.stat").write_text(f"anon 100\nfile 700\ninactive_file {files}\nactive_file 7\n")

    return limit


def test_a_containers_limit_counts_where_it_is_smaller(container):
    container("50000", used="20000")
    assert memory.free_bytes(CPU) == 30_000


def test_files_that_were_read_take_no_room_from_a_model(container):
    """A model that was just fetched, checked and read would fill a container by itself."""
    container("50000", used="49000", files="30000")
    assert memory.free_bytes(CPU) == 31_000


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


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        *((0, "0 B"), (999, "999 B"), (1000, "1 kB"), (83_506_384, "83.5 MB"), (548_000_000, "548 MB")),
        *((999_600, "1 MB"), (1_503_000_000, "1.5 GB")),
    ],
)
def test_sizes_have_three_digits_and_a_decimal_unit(size_bytes, text):
    assert readable_size(size_bytes) == text


BERT = "classroom-bert"


class Thing:
    pass


def of(model):
    return [each for each in memory.holdings() if each.model == model]


def test_a_thing_is_listed_for_as_long_as_it_lives():
    thing, released = Thing(), []
    memory.register(thing, Holding(kind="thing", model="m", size_bytes=7, release=lambda: released.append(1)))
    assert [(each.kind, each.size_bytes) for each in of("m")] == [("thing", 7)]
    memory.unload("m")
    assert released == [1]
    assert of("m")  # somebody still has it
    del thing
    gc.collect()
    assert of("m") == []


def test_shared_weights_are_counted_once():
    first, second = torch.nn.Linear(4, 3, bias=False), torch.nn.Linear(4, 3, bias=False)
    second.weight = first.weight
    assert memory.model_bytes(torch.nn.Sequential(first, second)) == 4 * 3 * 4


@pytest.mark.real_model
def test_unloading_breaks_nobody_who_computes_and_the_next_loads_again():
    torch.set_num_threads(1)
    loaded = cached.masked_lm(BERT)
    ids = torch.tensor([[101, 7592, 103, 102]])
    with torch.no_grad():
        expected = loaded.model(ids).logits
    stored = stored_tensors(local_folder(record(BERT))).values()
    assert of(BERT)[0].size_bytes == pytest.approx(sum(4 * tensor.elements for tensor in stored), rel=0.01)
    stop, faults, done = threading.Event(), [], [0] * 4

    def use(place):
        try:
            while not stop.is_set():
                with torch.no_grad():
                    torch.testing.assert_close(cached.masked_lm(BERT).model(ids).logits, expected)
                done[place] += 1
        except Exception as error:  # noqa: BLE001 (the test's thread reports it)
            faults.append(error)

    threads = [threading.Thread(target=use, args=(place,)) for place in range(len(done))]
    for thread in threads:
        thread.start()
    for _ in range(3):
        before = list(done)
        memory.unload(BERT)
        while not faults and any(now <= then for now, then in zip(done, before, strict=True)):
            stop.wait(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert cached.masked_lm(BERT).model is not loaded.model
    del loaded
    gc.collect()
    assert len(of(BERT)) == 1  # the others are gone
