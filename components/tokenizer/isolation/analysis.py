"""A visitor's tokenizer as the page asks it: every question goes to a child process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from components.models.byte_alphabet import Spelling
from components.tokenizer.analysis import Stages
from components.tokenizer.encode import Encoding, Measures
from components.tokenizer.errors import TooManySteps
from components.tokenizer.isolation.pool import Pool, TokenizerFile
from components.tokenizer.pipeline import Part
from components.tokenizer.trace import WordTrace
from components.tokenizer.train import Algorithm, Learning, Trial

MOST_STEPS: Final = 50
MOST_PARTS: Final = 2_000


@cache
def pool() -> Pool:
    """Return the child processes of this server."""
    return Pool()


@dataclass(frozen=True)
class Asker:
    """Who asks: the session's name for the fair line, and its checkpoint."""

    session: str
    checkpoint: Callable[[], None]

    def learn(self, text: str, algorithm: Algorithm, pieces: int) -> Learning:
        """As `train.learn`."""
        learned: Learning = self.ask("learn", text, algorithm, pieces)
        return learned

    def try_out(self, text: str, algorithm: Algorithm, pieces: int, steps: int, sentence: str) -> Trial:
        """As `train.try_out`."""
        trial: Trial = self.ask("try_out", text, algorithm, pieces, steps, sentence)
        return trial

    def ask(self, name: str, *arguments: object, tokenizer: TokenizerFile | None = None) -> Any:  # noqa: ANN401
        """As `Pool.ask`."""
        return pool().ask(name, *arguments, tokenizer=tokenizer, session=self.session, checkpoint=self.checkpoint)


@dataclass(frozen=True)
class IsolatedAnalysis:
    """A tokenizer that is asked in a child process. All methods are as in `Analysis`."""

    tokenizer: TokenizerFile
    asker: Asker

    def spelling(self) -> Spelling:
        """As `Analysis`."""
        spelling: Spelling = self._ask("spelling")
        return spelling

    def encode(self, text: str, pair: str | None, special: bool) -> Encoding:
        """As `Analysis`."""
        encoding: Encoding = self._ask("encode", text, pair, special)
        return encoding

    def measure(self, text: str) -> Measures:
        """As `Analysis`."""
        measures: Measures = self._ask("measure", text)
        return measures

    def stages(self, text: str) -> Stages:
        """As `Analysis`; what nobody could read is refused."""
        stages: Stages = self._ask("stages", text)
        if len(stages.steps) > MOST_STEPS or any(len(step.parts) > MOST_PARTS for step in stages.steps):
            raise TooManySteps(steps=MOST_STEPS, parts=f"{MOST_PARTS:,}")
        return stages

    def words(self, text: str) -> tuple[Part, ...]:
        """As `Analysis`."""
        words: tuple[Part, ...] = self._ask("words", text)
        return words

    def trace(self, word: str) -> WordTrace:
        """As `Analysis`."""
        trace: WordTrace = self._ask("trace", word)
        return trace

    def _ask(self, name: str, *arguments: object) -> Any:  # noqa: ANN401
        return self.asker.ask(name, *arguments, tokenizer=self.tokenizer)
