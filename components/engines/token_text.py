"""How a single token reads, when it stands alone in a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from components.models.byte_alphabet import Spelling
from components.models.tokenization import SharedTokenizer


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
