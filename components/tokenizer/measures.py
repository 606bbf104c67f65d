"""What a tokenizer makes of a text in numbers: how many tokens it costs, and whether the text comes back."""

from __future__ import annotations

from dataclasses import dataclass

from tokenizers import Tokenizer

from components.tokenizer.encode import Encoding, encode


@dataclass(frozen=True)
class RoundTrip:
    """Whether `decode(encode(text))` is the text.

    Attributes
    ----------
    decoded
        What came back.
    first_difference
        Character position where the two first differ; None if they are the same.
    """

    decoded: str
    first_difference: int | None

    @property
    def lossless(self) -> bool:
        """Whether the text came back as it was."""
        return self.first_difference is None


@dataclass(frozen=True)
class Measures:
    """Counts over one text, without the tokens that the post-processor inserts.

    A word here is what stands between spaces: a rough measure in English, and no measure at all in Japanese, where a
    sentence has no spaces. Characters are Unicode code points, bytes those of UTF-8.
    """

    tokens: int
    words: int
    characters: int
    bytes: int
    unknown: int
    round_trip: RoundTrip

    @property
    def tokens_per_word(self) -> float | None:
        """Also called fertility. None for a text without words."""
        return self.tokens / self.words if self.words else None

    @property
    def bytes_per_token(self) -> float | None:
        """How much text a token carries. None without tokens."""
        return self.bytes / self.tokens if self.tokens else None

    @property
    def characters_per_token(self) -> float | None:
        """The same in characters."""
        return self.characters / self.tokens if self.tokens else None


def measure(tokenizer: Tokenizer, text: str, *, most_tokens: int | None = None) -> Measures:
    """Count and check the round trip of one text.

    Raises
    ------
    CannotEncode
        If the tokenizer fails on the text.
    TooManyTokens
        If the text becomes more than `most_tokens`.
    """
    encoding = encode(tokenizer, text, add_special_tokens=False, most_tokens=most_tokens)
    source = encoding.sources[0].text
    return Measures(
        tokens=len(encoding.tokens),
        words=len(source.split()),
        characters=len(source),
        bytes=len(source.encode("utf-8")),
        unknown=sum(token.unknown for token in encoding.tokens),
        round_trip=_round_trip(tokenizer, encoding, source),
    )


def _round_trip(tokenizer: Tokenizer, encoding: Encoding, source: str) -> RoundTrip:
    # special tokens are kept: an [UNK] that silently vanished would look like a perfect round trip of nothing
    decoded = tokenizer.decode(encoding.ids, skip_special_tokens=False)
    if decoded == source:
        return RoundTrip(decoded, None)
    same = (ours == theirs for ours, theirs in zip(decoded, source, strict=False))
    shorter = min(len(decoded), len(source))
    return RoundTrip(decoded, next((i for i, equal in enumerate(same) if not equal), shorter))
