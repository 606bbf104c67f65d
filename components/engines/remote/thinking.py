"""Thinking that comes as a part of the text: `<think>…</think>` at its beginning, cut anywhere.

Servers without a parser for their model's thinking send it so. Only the beginning is looked at: a text about such tags
stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal

from components.engines.contract import Thought, Token

OPEN: Final = "<think>"
CLOSE: Final = "</think>"


class InlineThinking:
    """Tells thinking from the answer, token by token."""

    def __init__(self) -> None:
        self._state: Literal["beginning", "thinking", "closed", "answer"] = "beginning"
        self._first: list[Token] = []
        self._held = ""
        self._held_tokens = 0

    def push(self, token: Token) -> Iterator[Thought | Token]:
        """Add a token and give what is certain now."""
        if self._state == "beginning":
            yield from self._begin(token)
        elif self._state == "thinking":
            yield from self._think(token, token.text, 1)
        else:
            yield from self._answer(token)

    def flush(self) -> Iterator[Thought | Token]:
        """Give what was held back: the text is over."""
        first, held, tokens = self._first, self._held, self._held_tokens
        self._first, self._held, self._held_tokens = [], "", 0
        yield from first
        if held or tokens:
            yield Thought(held, tokens)

    def _begin(self, token: Token) -> Iterator[Thought | Token]:
        self._first.append(token)
        text = "".join(each.text for each in self._first).lstrip()
        if text.startswith(OPEN):
            tokens, self._first = len(self._first), []
            self._state = "thinking"
            yield from self._think(token, text.removeprefix(OPEN), tokens)
        elif not OPEN.startswith(text):
            self._state = "answer"
            yield from self.flush()

    def _think(self, token: Token, text: str, tokens: int) -> Iterator[Thought | Token]:
        self._held += text
        self._held_tokens += tokens
        thought, found, after = self._held.partition(CLOSE)
        # Only while the text ends like the beginning of the closing tag is some of it held back.
        keep = 0 if found else _longest_beginning(self._held)
        if found:
            self._held, self._state = "", "closed"
        else:
            thought, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        if not keep:
            told, self._held_tokens = self._held_tokens, 0
            yield Thought(thought, told)
        elif thought:
            yield Thought(thought, 0)
        if found:
            yield from self._answer(replace(token, text=after))

    def _answer(self, token: Token) -> Iterator[Token]:
        if self._state == "closed":  # the lines between the tag and the answer are no part of it
            token = replace(token, text=token.text.lstrip())
            if not token.text:
                return
            self._state = "answer"
        yield token


def _longest_beginning(text: str) -> int:
    """Return how many characters at the end of a text are the beginning of the closing tag."""
    return next((length for length in range(len(CLOSE) - 1, 0, -1) if text.endswith(CLOSE[:length])), 0)
