"""The engine for a SageMaker endpoint: InvokeEndpoint and its streaming form, through boto3 as it is.

Two dialects, as containers differ: `{"inputs", "parameters"}` continues a text, OpenAI's form answers a conversation.
Which one an endpoint speaks is set up (`components.core.settings.SageMakerEndpoint`). Nothing is sent twice.

Followed for the first dialect: Hugging Face's text-generation-inference (`/generate`, `/generate_stream`), which
JumpStart's text models speak, and LMI's JSON lines, which differ in two names.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.core.errors import Reason
from components.core.settings import settings
from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import Candidate, Checkpoint, EventStream, FinishReason, Request, Token, Usage
from components.engines.errors import NotSupported
from components.engines.remote import aws, openai_wire, reasons, untrusted
from components.engines.remote.answer import SEATS, Part, check, run
from components.engines.spec import EngineSpec, Export, Exported, Filling, remote_caps
from components.models.queue import FairQueue

if TYPE_CHECKING:
    from components.core.settings_tables import SageMakerEndpoint

SERVICE: Final = "Amazon SageMaker"
_JSON: Final = "application/json"
# llama.cpp's name of the penalty; and counts come with a whole answer anyway.
_NOT_TAKEN: Final = {True: ("repeat_penalty",), False: ("repeat_penalty", "stream_options")}
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


def text_fields(request: Request, *, stream: bool) -> dict[str, Any]:
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
    if "error" in untrusted.mapping(message):
        raise ServiceError(message)
    told = untrusted.mapping(message["token"])
    details = untrusted.mapping(message.get("details"))
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
    record = untrusted.mapping(answer[0] if isinstance(answer, list) and answer else answer)
    if "error" in record:
        raise ServiceError(record)
    text = untrusted.text(record["generated_text"])
    details = untrusted.mapping(record.get("details"))
    written = [untrusted.mapping(each) for each in untrusted.items(details.get("tokens"))]
    best = untrusted.items(details.get("top_tokens")) or [None] * len(written)
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
    text, token_id, logprob = untrusted.text(told.get("text")), _id(told), _logprob(told)
    if token_id is None or logprob is None:
        return Token(text)
    likeliest = [untrusted.mapping(each) for each in untrusted.items(best)]
    candidates = [
        Candidate(untrusted.displayable(each.get("text")), _id(each), _logprob(each) or 0.0) for each in likeliest
    ]
    if candidates and token_id not in [each.id for each in candidates]:
        candidates.append(Candidate(untrusted.displayable(text), token_id, logprob))
    return Token(text, token_id, logprob, candidates=tuple(candidates))


def _id(told: Mapping[str, Any]) -> int | None:
    # LMI writes a list of one
    found = told.get("id")
    return untrusted.count(found[0] if isinstance(found, list) and found else found)


def _logprob(told: Mapping[str, Any]) -> float | None:
    found = told.get("logprob", told.get("log_prob"))
    return None if found is None else untrusted.logprob(found)


def _finish(reason: object) -> FinishReason | None:
    return None if reason is None else _FINISH.get(untrusted.text(reason), "unknown")


def _usage(details: Mapping[str, Any]) -> Usage | None:
    written = untrusted.count(details.get("generated_tokens"))
    return None if written is None else Usage(untrusted.count(details.get("input_length")), written)


class SageMakerEngine:
    """One endpoint. Make one and share it between sessions.

    Parameters
    ----------
    endpoint
        Its name and how its container is spoken to.
    most_new_tokens
        The hard cap on the new tokens of a run.
    most_thinking_tokens
        The hard cap on what a model may think beside them.
    """

    name: str = "sagemaker"

    def __init__(self, endpoint: SageMakerEndpoint, *, most_new_tokens: int, most_thinking_tokens: int = 0) -> None:
        self.model = endpoint.name
        self.endpoint = endpoint
        self.queue = FairQueue(seats=SEATS)
        self._most_thinking_tokens = most_thinking_tokens
        self.capabilities = Capabilities(
            missing=_missing(endpoint),
            context_tokens=None,
            most_new_tokens=most_new_tokens,
            most_candidates=openai_wire.MOST_CANDIDATES if endpoint.dialect == "chat" else MOST_CANDIDATES,
        )

    def stream(self, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
        """Generate text; see `components.engines.contract.Engine.stream`."""
        check(request, self.capabilities, model=self.model)

        def calling(thinking_tokens: int) -> _Call:
            return _Call(self.endpoint, request, thinking_tokens)

        return run(calling, self, request, checkpoint, session=session, service=SERVICE)

    def think(self) -> None:
        """Note that the model thinks: from now on it has tokens for it, beside those of its answer."""
        self.capabilities = self.capabilities.thinking(self._most_thinking_tokens)

    def count_tokens(self, request: Request) -> int:
        """Raise: an endpoint has no way to ask.

        Raises
        ------
        NotSupported
            Always.
        """
        raise NotSupported(model=self.model, feature="count_tokens", reason=reasons.NO_COUNT)


def _body_of(endpoint: SageMakerEndpoint, request: Request, thinking_tokens: int, *, stream: bool) -> dict[str, Any]:
    """Return what an endpoint's container is sent for a request, in its dialect."""
    if endpoint.dialect == "text":
        return text_fields(request, stream=stream)
    candidates = min(request.candidates, openai_wire.MOST_CANDIDATES)
    body = openai_wire.fields(
        request, candidates=candidates, refused=_NOT_TAKEN[stream], thinking_tokens=thinking_tokens
    )
    return body | {"stream": stream}


def _missing(endpoint: SageMakerEndpoint) -> dict[Feature, Reason]:
    other: dict[Feature, Reason] = (
        {"completion": reasons.NO_CONTINUATION, "typical_p": reasons.no_setting(SERVICE)}
        if endpoint.dialect == "chat"
        else {"chat": reasons.NO_CONVERSATIONS, "min_p": reasons.no_setting(SERVICE)}
    )
    if not endpoint.stream:
        other["stream"] = reasons.ONE_PIECE
    return {**reasons.NEVER, "count_tokens": reasons.NO_COUNT, **other}


class _Call:
    def __init__(self, endpoint: SageMakerEndpoint, request: Request, thinking_tokens: int) -> None:
        self._endpoint = endpoint
        self._request = request
        self._thinking_tokens = thinking_tokens
        self._faults = aws.Faults(SERVICE, endpoint.name)
        self._events: Any = None
        self._left = False

    def abort(self) -> None:
        self._left = True
        aws.cut(self._events)

    def parts(self) -> Generator[Part, None, None]:
        with self._faults.translate(self._spoken()) as progress:
            runtime = aws.client("sagemaker-runtime")
            progress.ask(runtime)
            if self._left:  # before anything was paid for
                return
            try:
                if not self._endpoint.stream:
                    yield self._read_answer(runtime.invoke_endpoint(**self._asked())["Body"].read())
                    return
                self._events = runtime.invoke_endpoint_with_response_stream(**self._asked())["Body"]
                with closing(self._events) as events:
                    for message in read_messages(() if self._left else _portions(events)):
                        part = self._read(message)
                        progress.begun = True
                        yield part
            except ServiceError as error:
                raise self._faults.translate_answer(error.message, progress, self._spoken()) from None

    def _spoken(self) -> tuple[str, ...]:
        return self._request.prompt, *(message.text for message in self._request.messages)

    def _asked(self) -> dict[str, Any]:
        stream = self._endpoint.stream
        body = _body_of(self._endpoint, self._request, self._thinking_tokens, stream=stream)
        asked = {"EndpointName": self._endpoint.name, "ContentType": _JSON, "Body": json.dumps(body).encode()}
        if not stream:
            asked["Accept"] = _JSON
        if self._endpoint.component is not None:
            asked["InferenceComponentName"] = self._endpoint.component
        return asked

    def _read(self, message: Any) -> Part:  # noqa: ANN401 (JSON)
        if self._endpoint.dialect == "text":
            return read_message(message)
        if "error" in untrusted.mapping(message):
            raise ServiceError(message)
        return openai_wire.read(message, stops=bool(self._request.stop))

    def _read_answer(self, body: bytes) -> Part:
        answer = json.loads(body)
        return read_answer(answer) if self._endpoint.dialect == "text" else self._read(answer)


def _portions(events: Iterable[Any]) -> Iterator[bytes]:
    return (event["PayloadPart"]["Bytes"] for event in events if "PayloadPart" in event)


def _open(name: str) -> SageMakerEngine:
    endpoint = next(each for each in settings().sagemaker_endpoints if each.name == name)
    return SageMakerEngine(endpoint, **remote_caps())


def _fill(exported: Exported) -> Filling:
    request = exported.request
    if request.mode == "chat":
        thinking = exported.engine().capabilities.thinking_tokens
        sent = openai_wire.fields(request, candidates=0, thinking_tokens=thinking)
    else:
        sent = text_fields(request, stream=False)
    wanted = {name: value for name, value in sent.items() if name not in ("stream", "stream_options")}
    return {"ENDPOINT": exported.model, "REQUEST": wanted}, [request.mode]


SPEC: Final = EngineSpec(
    name=SageMakerEngine.name,
    title=lambda: SERVICE,
    open=_open,
    models=lambda: tuple(endpoint.name for endpoint in settings().sagemaker_endpoints),
    needs="boto3",
    charges=True,
    export=Export(Path(__file__).with_name("notebook_sagemaker.py"), _fill),
)
