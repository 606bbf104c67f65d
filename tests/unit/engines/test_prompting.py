"""From words to ids, and how single tokens read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.engines.contract import Message, Request
from components.engines.errors import ChatRefused
from components.engines.prompting import chat_template, word_pieces
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import Pieces, SharedTokenizer, load_tokenizer
from tests.unit.engines.tiny import byte_tokenizer

GPT2 = SharedTokenizer(load_tokenizer(local_folder(record("classroom-gpt2"))))
BERT = SharedTokenizer(load_tokenizer(local_folder(record("classroom-bert"))))
JINJA = "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"


def test_the_embedded_model_has_no_chat_template():
    assert chat_template(local_folder(record("classroom-gpt2"))) is None


@pytest.mark.parametrize("bos", ["<s>", {"content": "<s>", "special": True}])
@pytest.mark.parametrize("own_file", [True, False])
def test_a_template_is_found_in_either_place(tmp_path, own_file, bos):
    config = {"bos_token": bos} | ({} if own_file else {"chat_template": JINJA})
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    if own_file:
        (tmp_path / "chat_template.jinja").write_text(JINJA)
    template = chat_template(tmp_path)
    request = Request(mode="chat", messages=(Message("user", "안녕 {{ x }}"),))
    assert template.render(request, model="m") == "<s>안녕 {{ x }}"


@pytest.mark.parametrize("content", ["", "[]", "no json", '{"chat_template": 3}'])
def test_a_folder_without_a_readable_template_has_none(tmp_path, content):
    (tmp_path / "tokenizer_config.json").write_text(content)
    assert chat_template(tmp_path) is None


def test_a_template_can_not_reach_out(tmp_path):
    (tmp_path / "chat_template.jinja").write_text("{{ ''.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(ChatRefused):
        chat_template(tmp_path).render(Request(mode="chat", messages=(Message("user", "x"),)), model="m")


@pytest.mark.parametrize(
    ("text", "word", "pieces"),
    [
        ("I read a good", "book", [" book"]),
        ("I read a good ", "book", ["book"]),
        ("", "The", ["The"]),
        ("I read a good", "bibliography", [" b", "ibliography"]),
        ("I read a good", " book ", [" book"]),
    ],
)
def test_a_word_is_taken_as_the_continuation(text, word, pieces):
    assert Pieces(GPT2).texts(word_pieces(GPT2, text, word)) == pieces


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.text("ab 한", min_size=1, max_size=5))
def test_a_word_always_has_pieces(text, word):
    assert word_pieces(GPT2, text, word)


def test_pieces_read_with_their_spaces_and_bytes():
    assert Pieces(GPT2).texts([262, 198, 50256, 99_999]) == [" the", "\n", "<|endoftext|>", ""]
    assert Pieces(byte_tokenizer()).texts([0x41, 0x20, 0xF0]) == ["A", " ", "\\xf0"]
    assert Pieces(BERT).texts([2204, 9541]) == ["good", "##oo"]
