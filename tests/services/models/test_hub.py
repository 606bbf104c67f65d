"""The Hub source against a server on this machine that speaks the Hub's own language.

Its answers follow the Hub's API (https://huggingface.co/docs/hub/api):
`/api/models/{id}/revision/{revision}?blobs=true` lists the files with size and checksum,
`/{id}/resolve/{commit}/{file}` gives one.
"""

from __future__ import annotations

import hashlib
import json
from unittest.mock import patch

import pytest
import torch
from streamlit.testing.v1 import AppTest

from components.models import loaders, store
from components.models.errors import (
    CorruptFile,
    FetchStopped,
    Gated,
    Interrupted,
    NoRoute,
    NotFound,
    NoWeights,
    PickledWeights,
    WrongChecksum,
)
from components.models.integrity import SUMS
from components.models.registry import record
from components.models.sources import hub
from components.models.tokenization import SharedTokenizer, load_tokenizer
from components.operations import stopping
from tests.services.models.loopback import Answer, closed_port, serve
from tests.unit.models import tiny

ID = "someone/tiny-bert"
COMMIT = "c0ffee" * 6 + "beef"
API = f"/api/models/{ID}/revision/main"


IDS = torch.tensor([[2, 3, 4]])


def logits(folder):
    tokenizer = SharedTokenizer(load_tokenizer(folder))
    with torch.inference_mode():
        return loaders.load_masked_lm(record(ID), folder, tokenizer=tokenizer).model(IDS).logits


@pytest.fixture(autouse=True)
def _this_hub(site, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", site.url)
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_operator")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)  # tests/conftest.py sets it for all others
    monkeypatch.setattr(hub, "_PAUSE_S", 0.01)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return tiny.save("bert", tmp_path_factory.mktemp("saved"))


@pytest.fixture
def files(saved):
    """Return the files of a repository like the real ones: weights in several forms, and more."""
    content = {path.name: path.read_bytes() for path in saved.folder.iterdir()}
    return content | {
        "pytorch_model.bin": b"\x80\x04pickle", "README.md": b"# tiny", ".gitattributes": b"*",
        "modeling_evil.py": b"!", "onnx/model.onnx": b"onnx",
    }  # fmt: skip


def sibling(name, content):
    git_name = hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()
    entry = {"rfilename": name, "size": len(content), "blobId": git_name}
    if name.endswith((".safetensors", ".bin", ".gguf")):  # large files are kept in LFS, which names them by SHA-256
        entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return entry


@pytest.fixture
def publish(site):
    """Serve a repository."""

    def put(files, **changed):
        listing = {"id": ID, "modelId": ID, "sha": COMMIT, "siblings": [sibling(*item) for item in files.items()]}
        site.answers[API] = Answer(json.dumps(listing).encode(), kind="application/json")
        for name, content in files.items():
            site.answers[f"/{ID}/resolve/{COMMIT}/{name}"] = Answer(content)
        for name, answer in changed.items():
            site.answers[API if name == "listing" else f"/{ID}/resolve/{COMMIT}/{name}"] = answer

    return put


@pytest.fixture
def fetch(watch):
    return lambda: store.fetch(record(ID), report=watch.report, checkpoint=watch.checkpoint)


def test_a_fetched_model_computes_what_was_published(publish, files, fetch, saved):
    publish(files)
    folder = fetch()
    assert store.local_folder(record(ID)) == folder
    assert torch.allclose(logits(folder), saved.model(IDS).logits, atol=1e-5)


def test_progress_ends_with_every_byte(publish, files, fetch, watch):
    publish(files)
    fetched = sum(path.stat().st_size for path in fetch().iterdir() if path.name != SUMS)
    sizes = [progress.done_bytes for progress in watch.progress]
    assert sizes == sorted(sizes)
    assert watch.progress[-1].done_bytes == watch.progress[-1].total_bytes == fetched


def test_nothing_that_could_run_code_is_even_asked_for(publish, files, fetch, site):
    publish(files)
    names = {path.name for path in fetch().iterdir()} - {SUMS}
    assert names == {"config.json", "tokenizer.json", "model.safetensors", "README.md"}
    assert {request.path.rsplit("/", 1)[1] for request in site.seen} == names | {"main"}


def test_a_fetched_model_is_not_asked_for_again(publish, files, fetch, site):
    publish(files)
    fetch()
    before = len(site.seen)
    fetch()
    assert len(site.seen) == before


def test_every_file_is_of_the_commit_that_was_listed(publish, files, fetch, site):
    publish(files)
    fetch()
    assert all(f"/resolve/{COMMIT}/" in request.path for request in site.seen[1:])


def test_a_cut_connection_is_resumed_where_it_broke(publish, files, fetch, site, watch):
    weights = files["model.safetensors"]
    publish(files, **{"model.safetensors": Answer(weights, breaks=[1000, 500])})
    folder = fetch()
    assert [request.range for request in site.asked("model.safetensors")] == [None, "bytes=1000-", "bytes=1500-"]
    assert (folder / "model.safetensors").read_bytes() == weights


def test_a_server_that_cannot_resume_sends_it_all_again(publish, files, fetch, site):
    weights = files["model.safetensors"]
    publish(files, **{"model.safetensors": Answer(weights, breaks=[1000], ranges=False)})
    assert (fetch() / "model.safetensors").read_bytes() == weights


def test_a_connection_that_keeps_breaking_is_said_to_be_broken_and_the_next_try_goes_on(publish, files, fetch, site):
    weights = files["model.safetensors"]
    answer = Answer(weights, breaks=[2000, *[0] * 10])
    publish(files, **{"model.safetensors": answer})
    with pytest.raises(Interrupted, match="broke off"):
        fetch()
    assert not store.is_local(record(ID))
    answer.breaks.clear()
    site.seen.clear()
    assert (fetch() / "model.safetensors").read_bytes() == weights
    assert [request.range for request in site.asked("model.safetensors")] == ["bytes=2000-"]
    assert site.asked("config.json") == []


def test_a_visitor_who_leaves_stops_the_fetch_and_the_next_one_goes_on(publish, files, fetch, site, watch):
    publish(files, **{"model.safetensors": Answer(files["model.safetensors"], breaks=[3000])})
    watch.stop_at_bytes = 3000 + sum(len(files[name]) for name in files if name.endswith((".json", ".md")))
    with pytest.raises(InterruptedError):
        fetch()
    watch.stop_at_bytes = None
    fetch()
    assert [request.range for request in site.asked("model.safetensors")] == [None, "bytes=3000-"]


def test_a_server_that_stops_ends_the_fetch_and_once_started_again_goes_on(publish, files, fetch, site, watch):
    publish(files, **{"model.safetensors": Answer(files["model.safetensors"], breaks=[3000])})
    small = sum(len(files[name]) for name in files if name.endswith((".json", ".md")))

    def told():
        return watch.progress and watch.progress[-1].done_bytes >= small + 3000

    with patch.object(stopping, "is_requested", told), pytest.raises(FetchStopped, match="being restarted"):
        fetch()
    fetch()
    assert [request.range for request in site.asked("model.safetensors")] == [None, "bytes=3000-"]


def test_wrong_content_of_the_right_size_is_refused_and_not_kept(publish, files, fetch, site):
    weights = files["model.safetensors"]
    publish(files, **{"model.safetensors": Answer(bytes(len(weights)))})
    with pytest.raises(WrongChecksum, match=r"model\.safetensors is not the file that was published"):
        fetch()
    publish(files)
    assert (fetch() / "model.safetensors").read_bytes() == weights


def test_wrong_content_of_a_small_file_is_refused_too(publish, files, fetch):
    publish(files, **{"config.json": Answer(files["config.json"].replace(b"12", b"24"))})
    with pytest.raises(WrongChecksum, match=r"config\.json"):
        fetch()


def test_content_longer_than_listed_is_refused(publish, files, fetch):
    publish(files, **{"config.json": Answer(files["config.json"] + b" ")})
    with pytest.raises(WrongChecksum):
        fetch()


def test_content_shorter_than_listed_does_not_try_for_ever(publish, files, fetch, site):
    publish(files, **{"config.json": Answer(files["config.json"][:-1], ranges=False)})
    with pytest.raises(Interrupted):
        fetch()
    assert len(site.asked("config.json")) < 6


def test_a_repository_that_is_not_there(fetch):
    with pytest.raises(NotFound, match=r"127\.0\.0\.1 does not have it"):
        fetch()


@pytest.mark.parametrize("where", ["listing", "config.json"])
@pytest.mark.parametrize(
    "refusal",
    [
        Answer(b"{}", 401),
        Answer(b"{}", 401, headers={"X-Error-Code": "RepoNotFound"}),
        Answer(b"{}", 401, headers={"X-Error-Code": "GatedRepo"}),
        Answer(b"{}", 403, headers={"X-Error-Code": "GatedRepo"}),
        Answer(b"{}", 403),
    ],
    ids=["401", "401 not found", "401 gated", "403 gated", "403"],
)
def test_a_gated_repository_says_how_to_get_access(publish, files, fetch, where, refusal):
    publish(files, **{where: refusal})
    with pytest.raises(Gated, match="HF_TOKEN"):
        fetch()


def test_a_busy_server_is_asked_again_later(publish, files, fetch, site):
    publish(files)
    site.answers[f"/{ID}/resolve/{COMMIT}/config.json"] = Answer(b"", 503)
    with pytest.raises(Interrupted, match="Press Fetch again"):
        fetch()


def test_no_server_at_all(fetch, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", closed_port())
    with pytest.raises(NoRoute, match=r"127\.0\.0\.1 cannot be reached"):
        fetch()


def test_an_operator_who_switched_the_hub_off_is_heeded(publish, files, fetch, site, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    publish(files)
    with pytest.raises(NoRoute):
        fetch()
    assert site.seen == []


@pytest.mark.parametrize("page", [b"<html>please log in</html>", b"[]", b"3", b'{"siblings": 7}'])
def test_a_proxys_page_in_place_of_the_hub(fetch, site, page):
    site.answers[API] = Answer(page)
    with pytest.raises(NoRoute):
        fetch()


def test_weights_that_are_only_pickled_are_refused_and_not_fetched(publish, files, fetch, site):
    del files["model.safetensors"]
    publish(files)
    with pytest.raises(PickledWeights, match=r"pytorch_model\.bin, a format that can run code"):
        fetch()
    assert [request.path for request in site.seen] == [API]


def test_a_repository_without_weights(publish, files, fetch):
    publish({"config.json": files["config.json"]})
    with pytest.raises(NoWeights):
        fetch()


def test_a_repository_without_a_fast_tokenizer(publish, files, fetch):
    del files["tokenizer.json"]
    publish(files)
    with pytest.raises(CorruptFile, match=r"tokenizer\.json"):
        fetch()


def test_file_names_that_lead_out_of_the_folder_are_left_alone(publish, files, fetch, tmp_path):
    publish(files | {"../../../evil.safetensors": b"evil", "..\\evil.safetensors": b"evil"})
    fetch()
    assert [path for path in tmp_path.rglob("*evil*")] == []


def test_weights_in_several_files_come_whole(publish, files, fetch, saved, tmp_path):
    tiny.save("bert", tmp_path / "sharded", max_shard_size="10kB")
    sharded = {path.name: path.read_bytes() for path in (tmp_path / "sharded").iterdir()}
    assert "model.safetensors" not in sharded
    publish(sharded)
    assert torch.allclose(logits(fetch()), saved.model(IDS).logits, atol=1e-5)


def test_the_operators_token_stays_with_the_hub_when_a_file_lies_elsewhere(publish, files, fetch, site):
    publish(files)
    path = f"/{ID}/resolve/{COMMIT}/model.safetensors"
    with serve() as storage:
        elsewhere = storage.url.replace("127.0.0.1", "localhost")
        storage.answers["/blob"] = Answer(files["model.safetensors"])
        site.answers[path] = Answer(b"", 302, headers={"Location": f"{elsewhere}/blob"})
        assert (fetch() / "model.safetensors").read_bytes() == files["model.safetensors"]
        assert [request.authorization for request in storage.seen] == [None]
    assert site.asked("model.safetensors")[0].authorization == "Bearer hf_of_the_operator"


def page():
    import streamlit as st

    from components.models.registry import ModelParameter
    from components.ui import links
    from components.ui.model_picker import model_picker

    parameter = ModelParameter("model", "classroom-bert")
    links.read("page", [parameter])
    st.text(model_picker("page", parameter).id)


def test_a_visitor_follows_a_link_to_a_model_and_fetches_it(publish, files):
    publish(files)
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["model"] = ID
    app.run()
    assert app.text[0].value == "classroom-bert"
    app.button("fetch_model").click().run()
    assert not app.exception
    assert not app.error
    assert app.text[0].value == ID
    assert store.is_local(record(ID))
