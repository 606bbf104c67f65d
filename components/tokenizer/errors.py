"""What can go wrong on the tokenizer page, as one tree. Each says what happened and what to do.

    VisitorError
    └── TokenizerError
        ├── CannotEncode        a tokenizer fails on a text
        ├── NothingToLearn      the training text has too few different words
        └── Untraceable         the model's decisions cannot be shown step by step
            ├── DecidesAtRandom     it draws lots (BPE dropout, Unigram sampling)
            ├── CannotSpell         it has no piece for a character, and none for "unknown" either
            └── WordTooLong         the word is over the limit of a trace

Every error takes the values of its placeholders as keyword arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.shell.faults import VisitorError
from components.shell.i18n import N_


class TokenizerError(VisitorError):
    """Something on the tokenizer page cannot be shown."""


class CannotEncode(TokenizerError):
    """A tokenizer fails on a text. Value: `reason`."""

    template = N_("This tokenizer fails on the text: {reason}")
    advice = N_("Its tokenizer.json may be incomplete. Choose another text or another tokenizer.")


class NothingToLearn(TokenizerError):
    """The training text is empty. Value: `algorithm`."""

    template = N_("There is no word in this text that {algorithm} could learn from.")
    advice = N_("Paste a longer text.")


class Untraceable(TokenizerError):
    """A model's decisions cannot be shown step by step."""


class DecidesAtRandom(Untraceable):
    """The model draws lots. Values: `model`, `setting`."""

    template = N_("This {model} model cuts at random ({setting}), so no two runs agree and there is nothing to trace.")
    advice = N_("Switch that setting off in tokenizer.json, or choose another tokenizer.")


class CannotSpell(Untraceable):
    """The model has no piece for a text and none for "unknown". Values: `model`, `text`."""

    template = N_("This {model} model has no piece for “{text}”, and none that stands for unknown text.")
    advice = N_("Choose another text.")


class WordTooLong(Untraceable):
    """The word is over the limit of a trace. Values: `characters`, `most`."""

    template = N_("This word has {characters} characters; words of up to {most} are shown step by step.")
    advice = N_("Choose a shorter word.")


@contextmanager
def failing_visibly() -> Iterator[None]:
    """Turn what `tokenizers` raises inside a `with` block into `CannotEncode`."""
    try:
        yield
    except BaseException as error:
        # The library raises Exception itself, and PanicException (a BaseException) where a hostile file trips it.
        # Anything else, such as Streamlit's signal to stop, goes on its way.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise CannotEncode(reason=error) from error
