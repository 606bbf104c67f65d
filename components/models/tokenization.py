"""Tokenizers, without torch or transformers: tokenizer.json -> the `tokenizers` library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Final

from tokenizers import Encoding, Tokenizer

from components.models.byte_alphabet import Spelling
from components.models.errors import CorruptFile

MOST_TOKENIZER_BYTES: Final = 20_000_000  # of an upload


@dataclass(frozen=True)
class SharedTokenizer:
    """A tokenizer that many sessions use at once.

    The library raises ("Already borrowed") when a reader and a writer of one tokenizer meet, instead of waiting: hold
    `lock` while you use `raw` in another way than by the methods here. Never change it (truncation, padding, added
    tokens): it belongs to every session.
    """

    raw: Tokenizer
    lock: Lock = field(default_factory=Lock)

    def encode(self, text: str, pair: str | None = None, *, add_special_tokens: bool = True) -> Encoding:
        """Return the tokens of a text, or of two texts as one input.

        Raises
        ------
        UnicodeEncodeError
            If the text holds a lone surrogate: it cannot be written in UTF-8.
        """
        for given in (text, pair or ""):
            given.encode()  # the library would say TypeError, "must be str"
        with self.lock:
            return self.raw.encode(text, pair, add_special_tokens=add_special_tokens)

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool = False) -> str:
        """Return the text of some ids. Half of a character gives U+FFFD; ids without a token give nothing."""
        with self.lock:
            return self.raw.decode(list(ids), skip_special_tokens=skip_special_tokens)

    def tokens(self, ids: Sequence[int]) -> list[str | None]:
        """Return each id's token as the vocabulary writes it, None where there is none."""
        with self.lock:
            return [self.raw.id_to_token(token_id) for token_id in ids]

    def token_id(self, token: str) -> int | None:
        """Return the id of a token of the vocabulary, or None."""
        with self.lock:
            return self.raw.token_to_id(token)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model folder.

    Raises
    ------
    CorruptFile
        If tokenizer.json is missing or no tokenizer can be built from it.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise CorruptFile(file=path.name, reason=f"it is not in {folder.name}")
    try:
        return _plain(Tokenizer.from_file(str(path)))
    except Exception as error:  # the library raises Exception itself, nothing narrower
        raise CorruptFile(file=path.name, reason=error) from error


def load_tokenizer_json(data: bytes) -> Tokenizer:
    """Return the tokenizer that a visitor brought as the content of a tokenizer.json.

    Raises
    ------
    CorruptFile
        If it is larger than `MOST_TOKENIZER_BYTES`, no JSON, or no tokenizer.
    """
    require_upload_size(data)
    try:
        return _plain(Tokenizer.from_str(data.decode("utf-8")))
    except BaseException as error:
        # The library raises Exception itself, and PanicException (a BaseException) for some hostile content.
        # Anything else, such as a stop of this run, passes.
        if isinstance(error, MemoryError) or (
            not isinstance(error, Exception) and type(error).__name__ != "PanicException"
        ):
            raise
        raise CorruptFile(file="tokenizer.json", reason=error) from error


def require_upload_size(data: bytes) -> None:
    """Refuse an upload that is too large.

    Raises
    ------
    CorruptFile
        If it is larger than `MOST_TOKENIZER_BYTES`.
    """
    if len(data) > MOST_TOKENIZER_BYTES:
        raise CorruptFile(file="tokenizer.json", reason=f"larger than {MOST_TOKENIZER_BYTES // 1_000_000} MB")


def _plain(tokenizer: Tokenizer) -> Tokenizer:
    """Switch off truncation and padding, which some files carry from training: a lesson shows every token."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


class Pieces:
    r"""The tokens of one tokenizer as text, spaces and line breaks as they are, half characters as `\xf0`."""

    def __init__(self, tokenizer: SharedTokenizer) -> None:
        self._tokenizer = tokenizer

    def texts(self, ids: Sequence[int]) -> list[str]:
        """Return how each token reads; empty for an id that the vocabulary does not have.

        Not `decode`: a token alone is no text to it, so the space before a word and half characters would be lost.
        """
        return [self._read(token) for token in self._tokenizer.tokens(ids)]

    def bytes(self, ids: Sequence[int]) -> list[bytes]:
        """Return what each token adds to a text; nothing for special tokens and ids that do not exist."""
        tokens = self._tokenizer.tokens(ids)
        return [
            b"" if token is None or token_id in self._special else self._spelling.bytes_of(token, covered=token)
            for token_id, token in zip(ids, tokens, strict=True)
        ]

    def _read(self, token: str | None) -> str:
        if token is None:
            return ""
        return self._spelling.bytes_of(token, covered=token).decode("utf-8", errors="backslashreplace")

    @cached_property
    def _spelling(self) -> Spelling:
        with self._tokenizer.lock:
            return Spelling.of(self._tokenizer.raw)

    @cached_property
    def _special(self) -> frozenset[int]:
        with self._tokenizer.lock:
            added = self._tokenizer.raw.get_added_tokens_decoder()
        return frozenset(token_id for token_id, token in added.items() if token.special)
