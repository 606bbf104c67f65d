"""How SageMaker's containers answer: messages out of a stream, and the dialect `{"inputs", "parameters"}`.

Followed for the dialect: Hugging Face's text-generation-inference (`/generate`, `/generate_stream`), which JumpStart's
text models speak, and LMI's JSON lines, which differ in two names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from components.engines.contract import Candidate, FinishReason, Request, Token, Usage
from components.engines.remote import reading
from components.engines.remote.answer import Part

MOST_CANDIDATES: Final = 5
"""As many as text-generation-inference tells unless it was started with more."""

_FINISH: Final[dict[str, FinishReason]] = {
    "length": "length",
    "eos_token": "end",
    "stop_sequence": "stop",
}

_DONE: Final = b"[DONE]"


def read_messages(portions: Iterable[bytes]) -> Iterator[Any]:
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
        yield from _read_lines(lines)
    yield from _read_lines([held])


def _read_lines(lines: Iterable[bytes]) -> Iterator[Any]:
    for line in lines:
        text = line.strip()
        if text.startswith(b"data:"):
            text = text.removeprefix(b"data:").strip()
        elif text.startswith((b":", b"event:", b"id:", b"retry:")):  # other fields of server-sent events
            continue
        if text and text != _DONE:
            yield json.loads(text)


def body(request: Request, *, stream: bool) -> dict[str, Any]:
    """Return what is sent for a request: what the visitor moved, and the cap on new tokens."""
    moved = {
        # Its ranges are open: neither a temperature of 0 nor a top-p of 1 is taken, both mean "off" for us.
        "temperature": request.temperature or None,
        "top_p": request.top_p if request.top_p is None or request.top_p < 1 else None,
        "typical_p": request.typical_p if request.typical_p is None or request.typical_p < 1 else None,
        "top_k": request.top_k or None,
        "repetition_penalty": request.repetition_penalty,
        "seed": request.seed,
        "stop": list(request.stop) or None,
        "top_n_tokens": min(request.candidates, MOST_CANDIDATES) or None,
    }
    parameters = {name: value for name, value in moved.items() if value is not None}
    fixed = {
        "max_new_tokens": request.new_tokens,
        "do_sample": request.draws,
        "details": True,
        "return_full_text": False,
    }
    return {"inputs": request.prompt, "parameters": parameters | fixed} | ({"stream": True} if stream else {})


def read_message(message: Mapping[str, Any]) -> Part:
    """Read one message of a streamed answer.

    Raises
    ------
    ServiceError
        If the container reports an error.
    ValueError, KeyError
        If it is no such message.
    """
    if "error" in reading.mapping(message):
        raise ServiceError(message)
    told = reading.mapping(message["token"])
    details = reading.mapping(message.get("details"))
    return Part(
        tokens=() if told.get("special") else (_token(told, message.get("top_tokens")),),
        finish=_finish(details.get("finish_reason")),
        usage=_usage(details),
    )


def read_answer(answer: Any) -> Part:  # noqa: ANN401 (JSON)
    """Read an answer that came in one piece: an object, or a list of one.

    Raises
    ------
    ServiceError
        If the container reports an error.
    ValueError, KeyError
        If it is no such answer.
    """
    record = reading.mapping(answer[0] if isinstance(answer, list) and answer else answer)
    if "error" in record:
        raise ServiceError(record)
    text = reading.text(record["generated_text"])
    details = reading.mapping(record.get("details"))
    written = [reading.mapping(each) for each in reading.items(details.get("tokens"))]
    best = reading.items(details.get("top_tokens")) or [None] * len(written)
    told = [_token(*each) for each in zip(written, best, strict=True) if not each[0].get("special")]
    return Part(
        tokens=tuple(told) if "".join(token.text for token in told) == text else (Token(text),),
        finish=_finish(details.get("finish_reason")) or "unknown",
        usage=_usage(details),
    )


class ServiceError(Exception):
    """The container reports an error inside its answer. Holds that message as it came: it is not to be shown."""

    def __init__(self, message: Mapping[str, Any]) -> None:
        self.message = message
        super().__init__("an error inside an answer")


def _token(told: Mapping[str, Any], best: object) -> Token:
    text, token_id, logprob = reading.text(told.get("text")), _id(told), _logprob(told)
    if token_id is None or logprob is None:
        return Token(text)
    likeliest = [reading.mapping(each) for each in reading.items(best)]
    candidates = [
        Candidate(reading.displayable(each.get("text")), _id(each), _logprob(each) or 0.0) for each in likeliest
    ]
    if candidates and token_id not in [each.id for each in candidates]:
        candidates.append(Candidate(reading.displayable(text), token_id, logprob))
    return Token(text, token_id, logprob, candidates=tuple(candidates))


def _id(told: Mapping[str, Any]) -> int | None:
    # LMI writes a list of one
    found = told.get("id")
    return reading.count(found[0] if isinstance(found, list) and found else found)


def _logprob(told: Mapping[str, Any]) -> float | None:
    found = told.get("logprob", told.get("log_prob"))
    return None if found is None else reading.logprob(found)


def _finish(reason: object) -> FinishReason | None:
    return None if reason is None else _FINISH.get(reading.text(reason), "unknown")


def _usage(details: Mapping[str, Any]) -> Usage | None:
    written = reading.count(details.get("generated_tokens"))
    return None if written is None else Usage(reading.count(details.get("input_length")), written)
