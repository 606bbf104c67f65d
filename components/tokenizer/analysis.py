"""Everything the page asks of a tokenizer, in one place, so that it can be asked in another process as well."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from components.models.byte_alphabet import Spelling
from components.models.tokenization import SharedTokenizer
from components.tokenizer.encode import Encoding, Measures, encode, measure
from components.tokenizer.pipeline import Part, Stage, cut_words, run_pipeline
from components.tokenizer.trace import TokenizerSpec, WordTrace, trace_word

MOST_WORDS: Final = 40
"""How many different words of a text are offered to be traced."""


@dataclass(frozen=True)
class Stages:
    """A text taken through all stages.

    Attributes
    ----------
    special
        The ids of special tokens.
    """

    steps: tuple[Stage, ...]
    special: tuple[int, ...]


class Analysis(Protocol):
    """What the page asks of a tokenizer. Every method may raise a `TokenizerError`."""

    def spelling(self) -> Spelling:
        """Return how its vocabulary spells bytes."""

    def encode(self, text: str, pair: str | None, special: bool) -> Encoding:
        """Encode a text or a pair of texts, with or without the tokens that the post-processor inserts."""

    def measure(self, text: str) -> Measures:
        """Count tokens and check the round trip of a text."""

    def stages(self, text: str) -> Stages:
        """Take a text through all stages."""

    def words(self, text: str) -> tuple[Part, ...]:
        """Return the first `MOST_WORDS` different words the model would have to cut, each where it first occurs."""

    def trace(self, word: str) -> WordTrace:
        """Trace one of these words."""


@dataclass(frozen=True)
class LocalAnalysis:
    """A tokenizer that is asked in this process, by one thread at a time.

    Attributes
    ----------
    most_tokens
        A text that becomes more is refused; None for a tokenizer that is known.
    """

    tokenizer: SharedTokenizer
    most_tokens: int | None = None

    def spelling(self) -> Spelling:
        """As `Analysis`."""
        return Spelling.of(self.tokenizer.raw)

    def encode(self, text: str, pair: str | None, special: bool) -> Encoding:
        """As `Analysis`."""
        with self.tokenizer.lock:
            return encode(self.tokenizer.raw, text, pair, add_special_tokens=special, most_tokens=self.most_tokens)

    def measure(self, text: str) -> Measures:
        """As `Analysis`."""
        with self.tokenizer.lock:
            return measure(self.tokenizer.raw, text, most_tokens=self.most_tokens)

    def stages(self, text: str) -> Stages:
        """As `Analysis`."""
        with self.tokenizer.lock:
            steps = run_pipeline(self.tokenizer.raw, text)
            added = self.tokenizer.raw.get_added_tokens_decoder()
        return Stages(steps, tuple(id_ for id_, token in added.items() if token.special))

    def words(self, text: str) -> tuple[Part, ...]:
        """As `Analysis`."""
        with self.tokenizer.lock:
            parts = [part for part in cut_words(self.tokenizer.raw, text) if part.id is None and part.text]
        first = {part.text: part for part in reversed(parts)}
        return tuple(first[text] for text in dict.fromkeys(part.text for part in parts))[:MOST_WORDS]

    def trace(self, word: str) -> WordTrace:
        """As `Analysis`."""
        return trace_word(self.spec, word)

    @cached_property
    def spec(self) -> TokenizerSpec:
        """The tokenizer with its model's tables, which are slow to read for a large vocabulary."""
        with self.tokenizer.lock:
            return TokenizerSpec.of(self.tokenizer.raw)
