"""What can go wrong on the tokenizer page, as one tree. Each says what happened and what to do.

    VisitorError
    └── TokenizerError
        ├── CannotEncode        a tokenizer fails on a text
        ├── NothingToLearn      the training text has too few different words
        ├── NothingToCompare    it makes no token of a sentence
        ├── OverLimit           what a visitor brought was stopped
        │   ├── TooMuchMemory       it wanted more memory than it may have
        │   ├── TooMuchProcessorTime  it computed too long
        │   ├── TooSlow             no answer came in time
        │   ├── TooManyTokens       a text becomes more tokens than can be shown
        │   ├── TooManySteps        there are more stages, or parts of the text, than can be shown
        │   ├── AnswerTooLarge      what came out is too large to show
        │   └── ProcessEnded        the process it ran in ended by itself
        ├── TooManyBrought      others' tokenizers are run just now
        └── Untraceable         the model's decisions cannot be shown step by step
            ├── DecidesAtRandom     it draws lots (BPE dropout, Unigram sampling)
            ├── CannotSpell         it has no piece for a character, and none for "unknown" either
            └── WordTooLong         the word is over the limit of a trace

Every error takes the values of its placeholders as keyword arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.core.errors import VisitorError
from components.core.i18n import N_


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


class NothingToCompare(TokenizerError):
    """A tokenizer makes no token of the sentence that the others are compared with."""

    template = N_("A tokenizer makes no token at all of the first sentence, so nothing can be compared with it.")
    advice = N_("Choose another tokenizer.")


class OverLimit(TokenizerError):
    """What a visitor brought was stopped, and nobody else noticed."""


class TooMuchMemory(OverLimit):
    """It wanted more memory than it may have. Value: `most`."""

    template = N_("Stopped: this tokenizer needs more than {most} of memory for the text.")
    advice = N_("Use a shorter text, or look for Replace steps in tokenizer.json that make the text longer and longer.")


class TooMuchProcessorTime(OverLimit):
    """It computed too long. Value: `seconds`."""

    template = N_("Stopped: this tokenizer computed for more than {seconds} seconds.")
    advice = N_("Use a shorter text, or look for a pattern (Regex) in tokenizer.json that tries too many ways.")


class TooSlow(OverLimit):
    """No answer came in time. Value: `seconds`."""

    template = N_("Stopped: this tokenizer gave no answer within {seconds} seconds.")
    advice = N_("Try again in a minute, or use a shorter text.")


class TooManyTokens(OverLimit):
    """A text becomes more tokens than can be shown. Value: `most`."""

    template = N_("This tokenizer makes more than {most} tokens of the text, too many to show.")
    advice = N_("Use a shorter text.")


class TooManySteps(OverLimit):
    """There are more stages, or parts of the text in one of them, than can be shown. Values: `steps`, `parts`."""

    template = N_("This tokenizer has more than {steps} steps, or makes more than {parts} parts of the text.")
    advice = N_("Use a shorter text.")


class AnswerTooLarge(OverLimit):
    """What came out is too large to show. Value: `most`."""

    template = N_("What this tokenizer makes of the text is larger than {most}, too large to show.")
    advice = N_("Use a shorter text.")


class ProcessEnded(OverLimit):
    """The process it ran in ended by itself. Value: `code`."""

    template = N_("Stopped: the process in which this tokenizer ran has failed (exit code {code}).")
    advice = N_("Its tokenizer.json may be damaged. Choose another tokenizer.")


class TooManyBrought(TokenizerError):
    """All places for what visitors bring are taken."""

    template = N_("Other tokenizers are being tried at the moment.")
    advice = N_("Try again in a minute.")


class Untraceable(TokenizerError):
    """A model's decisions cannot be shown step by step."""


class DecidesAtRandom(Untraceable):
    """The model draws lots. Values: `model`, `setting`."""

    template = N_("This {model} model cuts at random ({setting}), so no two runs agree and there is nothing to trace.")
    advice = N_("Switch that setting off in tokenizer.json, or choose another tokenizer.")


class CannotSpell(Untraceable):
    """The model has no piece for a text and none for "unknown". Values: `model`, `text`."""

    template = N_("This {model} model has no piece for “{text}”, and no token for unknown text.")
    advice = N_("Choose another text.")


class WordTooLong(Untraceable):
    """The word is over the limit of a trace. Values: `characters`, `most`."""

    template = N_("This word has {characters} characters; words of up to {most} are shown step by step.")
    advice = N_("Choose a shorter word.")


@contextmanager
def convert_errors() -> Iterator[None]:
    """Turn what `tokenizers` raises inside a `with` block into `CannotEncode`."""
    try:
        yield
    except BaseException as error:
        # The library raises Exception itself, and PanicException (a BaseException) where a hostile file trips it.
        # Anything else, such as Streamlit's signal to stop, goes on its way.
        if isinstance(error, (VisitorError, MemoryError)):
            raise
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise CannotEncode(reason=error) from error
