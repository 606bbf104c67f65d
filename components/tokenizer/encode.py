"""A text and the ids a model gets for it, token by token, each tied to its place in the text.

`encode` adds to what `tokenizers` returns the three things a reader needs and it does not have: the bytes a token
stands for, the source text it covers, and whether it is there because of the text or because the model wants it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tokenizers import AddedToken, Tokenizer

from components.tokenizer.byte_alphabet import Spelling
from components.tokenizer.errors import failing_visibly
from components.tokenizer.source import Source, readable


@dataclass(frozen=True)
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


def encode(tokenizer: Tokenizer, text: str, pair: str | None = None, *, add_special_tokens: bool = True) -> Encoding:
    """Encode a text, or two texts as one input.

    Neither truncates nor pads, whatever the tokenizer's file says: `AutoTokenizer` does not either unless asked.
    Texts over `source.MOST_CHARACTERS` are cut and lone surrogates replaced; `Encoding.sources` says so.

    Raises
    ------
    CannotEncode
        If the tokenizer fails, as one without an unknown piece does on a character it does not know.
    """
    sources = tuple(readable(each) for each in (text, pair) if each is not None)
    second = sources[1].text if pair is not None else None
    with failing_visibly():
        encoding = unlimited(tokenizer).encode(sources[0].text, second, add_special_tokens=add_special_tokens)
    spelling = Spelling.of(tokenizer)
    added = tokenizer.get_added_tokens_decoder()
    unk_token = getattr(tokenizer.model, "unk_token", None)
    tokens: list[Token] = []
    columns = zip(
        encoding.ids,
        encoding.tokens,
        encoding.offsets,
        encoding.special_tokens_mask,
        encoding.type_ids,
        encoding.sequence_ids,
        strict=True,
    )
    for index, (id_, value, (start, end), inserted, type_id, sequence) in enumerate(columns):
        name = tokenizer.id_to_token(id_) or value
        covered = "" if inserted or sequence is None else sources[sequence].text[start:end]
        typed_out = not inserted and _is_typed_out(added.get(id_), covered)
        tokens.append(
            Token(
                index=index,
                id=id_,
                token=name,
                text=covered,
                bytes=_bytes(spelling, value, covered, inserted=bool(inserted), verbatim=typed_out),
                start=start,
                end=end,
                special=bool(inserted) or (typed_out and added[id_].special),
                # Unigram calls an unknown piece by its text, the other models by the name of their unknown token.
                unknown=not inserted and not typed_out and (name == unk_token or name != value),
                type_id=type_id,
                sequence=None if inserted else sequence,
            )
        )
    return Encoding(sources, tuple(tokens), tuple(encoding.attention_mask))


def unlimited(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer that neither truncates nor pads: this one if it is so, else a copy.

    The copy matters: a loaded tokenizer is shared by all visitors, and changing it while another thread encodes
    raises "Already borrowed".
    """
    if tokenizer.truncation is None and tokenizer.padding is None:
        return tokenizer
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy


def as_result(encoding: Encoding) -> list[dict[str, Any]]:
    """Return the tokens as the data export holds them, as JSON types."""
    return [asdict(token) | {"bytes": list(token.bytes)} for token in encoding.tokens]


def _is_typed_out(added: AddedToken | None, covered: str) -> bool:
    """Whether an added token stands in the text itself (it may take the spaces around it along)."""
    return added is not None and added.content.strip().casefold() == covered.strip().casefold()


def _bytes(spelling: Spelling, token: str, covered: str, *, inserted: bool, verbatim: bool) -> bytes:
    if inserted:
        return b""
    return covered.encode("utf-8") if verbatim else spelling.bytes_of(token, covered=covered)
