"""What the built-in writer expects after a short text, and three results of it that are stored.

The home page shows a stored result until a visitor types, so that opening it loads no model.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from components.models.queue import FairQueue
from components.models.registry import DEFAULT_DECODER

MODEL: Final = DEFAULT_DECODER
MOST_CHARACTERS: Final = 120
"""As bytes of UTF-8 that are 480 tokens at most, which the model's 512 positions hold."""
MOST_GUESSES: Final = 5
QUEUE: Final = FairQueue(seats=1)


@dataclass(frozen=True)
class Guess:
    """A token that may come next, as it reads, and its probability."""

    token: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """What the model read and what it expects next.

    Attributes
    ----------
    text
        What was read.
    ids, tokens
        Of the text: the numbers in the vocabulary, and how each token reads.
    guesses
        The likeliest next tokens, likeliest first.
    """

    text: str
    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    guesses: tuple[Guess, ...]


def read_text(typed: str) -> str:
    """Return what the model reads of a typed text: a space at the end belongs to the word that is still to come."""
    return typed.rstrip()


def predict(text: str, checkpoint: Callable[[], None], *, session: str) -> Prediction:
    """Compute what comes next. The first call loads the model.

    Parameters
    ----------
    text
        At least one and at most `MOST_CHARACTERS` characters.
    checkpoint
        Called while the run waits for its turn and before it computes; what it raises ends the run.
    session
        Whose run it is.

    Raises
    ------
    QueueFull, TooManyRuns
        If too many wait already.
    ModelError
        If the model cannot be loaded.
    """
    import numpy as np

    from components.engines.distribution import next_scores
    from components.engines.samplers import softmax
    from components.models import cached
    from components.models.tokenization import Pieces

    with QUEUE.place(session) as place:
        for _position in QUEUE.wait(place, checkpoint):
            pass
        loaded = cached.causal_lm(MODEL)
        checkpoint()
        ids = loaded.tokenizer.encode(text).ids
        probabilities = softmax(next_scores(loaded.model, ids).astype(np.float64))
    likeliest = np.argsort(-probabilities, kind="stable")[:MOST_GUESSES].tolist()
    pieces = Pieces(loaded.tokenizer)
    guesses = zip(pieces.texts(likeliest), probabilities[likeliest].tolist(), strict=True)
    return Prediction(text, tuple(ids), tuple(pieces.texts(ids)), tuple(Guess(*each) for each in guesses))


@cache
def stored_predictions() -> dict[str, Prediction]:
    """Return the results in examples.toml by their texts, in the order in which they are offered."""
    path = Path(__file__).with_name("examples.toml")
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["examples"]
    return {row["text"]: _stored(row) for row in rows}


def _stored(row: dict[str, Any]) -> Prediction:
    guesses = tuple(Guess(token, probability) for token, probability in row["guesses"])
    return Prediction(row["text"], tuple(row["ids"]), tuple(row["tokens"]), guesses)
