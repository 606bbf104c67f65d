"""What the lesson measures in each language (guide.toml), and how often a head looks at the token before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from components.attention.capture import capture
from components.attention.record import Attention
from components.core.i18n import read_in_language
from components.models.inputs import Token
from components.models.loaders import LoadedModel

FILE: Final = Path(__file__).with_name("guide.toml")
SPACE: Final = "▁"
"""How a Unigram vocabulary writes the space before a word."""

TokenKind = Literal["particle", "inside", "beginning"]


@dataclass(frozen=True)
class Look:
    """A token that looks, with a head of a model on a text.

    Attributes
    ----------
    hides
        A token that is masked, "" for none.
    """

    model: str
    text: str
    looks: str
    layer: int
    head: int
    hides: str = ""


@dataclass(frozen=True)
class Examples:
    """What the lesson measures in one language; see guide.toml."""

    first: Look
    hidden: Look
    particles: frozenset[str]


@dataclass(frozen=True)
class LooksBack:
    """Of one kind of token, how many there were, and how many look most at the token before them."""

    tokens: int
    back: int


def examples() -> Examples:
    """Return the examples in the visitor's language."""
    row = read_in_language(FILE)
    return Examples(Look(**row["first"]), Look(**row["hidden"]), frozenset(row.get("particles", ())))


def name_token(token: Token) -> str:
    """Return a token as guide.toml writes it."""
    name = token.piece.removeprefix(SPACE)
    return name if name.startswith("[") else name.lower()


def begins_word(token: Token) -> bool:
    """Say whether a token of a Unigram vocabulary has the space before a word, and more than that."""
    return token.piece.startswith(SPACE) and token.piece != SPACE


def count_looks_back(
    loaded: LoadedModel,
    sentences: Sequence[str],
    *,
    layer: int,
    head: int,
    particles: frozenset[str],
    checkpoint: Callable[[], None] = lambda: None,
) -> dict[TokenKind, LooksBack]:
    """Count over sentences how often a head looks most at the token before, for each kind of token.

    The first word of a sentence, punctuation and special tokens do not count. `checkpoint` is called before each pass.
    """
    found: dict[TokenKind, list[bool]] = {"particle": [], "inside": [], "beginning": []}
    for sentence in sentences:
        checkpoint()
        attention = capture(loaded, sentence).main
        weights = attention.of_head(layer, head)
        for index in range(2, len(attention.key_tokens)):
            kind = _kind(attention, index, particles)
            if kind is not None:
                found[kind].append(int(weights[index].argmax()) == index - 1)
    return {kind: LooksBack(len(each), sum(each)) for kind, each in found.items()}


def _kind(attention: Attention, index: int, particles: frozenset[str]) -> TokenKind | None:
    token = attention.key_tokens[index]
    if token.special or not any(character.isalnum() for character in token.piece):
        return None
    if token.piece.startswith(SPACE):
        return "beginning"
    return "particle" if token.piece in particles else "inside"
