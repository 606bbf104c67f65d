"""What a visitor may paste, and what becomes of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from components.embeddings.pasted import LEAST_ITEMS, MOST_ITEM_CHARS, MOST_ITEMS, parse

HOSTILE = st.text(alphabet=st.characters(codec=None), max_size=400) | st.sampled_from(
    [
        "\ud800\n\udc00\nx",
        "\x00\n\x00\x00",
        "\u202eabc\n\u2067",
        "Z" + "\u0351" * 900,
        "👨‍👩‍👧\n👨‍👩‍👧\n🙂",
        "\r\r\n\n \t ",
    ]
)


def test_lines_are_numbered_as_they_stand_in_the_list():
    found = parse("one\n\n two \r\nthree").corpus.items
    assert [(item.id, item.text) for item in found] == [("line-1", "one"), ("line-3", "two"), ("line-4", "three")]


def test_a_repeated_line_is_kept_once():
    found = parse("a\nb\na\na")
    assert found.corpus.texts == ("a", "b")
    assert found.repeated == 2
    assert found.too_few


def test_lines_beyond_the_most_are_counted_and_left_out():
    found = parse("\n".join(f"text {number}" for number in range(MOST_ITEMS + 7)))
    assert len(found.corpus.items) == MOST_ITEMS
    assert found.left_over == 7


def test_a_long_line_loses_its_end_and_keeps_a_short_title():
    found = parse("\n".join(["a" * (MOST_ITEM_CHARS + 1), "b", "c"]))
    assert found.cut == 1
    assert len(found.corpus.items[0].text) == MOST_ITEM_CHARS
    assert len(found.corpus.items[0].title) < 40
    assert not found.too_few


def test_separators_that_are_no_line_ends_stay_inside_a_text():
    assert parse("a\x0bb\u2028c\x85d\nsecond\nthird").corpus.texts[0] == "a\x0bb\u2028c\x85d"


def test_a_lone_surrogate_is_replaced_and_counted():
    found = parse("x\ud800\ny\nz")
    assert found.corpus.texts[0] == "x\ufffd"
    assert found.replaced == 1


@given(HOSTILE)
def test_whatever_is_pasted_gives_texts_that_can_be_written(text):
    found = parse(text)
    assert len(found.corpus.items) <= MOST_ITEMS
    assert found.too_few == (len(found.corpus.items) < LEAST_ITEMS)
    for item in found.corpus.items:
        assert item.text == item.text.strip()
        assert item.text.encode()
        assert item.title
    assert len(set(found.corpus.texts)) == len(found.corpus.texts)
