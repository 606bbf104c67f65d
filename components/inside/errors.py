"""What can go wrong when a model is looked into, as one tree. Each says what happened and what to do.

    VisitorError
    └── InsideError
        ├── NotTraceable            where the parts of this architecture are is not known
        ├── TextTooLong             the text has too many tokens
        ├── NoMaskedWord            a model of this kind predicts only where the text has a mask
        ├── NoTarget                an encoder-decoder has nothing to write after
        ├── NotOneToken             a watched word is several tokens, or none
        │   └── NotAWord            or is one that stands for no word
        ├── NoSuchPart              there is no such row, head or sublayer
        ├── NoSuchPosition          the text has no such token
        ├── LengthsDiffer           two texts of a swap differ in their number of tokens
        ├── MasksDiffer             two texts of a swap have their masks at different places
        ├── SameText                two texts of a swap are the same
        ├── SameAnswer              two texts of a swap have the same answer
        └── TooShortToLearn         there is no token to predict

Every error takes the values of its placeholders as keyword arguments.
"""

from __future__ import annotations

from components.core.errors import VisitorError
from components.core.i18n import N_


class InsideError(VisitorError):
    """Something of the inside of a model cannot be shown."""


class NotTraceable(InsideError):
    """Where the parts of this architecture are is not known. Value: `architecture`."""

    template = N_("The inside of {architecture} models cannot be shown: how their parts are ordered is not known here.")
    advice = N_("Choose another model; the built-in ones always work.")


class TextTooLong(InsideError):
    """The text has too many tokens. Values: `tokens`, `most`."""

    template = N_("The text has {tokens} tokens; the inside of a model is shown for up to {most}.")
    advice = N_("Shorten the text.")


class NoMaskedWord(InsideError):
    """The text has no mask. Value: `mask`."""

    template = N_("This model predicts words where the text has a mask, and this text has none.")
    advice = N_("Write {mask} in place of a word.")


class NoTarget(InsideError):
    """An encoder-decoder has nothing to write after."""

    template = N_("This model reads one text and writes another, and there is no beginning of the second.")
    advice = N_("Give the beginning of the answer, or let the model write one.")


class NotOneToken(InsideError):
    """A word is several tokens, or none. Values: `word`, `tokens`."""

    template = N_("“{word}” is {tokens} tokens for this model; only a word of one token can be watched.")
    advice = N_("Try a shorter or more common word.")


class NotAWord(NotOneToken):
    """What was typed is one token that stands for no word: the one for unknown characters, or [SEP]. Value: `word`."""

    template = N_("“{word}” is no word of this model's vocabulary, so it cannot be watched.")


class NoSuchPart(InsideError):
    """There is no such row, head or sublayer. Values: `part`, `allowed`."""

    template = N_("This model has no part “{part}”.")
    advice = N_("Choose one of these: {allowed}.")


class NoSuchPosition(InsideError):
    """The text has no such token. Values: `position`, `last`."""

    template = N_("There is no token at position {position}.")
    advice = N_("Choose a position from 0 to {last}.")


class LengthsDiffer(InsideError):
    """Two texts differ in their number of tokens. Values: `tokens`, `other_tokens`."""

    template = N_("A swap needs two texts with equally many tokens; the first has {tokens}, the second {other_tokens}.")
    advice = N_("Change the second text until both have {tokens} tokens, for example by another word.")


class MasksDiffer(InsideError):
    """Two texts have their masks at different places. Values: `position`, `other_position`."""

    template = N_("The mask is token {position} of the first text and token {other_position} of the second.")
    advice = N_("Put both masks at the same place.")


class SameText(InsideError):
    """Both texts are the same."""

    template = N_("Both texts are the same, so a swap changes nothing.")
    advice = N_("Change one word of the second text.")


class SameAnswer(InsideError):
    """Both texts have the same answer. Value: `answer`."""

    template = N_("The model answers “{answer}” to both texts, so no swap could change the answer.")
    advice = N_("Choose a second text with another answer.")


class TooShortToLearn(InsideError):
    """There is no token to predict."""

    template = N_("There is no token to predict in this text.")
    advice = N_("Write at least two words, or a mask.")
