"""A bit that turned over in the weights is found without anybody waiting for it, also where nothing else changed."""

from __future__ import annotations

import os
import threading

import pytest

from components.models.integrity import note_checksums
from components.server import readiness
from components.server.readiness import WEIGHTS_EVERY_S, WeightsCheck


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(bytes(10_000))
    note_checksums(tmp_path, checkpoint=lambda: None)
    return tmp_path


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def check(folder, clock):
    made = WeightsCheck({"a-model": folder}, now_s=lambda: clock[0])
    assert made.changed() == ()
    made.finish()
    return made


def flip(folder, *, also_the_time: bool) -> None:
    file = folder / "model.safetensors"
    before = file.stat()
    content = bytearray(file.read_bytes())
    content[5000] ^= 1
    file.write_bytes(content)
    later_ns = before.st_mtime_ns + (1_000_000_000 if also_the_time else 0)
    os.utime(file, ns=(before.st_atime_ns, later_ns))


def found(check: WeightsCheck) -> tuple[str, ...]:
    """Return what the next answer but one says: the next one may still be what was found before."""
    check.changed()
    check.finish()
    return check.changed()


def test_weights_as_they_came_are_well(check):
    assert found(check) == ()


def test_a_file_that_looks_different_is_read_again_at_once(check, folder):
    flip(folder, also_the_time=True)
    assert found(check) == ("a-model",)


def test_a_bit_that_turned_over_by_itself_is_found_within_the_hour(check, folder, clock, caplog):
    flip(folder, also_the_time=False)
    assert found(check) == ()
    clock[0] += WEIGHTS_EVERY_S
    assert found(check) == ("a-model",)
    assert "the weights of a-model are no longer what they were" in caplog.text


def test_weights_that_were_put_back_are_well_again(check, folder):
    flip(folder, also_the_time=True)
    assert found(check) == ("a-model",)
    flip(folder, also_the_time=True)
    assert found(check) == ()


def test_nobody_waits_while_they_are_read_and_they_are_read_once(folder, monkeypatch):
    go_on, reads = threading.Event(), []

    def read(path):
        reads.append(path)
        go_on.wait()

    monkeypatch.setattr(readiness, "require_unchanged", read)
    check = WeightsCheck({"a-model": folder})
    assert [check.changed() for _ in range(5)] == [()] * 5
    go_on.set()
    check.finish()
    assert reads == [folder]


def test_a_folder_that_cannot_be_read_is_not_well(check, folder):
    (folder / "SHA256SUMS").write_text("nonsense\n")
    assert found(check) == ("a-model",)
