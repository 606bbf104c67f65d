"""The engine for a SageMaker endpoint: InvokeEndpoint and its streaming form, through boto3 as it is.

Two dialects, as containers differ: `{"inputs", "parameters"}` continues a text, OpenAI's form answers a conversation.
Which one an endpoint speaks is set up (`components.core.settings.SageMakerEndpoint`). Nothing is sent twice.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.core.errors import Reason
from components.core.settings import settings
from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import Checkpoint, EventStream, Request
from components.engines.errors import NotSupported
from components.engines.remote import aws, openai_wire, reading, reasons, sagemaker_wire
from components.engines.remote.answer import Part
from components.engines.remote.running import SEATS, check, run
from components.engines.spec import EngineSpec, Export, Exported, Filling, remote_caps
from components.models.queue import FairQueue

if TYPE_CHECKING:
    from components.core.settings_tables import SageMakerEndpoint

SERVICE: Final = "Amazon SageMaker"
_JSON: Final = "application/json"
# llama.cpp's name of the penalty; and counts come with a whole answer anyway.
_NOT_TAKEN: Final = {True: ("repeat_penalty",), False: ("repeat_penalty", "stream_options")}


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
            most_candidates=openai_wire.MOST_CANDIDATES
            if endpoint.dialect == "chat"
            else sagemaker_wire.MOST_CANDIDATES,
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
        return sagemaker_wire.body(request, stream=stream)
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
        with self._faults.told(self._spoken()) as progress:
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
                    for message in sagemaker_wire.read_messages(() if self._left else _portions(events)):
                        part = self._read(message)
                        progress.begun = True
                        yield part
            except sagemaker_wire.ServiceError as error:
                raise self._faults.reported(error.message, progress, self._spoken()) from None

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
            return sagemaker_wire.read_message(message)
        if "error" in reading.mapping(message):
            raise sagemaker_wire.ServiceError(message)
        return openai_wire.read(message, stops=bool(self._request.stop))

    def _read_answer(self, body: bytes) -> Part:
        answer = json.loads(body)
        return sagemaker_wire.read_answer(answer) if self._endpoint.dialect == "text" else self._read(answer)


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
        sent = sagemaker_wire.body(request, stream=False)
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
