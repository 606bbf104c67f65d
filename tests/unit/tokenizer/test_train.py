"""Vocabularies learned from a pasted text."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.tokenizer.errors import NothingToLearn
from components.tokenizer.train import ALGORITHMS, MOST_CHARACTERS, MOST_PIECES, measure_growth, train
from tests.unit.tokenizer.zoo import CORPUS, HOSTILE, patient

TEXT = " ".join(CORPUS)


def most_frequent_pair_counts(words: Counter[str], steps: int) -> list[int]:
    """Count by hand what the trainer claims to do: at every step join the most frequent pair."""
    split = {word: list(word) for word in words}
    counts = []
    for _ in range(steps):
        pairs = Counter()
        for word, pieces in split.items():
            for pair in pairwise(pieces):
                pairs[pair] += words[word]
        counts.append(pairs)
        best = yield pairs
        for word, pieces in split.items():
            joined, position = [], 0
            while position < len(pieces):
                if tuple(pieces[position : position + 2]) == best:
                    joined.append("".join(best))
                    position += 2
                else:
                    joined.append(pieces[position])
                    position += 1
            split[word] = joined


def test_every_bpe_merge_was_a_most_frequent_pair_when_it_was_learned():
    training = train(TEXT, algorithm="BPE", pieces=60)
    pairs_at = most_frequent_pair_counts(training.words, 60)
    pairs = next(pairs_at)
    for learned in training.learned[:-1]:
        assert pairs[learned.parts] == max(pairs.values())
        pairs = pairs_at.send(learned.parts)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_text_gives_the_same_pieces_every_time(algorithm):
    assert len({train(TEXT, algorithm=algorithm, pieces=100).learned for _ in range(4)}) == 1


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_vocabulary_grows_by_the_learned_pieces(algorithm):
    training = train(TEXT, algorithm=algorithm, pieces=30)
    before, after = training.tokenizer(0).get_vocab(), training.tokenizer().get_vocab()
    assert set(after) - set(before) == {learned.piece for learned in training.learned}
    assert set(before) == {"[UNK]", *training.alphabet}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_text_takes_fewer_tokens_as_the_vocabulary_grows(algorithm):
    points = measure_growth(train(TEXT, algorithm=algorithm, pieces=100))
    assert points[0][0] == 0
    assert points[-1] == (100, min(tokens for _pieces, tokens in points))
    if algorithm == "BPE":
        assert all(later < earlier for (_, earlier), (_, later) in pairwise(points))


def test_growth_starts_at_the_number_of_characters():
    training = train("aab aab", algorithm="BPE", pieces=3)
    assert measure_growth(training)[0] == (0, len("aab aab"))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_training_ends_when_no_pair_occurs_twice(algorithm):
    assert len(train("abc abc", algorithm=algorithm, pieces=100).learned) < 10


def test_the_own_tokenizer_cuts_its_own_text_into_learned_pieces():
    tokenizer = train("low low low lower lower newest newest", algorithm="BPE", pieces=20).tokenizer()
    assert tokenizer.encode("low lower newest").tokens == ["low", "▁lower", "▁newest"]
    assert tokenizer.decode(tokenizer.encode("low lower newest").ids) == "low lower newest"


def test_a_character_that_was_not_in_the_text_is_unknown():
    assert train("abc", algorithm="WordPiece", pieces=0).tokenizer().encode("xyz").tokens == ["[UNK]"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_text_without_words_teaches_nothing(algorithm, text):
    if text.strip() or algorithm == "WordPiece" or not text:
        with pytest.raises(NothingToLearn):
            train(text, algorithm=algorithm, pieces=5)


def test_a_long_text_is_cut_and_says_so():
    assert train("ab " * MOST_CHARACTERS, algorithm="BPE", pieces=1).cut_characters == 2 * MOST_CHARACTERS


@pytest.mark.parametrize("pieces", [-1, MOST_PIECES + 1])
def test_the_number_of_pieces_is_bounded(pieces):
    with pytest.raises(ValueError, match=str(MOST_PIECES)):
        train("a", algorithm="BPE", pieces=pieces)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(text=st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(), max_size=80)))
@patient
def test_hostile_texts_train_or_say_why_not(algorithm, text):
    try:
        training = train(text, algorithm=algorithm, pieces=20)
    except NothingToLearn:
        return
    assert measure_growth(training)[0][1] >= measure_growth(training)[-1][1]
