"""Text arrives whole: no half characters, nothing to take back, nothing after a stop string."""

from hypothesis import example, given
from hypothesis import strategies as st

from components.engines.text_stream import REPLACEMENT, AnswerText, StopWatch, TextStream
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import load_tokenizer
from tests.unit.engines.tiny import byte_tokenizer

# A tokenizer is no weights: GPT-2's splits emoji, Hangul and combining marks in the middle of characters.
GPT2 = load_tokenizer(local_folder(record("classroom-gpt2")))
BYTES = byte_tokenizer().raw

whole_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda text: REPLACEMENT not in text)


def pushed(stream, ids):
    return [stream.push(token) for token in ids]


@given(whole_text)
@example("👩‍👩‍👧‍👦 안녕하세요 e\u0301 שלום \x00 \u200d\ufe0f")
def test_the_parts_make_the_text(text):
    for tokenizer in (GPT2, BYTES):
        assert "".join(pushed(TextStream(tokenizer.decode), tokenizer.encode(text).ids)) == text


@given(whole_text, whole_text)
def test_what_came_before_is_context_and_no_part(before, text):
    ids = BYTES.encode(before + text).ids
    length = len(before.encode())
    assert "".join(pushed(TextStream(BYTES.decode, before=ids[:length]), ids[length:])) == text


@given(whole_text.filter(bool), st.data())
def test_a_character_that_began_in_the_context_comes_whole(text, data):
    ids = BYTES.encode(text).ids
    cut = data.draw(st.integers(0, len(ids)))
    inside = text.encode()[:cut].decode(errors="ignore")
    assert "".join(pushed(TextStream(BYTES.decode, before=ids[:cut]), ids[cut:])) == text[len(inside) :]


@given(st.lists(st.integers(0, 255), max_size=60))
@example([0xF0, 0x9F, 0x41])
@example([0x80] * 40)
@example([0xE2, 0x82] * 20)
def test_bytes_that_are_no_text_never_show(ids):
    parts = pushed(TextStream(BYTES.decode), ids)
    assert REPLACEMENT not in "".join(parts)
    assert bytes(ids).decode(errors="ignore").startswith("".join(parts))


def test_a_character_is_held_until_its_last_byte():
    assert pushed(TextStream(BYTES.decode), list("a👍b".encode())) == ["a", "", "", "", "👍", "b"]


def test_text_before_a_half_character_is_not_held():
    pairs = [b"a\xe2", b"\x82\xacb"]
    stream = TextStream(lambda ids: b"".join(pairs[token] for token in ids).decode(errors="replace"))
    assert pushed(stream, [0, 1]) == ["a", "€b"]


stop_strings = st.lists(st.text("ab\n", min_size=1, max_size=3), min_size=1, max_size=3)


@given(st.lists(st.text("ab\n", max_size=4), max_size=8), stop_strings)
def test_the_text_ends_before_the_first_complete_stop_string(parts, stop):
    watch = StopWatch(stop)
    given_text = "".join(watch.push(part) for part in parts)
    text = "".join(parts)
    ends = [end for end in range(len(text) + 1) if any(text[:end].endswith(string) for string in stop)]
    if not ends:
        assert not watch.stopped
        assert given_text + watch.flush() == text
    else:
        longest = max(len(string) for string in stop if text[: ends[0]].endswith(string))
        assert watch.stopped
        assert given_text == text[: ends[0] - longest]


def test_only_what_could_become_a_stop_string_is_held():
    watch = StopWatch(["\n\nUser:"])
    assert [watch.push(part) for part in ("Hello", "\n", "\nUs", "a")] == ["Hello", "", "", "\n\nUsa"]
    assert watch.flush() == ""


def test_at_the_end_what_was_held_is_given():
    answer = AnswerText(BYTES.decode, stop=["ab"])
    assert [answer.push(ord("a"), last=False), answer.push(ord("a"), last=True)] == ["", "aa"]


def test_a_stop_string_is_found_across_tokens():
    answer = AnswerText(BYTES.decode, stop=["끝"])
    parts = [answer.push(byte, last=False) for byte in "좋아요끝".encode()]
    assert "".join(parts) == "좋아요"
    assert answer.stopped
