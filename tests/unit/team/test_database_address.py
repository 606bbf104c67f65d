"""Where the database is: settings that are right, and mistakes that are named without the password."""

from __future__ import annotations

import pytest

from components.core import settings as module
from components.core.settings import Settings, SettingsError
from components.team.store.database import FILE_NAME, address

SECRET = "planted-pass"
URL = f"postgresql://dashboard:{SECRET}@db.example:5432/team"


@pytest.fixture
def said(monkeypatch):
    """A way to read the settings with a variable, which gives the message of a mistake."""

    def read(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"DASHBOARD_{name.upper()}", str(value))
        module.settings.cache_clear()
        with pytest.raises(SettingsError) as refused:
            address(module.settings())
        return str(refused.value)

    yield read
    monkeypatch.undo()
    module.settings.cache_clear()


def test_without_a_setting_it_is_a_file_in_the_data_folder(tmp_path):
    place = address(Settings(data_folder=tmp_path))
    assert place.file == tmp_path / FILE_NAME
    assert place.url is None


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_server_is_named_without_its_password(scheme):
    place = address(Settings(database=URL.replace("postgresql", scheme)))
    assert place.url == URL.replace("postgresql", "postgresql+psycopg")
    assert place.shown == "PostgreSQL database 'team' on db.example"
    assert SECRET not in repr(place)
    assert SECRET not in repr(Settings(database=URL))


def test_the_address_may_stand_in_a_file(tmp_path):
    secret = tmp_path / "database"
    secret.write_text(f"{URL}\n")
    assert address(Settings(database_file=secret)).url == URL.replace("postgresql", "postgresql+psycopg")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (f"mysql://dashboard:{SECRET}@db/team", "only PostgreSQL"),
        (f"sqlite:///{SECRET}", "only PostgreSQL"),
        (SECRET, "only PostgreSQL"),
        (f"postgresql://dashboard:{SECRET}@db", "names no database"),
        (f"postgresql://dashboard:{SECRET}@db:port/team", "not an address"),
        (f"postgresql://dashboard:{SECRET}@[db/team", "not an address"),
    ],
)
def test_a_wrong_address_is_explained_without_being_quoted(said, tmp_path, wrong, message):
    (tmp_path / "file").write_text(wrong)
    for found in (said(database=wrong), said_of_file(tmp_path / "file")):
        assert message in found
        assert SECRET not in found


def said_of_file(file):
    with pytest.raises(SettingsError) as refused:
        address(Settings.model_construct(database=None, database_file=file))
    return str(refused.value)


def test_two_addresses_a_missing_file_and_one_that_is_no_text_are_mistakes(said, tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read: No such file" in said_of_file(tmp_path / "nothing")
    assert "no text in UTF-8" in said_of_file(tmp_path / "binary")
    assert "both set" in said(database=URL, database_file=tmp_path / "binary")
