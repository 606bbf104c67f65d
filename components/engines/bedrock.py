"""The engine for Amazon Bedrock: Converse and ConverseStream, through boto3 as it is.

Every call costs money and none is sent twice: boto3's retries are off, and a refused setting is said, not dropped.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final

from components.aws import listing
from components.aws.answers import BedrockModel, Overlay, Profile
from components.core.errors import Reason
from components.core.settings import settings
from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import Checkpoint, EventStream, Request, require
from components.engines.errors import EmptyPrompt, EngineFault, GenerationError, NotSupported, UnknownRemoteModel
from components.engines.remote import aws, bedrock_wire, reading, reasons
from components.engines.remote.answer import Part
from components.engines.remote.running import SEATS, check, run
from components.engines.spec import EngineSpec, Export, Exported, Filling, remote_caps
from components.models.queue import FairQueue

SERVICE: Final = "Amazon Bedrock"
_MOST_COUNTED: Final = 256
_NOT_IN_CONVERSE: Final[tuple[Feature, ...]] = ("seed", "min_p", "typical_p", "repetition_penalty")


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
        if not bedrock_wire.takes_top_k(model):
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
        bedrock_wire.body(request, self.model)  # raises at once if the turns are wrong

        def calling(thinking_tokens: int) -> _Call:
            return _Call(self, bedrock_wire.body(request, self.model, thinking_tokens=thinking_tokens))

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
        body = bedrock_wire.body(request, self.model)
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

        with self.faults.told(_spoken(spoken)) as progress:
            runtime = aws.client("bedrock-runtime")
            progress.ask(runtime)
            try:
                answer = runtime.count_tokens(modelId=bedrock_wire.bare(self.model), input={"converse": spoken})
            except ClientError as error:
                if aws.code(error) != "ValidationException":
                    raise
                self._forget("count_tokens", reasons.NO_COUNT)
                refused = NotSupported(model=self.model, feature="count_tokens", reason=reasons.NO_COUNT)
                raise refused from None
            counted = reading.count(answer["inputTokens"])
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

        with self._engine.faults.told(_spoken(self._body)) as progress:
            runtime = aws.client("bedrock-runtime")
            progress.ask(runtime)
            way = self._engine.way()
            if self._left:  # before anything was paid for
                return
            try:
                if not way.streams:
                    yield bedrock_wire.read_answer(runtime.converse(modelId=way.id, **self._body))
                    return
                self._events = runtime.converse_stream(modelId=way.id, **self._body)["stream"]
            except ClientError as error:
                fault = self._refused(error)
                if fault is None:
                    raise
                fault.report = aws.report_of(error, _spoken(self._body))
                raise fault from None
            with closing(self._events) as events:
                for event in () if self._left else events:
                    part = bedrock_wire.read_event(event)
                    progress.begun |= bool(part.tokens or part.thoughts)
                    yield part

    def _refused(self, error: Exception) -> GenerationError | None:
        """Return what is wrong with the request, None if it is something else."""
        if aws.code(error) != "ValidationException":
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
        feature = bedrock_wire.refused_setting(said, self._body)
        return None if feature is None else NotSupported(model=model, feature=feature, reason=reasons.SETTING_REFUSED)


def _fill(exported: Exported) -> Filling:
    thinking = exported.engine().capabilities.thinking_tokens
    request = bedrock_wire.body(exported.request, exported.model, thinking_tokens=thinking)
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
