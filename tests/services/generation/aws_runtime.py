"""A server on loopback that speaks bedrock-runtime and sagemaker-runtime; unmodified boto3 reads what it writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from tests.services.generation import event_stream, writer
from tests.services.generation.loopback import Handler, Record, serving
from tests.services.generation.writer import Choice, Written

ENDPOINT = "tiny-endpoint"
ERRORS = {
    "throttled": (429, "ThrottlingException"),
    "access denied": (403, "AccessDeniedException"),
    "expired": (403, "ExpiredTokenException"),
    "unknown": (404, "ResourceNotFoundException"),
    "not ready": (429, "ModelNotReadyException"),
    "overloaded": (503, "ServiceUnavailableException"),
    "failed": (500, "InternalServerException"),
}
Trouble = Literal[
    "throttled", "access denied", "expired", "unknown", "not ready", "overloaded", "failed", "cut at once", "html",
    "error inside", "throttled inside", "error message inside", "cut", "no end", "wrong checksum", "thinks",
    "malformed event",
]  # fmt: skip
_BEDROCK_ENDS = {"end": "end_turn", "stop": "stop_sequence", "length": "max_tokens"}
_TGI_ENDS = {"end": "eos_token", "stop": "stop_sequence", "length": "length"}


@dataclass
class Scenario(Record):
    """How the services behave.

    Attributes
    ----------
    models, profiles
        Rows of ListFoundationModels and ListInferenceProfiles.
    counts_tokens
        Whether CountTokens is offered.
    refusal
        AWS's name and words of an error for every call.
    trouble, trouble_after
        What goes wrong, and after how many tokens.
    portion_bytes
        How much of a SageMaker answer comes in one event; 0 is a line an event.
    thinks_aloud
        Whether the Bedrock model shows its reasoning.
    malformed
        The event that is not as it should be: its kind, and its payload.
    events
        Events of a Bedrock answer before its text.
    ends
        How a Bedrock answer ends, whatever it says.
    """

    models: list[dict[str, Any]] = field(default_factory=list)
    profiles: list[dict[str, Any]] = field(default_factory=list)
    counts_tokens: bool = True
    refusal: tuple[str, str] | None = None
    original_status: int | None = None
    trouble: Trouble | None = None
    trouble_after: int = 2
    portion_bytes: int = 0
    thinks_aloud: bool = False
    malformed: tuple[str, bytes] = ("contentBlockDelta", b"[]")
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ends: str | None = None

    def calls(self, ending: str) -> list[dict[str, Any]]:
        """Return the bodies of the requests whose path ends so."""
        return [body for path, body in zip(self.paths, self.bodies, strict=True) if path.endswith(ending)]


@contextmanager
def runtime(scenario: Scenario) -> Iterator[str]:
    """Serve a scenario; gives the address."""
    with serving(scenario, lambda handler, body: _answer(handler, scenario, body)) as address:
        yield address


def _answer(handler: Handler, scenario: Scenario, body: dict[str, Any]) -> None:
    path = unquote(handler.path)
    if path == "/foundation-models":
        handler.whole(200, json.dumps({"modelSummaries": scenario.models}).encode())
    elif path.startswith("/inference-profiles"):
        handler.whole(200, json.dumps({"inferenceProfileSummaries": scenario.profiles}).encode())
    elif not _refused(handler, scenario):
        made = _Endpoint if path.startswith("/endpoints/") else _Bedrock
        made(handler, scenario, body).send(path)


def _refused(handler: Handler, scenario: Scenario) -> bool:
    if scenario.trouble == "cut at once":
        handler.cut()
        return True
    if scenario.trouble == "html":
        handler.whole(502, b"<html>a proxy's page</html>", Content_Type="text/html")
        return True
    if scenario.refusal is not None:
        status, (name, words) = 400, scenario.refusal
    elif scenario.trouble in ERRORS:
        # AWS quotes the request in some messages: none of this may reach a page.
        (status, name), words = ERRORS[scenario.trouble], f"User with {handler.headers['Authorization']} is not allowed"
    else:
        return False
    answer: dict[str, Any] = {"message": words}
    if scenario.original_status is not None:
        answer |= {"OriginalStatusCode": scenario.original_status, "OriginalMessage": words}
    handler.whole(status, json.dumps(answer).encode(), x_amzn_ErrorType=name)
    return True


class _Service:
    """What both services have in common: tokens one by one, and what can go wrong between them."""

    def __init__(self, handler: Handler, scenario: Scenario, body: dict[str, Any]) -> None:
        self.handler = handler
        self.scenario = scenario
        self.body = body
        self.sent = 0

    def stream(self, steps: Iterator[Written]) -> None:
        self.handler.begin("application/vnd.amazon.eventstream")
        self.opening()
        for step in steps:
            if step.choice is not None:
                self.scenario.generated += 1
            if self.misbehaves():
                return
            self.sent += step.choice is not None
            self.step(step)
        self.handler.end()

    def misbehaves(self) -> bool:
        trouble = self.scenario.trouble
        if trouble is None or self.sent < self.scenario.trouble_after:
            return False
        secret = self.handler.headers["Authorization"]
        if trouble == "thinks":
            self.handler.think()
        elif trouble == "cut":
            self.handler.cut()
        elif trouble == "wrong checksum":
            self.handler.piece(event_stream.event("x", b"{}")[:-1] + b"\x00")
        elif trouble == "malformed event":
            self.handler.piece(event_stream.event(*self.scenario.malformed))
        elif trouble == "error message inside":
            self.report(f"failed on {secret}")
        elif trouble == "throttled inside":
            self.handler.piece(event_stream.exception("throttlingException", f"too fast, {secret}"))
        elif trouble == "error inside":
            self.handler.piece(event_stream.exception(self.stream_error, f"failed on {secret}"))
        if trouble not in ("cut", "thinks"):
            self.handler.end()
        return True

    stream_error = ""

    def opening(self) -> None: ...

    def step(self, step: Written) -> None: ...

    def report(self, words: str) -> None: ...


class _Bedrock(_Service):
    stream_error = "modelStreamErrorException"

    def send(self, path: str) -> None:
        operation = path.rpartition("/")[2]
        if operation == "count-tokens":
            self.count()
        elif operation == "converse":
            self.whole()
        else:
            assert operation == "converse-stream", operation
            self.stream(self.steps())

    @property
    def prompt(self) -> str:
        spoken = self.body.get("input", {}).get("converse", self.body)
        return json.dumps([spoken["messages"], spoken.get("system")])

    @property
    def prompt_tokens(self) -> int:
        return len(self.prompt)

    def count(self) -> None:
        if self.scenario.counts_tokens:
            self.handler.whole(200, json.dumps({"inputTokens": self.prompt_tokens}).encode())
        else:
            words = json.dumps({"message": "The provided model doesn't support counting tokens."}).encode()
            self.handler.whole(400, words, x_amzn_ErrorType="ValidationException")

    def steps(self) -> Iterator[Written]:
        sent = self.body["inferenceConfig"]
        return writer.answer(
            self.prompt,
            tokens=sent["maxTokens"],
            seed=None,
            temperature=sent.get("temperature", 1.0),
            stop=tuple(sent.get("stopSequences", ())),
        )

    def whole(self) -> None:
        steps = list(self.steps())
        written = len([step for step in steps if step.choice is not None])
        self.scenario.generated += written
        answer = {
            "output": {"message": {"role": "assistant", "content": [{"text": "".join(step.text for step in steps)}]}},
            "stopReason": _BEDROCK_ENDS[str(steps[-1].end)],
            "usage": self.usage(written),
            "metrics": {"latencyMs": 1},
        }
        self.handler.whole(200, json.dumps(answer).encode())

    def usage(self, written: int) -> dict[str, int]:
        read = self.prompt_tokens
        return {"inputTokens": read, "outputTokens": written, "totalTokens": read + written}

    def opening(self) -> None:
        self.event("messageStart", {"role": "assistant"})
        if self.scenario.thinks_aloud:
            for piece in ({"text": "Let me"}, {"text": " think."}, {"signature": "c2ln"}):
                self.event("contentBlockDelta", {"delta": {"reasoningContent": piece}, "contentBlockIndex": 0})
        for kind, payload in self.scenario.events:
            self.event(kind, payload)

    def step(self, step: Written) -> None:
        if step.choice is not None:
            self.event("contentBlockDelta", {"delta": {"text": step.text}, "contentBlockIndex": 0})
        if step.end is not None:
            self.event("contentBlockStop", {"contentBlockIndex": 0})
            self.event("messageStop", {"stopReason": self.scenario.ends or _BEDROCK_ENDS[step.end]})
            self.event("metadata", {"usage": self.usage(self.sent), "metrics": {"latencyMs": 1}})

    def event(self, kind: str, payload: dict[str, Any]) -> None:
        self.handler.piece(event_stream.event(kind, json.dumps(payload).encode()))


class _Endpoint(_Service):
    stream_error = "ModelStreamError"

    def send(self, path: str) -> None:
        assert path.startswith(f"/endpoints/{ENDPOINT}/"), path
        self.chat = "messages" in self.body
        self.held = b""
        if path.endswith("/invocations-response-stream"):
            assert self.body["stream"] is True
            self.stream(self.steps())
        else:
            assert not self.body.get("stream")
            self.whole()

    def steps(self) -> Iterator[Written]:
        if self.chat:
            asked = self.body
            prompt, most, temperature = (
                json.dumps(asked["messages"]),
                asked["max_tokens"],
                asked.get("temperature", 1.0),
            )
        else:
            asked = self.body["parameters"]
            prompt, most = self.body["inputs"], asked["max_new_tokens"]
            assert asked.get("temperature", 1) > 0, "text-generation-inference takes none of 0"
            assert 0 < asked.get("top_p", 0.5) < 1, "text-generation-inference takes none of 1"
            temperature = asked.get("temperature", 1.0) if asked["do_sample"] else 0.0
        self.prompt_tokens = len(prompt)
        stop = tuple(asked.get("stop", ()))
        return writer.answer(prompt, tokens=most, seed=asked.get("seed"), temperature=temperature, stop=stop)

    def whole(self) -> None:
        steps = list(self.steps())
        written = [step for step in steps if step.choice is not None]
        self.scenario.generated += len(written)
        text = "".join(step.text for step in steps)
        ended = str(steps[-1].end)
        if self.chat:
            reason = {"end": "stop"}.get(ended, ended)
            counts = {"prompt_tokens": self.prompt_tokens, "completion_tokens": len(written)}
            answer: Any = {"choices": [{"message": {"content": text}, "finish_reason": reason}], "usage": counts}
        else:
            messages = [self.text_message(step) for step in written]
            details = {
                "finish_reason": _TGI_ENDS[ended],
                "generated_tokens": len(written),
                "input_length": self.prompt_tokens,
                "tokens": [message["token"] for message in messages],
                "top_tokens": [message["top_tokens"] for message in messages],
            }
            answer = [{"generated_text": text, "details": details}]
        self.handler.whole(200, json.dumps(answer).encode())

    def step(self, step: Written) -> None:
        if self.chat:
            reason = {"end": "stop"}.get(str(step.end), step.end)
            shown = {"delta": {"content": step.text}, "finish_reason": reason, "stop_reason": None}
            if step.end == "stop":
                shown["stop_reason"] = self.body["stop"][0]
            if step.choice is not None and "top_logprobs" in self.body:
                shown["logprobs"] = {"content": [self.told(step.choice, self.body["top_logprobs"])]}
            self.line({"choices": [shown]})
            if step.end is not None:
                counts = {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.sent}
                self.line({"choices": [], "usage": counts})
                self.portion(b"data: [DONE]\n\n", last=True)
            return
        message = self.text_message(step)
        self.line(message)
        if step.end is not None:
            self.portion(b"", last=True)

    def told(self, choice: Choice, most: int) -> dict[str, Any]:
        best = [{"token": writer.VOCABULARY[each], "logprob": logprob, "bytes": None} for each, logprob in choice.best]
        own = {"token": choice.text, "logprob": choice.logprob, "bytes": None, "id": choice.id}
        for each, (token_id, _logprob) in zip(best, choice.best, strict=True):
            each["id"] = token_id
        return own | {"top_logprobs": best[:most]}

    def text_message(self, step: Written) -> dict[str, Any]:
        choice = step.choice or Choice(writer.END, -1.0, ())
        told = {"id": choice.id, "text": step.text, "logprob": choice.logprob, "special": step.choice is None}
        best = [{"id": each, "text": writer.VOCABULARY[each], "logprob": logprob, "special": False}
                for each, logprob in choice.best[: self.body["parameters"].get("top_n_tokens", 0)]]  # fmt: skip
        details = None
        if step.end is not None:
            details = {
                "finish_reason": _TGI_ENDS[step.end],
                "generated_tokens": self.sent,
                "input_length": self.prompt_tokens,
            }
        return {"token": told, "top_tokens": best, "generated_text": None, "details": details}

    def report(self, words: str) -> None:
        self.line({"error": words, "error_type": "generation"})
        self.portion(b"", last=True)

    def line(self, message: dict[str, Any]) -> None:
        # not escaped, so that a portion can end inside a character
        self.portion(f"data:{json.dumps(message, ensure_ascii=False)}\n\n".encode())

    def portion(self, data: bytes, *, last: bool = False) -> None:
        size = self.scenario.portion_bytes
        self.held += data
        while self.held and (last or not size or len(self.held) >= size):
            part, self.held = (self.held[:size], self.held[size:]) if size else (self.held, b"")
            self.handler.piece(event_stream.event("PayloadPart", part, content_type="application/octet-stream"))
