"""The exercise of the lesson, judged by the tokenizers themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from components.tokenizer.encode import Encoding

Cut = Callable[[str], Encoding]
"""Encodes a text without inserted tokens."""

PREDICT_WORD: Final = "unaffable"


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
