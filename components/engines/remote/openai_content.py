"""What one message of a server with OpenAI's API holds: text of the answer, thinking, and what is not shown.

Followed, for thinking: vLLM (`reasoning`; `reasoning_content` before 0.11), llama.cpp, SGLang and DeepSeek
(`reasoning_content`), Mistral (`content` as a list with parts of type `thinking`). Text between `<think>` tags is told
apart in `components.engines.remote.thinking`, as it may be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.engines.contract import ContentKind, OtherContent
from components.engines.remote import reading

_KINDS: Final[dict[str, ContentKind]] = {
    "image": "image",
    "image_url": "image",
    "output_image": "image",
    "audio": "audio",
    "input_audio": "audio",
    "output_audio": "audio",
    "tool_use": "tool call",
    "tool_call": "tool call",
    "function_call": "tool call",
    "redacted_thinking": "hidden thinking",
}


@dataclass(frozen=True)
class Content:
    """What a message holds.

    Attributes
    ----------
    text, thought
        Parts joined.
    others
        What is neither.
    """

    text: str
    thought: str
    others: tuple[OtherContent, ...]


def read(said: Mapping[str, Any]) -> Content:
    """Read a `delta` or a `message`.

    Raises
    ------
    ValueError
        If a field has another type than the API's.
    """
    parts = list(_parts(said.get("content")))
    # Some servers write their thinking under both names.
    thought = reading.text(said.get("reasoning")) or reading.text(said.get("reasoning_content"))
    refusal = reading.text(said.get("refusal"))
    others = [part for part in parts if isinstance(part, OtherContent)]
    if refusal:
        others.append(OtherContent("refusal"))
    others += _tool_calls(said)
    others += [OtherContent("image") for _image in reading.items(said.get("images"))]
    others += [OtherContent("audio")] if reading.mapping(said.get("audio")) else []
    return Content(
        text="".join(part for part in parts if isinstance(part, str)) + refusal,
        thought=thought + "".join(part.text for part in parts if isinstance(part, _Thinking)),
        others=tuple(others),
    )


@dataclass(frozen=True)
class _Thinking:
    text: str


def _parts(content: object) -> Iterator[str | _Thinking | OtherContent]:
    """Give the parts of `content`, which is a text or a list of parts with a type each."""
    if not isinstance(content, list):
        yield reading.text(content)
        return
    for each in content:
        if isinstance(each, str):
            yield each
            continue
        part = reading.mapping(each)
        kind = reading.name(part.get("type"))
        if kind in ("text", "output_text"):
            yield reading.text(part.get("text"))
        elif kind in ("thinking", "reasoning"):
            inner = part.get("thinking", part.get("text"))
            yield _Thinking("".join(piece for piece in _parts(inner) if isinstance(piece, str)))
        elif kind == "refusal":
            yield OtherContent("refusal")
            yield reading.text(part.get("refusal"))
        else:
            yield OtherContent(_KINDS.get(kind, "other"), reading.name(part.get("name")) or kind)


def _tool_calls(said: Mapping[str, Any]) -> Iterator[OtherContent]:
    """Give a tool call once: only its first message has the name, those after it go on with the arguments."""
    called = [reading.mapping(each).get("function") for each in reading.items(said.get("tool_calls"))]
    for function in (*called, said.get("function_call")):
        name = reading.name(reading.mapping(function).get("name"))
        if name:
            yield OtherContent("tool call", name)
