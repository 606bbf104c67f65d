"""A long script is fetched by an address that changes with its content."""

from __future__ import annotations

import pytest

from components.ui import fetched_script
from components.ui.fetched_script import TENSOR_VIEW, script_address


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(fetched_script, "FOLDER", tmp_path)
    script_address.cache_clear()
    yield tmp_path
    script_address.cache_clear()


def test_another_content_has_another_address(folder):
    addresses = []
    for content in ("export default 1", "export default 2"):
        (folder / "a.js").write_text(content)
        script_address.cache_clear()
        addresses.append(script_address("a.js"))
    assert len(set(addresses)) == 2
    assert all(address.startswith("app/static/scripts/a.js?v=") for address in addresses)


def test_a_component_names_the_address_and_holds_none_of_the_script():
    loader = fetched_script.fetched_script(TENSOR_VIEW)
    assert f'"{script_address(TENSOR_VIEW)}"' in loader
    assert len(loader) < 300 < (fetched_script.FOLDER / TENSOR_VIEW).stat().st_size


def test_a_script_that_is_not_there_is_noticed(folder):
    with pytest.raises(FileNotFoundError):
        script_address("missing.js")
