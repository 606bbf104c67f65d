"""Messages out of a stream of bytes that is cut anywhere: in a line, in a character."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

DONE: Final = "[DONE]"


def messages(portions: Iterable[bytes]) -> Iterator[Any]:
    r"""Give the JSON of each line.

    Both forms that containers use: server-sent events (`data: {...}`, ended by `[DONE]`) and a JSON object a line. A
    portion is put back together with the next ones up to its line break, as SageMaker cuts wherever it likes.

    Raises
    ------
    ValueError
        If a line is no JSON.
    """
    held = b""
    for portion in portions:
        *lines, held = (held + portion).split(b"\n")
        yield from _read(lines)
    yield from _read([held])


def _read(lines: Iterable[bytes]) -> Iterator[Any]:
    for line in lines:
        text = line.strip()
        if text.startswith(b"data:"):
            text = text.removeprefix(b"data:").strip()
        elif text.startswith((b":", b"event:", b"id:", b"retry:")):  # other fields of server-sent events
            continue
        if text and text != DONE.encode():
            yield json.loads(text)
