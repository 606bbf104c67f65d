"""A fetch onto a disk that is full, and really is: a small one, mounted for the test."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from components.models import integrity
from components.models.errors import NoSpace
from components.models.sources import base

SIZE_BYTES = 1_000_000


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    asked = [mount or "mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(disk)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False) if mount else None
    if done is None or done.returncode:
        pytest.skip("the operator may mount no disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_fetched(small_disk):
    with (
        pytest.raises(NoSpace, match="of disk space"),
        base.staging(small_disk / "model", "m", needed_bytes=2 * SIZE_BYTES),
    ):
        pytest.fail("the work began")


def test_a_disk_that_fills_up_is_said_and_the_next_try_goes_on_when_there_is_room(small_disk):
    """Somebody else fills the disk meanwhile: what came is kept, no half model appears, and room is all it takes."""
    other, folder = small_disk / "somebody-elses", small_disk / "model"
    piece = b"w" * 200_000

    def fetch():
        with base.staging(folder, "m", needed_bytes=400_000) as partial:
            first = partial / "files" / "model.safetensors"
            if not first.exists():
                first.write_bytes(piece)
                other.write_bytes(b"o" * (shutil.disk_usage(small_disk).free - 50_000))
            (partial / "files" / "config.json").write_bytes(piece)

    with pytest.raises(NoSpace, match="of disk space"):
        fetch()
    assert not folder.exists()
    assert (small_disk / "model.partial" / "files" / "model.safetensors").read_bytes() == piece
    other.unlink()
    fetch()
    assert {path.name for path in folder.iterdir()} == {"model.safetensors", "config.json", integrity.SUMS}
    assert {path.name for path in small_disk.iterdir()} == {"model"}
