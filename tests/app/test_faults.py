"""Faults of this machine, as a page tells them: the message, and that everything beside it goes on."""

from __future__ import annotations

import shutil

import pytest

from components.models import memory
from components.models.registry import DEFAULT_DECODER, DEFAULT_ENCODER, record
from components.models.store import local_folder
from tests.app.opening import faults
from tests.app.own_models import offered, row

pytestmark = pytest.mark.real_model

DAMAGED = "damaged"
CHANGED = "it is no longer what it was when it came to this machine"


def damaged_copy(of, folder):
    """Copy an embedded model and flip one bit in the middle of its weights."""
    shutil.copytree(local_folder(record(of)), folder)
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(20_000_000)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))
    return folder


def draws_something(at) -> bool:
    """Say whether the page shows numbers: as a chart, or as a view that the browser draws."""
    return bool(at.get("plotly_chart") or at.get("bidi_component"))


@pytest.mark.parametrize(
    ("slug", "of", "kind"),
    [
        ("attention", DEFAULT_ENCODER, {"architecture": "encoder", "task": "fill-mask"}),
        ("masked-language-model", DEFAULT_ENCODER, {"architecture": "encoder", "task": "fill-mask"}),
        ("generation", DEFAULT_DECODER, {}),
    ],
)
def test_weights_that_changed_on_the_disk_are_said_and_the_page_goes_on_with_the_embedded_model(
    open_page, tmp_path, slug, of, kind
):
    damaged = damaged_copy(of, tmp_path / "model")
    with offered(tmp_path / "models.toml", row(DAMAGED, folder=damaged, **kind)):
        at = open_page(slug, model=DAMAGED)
        told = [message for message in faults(at) if CHANGED in message.replace("\\", "")]
        assert told, faults(at)
        assert "or choose another model" in told[0]
        assert len(at.title) == 1
        at.session_state["model"] = of
        at.run()
        assert faults(at) == []
    assert draws_something(at)


def test_a_model_that_does_not_fit_into_the_memory_is_said_and_the_page_goes_on(open_page, tmp_path, monkeypatch):
    new = row("new", folder=local_folder(record(DEFAULT_ENCODER)), architecture="encoder", task="fill-mask")
    with offered(tmp_path / "models.toml", new):
        with monkeypatch.context() as patch:
            patch.setattr(memory, "free_bytes", lambda device: 10_000_000)
            at = open_page("attention", model="new")
            (told,) = faults(at)
            assert "91 MB of memory, but only 8 MB may be used" in told.replace("\\", "")
            assert len(at.title) == 1
        at.session_state["model"] = DEFAULT_ENCODER
        at.run()
        assert faults(at) == []
    assert draws_something(at)
