"""A text and the ids a model gets for it, token by token, each tied to its place in the text.

`encode` adds to what `tokenizers` returns the three things a reader needs and it does not have: the bytes a token
stands for, the source text it covers, and whether it is there because of the text or because the model wants it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tokenizers import AddedToken, Tokenizer
from tokenizers import Encoding as RawEncoding

from components.core.text import Source, sanitize
from components.models.byte_alphabet import Spelling
from components.tokenizer.errors import TooManyTokens, failing_visibly


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an encoded text.

    Attributes
    ----------
    index
        Position in the encoded text.
    id, token
        Number in the vocabulary, and the piece as the vocabulary spells it.
    text
        The source text it covers, `source[start:end]`. Empty for a token that the post-processor inserted.
    bytes
        The bytes it stands for; empty where `text` is. Several tokens may share one character: their `text` is then
        the same, their bytes are not.
    start, end
        Character offsets `[start, end)` in the source text of its sequence; (0, 0) for an inserted token.
    special
        Inserted by the post-processor, or a special token that was typed out in the text.
    unknown
        Stands for text that the vocabulary cannot spell.
    type_id, sequence
        Segment number the model gets; which of the two texts it comes from (None for an inserted token).
    """

    index: int
    id: int
    token: str
    text: str
    bytes: bytes
    start: int
    end: int
    special: bool
    unknown: bool
    type_id: int
    sequence: int | None


@dataclass(frozen=True)
class Encoding:
    """An encoded text or pair of texts."""

    sources: tuple[Source, ...]
    tokens: tuple[Token, ...]
    attention_mask: tuple[int, ...]

    @property
    def ids(self) -> list[int]:
        """What the model gets."""
        return [token.id for token in self.tokens]

    @property
    def type_ids(self) -> list[int]:
        """Segment number of each token."""
        return [token.type_id for token in self.tokens]


def encode(
    tokenizer: Tokenizer,
    text: str,
    pair: str | None = None,
    *,
    add_special_tokens: bool = True,
    most_tokens: int | None = None,
) -> Encoding:
    """Encode a text, or two texts as one input.

    Texts over `source.MOST_CHARACTERS` are cut and lone surrogates replaced; `Encoding.sources` says so. The tokenizer
    must neither truncate nor pad: `components.models.tokenization` switches both off.

    Raises
    ------
    CannotEncode
        If the tokenizer fails, as one without an unknown piece does on a character it does not know.
    TooManyTokens
        If the text becomes more than `most_tokens`.
    """
    sources = tuple(sanitize(each) for each in (text, pair) if each is not None)
    second = sources[1].text if pair is not None else None
    with failing_visibly():
        encoding = tokenizer.encode(sources[0].text, second, add_special_tokens=add_special_tokens)
    if most_tokens is not None and len(encoding) > most_tokens:
        raise TooManyTokens(most=f"{most_tokens:,}")
    spelling = Spelling.of(tokenizer)
    added = tokenizer.get_added_tokens_decoder()
    unk_token = getattr(tokenizer.model, "unk_token", None)
    tokens: list[Token] = []
    for index, (id_, spelled, (start, end), inserted, type_id, sequence) in enumerate(_columns(encoding)):
        name = tokenizer.id_to_token(id_) or spelled
        covered = "" if inserted or sequence is None else sources[sequence].text[start:end]
        typed_out = not inserted and _is_typed_out(added.get(id_), covered)
        # Unigram calls an unknown piece by its text, the other models by the name of their unknown token
        unknown = not inserted and not typed_out and (name == unk_token or name != spelled)
        verbatim = bool(inserted) or typed_out or unknown
        tokens.append(
            Token(
                index=index,
                id=id_,
                token=name,
                text=covered,
                bytes=covered.encode() if verbatim else spelling.bytes_of(spelled, covered=covered),
                start=start,
                end=end,
                special=bool(inserted) or (typed_out and added[id_].special),
                unknown=unknown,
                type_id=type_id,
                sequence=None if inserted else sequence,
            )
        )
    return Encoding(sources, tuple(tokens), tuple(encoding.attention_mask))


def _columns(encoding: RawEncoding) -> Iterator[tuple[int, str, tuple[int, int], int, int, int | None]]:
    """Yield the id, spelling, offsets, whether inserted, type id and sequence of each token."""
    return zip(
        encoding.ids,
        encoding.tokens,
        encoding.offsets,
        encoding.special_tokens_mask,
        encoding.type_ids,
        encoding.sequence_ids,
        strict=True,
    )


def _is_typed_out(added: AddedToken | None, covered: str) -> bool:
    """Whether an added token stands in the text itself (it may take the spaces around it along)."""
    return added is not None and added.content.strip().casefold() == covered.strip().casefold()
