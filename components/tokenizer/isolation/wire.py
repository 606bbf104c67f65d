"""Questions and answers between the server and a child: JSON, each behind its length.

JSON has no tuples, no bytes and no dataclasses. A list stands for a tuple, and an object has exactly one key that says
what it is: `{"bytes": "…"}`, `{"json": "…"}` for settings of a tokenizer.json, or the name of one of `CLASSES` with its
fields in order.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import fields
from typing import IO, Any, Final

from components.core.text import Source
from components.models.byte_alphabet import Spelling
from components.tokenizer import bpe, unigram, wordpiece
from components.tokenizer.analysis import Stages
from components.tokenizer.encode import Encoding, Measures, RoundTrip, Token
from components.tokenizer.piece import Piece
from components.tokenizer.pipeline import Part, Stage
from components.tokenizer.train import Learned, Learning, Trial

CLASSES: Final[Mapping[str, type[Any]]] = {
    made.__name__: made
    for made in (
        bpe.BpeTrace, bpe.Candidate, bpe.Step, Encoding, Learned, Learning, Measures, Part, Piece, RoundTrip, Source,
        Spelling, Stage, Stages, Token, Trial, unigram.Edge, unigram.UnigramTrace, wordpiece.WordLevelTrace,
        wordpiece.Search, wordpiece.WordPieceTrace,
    )
}  # fmt: skip

_FIELDS: Final = {name: tuple(field.name for field in fields(made)) for name, made in CLASSES.items()}
_LENGTH: Final = struct.Struct(">Q")


def dump(value: object) -> bytes:
    """Return a value as JSON.

    Raises
    ------
    TypeError
        If it holds something that is not plain data.
    """
    return json.dumps(value, default=_tag, separators=(",", ":")).encode("ascii")


def load(data: bytes) -> Any:  # noqa: ANN401 (whatever was dumped)
    """Return the value that was dumped.

    Raises
    ------
    ValueError
        If this is not what `dump` writes.
    """
    return _freeze(json.loads(data, object_hook=_untag))


def write(stream: IO[bytes], *messages: bytes) -> None:
    """Write messages to a pipe."""
    for message in messages:
        stream.write(_LENGTH.pack(len(message)))
        stream.write(message)
    stream.flush()


def read(stream: IO[bytes], *, most_bytes: int | None = None) -> bytes:
    """Read a message from a pipe.

    Raises
    ------
    EOFError
        If the other side has ended.
    ValueError
        If the message is longer than `most_bytes`.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if most_bytes is not None and length > most_bytes:
        raise ValueError(f"{length} bytes; up to {most_bytes} are read")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _tag(value: object) -> object:
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    names = _FIELDS.get(type(value).__name__)
    if names is None:
        raise TypeError(f"{type(value).__name__} is not sent")
    return {type(value).__name__: [_mark(getattr(value, name)) for name in names]}


def _mark(value: object) -> object:
    """Mark a mapping: left alone, json would write it as an object whose keys are no names of classes."""
    return {"json": json.dumps(dict(value))} if isinstance(value, Mapping) else value


def _untag(tagged: dict[str, Any]) -> Any:  # noqa: ANN401 (whatever was tagged)
    [(name, content)] = tagged.items()
    if name == "bytes":
        return content.encode("latin-1")
    if name == "json":
        return json.loads(content)
    if name not in CLASSES:
        raise ValueError(f"there is no class {name!r} here")
    return CLASSES[name](*map(_freeze, content))


def _freeze(value: Any) -> Any:  # noqa: ANN401
    """Return a list as the tuple that it was."""
    return tuple(map(_freeze, value)) if isinstance(value, list) else value
