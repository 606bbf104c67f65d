"""The engine for Amazon Bedrock: Converse and ConverseStream, through boto3 as it is.

Every call costs money and none is sent twice: boto3's retries are off, and a refused setting is said, not dropped.
Followed: the Converse and ConverseStream operations of botocore's bedrock-runtime model, and AWS's guides to the
vendors' own parameters (`additionalModelRequestFields`).
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final

from components.aws import listing
from components.aws.answers import BedrockModel, Overlay, Profile
from components.aws.problems import code_of
from components.core.errors import Reason
from components.core.settings import settings
from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import (
    Checkpoint,
    ContentKind,
    EventStream,
    FinishReason,
    OtherContent,
    Request,
    Thought,
    Token,
    Usage,
    require,
)
from components.engines.errors import (
    ChatRefused,
    EmptyPrompt,
    EngineFault,
    GenerationError,
    NotSupported,
    UnknownRemoteModel,
)
from components.engines.remote import aws, reasons, untrusted
from components.engines.remote.answer import SEATS, Part, check, run
from components.engines.spec import EngineSpec, Export, Exported, Filling, remote_caps
from components.models.queue import FairQueue

SERVICE: Final = "Amazon Bedrock"
_MOST_COUNTED: Final = 256
_NOT_IN_CONVERSE: Final[tuple[Feature, ...]] = ("seed", "min_p", "typical_p", "repetition_penalty")
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
_NAMED: Final[dict[Feature, str]] = {"temperature": "temperature", "top_p": r"top_?p", "top_k": r"top_?k"}

# How the id of an inference profile begins: us., eu., us-gov., apac., global., ...
_GEOGRAPHY: Final = re.compile(r"(?:[a-z]{2}(?:-gov)?|apac|global)\.(?=[^.]+\.)")


def bare_id(model_id: str) -> str:
    """Return the model's own id for that of an inference profile; other ids as they are."""
    return _GEOGRAPHY.sub("", model_id, count=1) if _GEOGRAPHY.match(model_id) else model_id


def maker(model_id: str) -> str:
    """Return whose model an id is: of a model, an inference profile (`us.amazon.…`), or in an ARN."""
    return bare_id(model_id.rpartition("/")[2]).partition(".")[0]


def takes_top_k(model_id: str) -> bool:
    """Say whether there is a way to send top-k to this model."""
    return maker(model_id) in _TOP_K


def converse_fields(request: Request, model_id: str, *, thinking_tokens: int = 0) -> dict[str, Any]:
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
        raise ChatRefused(model=model_id, reason=reasons.TURNS)
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
        started = untrusted.mapping(untrusted.mapping(event["contentBlockStart"]).get("start"))
        return Part(others=tuple(_others(started)))
    if "contentBlockDelta" in event:
        delta = untrusted.mapping(untrusted.mapping(event["contentBlockDelta"]).get("delta"))
        # How a tool call or an image goes on; its beginning was told by the event before.
        return _block({name: value for name, value in delta.items() if name not in _KINDS})
    if "messageStop" in event:
        return Part(finish=_finish(untrusted.mapping(event["messageStop"]).get("stopReason")))
    if "metadata" in event:
        return Part(usage=_usage(untrusted.mapping(event["metadata"]).get("usage")))
    return Part()


def read_answer(answer: Mapping[str, Any]) -> Part:
    """Read an answer that came in one piece.

    Raises
    ------
    ValueError
        If it is no such answer.
    """
    message = untrusted.mapping(untrusted.mapping(answer.get("output")).get("message"))
    parts = [_block(untrusted.mapping(block)) for block in untrusted.items(message.get("content"))]
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
    text = untrusted.text(block.get("text"))
    reasoning = untrusted.mapping(block.get("reasoningContent"))
    thought = untrusted.text(reasoning.get("text")) or untrusted.text(
        untrusted.mapping(reasoning.get("reasoningText")).get("text")
    )
    cited = untrusted.mapping(block.get("citationsContent"))
    text += "".join(
        untrusted.text(untrusted.mapping(each).get("text")) for each in untrusted.items(cited.get("content"))
    )
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
        told = untrusted.mapping(value) if isinstance(value, dict) else {}
        # botocore's own name for what is newer than its model of the service
        known = untrusted.name(told.get("name")) if name == "SDK_UNKNOWN_MEMBER" else name
        tool = untrusted.name(told.get("name")) if name == "toolUse" else ""
        yield OtherContent(_KINDS.get(known, "other"), tool or ("" if known in _KINDS else known))


def refused_setting(message: str, sent: Mapping[str, Any]) -> Feature | None:
    """Return which of the settings that were sent a refusal names, None if it is about something else."""
    moved = str(sent["inferenceConfig"].keys()) + str(sent.get("additionalModelRequestFields", ""))
    for feature, name in _NAMED.items():
        pattern = re.compile(rf"(?<![a-z]){name}(?![a-z])", re.IGNORECASE)
        if pattern.search(message) and pattern.search(moved):
            return feature
    return None


def _finish(reason: object) -> FinishReason:
    return _FINISH.get(untrusted.text(reason), "unknown")


def _usage(told: object) -> Usage:
    counts = untrusted.mapping(told)
    return Usage(untrusted.count(counts.get("inputTokens")), untrusted.count(counts.get("outputTokens")))


@dataclass(frozen=True)
class Way:
    """How a model is called.

    Attributes
    ----------
    id
        Its own id, or that of an inference profile that leads to it.
    streams
        Whether it can send its answer as it is written.
    """

    id: str
    streams: bool


class BedrockEngine:
    """One model of Bedrock. Make one and share it between sessions: it remembers how the model is called.

    Parameters
    ----------
    model
        The id of a model or of an inference profile, or an ARN.
    most_new_tokens
        The hard cap on the new tokens of a run.
    most_thinking_tokens
        The hard cap on what a model may think beside them.
    """

    name: str = "bedrock"

    def __init__(self, model: str, *, most_new_tokens: int, most_thinking_tokens: int = 0) -> None:
        self.model = model
        self.queue = FairQueue(seats=SEATS)
        self.faults = aws.Faults(SERVICE, model)
        missing: dict[Feature, Reason] = {
            **reasons.NEVER,
            **dict.fromkeys(_NOT_IN_CONVERSE, reasons.no_setting(SERVICE)),
            "completion": reasons.NO_CONTINUATION,
            "logprobs": reasons.NO_PROBABILITIES,
        }
        if not takes_top_k(model):
            missing["top_k"] = reasons.no_setting(SERVICE)
        self.capabilities = Capabilities(
            missing=missing, context_tokens=None, most_new_tokens=most_new_tokens, most_candidates=0
        )
        self._most_thinking_tokens = most_thinking_tokens
        self._way: Way | None = None
        self._counted: dict[bytes, int] = {}
        self._learning = Lock()

    def stream(self, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
        """Generate text; see `components.engines.contract.Engine.stream`."""
        check(request, self.capabilities, model=self.model)
        converse_fields(request, self.model)  # raises at once if the turns are wrong

        def calling(thinking_tokens: int) -> _Call:
            return _Call(self, converse_fields(request, self.model, thinking_tokens=thinking_tokens))

        return run(calling, self, request, checkpoint, session=session, service=SERVICE)

    def think(self) -> None:
        """Note that the model thinks: from now on it has tokens for it, beside those of its answer."""
        with self._learning:
            self.capabilities = self.capabilities.thinking(self._most_thinking_tokens)

    def count_tokens(self, request: Request) -> int:
        """Return how many tokens the request has before anything is generated; asking costs nothing.

        Raises
        ------
        NotSupported
            If Bedrock does not count for this model.
        GenerationError
            If it cannot be asked.
        """
        require(request, self.capabilities, model=self.model)
        if (reason := self.capabilities.why_not("count_tokens")) is not None:
            raise NotSupported(model=self.model, feature="count_tokens", reason=reason)
        body = converse_fields(request, self.model)
        spoken: dict[str, Any] = {name: body[name] for name in ("messages", "system") if name in body}
        # A page asks at each redraw. The text itself is not kept.
        key = sha256(json.dumps(spoken).encode()).digest()
        counted = self._counted.get(key)
        if counted is None:
            counted = self._count(spoken)
            if len(self._counted) >= _MOST_COUNTED:
                self._counted.clear()
            self._counted[key] = counted
        return counted

    def _count(self, spoken: dict[str, Any]) -> int:
        from botocore.exceptions import ClientError

        with self.faults.translate(_spoken(spoken)) as progress:
            runtime = aws.client("bedrock-runtime")
            progress.ask(runtime)
            try:
                answer = runtime.count_tokens(modelId=bare_id(self.model), input={"converse": spoken})
            except ClientError as error:
                if code_of(error) != "ValidationException":
                    raise
                self._forget("count_tokens", reasons.NO_COUNT)
                refused = NotSupported(model=self.model, feature="count_tokens", reason=reasons.NO_COUNT)
                raise refused from None
            counted = untrusted.count(answer["inputTokens"])
            if counted is None:
                raise ValueError("no number of tokens")
            return counted

    def way(self) -> Way:
        """Return how the model is called, asked once: it may be served through inference profiles only.

        Listing costs nothing. Where it is not allowed the model is called by the id it was set up with.
        """
        with self._learning:
            if self._way is not None:
                return self._way
            way, is_known = _way(self.model)
            if is_known:
                self._way = way
            if not way.streams:
                self.capabilities = self.capabilities.without("stream", reasons.ONE_PIECE)
            return way

    def _forget(self, feature: Feature, reason: Reason) -> None:
        with self._learning:
            self.capabilities = self.capabilities.without(feature, reason)


def _spoken(body: dict[str, Any]) -> Iterator[str]:
    """Give the texts of a request, to be masked where AWS quotes them."""
    for message in body["messages"]:
        yield from (block["text"] for block in message["content"])
    yield from (block["text"] for block in body.get("system", ()))


def _way(model: str) -> tuple[Way, bool]:
    """Return how a model is called, and whether asking again would tell nothing else."""
    from botocore.exceptions import BotoCoreError

    models: list[BedrockModel] = []
    profiles: list[Profile] = []
    is_known = True
    bedrock = aws.client("bedrock")
    try:
        listing.list_models(bedrock, models, lambda: None)
        listing.list_profiles(bedrock, profiles, lambda: None)
    except BotoCoreError:
        is_known = False  # no answer now; the call itself will tell, or not
    except Exception:  # noqa: BLE001, S110 (not allowed, or a list that nobody can read: what came before counts)
        pass
    offered = Overlay(None, datetime.datetime.now(datetime.UTC), tuple(models), tuple(profiles))
    own = offered.bedrock(model)
    led_to = (offered.bedrock(led) for profile in profiles if profile.id == model for led in profile.models)
    row = own or next(led_to, None)
    called = model if own is None else offered.callable_id(model) or model
    return Way(called, streams=row is None or row.streaming), is_known


class _Call:
    def __init__(self, engine: BedrockEngine, body: dict[str, Any]) -> None:
        self._engine = engine
        self._body = body
        self._events: Any = None
        self._left = False

    def abort(self) -> None:
        self._left = True
        aws.cut(self._events)

    def parts(self) -> Generator[Part, None, None]:
        from botocore.exceptions import ClientError

        with self._engine.faults.translate(_spoken(self._body)) as progress:
            runtime = aws.client("bedrock-runtime")
            progress.ask(runtime)
            way = self._engine.way()
            if self._left:  # before anything was paid for
                return
            try:
                if not way.streams:
                    yield read_answer(runtime.converse(modelId=way.id, **self._body))
                    return
                self._events = runtime.converse_stream(modelId=way.id, **self._body)["stream"]
            except ClientError as error:
                fault = self._refused(error)
                if fault is None:
                    raise
                fault.report = aws.describe_failure(error, _spoken(self._body))
                raise fault from None
            with closing(self._events) as events:
                for event in () if self._left else events:
                    part = read_event(event)
                    progress.begun |= bool(part.tokens or part.thoughts)
                    yield part

    def _refused(self, error: Exception) -> GenerationError | None:
        """Return what is wrong with the request, None if it is something else."""
        if code_of(error) != "ValidationException":
            return None
        said, model = aws.message(error), self._engine.model
        too_long = EngineFault(engine=SERVICE, reason=reasons.TOO_LONG)
        for pattern, fault in (
            (r"on-demand throughput", EngineFault(engine=SERVICE, reason=reasons.NEEDS_PROFILE)),
            (r"model identifier is invalid", UnknownRemoteModel(engine=SERVICE, model=model)),
            (r"too long|too many (input )?tokens|context (length|window)", too_long),
            (r"blank|must not be empty|non-whitespace", EmptyPrompt(model=model)),
        ):
            if re.search(pattern, said, re.IGNORECASE):
                return fault
        feature = refused_setting(said, self._body)
        return None if feature is None else NotSupported(model=model, feature=feature, reason=reasons.SETTING_REFUSED)


def _fill(exported: Exported) -> Filling:
    thinking = exported.engine().capabilities.thinking_tokens
    request = converse_fields(exported.request, exported.model, thinking_tokens=thinking)
    return {"MODEL": exported.model, "REQUEST": request}, ()


SPEC: Final = EngineSpec(
    name=BedrockEngine.name,
    title=lambda: SERVICE,
    open=lambda model: BedrockEngine(model, **remote_caps()),
    models=lambda: settings().bedrock_models,
    needs="boto3",
    charges=True,
    export=Export(Path(__file__).with_name("notebook_bedrock.py"), _fill),
)
