"""What can go wrong on the attention page, as one tree. Each says what happened and what to do.

    VisitorError
    └── AttentionError
        ├── TooManyTokens           the text is too long for this computation
        ├── VocabularyTooSmall      not enough ordinary tokens to draw random texts from
        ├── NotCaptured             the model's attention could not be captured
        │   ├── LayersMissing           not exactly one record for every layer
        │   ├── HeadsUneven             the layers differ in their number of heads
        │   ├── RowsDoNotSumToOne       a row of weights is no average
        │   └── LooksWhereItMayNot      a masked cell is not exactly zero
        ├── NotWatchable            heads of this architecture cannot be switched off
        ├── NoPrediction            the model has no output layer to measure an effect on
        ├── NoMaskedPosition        a model of this kind predicts only where the text has a mask
        ├── NoMask                  the vocabulary has no mask to put in place of a token
        └── NotOneToken             a word that is to take a token's place is several tokens, or none

Every error takes the values of its placeholders as keyword arguments.
"""

from __future__ import annotations

from components.core.errors import VisitorError
from components.core.i18n import N_


class AttentionError(VisitorError):
    """Something on the attention page cannot be shown."""


class TooManyTokens(AttentionError):
    """The text is too long for this computation. Values: `tokens`, `most`."""

    template = N_("The text has {tokens} tokens; this is computed for up to {most}.")
    advice = N_("Shorten the text.")


class VocabularyTooSmall(AttentionError):
    """Random texts cannot be drawn. Values: `pieces`, `needed`."""

    template = N_("The vocabulary has {pieces} ordinary pieces; {needed} different ones are needed for a random text.")
    advice = N_("Choose another model.")


class NotCaptured(AttentionError):
    """The model's attention could not be captured: what came back is not what attention must be."""

    advice = N_("Choose another model; the built-in ones always work.")


class LayersMissing(NotCaptured):
    """Not exactly one record for every layer. Values: `kind`, `recorded`, `expected`."""

    template = N_("The model has {expected} layers of {kind} attention, but {recorded} were recorded.")


class HeadsUneven(NotCaptured):
    """The layers differ in their number of heads. Value: `heads`."""

    template = N_("The layers of this model have different numbers of heads ({heads}).")


class RowsDoNotSumToOne(NotCaptured):
    """A row of weights is no average. Values: `kind`, `layer`, `off_by`."""

    template = N_("In layer {layer} ({kind}) the shares of a row do not add up to 1: they are off by {off_by}.")


class LooksWhereItMayNot(NotCaptured):
    """A masked cell is not exactly zero. Values: `kind`, `layer`, `weight`."""

    template = N_("In layer {layer} ({kind}) a token has the share {weight} on one that the mask forbids.")


class NotWatchable(AttentionError):
    """Heads cannot be switched off. Value: `architecture`."""

    template = N_("Heads of {architecture} models cannot be switched off here: their attention cannot be reached.")
    advice = N_("Choose another model; the built-in ones always work.")


class NoPrediction(AttentionError):
    """There is no output layer. Value: `architecture`."""

    template = N_("{architecture} predicts no words, so there is nothing to measure an effect on.")
    advice = N_("Choose a model that fills gaps or continues texts.")


class NoMaskedPosition(AttentionError):
    """The text has no mask. Value: `mask`."""

    template = N_("This model predicts words where the text has a mask, and this text has none.")
    advice = N_("Write {mask} in place of a word.")


class NoMask(AttentionError):
    """The vocabulary has no mask."""

    template = N_("This model has no mask token.")
    advice = N_("Replace the token by another word, or hide it.")


class NotOneToken(AttentionError):
    """A word is several tokens, or none. Values: `word`, `tokens`."""

    template = N_("“{word}” is {tokens} tokens for this model. One token can only be replaced by one token.")
    advice = N_("Try a shorter or more common word.")
