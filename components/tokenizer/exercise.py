"""The lesson's question and its two exercises, judged by the tokenizers themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from components.tokenizer.encode import Encoding

Cut = Callable[[str], Encoding]
"""Encodes a text without inserted tokens."""

PREDICT_WORD: Final = "unaffable"
WANTED_WORDS: Final = 10
WANTED_TOKENS: Final = 25


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


@dataclass(frozen=True)
class SentenceAttempt:
    """A sentence of few words that should cost many tokens."""

    words: int
    tokens: int

    @property
    def solved(self) -> bool:
        """Whether it has exactly the wanted words and more than the wanted tokens."""
        return self.words == WANTED_WORDS and self.tokens > WANTED_TOKENS


def cut_predict_word(bert: Cut) -> tuple[str, ...]:
    """Return the pieces of the word the lesson asks about."""
    return tuple(token.token for token in bert(PREDICT_WORD).tokens)


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


def judge_sentence(sentence: str, cut: Cut) -> SentenceAttempt:
    """Count words (what stands between spaces) and tokens, inserted ones left out."""
    return SentenceAttempt(len(sentence.split()), len(cut(sentence).tokens))
