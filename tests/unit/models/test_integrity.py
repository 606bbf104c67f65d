"""Weights that changed on the disk are refused; those of your own, without checksums, are taken as they are."""

from __future__ import annotations

import hashlib

import pytest

from components.models import integrity
from components.models.errors import CorruptFile
from components.models.registry import record, records
from components.models.sources import base
from components.models.store import local_folder


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights " * 1000)
    (tmp_path / "config.json").write_text("{}")
    integrity.note_checksums(tmp_path, checkpoint=lambda: None)
    return tmp_path


def flip_a_bit(file, place):
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def test_what_is_noted_is_what_sha256sum_writes(folder):
    digest = hashlib.sha256(b"weights " * 1000).hexdigest()
    assert (folder / integrity.SUMS).read_text() == f"{digest}  model.safetensors\n"


def test_unchanged_weights_pass(folder):
    integrity.require_unchanged(folder)


@pytest.mark.parametrize("place", [0, 4321, -1])
def test_one_flipped_bit_anywhere_is_seen(folder, place):
    flip_a_bit(folder / "model.safetensors", place)
    with pytest.raises(CorruptFile, match=r"model\.safetensors cannot be read: it is no longer what it was"):
        integrity.require_unchanged(folder)


def test_a_folder_of_your_own_is_not_checked(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"anything")
    integrity.require_unchanged(tmp_path)


@pytest.mark.parametrize("content", [b"nonsense\n", b"00  ../model.safetensors\n", b"\xff\xfe"])
def test_checksums_that_cannot_be_read_are_said_to_be_so(folder, content):
    (folder / integrity.SUMS).write_bytes(content)
    with pytest.raises(CorruptFile, match="SHA256SUMS"):
        integrity.require_unchanged(folder)


def test_every_embedded_model_brings_its_checksums():
    embedded = [local_folder(record(model.id)) for model in records() if model.embedded]
    assert embedded
    for each in embedded:
        assert (each / integrity.SUMS).read_text().split()[1::2] == ["model.safetensors"]
        integrity.require_unchanged(each)


def test_what_is_fetched_gets_its_checksums(tmp_path):
    with base.staging(tmp_path / "model", "m", needed_bytes=1) as partial:
        (partial / "files" / "model.safetensors").write_bytes(b"fetched")
    flip_a_bit(tmp_path / "model" / "model.safetensors", 3)
    with pytest.raises(CorruptFile):
        integrity.require_unchanged(tmp_path / "model")
