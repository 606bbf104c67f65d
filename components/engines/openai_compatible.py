"""The engine for servers that speak OpenAI's API: vLLM, Ray Serve LLM, SGLang, llama.cpp, LM Studio, Ollama, Bedrock.

They differ in what they take. On a refusal (status 400 or 422) that names a field, the field is dropped and the
request sent again, once for each field; the page is told, and the engine remembers.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from components.core.errors import Reason
from components.core.settings import settings
from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import Adjusted, Checkpoint, EventStream, Request
from components.engines.errors import NotSupported
from components.engines.remote import openai_wire, reasons
from components.engines.remote.answer import SEATS, Part, check, run
from components.engines.remote.openai_faults import Faults, Refusal, meaning, refusal, too_long
from components.engines.spec import EngineSpec, Export, Exported, Filling, remote_caps
from components.models.queue import FairQueue

if TYPE_CHECKING:
    import ssl

    import httpx2
    import openai

    from components.core.settings_tables import OpenAIServer

_IN_THE_CALL: Final = ("messages", "prompt", "model", "stream", "stream_options")


class OpenAICompatibleEngine:
    """One model on one server. Make one and share it between sessions: it remembers what the server refused.

    Parameters
    ----------
    server
        Where it is; its key goes nowhere else.
    model
        Its id there.
    most_new_tokens
        The hard cap on the new tokens of a run.
    most_thinking_tokens
        The hard cap on what a model may think beside them.
    """

    name: str = "openai"

    def __init__(
        self, server: OpenAIServer, model: str, *, most_new_tokens: int, most_thinking_tokens: int = 0
    ) -> None:
        load_client()
        self.model = model
        self.server = server
        self.queue = FairQueue(seats=SEATS)
        self.capabilities = Capabilities(
            missing={
                **reasons.NEVER,
                "typical_p": reasons.no_setting(server.name),
                "count_tokens": reasons.NO_COUNT,
            },
            context_tokens=None,
            most_new_tokens=most_new_tokens,
            most_candidates=openai_wire.MOST_CANDIDATES,
        )
        self._most_thinking_tokens = most_thinking_tokens
        self._refused: frozenset[str] = frozenset()
        self._learning = Lock()

    @property
    def refused(self) -> frozenset[str]:
        """Names of the fields that the server does not take."""
        return self._refused

    def stream(self, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
        """Generate text; see `components.engines.contract.Engine.stream`."""
        check(request, self.capabilities, model=self.model)
        return run(
            lambda thinking_tokens: _Call(self, request, thinking_tokens),
            self,
            request,
            checkpoint,
            session=session,
            service=self.server.name,
        )

    def count_tokens(self, request: Request) -> int:
        """Raise: the API has no way to ask.

        Raises
        ------
        NotSupported
            Always.
        """
        raise NotSupported(model=self.model, feature="count_tokens", reason=reasons.NO_COUNT)

    def forget(self, feature: Feature, reason: Reason) -> None:
        """Correct the record: the server cannot do this."""
        with self._learning:
            self.capabilities = self.capabilities.without(feature, reason)

    def think(self) -> None:
        """Note that the model thinks: from now on it has tokens for it, beside those of its answer."""
        with self._learning:
            self.capabilities = self.capabilities.thinking(self._most_thinking_tokens)

    def drop(self, names: frozenset[str]) -> None:
        """Remember the names of fields that the server does not take."""
        with self._learning:
            self._refused |= names


class _Call:
    """One run: usually one request, more if the server refuses a field."""

    def __init__(self, engine: OpenAICompatibleEngine, request: Request, thinking_tokens: int) -> None:
        self._engine = engine
        self._request = request
        self._thinking_tokens = thinking_tokens
        self._connection = Connection(str(engine.server.base_url))
        self._dropped: frozenset[str] = frozenset()
        self._faults = Faults(engine.server, engine.model, request)
        self._begun = False
        self._wrote = False

    def abort(self) -> None:
        self._connection.abort()

    def parts(self) -> Generator[Part, None, None]:
        try:
            self._connection.key = self._faults.key = self._engine.server.secret()
        except (OSError, ValueError):
            raise self._faults.no_key() from None
        try:
            with self._connection as client:
                yield from self._with_what_it_takes(client)
        # Whatever the client, its transport or a server that speaks something else makes it raise. Not chained: the
        # client's errors hold the request, with its key.
        except Exception as error:  # noqa: BLE001 (see above)
            lost = self._faults.find_lost_feature(error)
            if lost is not None:
                self._engine.forget(*lost)
            raise self._faults.of(error, begun=self._begun) from None

    def _with_what_it_takes(self, client: openai.OpenAI) -> Generator[Part, None, None]:
        import openai

        while True:
            body = self._body()
            try:
                yield from self._sent(client, body)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                why = self._refusal(error, body)
                if not why.fields:
                    raise
            else:
                return
            # Each turn takes at least one field out of the body, so this ends.
            yield Part(adjusted=tuple(self._without(why)))

    def _body(self) -> dict[str, object]:
        refused = self._engine.refused | self._dropped
        return openai_wire.fields(
            self._request, candidates=self._candidates, refused=refused, thinking_tokens=self._thinking_tokens
        )

    @property
    def _candidates(self) -> int:
        able = self._engine.capabilities
        return min(self._request.candidates, able.most_candidates) if able.supports("logprobs") else 0

    def _sent(self, client: openai.OpenAI, body: dict[str, object]) -> Generator[Part, None, None]:
        chat = self._request.mode == "chat"
        create: Any = client.chat.completions.create if chat else client.completions.create
        text = {"messages": body["messages"]} if chat else {"prompt": body["prompt"]}
        with create(model=self._engine.model, stream=True, extra_body=body, **text) as chunks:
            for chunk in chunks:
                message = chunk.to_dict(warnings=False)
                part = openai_wire.read(message, stops=bool(self._request.stop))
                self._begun = True
                if part.tokens and not self._wrote:
                    self._wrote = True
                    yield from self._without_probabilities(message)
                yield part
        if not self._begun:
            raise ValueError("no message at all: not this API")

    def _without_probabilities(self, message: Mapping[str, Any]) -> Iterator[Part]:
        """Note it if the server accepts that probabilities are asked for and sends none with the first token."""
        if self._candidates and not openai_wire.tells_probabilities(message):
            self._engine.forget("logprobs", reasons.NO_PROBABILITIES)
            yield Part(adjusted=(Adjusted("logprobs", reasons.NO_PROBABILITIES),))

    def _refusal(self, error: openai.APIStatusError, body: dict[str, object]) -> Refusal:
        """Read which fields the server does not take; none, if it is about something that the request needs."""
        if too_long(error.body) or meaning(error.body, mode=self._request.mode) in ("no chat template", "no such mode"):
            return Refusal((), about_value=False)
        why = refusal(error.body, [name for name in body if name in openai_wire.FEATURE_OF])
        if why.about_value:  # another value of `max_tokens` would do, another name would not help
            why = replace(why, fields=tuple(name for name in why.fields if name != "max_tokens"))
        return why

    def _without(self, why: Refusal) -> Iterator[Adjusted]:
        """Drop the fields that a refusal names, remember it, and tell what is lost."""
        lost = {feature for name in why.fields if (feature := openai_wire.FEATURE_OF[name])}
        names = frozenset(why.fields) | {name for name, feature in openai_wire.FEATURE_OF.items() if feature in lost}
        self._dropped |= names
        reason = reasons.VALUE_REFUSED if why.about_value else reasons.REFUSED
        if not why.about_value:
            self._engine.drop(names)
            for feature in lost:
                self._engine.forget(feature, reason)
            if "temperature" in lost:  # greedy is a temperature of 0
                self._engine.forget("greedy", reason)
        greedy = self._request.strategy == "greedy"
        for feature in sorted(lost):
            yield Adjusted("greedy" if greedy and feature == "temperature" else feature, reason)


def _open(model: str) -> OpenAICompatibleEngine:
    server = next(each for each in settings().openai_servers if model in each.models)
    return OpenAICompatibleEngine(server, model, **remote_caps())


def _fill(exported: Exported) -> Filling:
    request = exported.request
    thinking = exported.engine().capabilities.thinking_tokens
    sent = openai_wire.fields(request, candidates=0, thinking_tokens=thinking)
    wanted = {name: value for name, value in sent.items() if name not in _IN_THE_CALL}
    parameters = {
        "MODEL": exported.model,
        "PROMPT": request.prompt,
        "MESSAGES": openai_wire.messages(request),
        "SETTINGS": wanted,
    }
    return parameters, [request.mode]


SPEC: Final = EngineSpec(
    name=OpenAICompatibleEngine.name,
    title=lambda: ", ".join(server.name for server in settings().openai_servers) or "OpenAI API",
    open=_open,
    models=lambda: tuple(dict.fromkeys(model for server in settings().openai_servers for model in server.models)),
    needs="openai",
    export=Export(Path(__file__).with_name("notebook_openai.py"), _fill),
)


CONNECT_TIMEOUT_S: Final = 5.0
SILENCE_TIMEOUT_S: Final = 120.0
"""How long nothing may come: a large model on a busy server reads a long prompt first."""

# What HTTP needs and what the client says of itself. The client also reads OPENAI_ORG_ID, OPENAI_CUSTOM_HEADERS and
# others: those are for OpenAI, not for whatever server is asked here.
_HEADERS: Final = ("host", "accept", "accept-encoding", "connection", "content-length", "content-type", "user-agent")


class Connection:
    """A connection of its own for one run, so that cutting it hits nobody else.

    Use it as a context manager; it gives the client.

    Parameters
    ----------
    base_url
        The server's address.

    Attributes
    ----------
    key
        What the server asks for; set it before, None sends nothing.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.key: str | None = None
        self._stream: Any = None
        self._cut = False

    def __enter__(self) -> openai.OpenAI:
        import httpx2
        import openai

        def prepare(request: httpx2.Request) -> None:
            for name in request.headers:
                if name.lower() not in _HEADERS:
                    del request.headers[name]
            if self.key:
                request.headers["Authorization"] = f"Bearer {self.key}"
            request.extensions["trace"] = self._notice

        self._http = httpx2.Client(
            # A redirect would carry prompt and key to an address that nobody set.
            follow_redirects=False,
            verify=_trusted(),
            timeout=httpx2.Timeout(SILENCE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            event_hooks={"request": [prepare]},
        )
        # No key of the environment: the client would take OPENAI_API_KEY for a server that has none.
        return openai.OpenAI(base_url=self._base_url, api_key="unused", max_retries=0, http_client=self._http)

    def __exit__(self, *_exception: object) -> None:
        self._http.close()

    def abort(self) -> None:
        """Cut the connection, also while another thread waits for it."""
        self._cut = True
        if self._stream is not None:
            with contextlib.suppress(OSError):  # it is closed already
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def _notice(self, event: str, facts: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = facts["return_value"]
            if self._cut:  # it was cut while it was being made
                self.abort()


def load_client() -> None:
    """Import the client and read the certificates: a second that would count as the server's at the first run."""
    import openai.resources.chat.completions
    import openai.resources.completions  # noqa: F401 (the client imports its parts when they are first used)

    _trusted()


@cache
def _trusted() -> ssl.SSLContext:
    """Return the certificates that this machine trusts: reading them takes longer than a short answer."""
    import httpx2

    return httpx2.create_ssl_context()
