"""Bedrock's Converse: what is sent for a request, and what the events of its answer say.

Followed: the Converse and ConverseStream operations of botocore's bedrock-runtime model, and AWS's guides to the
vendors' own parameters (`additionalModelRequestFields`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.engines.capabilities import Feature
from components.engines.contract import ContentKind, FinishReason, OtherContent, Request, Thought, Token, Usage
from components.engines.errors import ChatRefused
from components.engines.remote import reading
from components.engines.remote.answer import Part
from components.engines.remote.reasons import TURNS

_FINISH: Final[dict[str, FinishReason]] = {
    "end_turn": "end",
    "max_tokens": "length",
    "stop_sequence": "stop",
    "guardrail_intervened": "filtered",
    "content_filtered": "filtered",
    "model_context_window_exceeded": "context",
    "tool_use": "tool",
}
_KINDS: Final[dict[str, ContentKind]] = {"toolUse": "tool call", "image": "image", "audio": "audio"}
_NOTHING_TO_SEE: Final = ("cachePoint", "citation")

# Converse itself has no top-k; what each maker's models call it.
_TOP_K: Final[dict[str, str]] = {"anthropic": "top_k", "mistral": "top_k", "cohere": "k", "amazon": "topK"}


# How the id of an inference profile begins: us., eu., us-gov., apac., global., ...
_GEOGRAPHY: Final = re.compile(r"(?:[a-z]{2}(?:-gov)?|apac|global)\.(?=[^.]+\.)")


def bare(model_id: str) -> str:
    """Return the model's own id for that of an inference profile; other ids as they are."""
    return _GEOGRAPHY.sub("", model_id, count=1) if _GEOGRAPHY.match(model_id) else model_id


def maker(model_id: str) -> str:
    """Return whose model an id is: of a model, an inference profile (`us.amazon.…`), or in an ARN."""
    return bare(model_id.rpartition("/")[2]).partition(".")[0]


def takes_top_k(model_id: str) -> bool:
    """Say whether there is a way to send top-k to this model."""
    return maker(model_id) in _TOP_K


def body(request: Request, model_id: str, *, thinking_tokens: int = 0) -> dict[str, Any]:
    """Return what is sent for a request: what the visitor moved and the cap on new tokens, nothing else.

    Many models refuse a temperature together with top-p, so a default may not be sent along.

    Parameters
    ----------
    thinking_tokens
        How many tokens the model may think beside its answer: Converse has one cap for both together.

    Raises
    ------
    ChatRefused
        If the turns do not alternate, the visitor's first.
    """
    conversation = [message for message in request.messages if message.role != "system"]
    expected = ["user", "assistant"] * len(conversation)
    if [message.role for message in conversation] != expected[: len(conversation)]:
        raise ChatRefused(model=model_id, reason=TURNS)
    system = [{"text": message.text} for message in request.messages if message.role == "system"]
    moved = {
        "maxTokens": request.new_tokens + thinking_tokens,
        "temperature": 0.0 if request.strategy == "greedy" else request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
    }
    sent: dict[str, Any] = {
        "messages": [{"role": message.role, "content": [{"text": message.text}]} for message in conversation],
        "inferenceConfig": {name: value for name, value in moved.items() if value is not None},
    }
    if system:
        sent["system"] = system
    if request.top_k:  # 0 is off
        own = {_TOP_K[maker(model_id)]: request.top_k}
        sent["additionalModelRequestFields"] = {"inferenceConfig": own} if maker(model_id) == "amazon" else own
    return sent


def read_event(event: Mapping[str, Any]) -> Part:
    """Read one event of a streamed answer.

    Raises
    ------
    ValueError
        If it is no such event.
    """
    if "contentBlockStart" in event:
        started = reading.mapping(reading.mapping(event["contentBlockStart"]).get("start"))
        return Part(others=tuple(_others(started)))
    if "contentBlockDelta" in event:
        delta = reading.mapping(reading.mapping(event["contentBlockDelta"]).get("delta"))
        # How a tool call or an image goes on; its beginning was told by the event before.
        return _block({name: value for name, value in delta.items() if name not in _KINDS})
    if "messageStop" in event:
        return Part(finish=_finish(reading.mapping(event["messageStop"]).get("stopReason")))
    if "metadata" in event:
        return Part(usage=_usage(reading.mapping(event["metadata"]).get("usage")))
    return Part()


def read_answer(answer: Mapping[str, Any]) -> Part:
    """Read an answer that came in one piece.

    Raises
    ------
    ValueError
        If it is no such answer.
    """
    message = reading.mapping(reading.mapping(answer.get("output")).get("message"))
    parts = [_block(reading.mapping(block)) for block in reading.items(message.get("content"))]
    text = "".join(token.text for part in parts for token in part.tokens)
    return Part(
        thoughts=tuple(thought for part in parts for thought in part.thoughts),
        tokens=(Token(text),) if text else (),
        others=tuple(other for part in parts for other in part.others),
        finish=_finish(answer.get("stopReason")),
        usage=_usage(answer.get("usage")),
    )


def _block(block: Mapping[str, Any]) -> Part:
    """Read a block of an answer, or a piece of one."""
    text = reading.text(block.get("text"))
    reasoning = reading.mapping(block.get("reasoningContent"))
    thought = reading.text(reasoning.get("text")) or reading.text(
        reading.mapping(reasoning.get("reasoningText")).get("text")
    )
    cited = reading.mapping(block.get("citationsContent"))
    text += "".join(reading.text(reading.mapping(each).get("text")) for each in reading.items(cited.get("content")))
    hidden = (OtherContent("hidden thinking"),) if "redactedContent" in reasoning else ()
    return Part(
        thoughts=(Thought(thought),) if thought else (),
        tokens=(Token(text),) if text else (),
        others=(*hidden, *_others(block)),
    )


def _others(block: Mapping[str, Any]) -> Iterator[OtherContent]:
    for name, value in block.items():
        if name in ("text", "reasoningContent", "citationsContent", *_NOTHING_TO_SEE):
            continue
        told = reading.mapping(value) if isinstance(value, dict) else {}
        # botocore's own name for what is newer than its model of the service
        known = reading.name(told.get("name")) if name == "SDK_UNKNOWN_MEMBER" else name
        tool = reading.name(told.get("name")) if name == "toolUse" else ""
        yield OtherContent(_KINDS.get(known, "other"), tool or ("" if known in _KINDS else known))


_NAMED: Final[dict[Feature, str]] = {"temperature": "temperature", "top_p": r"top_?p", "top_k": r"top_?k"}


def refused_setting(message: str, sent: Mapping[str, Any]) -> Feature | None:
    """Return which of the settings that were sent a refusal names, None if it is about something else."""
    moved = str(sent["inferenceConfig"].keys()) + str(sent.get("additionalModelRequestFields", ""))
    for feature, name in _NAMED.items():
        pattern = re.compile(rf"(?<![a-z]){name}(?![a-z])", re.IGNORECASE)
        if pattern.search(message) and pattern.search(moved):
            return feature
    return None


def _finish(reason: object) -> FinishReason:
    return _FINISH.get(reading.text(reason), "unknown")


def _usage(told: object) -> Usage:
    counts = reading.mapping(told)
    return Usage(reading.count(counts.get("inputTokens")), reading.count(counts.get("outputTokens")))
