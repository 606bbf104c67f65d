"""The shipped reviews are balanced and divided without leaks; own examples are divided label by label."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
