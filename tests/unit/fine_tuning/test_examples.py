"""The shipped reviews are balanced and divided without leaks; own examples are divided label by label."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.fine_tuning.csv_examples import (
    MOST_CHARACTERS,
    MOST_EXAMPLES,
    MOST_TEXT_CHARS,
    ExamplesError,
    FileTooLarge,
    LabelsOutOfRange,
    NoLabel,
    TooFewOfLabel,
    TwoLabels,
    UnreadableRow,
    decode_upload,
    parse_csv,
)
from components.fine_tuning.examples import LEAST_OF_A_LABEL, Example, divide, read_shipped, some_of

SETS = ("film", "korean")


def counts(part):
    return Counter(example.label for example in part)


@pytest.mark.parametrize("name", SETS)
def test_both_parts_of_a_shipped_set_are_balanced(name):
    examples = read_shipped(name)
    for part in (examples.training, examples.held_out):
        first, second = (counts(part)[label] for label in examples.labels)
        assert first == second
    assert len(examples.labels) == 2


@pytest.mark.parametrize("name", SETS)
def test_no_text_stands_twice_nor_in_both_parts(name):
    examples = read_shipped(name)
    texts = [example.text.casefold() for example in (*examples.training, *examples.held_out)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", SETS)
def test_length_does_not_give_the_label_away(name):
    examples = read_shipped(name)
    by_label = {
        label: [len(each.text) for each in examples.training if each.label == label] for label in examples.labels
    }
    means = [sum(lengths) / len(lengths) for lengths in by_label.values()]
    assert max(means) / min(means) < 1.2


@pytest.mark.parametrize(("name", "training", "held_out"), [("film", 240, 102), ("korean", 84, 36)])
def test_the_note_beside_the_data_counts_them_right(name, training, held_out):
    examples = read_shipped(name)
    assert (len(examples.training), len(examples.held_out)) == (training, held_out)


def test_the_korean_set_is_korean():
    assert all(any("가" <= letter <= "힣" for letter in each.text) for each in read_shipped("korean").training)


def set_of(sizes):
    return [Example(f"text {label} {number}", f"label {label}") for label, size in sizes for number in range(size)]


@given(st.lists(st.integers(LEAST_OF_A_LABEL, 40), min_size=2, max_size=5), st.integers(0, 99))
def test_a_division_is_stratified_and_disjoint_and_loses_nothing(sizes, seed):
    whole = set_of(enumerate(sizes))
    divided = divide(whole, seed=seed)
    assert set(divided.training).isdisjoint(divided.held_out)
    assert {*divided.training, *divided.held_out} == set(whole)
    for label, size in enumerate(sizes):
        tested = counts(divided.held_out)[f"label {label}"]
        assert abs(tested - 0.3 * size) <= 1
        assert min(tested, size - tested) >= 2


def test_the_same_seed_divides_alike_and_another_does_not():
    whole = set_of([(0, 20), (1, 20)])
    assert divide(whole, seed=3) == divide(whole, seed=3)
    assert divide(whole, seed=3) != divide(whole, seed=4)


@pytest.mark.parametrize("count", [10, 11, 60, 240, 300])
def test_fewer_examples_have_as_many_of_each_label_as_possible(count):
    some = some_of(read_shipped("film"), count, seed=1)
    first, second = (counts(some.training)[label] for label in some.labels)
    assert abs(first - second) <= 1
    assert len(some.training) == min(count, 240)
    assert some.held_out == read_shipped("film").held_out
    assert set(some.training) <= set(read_shipped("film").training)


ROWS = [*((f"nice {n}", "good") for n in range(4)), *((f"awful {n}", "bad") for n in range(4))]


def csv_of(rows, mark=","):
    return "\n".join(mark.join(row) for row in rows)


def read(text):
    return [(each.text, each.label) for each in parse_csv(text).examples]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_commas_semicolons_and_tabs_divide_the_columns(mark, end):
    assert read(csv_of(ROWS, mark).replace("\n", end)) == ROWS


def test_a_first_row_of_headings_names_the_columns_in_any_order():
    rows = [("id", "Label", "TEXT"), *((str(n), label, text) for n, (text, label) in enumerate(ROWS))]
    assert read(csv_of(rows)) == ROWS


def test_quoted_texts_keep_their_commas_quotes_and_line_ends():
    text = csv_of(ROWS) + '\n"one, ""two""\nthree",good'
    assert read(text)[-1] == ('one, "two"\nthree', "good")


@pytest.mark.parametrize(
    ("row", "error", "values"),
    [
        ("no label here", UnreadableRow, {"row": 9, "found": 1}),
        ("one,two,three", UnreadableRow, {"row": 9, "found": 3}),
        ('"never closed,good', UnreadableRow, {"row": 9, "found": 1}),
        ("a text,", NoLabel, {"row": 9}),
        (",good", NoLabel, {"row": 9}),
        ("nice 0,bad", TwoLabels, {"row": 9, "text": "nice 0", "first": "good", "second": "bad"}),
        ("once,other", TooFewOfLabel, {"label": "other", "count": 1, "least": 4}),
    ],
)
def test_a_row_that_cannot_be_used_is_named(row, error, values):
    with pytest.raises(error) as caught:
        parse_csv(csv_of(ROWS) + "\n" + row)
    assert caught.value.values == values


@pytest.mark.parametrize("labels", [1, 6])
def test_one_label_teaches_nothing_and_six_are_too_many(labels):
    rows = [(f"text {label} {n}", f"label {label}") for label in range(labels) for n in range(4)]
    with pytest.raises(LabelsOutOfRange) as caught:
        parse_csv(csv_of(rows))
    assert caught.value.values == {"count": labels, "least": 2, "most": 5}


def test_repeated_and_long_and_left_over_rows_are_counted():
    rows = [*ROWS, ROWS[0], ("x" * (MOST_TEXT_CHARS + 5), "good")]
    pasted = parse_csv(csv_of(rows))
    assert (pasted.repeated, pasted.cut, pasted.left_over) == (1, 1, 0)
    assert max(len(each.text) for each in pasted.examples) == MOST_TEXT_CHARS
    many = [*ROWS, *((f"more {n}", "bad") for n in range(MOST_EXAMPLES))]
    assert parse_csv(csv_of(many)).left_over == len(ROWS)


HOSTILE = [
    "\x00",
    "\ud800,good",
    "=cmd|' /C calc'!A0,good",
    "</script><script>alert(1)</script>,good",
    "{value} %s {{7*7}},{label}",
    "\u202eright to left,\u2067good",
    '"' * 1001,
    ",,,,,,,",
    "\n\n\n",
    "👨‍👩‍👧,좋아요",
]


@pytest.mark.parametrize("row", HOSTILE)
def test_hostile_rows_are_read_or_refused_with_a_sentence(row):
    try:
        pasted = parse_csv(csv_of(ROWS) + "\n" + row)
    except ExamplesError:
        return
    assert all(each.text.encode() and each.label.encode() for each in pasted.examples)


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_read_or_refused(text):
    try:
        pasted = parse_csv(text)
    except ExamplesError:
        return
    assert len({each.text for each in pasted.examples}) == len(pasted.examples) >= 8


def test_files_of_korean_spreadsheets_are_read():
    text = "재미있어요,긍정\n지루해요,부정"
    assert decode_upload(text.encode("utf-8-sig")) == text
    assert decode_upload(text.encode("cp949")) == text


@pytest.mark.parametrize("data", [b"a" * (MOST_CHARACTERS + 1), b"a" * 5_000_000, b"\xff" * (4 * MOST_CHARACTERS)])
def test_a_large_file_is_refused(data):
    with pytest.raises(FileTooLarge):
        decode_upload(data)


@given(st.binary(max_size=200))
def test_any_file_becomes_a_text(data):
    assert isinstance(decode_upload(data), str)
