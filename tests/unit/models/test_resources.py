"""What is in memory is known with its size, and can be taken away while others compute with it."""

from __future__ import annotations

import gc
import threading

import pytest
import torch

from components.models import cached, resources
from components.models.registry import record
from components.models.resources import Holding
from components.models.store import local_folder
from components.models.tensors import stored_tensors

BERT = "classroom-bert"


class Thing:
    pass


def of(model):
    return [each for each in resources.held() if each.model == model]


def test_a_thing_is_listed_for_as_long_as_it_lives():
    thing, released = Thing(), []
    resources.hold(thing, Holding(kind="thing", model="m", size_bytes=7, release=lambda: released.append(1)))
    assert [(each.kind, each.size_bytes) for each in of("m")] == [("thing", 7)]
    resources.unload("m")
    assert released == [1]
    assert of("m")  # somebody still has it
    del thing
    gc.collect()
    assert of("m") == []


def test_shared_weights_are_counted_once():
    first, second = torch.nn.Linear(4, 3, bias=False), torch.nn.Linear(4, 3, bias=False)
    second.weight = first.weight
    assert resources.model_bytes(torch.nn.Sequential(first, second)) == 4 * 3 * 4


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
        resources.unload(BERT)
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
