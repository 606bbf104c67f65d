"""A deployment's own models: a file of its own, a folder of its machine, on every page that can use them."""

from __future__ import annotations

import pytest

from components.models import cached, registry, store
from components.models.errors import EmptyFolder, UnknownModel
from components.models.registry import ModelParameter, RegistryError, record, records
from components.server import start
from tests.unit.models import tiny

BLOCK = """
[[models]]
id = "our-bert"
title = "Our BERT"
task = "fill-mask"
source = {{ kind = "path", folder = "{folder}" }}
"""


@pytest.fixture
def own(configure, tmp_path):
    """Write a file of own models and return the folder its model should be in."""

    def write(text=BLOCK):
        folder = tmp_path / "our-bert"
        file = tmp_path / "ours.toml"
        file.write_text(text.format(folder=folder.as_posix()), encoding="utf-8")
        configure(models_file=file, cache_folder=tmp_path / "cache")
        return folder

    yield write
    registry._all.cache_clear()


def test_a_folder_of_the_machine_is_a_model_like_any_other(own):
    saved = tiny.save("bert", own())
    assert records()[-1].id == "our-bert"
    assert "our-bert" in [model.id for model in ModelParameter("model", "classroom-bert", ["fill-mask"]).choices()]
    assert store.local_folder(record("our-bert")) == saved.folder
    loaded = cached.masked_lm("our-bert")
    try:
        assert loaded.model.config.hidden_size == saved.model.config.hidden_size
        assert [str(name) for name in loaded.tokenizer.encode("a novel").tokens] == ["a", "novel"]
    finally:
        cached.masked_lm.clear("our-bert")
        cached.tokenizer.clear("our-bert")


def test_a_folder_without_a_model_says_so_and_does_not_tell_visitors_where_it_is(own, caplog):
    folder = own()
    with pytest.raises(EmptyFolder, match="The folder of “our-bert” holds no model") as error:
        store.local_folder(record("our-bert"))
    assert str(folder) not in str(error.value)
    assert str(folder) in caplog.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BLOCK.replace("our-bert", "gpt2", 1), "'gpt2' already"),
        (BLOCK.replace('task = "fill-mask"', ""), "needs a task"),
        (BLOCK.replace('kind = "path"', 'kind = "bundled"').replace("{folder}", "x"), "'path', 'hub' or 'wheel'"),
        (BLOCK.replace('task = "fill-mask"', 'task = "chat"'), "'chat'"),
        ("models = 3", "begins with \\[\\[models\\]\\]"),
        ("[[models]", "ours.toml"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start_and_is_named(own, text, said):
    own(text)
    with pytest.raises(RegistryError, match=said):
        records()
    with pytest.raises(SystemExit, match=r"ours\.toml"):
        start.main([])


def test_a_file_that_is_not_there_stops_the_start(configure, tmp_path):
    configure(models_file=tmp_path / "nowhere.toml")
    with pytest.raises(SystemExit, match=r"nowhere\.toml"):
        start.main([])


def test_without_a_file_there_is_no_such_model(configure):
    configure()
    with pytest.raises(UnknownModel):
        record("our-bert")
