"""Who may fetch what, decided before anything leaves the machine."""

from __future__ import annotations

import pytest

from components.models import store
from components.models.errors import DownloadsDisabled, EmptyFolder, NoSpace, NotFetched, TermsNotAccepted
from components.models.registry import record, records
from components.models.sources import base
from components.models.sources.wheel import WheelSource
from tests.unit.models import tiny


def nothing(*_):
    return None


@pytest.fixture
def fetched(monkeypatch):
    """Note which models a source is asked for, and fetch nothing."""
    asked = []

    def fetch(self, *, report, checkpoint):
        asked.append(self.model_id)
        return self.folder

    monkeypatch.setattr(WheelSource, "fetch", fetch)
    return asked


def fetch(model_id, **options):
    return store.fetch(record(model_id), report=nothing, checkpoint=nothing, **options)


def test_embedded_models_are_here_and_are_never_fetched(configure, tmp_path):
    configure(cache_folder=tmp_path)
    for model in records():
        assert store.is_local(model) == model.embedded
    assert fetch("classroom-bert") == store.local_folder(record("classroom-bert"))
    assert store.source_of(record("classroom-gpt2")).download_bytes == 0


def test_a_deployment_that_fetches_nothing_says_so(configure, tmp_path, fetched):
    configure(cache_folder=tmp_path)
    with pytest.raises(DownloadsDisabled, match="DASHBOARD_DOWNLOADS=true"):
        fetch("smollm2-135m")
    with pytest.raises(DownloadsDisabled):
        store.local_folder(record("smollm2-135m"))
    assert fetched == []


def test_what_may_be_fetched_and_was_not_is_said_to_be_so(configure, tmp_path):
    configure(cache_folder=tmp_path, downloads="true")
    with pytest.raises(NotFetched, match="press Fetch"):
        store.local_folder(record("gpt2"))


def test_terms_must_be_accepted_first(configure, tmp_path, fetched):
    configure(cache_folder=tmp_path, downloads="true")
    with pytest.raises(TermsNotAccepted, match=r"Gemma Terms of Use.*https://ai\.google\.dev/gemma/terms"):
        fetch("gemma-3-270m")
    assert fetched == []
    fetch("gemma-3-270m", accept_terms=True)
    fetch("smollm2-135m")
    assert fetched == ["gemma-3-270m", "smollm2-135m"]


def test_every_model_has_a_folder_of_its_own(configure, tmp_path):
    configure(cache_folder=tmp_path)
    folders = [store.source_of(model).folder for model in records() if not model.embedded]
    assert len(set(folders)) == len(folders)
    assert {folder.parent for folder in folders} == {tmp_path / "models"}


def test_a_model_in_a_local_folder_is_found_there(tmp_path):
    here = tiny.record_of(tmp_path)
    with pytest.raises(EmptyFolder):
        store.source_of(here).fetch(report=nothing, checkpoint=nothing)
    tiny.save("bert", tmp_path)
    assert store.local_folder(here) == tmp_path


def test_a_full_disk_is_noticed_before_anything_is_fetched(tmp_path):
    with (
        pytest.raises(NoSpace, match="of disk space"),
        base.staging(tmp_path / "model", "m", needed_bytes=10**18),
    ):
        pytest.fail("the work began")


def test_a_disk_that_fills_up_is_said_to_be_so(tmp_path):
    with pytest.raises(NoSpace), base.staging(tmp_path / "model", "m", needed_bytes=None):
        raise OSError(28, "No space left on device")


def test_a_folder_appears_only_when_it_is_complete_and_a_broken_try_leaves_its_work(tmp_path):
    folder = tmp_path / "model"

    def work(*, breaks):
        with base.staging(folder, "m", needed_bytes=1) as partial:
            kept = [path.name for path in (partial / "files").iterdir()]
            (partial / "files" / "first").write_text("1")
            if breaks:
                raise ValueError("broken")
            assert not folder.exists()
            return kept

    with pytest.raises(ValueError, match="broken"):
        work(breaks=True)
    assert not folder.exists()
    assert work(breaks=False) == ["first"]
    assert [path.name for path in folder.iterdir()] == ["first"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
