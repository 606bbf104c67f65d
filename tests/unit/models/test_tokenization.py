from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.models.errors import CorruptFile
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import (
    MOST_TOKENIZER_BYTES,
    SharedTokenizer,
    load_tokenizer,
    load_tokenizer_json,
)
from tests.unit.models import tiny

THREADS = 16
TEXTS = [f"I read {n} good novels, naïve café 👍🏽 나는 읽었다." * (1 + n % 5) for n in range(64)]
HOSTILE = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)


@pytest.fixture(scope="module")
def bert():
    return SharedTokenizer(load_tokenizer(local_folder(record("classroom-bert"))))


@pytest.fixture(scope="module")
def gpt2():
    return SharedTokenizer(load_tokenizer(local_folder(record("classroom-gpt2"))))


def test_the_embedded_tokenizers_give_the_published_ids(bert, gpt2):
    assert bert.encode("I read a good novel.").ids == [101, 1045, 3191, 1037, 2204, 3117, 1012, 102]
    assert [gpt2.encode(text).ids for text in ("The", " The", "the", " the")] == [[464], [383], [1169], [262]]


def test_many_threads_use_one_tokenizer(bert):
    """The library's own tokenizer fails here with "Already borrowed" as soon as one of them sets truncation."""
    alone = [bert.encode(text).ids for text in TEXTS]

    def use(number):
        text = TEXTS[number % len(TEXTS)]
        encoded = bert.encode(text).ids
        bert.decode(encoded)
        bert.tokens(encoded)
        with bert.lock:
            bert.raw.enable_truncation(max_length=512)
            bert.raw.no_truncation()
        return encoded == alone[number % len(TEXTS)]

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(use, range(THREADS * 60)))


@settings(max_examples=100)
@given(HOSTILE)
def test_byte_level_text_comes_back_as_it_was(gpt2, text):
    assert gpt2.decode(gpt2.encode(text).ids) == text


def test_a_lone_surrogate_is_an_error_and_not_another_text(bert):
    with pytest.raises(UnicodeEncodeError):
        bert.encode("a\ud800b")


def test_ids_and_tokens_are_each_others_inverse(bert):
    tokens = ["[CLS]", "novel", "##s", "[MASK]"]
    assert bert.tokens([bert.token_id(token) for token in tokens]) == tokens
    assert bert.token_id("no such token") is None
    assert bert.tokens([10**6]) == [None]


def test_a_pair_and_no_special_tokens(bert):
    assert bert.encode("a", "novel").tokens == ["[CLS]", "a", "[SEP]", "novel", "[SEP]"]
    assert bert.encode("a", add_special_tokens=False).tokens == ["a"]


def test_truncation_and_padding_in_the_file_are_switched_off(tmp_path):
    tiny.save_tokenizer(tmp_path)
    path = tmp_path / "tokenizer.json"
    content = json.loads(path.read_text())
    content["truncation"] = {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = {
        "strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
        "pad_token": "[PAD]",
    }  # fmt: skip
    path.write_text(json.dumps(content))
    assert load_tokenizer(tmp_path).encode("a good novel .").tokens == ["a", "good", "novel", "."]


def test_a_folder_without_a_tokenizer_is_said_to_be_so(tmp_path):
    with pytest.raises(CorruptFile, match=r"tokenizer\.json"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"null", b"\xff\xfe\x00", b"{" * 100_000, b'{"version": "9.9"}',
        b'{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[["b","c"]]}}',
        b'{"version":"1.0","model":{"type":"Unigram","vocab":[],"unk_id":7}}',
        b'{"version":"1.0","pre_tokenizer":{"type":"Split","pattern":{"Regex":"(("},"behavior":"Removed","invert":false},'
        b'"model":{"type":"BPE","vocab":{},"merges":[]}}',
    ],
)  # fmt: skip
def test_what_is_no_tokenizer_is_refused_with_one_error(content):
    with pytest.raises(CorruptFile, match=r"tokenizer\.json cannot be read"):
        load_tokenizer_json(content)


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_one_error(content):
    with pytest.raises(CorruptFile):
        load_tokenizer_json(content)


def test_a_damaged_tokenizer_is_refused_or_works(tmp_path):
    tiny.save_tokenizer(tmp_path)
    whole = (tmp_path / "tokenizer.json").read_bytes()
    assert load_tokenizer_json(whole).encode("a novel").tokens == ["a", "novel"]
    for length in range(0, len(whole) - 1, 7):
        with pytest.raises(CorruptFile):
            load_tokenizer_json(whole[:length])


def test_an_upload_beyond_the_limit_is_refused_unread():
    with pytest.raises(CorruptFile, match="larger than 20 MB"):
        load_tokenizer_json(b" " * (MOST_TOKENIZER_BYTES + 1))
