"""The fast engine in this process: llama.cpp, through the package xllamacpp, for models in GGUF.

Several sessions share one batch in llama.cpp's own slots. It reads token ids (from the same tokenizer and chat
template as the transformers engine) and tells with each token its log-probability and the likeliest candidates; not
the whole distribution, so there is no entropy and no sampler chain.

Of a character that takes several tokens it tells only the last one: such an event carries the whole character, but
neither id nor probability. A request for no candidates is answered with text alone, which is only a little faster
(docs/measurements.md has the numbers).
"""

from __future__ import annotations

import codecs
import importlib
import importlib.util
import secrets
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Protocol

from components.core.errors import Reason
from components.core.i18n import N_
from components.core.settings import settings
from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import (
    Candidate,
    Checkpoint,
    EventStream,
    Finished,
    FinishReason,
    Queued,
    Request,
    Started,
    Token,
    Usage,
    require,
)
from components.engines.errors import EngineFault, EngineUnavailable
from components.engines.local_limits import (
    MOST_CANDIDATES,
    MOST_NEW_TOKENS,
    NO_CHAT_TEMPLATE,
    ONE_ANSWER,
    SEATS,
    FittedRequest,
    fit_request,
)
from components.engines.prompting import ChatTemplate, chat_template, prompt_ids
from components.engines.requantize import fastest
from components.engines.samplers import Sampler
from components.engines.spec import EngineSpec, Export, Exported, Filling
from components.engines.text_stream import REPLACEMENT, StopWatch
from components.models import gguf, integrity
from components.models.queue import POLL_SECONDS, FairQueue
from components.models.registry import record
from components.models.runtime import usable_cpus
from components.models.shape import read_config
from components.models.store import local_folder
from components.models.tokenization import Pieces, SharedTokenizer

if TYPE_CHECKING:
    from components.models.records import ModelRecord

Chunk = Mapping[str, Any]
"""One message of a streamed completion, in the form of OpenAI's API."""


class CompletionServer(Protocol):
    """What is used of `xllamacpp.Server`."""

    def handle_completions(self, body: dict[str, Any], callback: Callable[[Chunk], bool]) -> None:
        """Run a completion in the calling thread, handing over chunk by chunk; it ends when `callback` says True."""


def stream_chunks(
    server: CompletionServer, body: dict[str, Any], checkpoint: Checkpoint
) -> Generator[Chunk, None, None]:
    """Stream a completion.

    Closing it, or raising in `checkpoint`, ends the completion with the token that is being computed.

    Parameters
    ----------
    body
        The request, in the form of OpenAI's API.
    checkpoint
        Called for each chunk and ten times a second.
    """
    arrived: SimpleQueue[Chunk | Exception | None] = SimpleQueue()
    stopped = Flag()

    def receive(chunk: Chunk) -> bool:
        arrived.put(chunk)
        return stopped.is_set()

    def work() -> None:
        try:
            server.handle_completions(body, receive)
        except Exception as error:  # noqa: BLE001 (the reader's thread raises it)
            arrived.put(error)
        arrived.put(None)

    Thread(target=work, name="completion", daemon=True).start()
    try:
        while True:
            checkpoint()
            try:
                chunk = arrived.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if chunk is None:
                return
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk
    finally:
        stopped.set()


CONTEXT_TOKENS: Final = 1024

NOT_INSTALLED: Final = Reason(N_("The package xllamacpp is not installed: there is no build of it for every machine."))
NO_GGUF: Final = Reason(N_("This model is not here in GGUF, the only format that llama.cpp reads."))
UNREADABLE: Final = Reason(N_("llama.cpp cannot read this model's file."))
NO_BEAMS: Final = Reason(N_("llama.cpp does not search with beams."))
TOP_ONLY: Final = Reason(N_("llama.cpp reports only the likeliest tokens, not the whole distribution."))

# transformers' order, which is also the order in which the page explains the stages; llama.cpp's own is another.
_STAGES: Final = ("penalties", "temperature", "top_k", "top_p", "min_p", "typ_p")
_SILENT: Final = -1
_CHANCE_SEED: Final = 2**32 - 1  # stands for "any seed" in llama.cpp


def unavailable(gguf: Path | None) -> Reason | None:
    """Return why a model cannot run on this engine here, None if it can.

    Parameters
    ----------
    gguf
        The model's GGUF file (`components.models.gguf.find`), None if it has none.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        return NOT_INSTALLED
    return NO_GGUF if gguf is None else None


class LlamaCppEngine:
    """A GGUF model that generates text. Make one a model and share it between sessions: the queue is in it.

    Parameters
    ----------
    model
        Its id.
    gguf
        Its file.
    tokenizer
        The same model's, for prompts and to name candidates.
    threads
        CPU threads for all texts together (`computing`). More than there are free cores make it slower: its threads
        wait for each other.
    template
        How it wants conversations written; None if it was not trained on any.
    start_id
        The token that starts a text, for an empty prompt.
    seats
        How many texts it writes at once; who comes later waits.
    context_tokens
        How many tokens one text may have, prompt included; memory is taken for `seats` times as many.
    most_new_tokens
        The hard cap on the new tokens of a run.

    Raises
    ------
    EngineUnavailable
        If it cannot run here, or the file cannot be read.
    """

    name: str = "llama.cpp"

    def __init__(
        self,
        *,
        model: str,
        gguf: Path,
        tokenizer: SharedTokenizer,
        threads: int,
        template: ChatTemplate | None = None,
        start_id: int | None = None,
        seats: int = SEATS,
        context_tokens: int = CONTEXT_TOKENS,
        most_new_tokens: int = MOST_NEW_TOKENS,
    ) -> None:
        self.model = model
        self.gguf = gguf
        self.queue = FairQueue(seats=seats)
        self._server = _start(gguf, seats=seats, context_tokens=context_tokens, threads=threads)
        self._tokenizer = tokenizer
        self._template = template
        self._start_id = start_id
        self._context_tokens = context_tokens
        self._pieces = Pieces(tokenizer)
        self._vocabulary = tokenizer.raw.get_vocab_size(with_added_tokens=True)
        missing: dict[Feature, Reason] = {
            "n": ONE_ANSWER,
            "beam": NO_BEAMS,
            "beam_sample": NO_BEAMS,
            "full_distribution": TOP_ONLY,
        }
        if template is None:
            missing["chat"] = NO_CHAT_TEMPLATE
        self.capabilities = Capabilities(
            missing=missing,
            context_tokens=context_tokens,
            most_new_tokens=most_new_tokens,
            most_candidates=MOST_CANDIDATES,
        )

    def stream(self, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
        """Generate text; see `components.engines.contract.Engine.stream`."""
        # Not a generator itself: what is wrong with a request is raised here, not at the first event.
        return self._seated(self._fit(request), checkpoint, session)

    def completion(self, request: Request) -> dict[str, Any]:
        """Return the request as it is handed to llama.cpp. Raises as `stream`."""
        return self._body(self._fit(request))

    def count_tokens(self, request: Request) -> int:
        """Return how many tokens the request has before anything is generated, its `prefix` included."""
        return len(self.prompt_ids(request)) + len(request.prefix)

    def prompt_ids(self, request: Request) -> tuple[int, ...]:
        """Return the token ids the model reads, without the request's `prefix`. Raises as `prompting.prompt_ids`."""
        return prompt_ids(self._tokenizer, request, model=self.model, template=self._template, start_id=self._start_id)

    def _fit(self, request: Request) -> FittedRequest:
        require(request, self.capabilities, model=self.model)
        return fit_request(
            request,
            self.prompt_ids(request),
            vocabulary=self._vocabulary,
            positions=self._context_tokens,
        )

    def _seated(self, run: FittedRequest, checkpoint: Checkpoint, session: str) -> EventStream:
        with self.queue.place(session) as place:
            for position in self.queue.wait(place, checkpoint):
                yield Queued(position)
            yield Started()
            yield from self._written(run, checkpoint)

    def _written(self, run: FittedRequest, checkpoint: Checkpoint) -> EventStream:
        reader = _Reader(self._pieces, run)
        yield from reader.given()
        with closing(stream_chunks(self._server, self._body(run), checkpoint)) as arriving:
            for chunk in arriving:
                yield from reader.read(chunk)
                if reader.finish is not None:
                    break
        if reader.finish is None:
            raise EngineFault(engine=self.name, reason="no end")
        yield Usage(run.input_tokens, reader.count)
        yield Finished(reader.finish)

    def _body(self, run: FittedRequest) -> dict[str, Any]:
        """Return the request as llama.cpp takes it, each setting with a value: its own defaults are not neutral."""
        sampler = Sampler.of(run.request)
        body: dict[str, Any] = {
            "prompt": [*run.ids, *run.request.prefix],
            "max_tokens": run.new_tokens,
            "stream": True,
            "samplers": list(_STAGES),
            "temperature": 0.0 if sampler.greedy else sampler.temperature or 1.0,
            "top_k": sampler.top_k or 0,
            "top_p": sampler.top_p or 1.0,
            "min_p": sampler.min_p or 0.0,
            "typical_p": sampler.typical_p or 1.0,
            "repeat_penalty": sampler.repetition_penalty or 1.0,
            "repeat_last_n": self._context_tokens,
        }
        if run.request.candidates:
            body["logprobs"] = run.request.candidates
        if run.request.seed is not None:
            body["seed"] = run.request.seed % _CHANCE_SEED
        return body


class _Reader:
    """Turns stream_chunks into tokens.

    Attributes
    ----------
    count
        Tokens that were written, as llama.cpp counts; as they were streamed if it was stopped before it said.
    finish
        Why the answer ended; None while it goes on.
    """

    def __init__(self, pieces: Pieces, run: FittedRequest) -> None:
        self._pieces = pieces
        self._run = run
        self._characters = codecs.getincrementaldecoder("utf-8")(errors="ignore")
        self._watch = StopWatch(run.request.stop)
        self._delayed: Token | None = None
        self.count = 0
        self.finish: FinishReason | None = None

    def given(self) -> Iterator[Token]:
        """Give the tokens that the answer begins with."""
        prefix = self._run.request.prefix
        for token_id, piece in zip(prefix, self._pieces.bytes(prefix), strict=True):
            yield Token(self._shown(piece), token_id, given=True)

    def read(self, chunk: Chunk) -> Iterator[Token]:
        """Give the tokens of a chunk, and note how the answer ends."""
        if "error" in chunk:
            raise EngineFault(engine="llama.cpp", reason=chunk["error"].get("type", "?"))
        choice = chunk["choices"][0]
        for token in self._tokens(choice):
            self.count += 1
            yield from self._release()
            self._delayed = token
            # Only while text is held back does it matter whether this token is the last one.
            if not self._watch.holds:
                yield from self._release()
        if self._watch.stopped:
            self.finish = "stop"
        elif choice.get("finish_reason"):
            self.finish = self._run.limit if choice["finish_reason"] == "length" else "end"
            self.count = chunk.get("usage", {}).get("completion_tokens", self.count)
            yield from self._release(self._watch.flush())

    def _release(self, more_text: str = "") -> Iterator[Token]:
        if self._delayed is not None:
            yield replace(self._delayed, text=self._delayed.text + more_text)
        self._delayed = None

    def _tokens(self, choice: Mapping[str, Any]) -> Iterator[Token]:
        if self._run.request.candidates:
            yield from (self._token(entry) for entry in (choice["logprobs"] or {}).get("content") or ())
        elif choice["text"]:
            yield Token(self._watch.push(choice["text"].replace(REPLACEMENT, "")))

    def _token(self, entry: Mapping[str, Any]) -> Token:
        written = bytes(entry["bytes"])
        shown = self._shown(written)
        own = self._pieces.bytes([entry["id"]])[0]
        if len(written) > len(own):
            return Token(shown)  # a character of several tokens, of which this is the last
        return Token(shown, entry["id"], entry["logprob"], candidates=self._candidates(entry))

    def _candidates(self, entry: Mapping[str, Any]) -> tuple[Candidate, ...]:
        best = list(entry["top_logprobs"])
        if all(each["id"] != entry["id"] for each in best):
            best.append(entry)
        texts = self._pieces.texts([each["id"] for each in best])
        return tuple(Candidate(text, each["id"], each["logprob"]) for text, each in zip(texts, best, strict=True))

    def _shown(self, written: bytes) -> str:
        return self._watch.push(self._characters.decode(written))


def computing(threads: int) -> tuple[int, int]:
    """Return how many CPU threads llama.cpp computes with while it writes one text, and while it writes several.

    For one text it leaves a core free, for the pages and for Python, which takes each token while the next is computed:
    threads that wait for each other are as slow as the last one. Several texts give each thread more to do. Of two
    cores it takes both: half of them would be too much to leave (docs/operations.md has what was measured).
    """
    return min(threads, max(2, threads - 1)), threads


def _start(gguf: Path, *, seats: int, context_tokens: int, threads: int) -> CompletionServer:
    reason = unavailable(gguf)
    if reason is not None:
        raise EngineUnavailable(engine="llama.cpp", reason=reason)
    xllamacpp = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(gguf)
    params.n_parallel = seats
    params.n_ctx = seats * context_tokens
    params.cpuparams.n_threads, params.cpuparams_batch.n_threads = computing(threads)
    params.verbosity = _SILENT
    # It also listens on a port of this machine; nobody but this process may use it, so nobody gets the key.
    params.api_keys = [secrets.token_urlsafe()]
    params.endpoint_slots = params.ui = False
    try:
        server: CompletionServer = xllamacpp.Server(params)
    except RuntimeError as error:
        raise EngineUnavailable(engine="llama.cpp", reason=UNREADABLE) from error
    return server


def open_llama_cpp(record: ModelRecord, tokenizer: SharedTokenizer, *, threads: int) -> LlamaCppEngine:
    """Return the llama.cpp engine of a model with a GGUF file; it holds the model in memory.

    Raises
    ------
    EngineUnavailable
        If it cannot run here, or the file cannot be read.
    NotFetched, DownloadsDisabled
        If the model is not on this machine.
    CorruptFile
        If its weights are no longer what they were.
    """
    folder = local_folder(record)
    file = gguf.find(folder)
    reason = unavailable(file)
    if file is None or reason is not None:
        raise EngineUnavailable(engine="llama.cpp", reason=reason)
    integrity.require_unchanged(folder)
    start = read_config(folder).get("bos_token_id")
    return LlamaCppEngine(
        model=record.id,
        gguf=fastest(file),
        tokenizer=tokenizer,
        threads=threads,
        template=chat_template(folder),
        start_id=start if isinstance(start, int) else None,
    )


def _open(model_id: str) -> LlamaCppEngine:
    from components.models import cached

    threads = settings().threads or usable_cpus()
    return open_llama_cpp(record(model_id), cached.tokenizer(model_id), threads=threads)


def _fill(exported: Exported) -> Filling:
    engine = exported.engine()
    if not isinstance(engine, LlamaCppEngine):
        raise TypeError(f"{engine.name} is not llama.cpp")
    tokenizer = engine.gguf.with_name("tokenizer.json")
    request = engine.completion(exported.request)
    return {"GGUF": str(engine.gguf), "TOKENIZER": str(tokenizer), "REQUEST": request}, ()


SPEC: Final = EngineSpec(
    name=LlamaCppEngine.name,
    title=lambda: "llama.cpp",
    open=_open,
    why_not=lambda model: unavailable(gguf.find(local_folder(model))),
    memory_bytes=lambda engine: engine.gguf.stat().st_size if isinstance(engine, LlamaCppEngine) else 0,
    export=Export(Path(__file__).with_name("notebook_llama_cpp.py"), _fill),
)
