"""A vocabulary of your own: learned from a pasted text, piece by piece, in the order in which it was learned.

Both algorithms start from single characters and add one piece at a time: the pair of neighbours that occurs most often.
BPE keeps the list of pairs and repeats it on new text; WordPiece keeps only the pieces and takes the longest that fits.
(The first WordPiece chose pairs by likelihood, and its code was never published. The trainer of `tokenizers`, used
here, counts pairs for both.)

The cutting into words is GPT-2's, but in characters instead of bytes, so that the pieces can be read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from components.core.text import sanitize
from components.models.byte_alphabet import Spelling
from components.tokenizer.encode import Encoding, encode
from components.tokenizer.errors import NothingToLearn

Algorithm = Literal["BPE", "WordPiece"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = ("BPE", "WordPiece")
MOST_CHARACTERS: Final = 20_000
MOST_PIECES: Final = 500
UNKNOWN: Final = "[UNK]"
PREFIX: Final = "##"
_FEWEST_OCCURRENCES: Final = 2  # a pair that occurs once is not worth a piece
_WORDS: Final = r" ?\p{L}[\p{L}\p{M}]*| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


@dataclass(frozen=True)
class Learned:
    """One learned piece; `parts` is the pair it was joined from, None where the model does not keep it."""

    piece: str
    parts: tuple[str, str] | None


@dataclass(frozen=True)
class Training:
    """What was learned from a text.

    Attributes
    ----------
    alphabet
        The pieces it starts from: the characters of the text, sorted. In WordPiece each character that stands inside a
        word is there with its prefix as well.
    learned
        The pieces in the order they were learned, `[step]`.
    words
        How often each word occurs, as the model gets it.
    cut_characters
        How many characters at the end of the text were left out.
    """

    algorithm: Algorithm
    alphabet: tuple[str, ...]
    learned: tuple[Learned, ...]
    words: Counter[str]
    cut_characters: int

    def tokenizer(self, steps: int | None = None) -> Tokenizer:
        """Return the tokenizer as it is after so many learned pieces; after all of them by default."""
        learned = self.learned[:steps]
        tokenizer = _untrained(self.algorithm)
        # a piece may be learned twice, from different pairs: it is one piece of the vocabulary all the same
        pieces = dict.fromkeys([UNKNOWN, *self.alphabet, *(each.piece for each in learned)])
        vocabulary = {piece: id_ for id_, piece in enumerate(pieces)}
        if self.algorithm == "BPE":
            merges = [each.parts for each in learned if each.parts]
            tokenizer.model = models.BPE(vocabulary, merges, unk_token=UNKNOWN, fuse_unk=True)
        else:
            tokenizer.model = models.WordPiece(vocabulary, unk_token=UNKNOWN)
        return tokenizer


@dataclass(frozen=True)
class Learning:
    """What is shown of a training.

    Attributes
    ----------
    learned, cut_characters
        As in `Training`.
    growth
        See `measure_growth`.
    """

    learned: tuple[Learned, ...]
    cut_characters: int
    growth: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Trial:
    """A text cut with a vocabulary that was learned."""

    encoding: Encoding
    vocabulary_size: int
    spelling: Spelling


def learn(text: str, algorithm: Algorithm, pieces: int) -> Learning:
    """Learn as `train` does, and return what is shown of it."""
    training = train(text, algorithm=algorithm, pieces=pieces)
    return Learning(training.learned, training.cut_characters, measure_growth(training))


def try_out(text: str, algorithm: Algorithm, pieces: int, steps: int, sentence: str) -> Trial:
    """Learn as `train` does, and cut a sentence with the tokenizer as it is after so many learned pieces."""
    tokenizer = train(text, algorithm=algorithm, pieces=pieces).tokenizer(steps)
    return Trial(encode(tokenizer, sentence), tokenizer.get_vocab_size(), Spelling.of(tokenizer))


def train(text: str, *, algorithm: Algorithm, pieces: int) -> Training:
    """Learn up to `pieces` pieces. The same text always gives the same ones.

    It ends earlier when no pair of neighbours occurs twice.

    Raises
    ------
    NothingToLearn
        If the text has no word.
    ValueError
        If `pieces` is negative or more than `MOST_PIECES`.
    """
    if not 0 <= pieces <= MOST_PIECES:
        raise ValueError(f"pieces = {pieces}; 0 to {MOST_PIECES} can be learned")
    source = sanitize(text, most_characters=MOST_CHARACTERS)
    tokenizer = _untrained(algorithm)
    words = _count_words(tokenizer, source.text)
    if not words:
        raise NothingToLearn(algorithm=algorithm)
    alphabet = _alphabet(algorithm, words)
    tokenizer.train_from_iterator([source.text], _trainer(algorithm, alphabet, pieces))
    model = json.loads(tokenizer.to_str())["model"]
    learned = _merges(model) if algorithm == "BPE" else _pieces(model, alphabet)
    return Training(algorithm, alphabet, learned, words, source.cut_characters)


def measure_growth(training: Training, *, most_points: int = 40) -> tuple[tuple[int, int], ...]:
    """Return how many tokens the training text takes after so many learned pieces: `(pieces, tokens)`, rising."""
    last = len(training.learned)
    points = sorted({round(last * point / max(1, most_points - 1)) for point in range(most_points)})
    return tuple((steps, _count_tokens(training.tokenizer(steps), training.words)) for steps in points)


def _untrained(algorithm: Algorithm) -> Tokenizer:
    if algorithm == "WordPiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece(prefix=PREFIX)
        return tokenizer
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, fuse_unk=True))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), "isolated"),
            pre_tokenizers.Metaspace(prepend_scheme="never", split=False),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="never")
    return tokenizer


def _count_words(tokenizer: Tokenizer, text: str) -> Counter[str]:
    normalized = tokenizer.normalizer.normalize_str(text)
    return Counter(word for word, _offsets in tokenizer.pre_tokenizer.pre_tokenize_str(normalized))


def _alphabet(algorithm: Algorithm, words: Iterable[str]) -> tuple[str, ...]:
    characters = {character for word in words for character in word}
    if algorithm == "BPE":
        return tuple(sorted(characters))
    inside = {PREFIX + character for word in words for character in word[1:]}
    return (*sorted(characters), *sorted(inside))


def _trainer(algorithm: Algorithm, alphabet: tuple[str, ...], pieces: int) -> Any:  # noqa: ANN401 (two unrelated classes)
    settings: dict[str, Any] = {
        "vocab_size": 1 + len(alphabet) + pieces,
        "min_frequency": _FEWEST_OCCURRENCES,
        "show_progress": False,
        # Given as special tokens the alphabet gets its ids in this order. Left alone, WordPiece's trainer numbers it as
        # its hash table happens to lie, and pairs of equal frequency are then learned in another order every time.
        "special_tokens": [UNKNOWN, *alphabet],
    }
    return trainers.BpeTrainer(**settings) if algorithm == "BPE" else trainers.WordPieceTrainer(**settings)


def _merges(model: dict[str, Any]) -> tuple[Learned, ...]:
    return tuple(Learned(left + right, (left, right)) for left, right in model["merges"])


def _pieces(model: dict[str, Any], alphabet: tuple[str, ...]) -> tuple[Learned, ...]:
    known = {UNKNOWN, *alphabet}
    in_order = sorted(model["vocab"], key=model["vocab"].__getitem__)
    return tuple(Learned(piece, None) for piece in in_order if piece not in known)


def _count_tokens(tokenizer: Tokenizer, words: Counter[str]) -> int:
    return sum(count * len(tokenizer.model.tokenize(word)) for word, count in words.items())
