"""From a text with gaps to the tokens a masked language model reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.core.errors import VisitorError
from components.core.i18n import N_
from components.core.text import sanitize
from components.models.inputs import mask_id, special_ids, spelled
from components.models.tokenization import SharedTokenizer

MASK: Final = "[MASK]"
"""How a visitor writes a gap, whatever the model's own token for it is."""

MOST_TOKENS: Final = 256


@dataclass(frozen=True)
class Token:
    """One token the model reads.

    Attributes
    ----------
    piece
        As the vocabulary spells it ("##able").
    start, end
        Characters `[start, end)` of the text; None for tokens that are not in it.
    special
        Put there for the model's sake ([CLS], [SEP]), or unknown to it; a mask is not special.
    word
        Number of the word it is a part of; None for what is no part of one.
    """

    id: int
    piece: str
    start: int | None
    end: int | None
    special: bool
    word: int | None


@dataclass(frozen=True)
class Reading:
    """What the model reads.

    Attributes
    ----------
    text
        With the model's own mask in place of `MASK`; the offsets of the tokens count in it.
    mask_id, mask
        The token that stands for a hidden word.
    all_tokens
        How many tokens the text has; more than `tokens` where it was cut.
    """

    text: str
    tokens: tuple[Token, ...]
    mask_id: int
    mask: str
    all_tokens: int

    @property
    def ids(self) -> tuple[int, ...]:
        """What the model is given."""
        return tuple(token.id for token in self.tokens)

    @property
    def gaps(self) -> tuple[int, ...]:
        """Positions of the masks."""
        return tuple(index for index, token in enumerate(self.tokens) if token.id == self.mask_id)

    @property
    def written(self) -> tuple[int, ...]:
        """Positions of the tokens whose true value is known: neither special nor masked."""
        return tuple(index for index, token in enumerate(self.tokens) if not token.special and token.id != self.mask_id)


def read(tokenizer: SharedTokenizer, text: str, *, model: str, most_tokens: int = MOST_TOKENS) -> Reading:
    """Cut a text into tokens.

    Lone surrogates, which no tokenizer can read, become U+FFFD. A text that is too long loses its end.

    Raises
    ------
    NoMaskToken
        If the vocabulary has no mask.
    """
    hidden = mask_id(tokenizer)
    if hidden is None:
        raise NoMaskToken(model=model)
    mask = tokenizer.tokens([hidden])[0] or MASK
    readable = sanitize(text).text.replace(MASK, mask)
    encoding = tokenizer.encode(readable)
    special = special_ids(tokenizer)
    tokens = [
        Token(
            id=id_,
            piece=piece,
            start=start if end > start else None,
            end=end if end > start else None,
            special=id_ in special,
            word=None if id_ in special else word,
        )
        for (id_, piece, (start, end)), word in zip(spelled(encoding, tokenizer), encoding.word_ids, strict=True)
    ]
    return Reading(readable, _shortened(tokens, most_tokens), hidden, mask, len(tokens))


def _shortened(tokens: list[Token], most: int) -> tuple[Token, ...]:
    """Take from the end what is too much, but leave the last special tokens: the model expects them."""
    if len(tokens) <= most:
        return tuple(tokens)
    end = len(tokens)
    while end and tokens[end - 1].start is None:
        end -= 1
    closing = tokens[end:][:most]
    return (*tokens[: most - len(closing)], *closing)


class MaskedLanguageError(VisitorError):
    """Something on the page cannot be shown."""


class NoMaskToken(MaskedLanguageError):
    """The vocabulary has nothing that stands for a hidden word. Value: `model`."""

    template = N_("The vocabulary of “{model}” has no token for a hidden word.")
    advice = N_("Choose a model that was trained to fill gaps; the built-in Classroom BERT was.")
