"""The exercise of the lesson, judged by the tokenizers themselves, and what its questions ask them (guide.toml)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.i18n import read_in_language
from components.tokenizer.encode import Encoding
from components.tokenizer.morphemes import FIRST_SYLLABLE, LAST_SYLLABLE

Cut = Callable[[str], Encoding]
"""Encodes a text without inserted tokens."""

Particle = tuple[str, str]
"""The form after a final consonant, and the form after a vowel."""

FILE: Final = Path(__file__).with_name("guide.toml")
_FINALS: Final = 28
"""Final consonants of a Hangul syllable, with "none" as the first: Unicode numbers the syllables by them."""


@dataclass(frozen=True)
class Examples:
    """What the lesson asks in one language; see guide.toml.

    Attributes
    ----------
    word, word_model
        What is cut, and the id of the model whose tokenizer cuts it.
    spaced, spaced_model, spaced_token
        A sentence, the model, and the index of the token the question is about.
    particles
        Of the exercise with a noun; none where the exercise compares two tokenizers.
    """

    word: str
    word_model: str
    spaced: str
    spaced_model: str
    spaced_token: int
    letter: str
    particles: tuple[Particle, ...]


def examples() -> Examples:
    """Return the examples in the visitor's language."""
    row = read_in_language(FILE)
    word, spaced = row["word"], row["spaced"]
    particles = tuple((closed, opened) for closed, opened in row.get("particles", ()))
    return Examples(
        word["text"], word["model"], spaced["text"], spaced["model"], spaced["token"], row["letter"], particles
    )


@dataclass(frozen=True)
class WordAttempt:
    """A word that BERT should split and GPT-2 should not.

    Attributes
    ----------
    bert, gpt2
        The pieces each cuts it into. GPT-2 gets it with a space before it, as inside a sentence.
    """

    word: str
    bert: tuple[str, ...]
    gpt2: tuple[str, ...]
    unknown: bool

    @property
    def solved(self) -> bool:
        """Whether BERT needs several known pieces where GPT-2 has one."""
        return len(self.bert) > 1 and not self.unknown and len(self.gpt2) == 1


def judge_word(word: str, *, bert: Cut, gpt2: Cut) -> WordAttempt:
    """Cut a word both ways. Spaces around it do not count; what has spaces inside is judged as it is."""
    word = word.strip()
    by_bert = bert(word).tokens
    by_gpt2 = gpt2(f" {word}").tokens
    return WordAttempt(
        word,
        tuple(token.token for token in by_bert),
        tuple(token.token for token in by_gpt2),
        unknown=any(token.unknown for token in by_bert),
    )


@dataclass(frozen=True)
class NounAttempt:
    """A noun, and what it is cut into with each of its particles.

    Attributes
    ----------
    noun
        The pieces of the noun alone.
    forms
        The pieces of the noun with each particle, in the order of the particles.
    """

    noun: tuple[str, ...]
    forms: tuple[tuple[str, ...], ...]

    @property
    def joined(self) -> bool:
        """Whether a particle makes one token with the noun."""
        return any(len(form) == 1 for form in self.forms)

    @property
    def parted(self) -> bool:
        """Whether a token ends where the noun ends."""
        return any(form[: len(self.noun)] == self.noun and len(form) > len(self.noun) for form in self.forms)

    @property
    def solved(self) -> bool:
        """Whether the noun is one token, joined with one particle and parted from another."""
        return len(self.noun) == 1 and self.joined and self.parted


def judge_noun(noun: str, particles: Sequence[Particle], cut: Cut) -> NounAttempt | None:
    """Cut a noun with each particle; None where it is not one word of Hangul syllables."""
    noun = noun.strip()
    if not noun or not all(FIRST_SYLLABLE <= letter <= LAST_SYLLABLE for letter in noun):
        return None
    is_closed = (ord(noun[-1]) - ord(FIRST_SYLLABLE)) % _FINALS > 0
    forms = [noun + (closed if is_closed else opened) for closed, opened in particles]
    return NounAttempt(_pieces(noun, cut), tuple(_pieces(form, cut) for form in forms))


def _pieces(text: str, cut: Cut) -> tuple[str, ...]:
    return tuple(token.token for token in cut(text).tokens)
