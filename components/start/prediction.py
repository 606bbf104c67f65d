"""What a built-in writer expects after a short text, and three results in each language that are stored.

The home page shows a stored result until a visitor types, so that opening it loads no model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from components.core.i18n import LANGUAGES, language, read_in_language, use
from components.models.queue import FairQueue
from components.models.registry import record
from components.ui.text_fit import built_in_reader, unread_languages

FILE: Final = Path(__file__).with_name("examples.toml")
MOST_CHARACTERS: Final = 120
"""As bytes of UTF-8 that are 480 tokens at most, which the 512 positions of each model hold."""
MOST_GUESSES: Final = 5
QUEUE: Final = FairQueue(seats=1)


@dataclass(frozen=True)
class Guess:
    """A token that may come next, as it reads, its probability, and whether it ends the text."""

    token: str
    probability: float
    is_end: bool = False


@dataclass(frozen=True)
class Prediction:
    """What the model read and what it expects next.

    Attributes
    ----------
    model
        Whose it is: an id of the registry.
    text
        What was read.
    ids, tokens
        Of the text: the numbers in the vocabulary, and how each token reads.
    guesses
        The likeliest next tokens, likeliest first.
    """

    model: str
    text: str
    ids: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()


@dataclass(frozen=True)
class Example:
    """A result that is stored, and what it shows."""

    prediction: Prediction
    point: str


def read_text(typed: str) -> str:
    """Return what the model reads of a typed text: a space at the end belongs to the word that is still to come."""
    return typed.rstrip()


def model_of(text: str) -> str:
    """Return the model that goes on with a text: that of the visitor's language, or one that has learned the text's."""
    own = read_in_language(FILE)["model"]
    if not unread_languages(text, record(own).languages):
        return str(own)
    other = built_in_reader(text, "text-generation")
    return str(own) if unread_languages(text, other.languages) else other.id


def predict(text: str, checkpoint: Callable[[], None], *, session: str) -> Prediction:
    """Compute what comes next. The first call of each model loads it.

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
    from components.engines.preparation import end_ids
    from components.engines.samplers import softmax
    from components.models import cached
    from components.models.tokenization import Pieces

    model = model_of(text)
    with QUEUE.place(session) as place:
        for _position in QUEUE.wait(place, checkpoint):
            pass
        loaded = cached.causal_lm(model)
        checkpoint()
        ids = loaded.tokenizer.encode(text).ids
        probabilities = softmax(next_scores(loaded.model, ids).astype(np.float64))
    likeliest = np.argsort(-probabilities, kind="stable")[:MOST_GUESSES].tolist()
    pieces = Pieces(loaded.tokenizer)
    ends = end_ids(loaded.model)
    guesses = tuple(
        Guess(token, float(probabilities[token_id]), token_id in ends)
        for token_id, token in zip(likeliest, pieces.texts(likeliest), strict=True)
    )
    return Prediction(model, text, tuple(ids), tuple(pieces.texts(ids)), guesses)


def examples() -> dict[str, Example]:
    """Return what is stored in the visitor's language by its text, in the order in which it is offered."""
    return _examples(language())


def example_in_this_language(text: str) -> str:
    """Return the example of the visitor's language in the place of another language's; any other text as it is."""
    for code in LANGUAGES:
        if text in (others := list(_examples(code))):
            return list(examples())[others.index(text)]
    return text


@cache
def _examples(code: str) -> dict[str, Example]:
    with use(code):
        table = read_in_language(FILE)
    return {row["text"]: _stored(table["model"], row) for row in table["examples"]}


def _stored(model: str, row: dict[str, Any]) -> Example:
    guesses = tuple(Guess(token, probability) for token, probability in row["guesses"])
    return Example(Prediction(model, row["text"], tuple(row["ids"]), tuple(row["tokens"]), guesses), row["point"])
