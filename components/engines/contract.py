"""The contract between the playground and whatever generates text.

An engine stands for one model on one machine or service. `stream(request, checkpoint)` gives events:

    Queued*  Started  Adjusted*  (Thought | Token | OtherContent)*  BeamsFound?  Usage?  Finished

`Started` comes once, when the run has its seat; `Finished` comes once and last. What goes wrong is raised
(components.engines.errors); tokens given before stay valid. Closing the iterator, or raising in `checkpoint`, ends the
run: at most the token that is being computed is still computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, runtime_checkable

from components.core.errors import Reason
from components.engines.capabilities import Capabilities, Feature
from components.engines.errors import NotSupported, OutOfRange, UnreadableText

if TYPE_CHECKING:
    from components.engines.beam_tree import BeamTree

Mode = Literal["complete", "chat"]
Strategy = Literal["greedy", "sample", "beam", "beam_sample"]
Role = Literal["system", "user", "assistant"]
FinishReason = Literal["end", "stop", "length", "context", "filtered", "tool", "unknown"]
"""`end`: the model chose to end. `stop`: a stop string was written. `length`: all the new tokens asked for are there.
`context`: the model cannot look at more tokens. `filtered`: the service withheld the rest. `tool`: the model waits for
the result of a tool, which it is not given here."""
ContentKind = Literal["refusal", "tool call", "image", "audio", "hidden thinking", "other"]

Checkpoint = Callable[[], None]
"""Called at least once a token, and ten times a second while a run waits; raising in it abandons the run."""

DEFAULT_NEW_TOKENS: Final = 60
MOST_STOP_STRINGS: Final = 4
DEFAULT_BEAMS: Final = 4
MOST_BEAMS: Final = 8

# Lowest and highest value; a lowest value of a share or a factor that itself makes no sense is a hair above zero.
_RANGES: Final[dict[str, tuple[float, float]]] = {
    "temperature": (0.0, 10.0),
    "top_k": (0, 1_000_000),
    "top_p": (0.001, 1.0),
    "min_p": (0.0, 1.0),
    "typical_p": (0.001, 1.0),
    "repetition_penalty": (0.01, 10.0),
    "num_beams": (1, MOST_BEAMS),
    "length_penalty": (-5.0, 5.0),
    "max_new_tokens": (1, 1_000_000),
    "seed": (0, 2**32 - 1),
    "candidates": (0, 100),
}


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a visitor asks for. A setting that is None was not moved: it is not sent, and does nothing locally.

    Attributes
    ----------
    prompt
        In mode "complete": the text to continue.
    messages
        In mode "chat": the conversation so far, the visitor's turn last.
    strategy
        "greedy" takes the most likely token; "sample" draws one; "beam" searches for a likely sequence;
        "beam_sample" draws what its beams go on with. A temperature of 0 makes "sample" greedy and "beam_sample"
        a beam search.
    temperature, top_k, top_p, min_p, typical_p, repetition_penalty
        The stages of the sampler chain, see components.engines.samplers. `top_k=0` is off, as None.
    num_beams, length_penalty
        Of a search with beams; `DEFAULT_BEAMS` and a penalty of 1 if not moved.
    max_new_tokens
        Tokens the answer may have, `prefix` not counted; `DEFAULT_NEW_TOKENS` if not moved.
    seed
        The same request with the same seed gives the same text; None draws one.
    stop
        Strings that end the answer and are not part of it.
    prefix
        Token ids the answer begins with, chosen before (to continue it) or by the visitor (to branch off). They are
        streamed first, as `Token(given=True)`.
    candidates
        How many of the likeliest tokens to report with each token. Some engines are faster with none, and then
        tell neither ids nor probabilities.

    Raises
    ------
    OutOfRange
        If a value is not allowed; the message names it.
    UnreadableText
        If a text holds a lone surrogate.
    """

    prompt: str = ""
    messages: tuple[Message, ...] = ()
    mode: Mode = "complete"
    strategy: Strategy = "sample"
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    typical_p: float | None = None
    repetition_penalty: float | None = None
    num_beams: int | None = None
    length_penalty: float | None = None
    max_new_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    prefix: tuple[int, ...] = ()
    candidates: int = 10

    def __post_init__(self) -> None:
        for name, (lowest, highest) in _RANGES.items():
            value = getattr(self, name)
            # Written so that NaN, which compares false with everything, is refused too.
            if value is not None and not lowest <= value <= highest:
                raise OutOfRange(setting=name, value=value, allowed=f"{lowest:,} – {highest:,}")
        if len(self.stop) > MOST_STOP_STRINGS or "" in self.stop:
            raise OutOfRange(setting="stop", value=list(self.stop), allowed=f"0 – {MOST_STOP_STRINGS}, not empty")
        for text in (self.prompt, *self.stop, *(message.text for message in self.messages)):
            _require_readable(text)

    @property
    def beams(self) -> int:
        """How many beams a search keeps; 1 where nothing is searched."""
        if self.strategy in ("greedy", "sample"):
            return 1
        return DEFAULT_BEAMS if self.num_beams is None else self.num_beams

    @property
    def draws(self) -> bool:
        """Whether chance has a part in it."""
        return self.strategy in ("sample", "beam_sample") and self.temperature != 0

    @property
    def new_tokens(self) -> int:
        """How many new tokens the answer may have."""
        return self.max_new_tokens or DEFAULT_NEW_TOKENS


def features_of(request: Request) -> Iterator[Feature]:
    """Give the features a request needs: its mode and strategy, and each setting the visitor moved.

    Candidates are no need: an engine that has none streams tokens without them.
    """
    yield "chat" if request.mode == "chat" else "completion"
    yield request.strategy
    if request.stop:
        yield "stop"
    if request.prefix:
        yield "prefix"
    moved: tuple[tuple[Feature, object], ...] = (
        ("seed", request.seed),
        ("temperature", request.temperature),
        ("top_k", request.top_k),
        ("top_p", request.top_p),
        ("min_p", request.min_p),
        ("typical_p", request.typical_p),
        ("repetition_penalty", request.repetition_penalty),
    )
    yield from (feature for feature, value in moved if value is not None)


def require(request: Request, capabilities: Capabilities, *, model: str) -> None:
    """Check that everything a request asks for can be done.

    Raises
    ------
    NotSupported
        At the first feature that is missing.
    OutOfRange
        If it asks for more new tokens than a run may have.
    """
    for feature in features_of(request):
        reason = capabilities.why_not(feature)
        if reason is not None:
            raise NotSupported(model=model, feature=feature, reason=reason)
    most = capabilities.most_new_tokens
    if request.max_new_tokens is not None and request.max_new_tokens > most:
        raise OutOfRange(setting="max_new_tokens", value=request.max_new_tokens, allowed=f"1 – {most}")


def _require_readable(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableText(position=error.start) from error


@dataclass(frozen=True)
class Queued:
    """The run waits for the model; `position` is 1 for the next in line. Given whenever it changes."""

    position: int


@dataclass(frozen=True)
class Started:
    """The run has its seat: from here on the engine works for it."""


@dataclass(frozen=True)
class Adjusted:
    """The engine did without a feature that the server refused, and remembers it."""

    feature: Feature
    reason: Reason


@dataclass(frozen=True)
class Candidate:
    r"""A token that could have come next.

    Attributes
    ----------
    text
        As it reads; bytes that are no whole character as `\xe2`.
    id
        In the model's vocabulary; None where the engine does not say.
    logprob
        Natural logarithm of its probability under the model itself, before the sampler chain.
    logit
        The model's score; None where the engine does not say.
    drawn_probability
        After the sampler chain, 0 if it was cut; None where the engine does not say.
    """

    text: str
    id: int | None
    logprob: float
    logit: float | None = None
    drawn_probability: float | None = None

    @property
    def probability(self) -> float:
        """Its probability under the model itself."""
        return math.exp(self.logprob)


@dataclass(frozen=True)
class Token:
    """One token of the answer.

    Attributes
    ----------
    text
        What to append. Empty while a character is not complete, or while the text could still become a stop
        string: whatever is held back comes with a later token. Together the texts are the answer.
    id
        In the model's vocabulary. None where the engine does not say, or gave several tokens as one.
    logprob
        Natural logarithm of its probability under the model itself, before the sampler chain.
    entropy
        Of the model's whole distribution at this place, in nats.
    candidates
        The likeliest tokens of the model itself, likeliest first; the chosen one is among them or added last.
    given
        It is one of the request's `prefix`: not chosen in this run, so nothing was measured.
    """

    text: str
    id: int | None = None
    logprob: float | None = None
    entropy: float | None = None
    candidates: tuple[Candidate, ...] = ()
    given: bool = False

    @property
    def surprisal_bits(self) -> float | None:
        """-log2 of its probability under the model itself."""
        return None if self.logprob is None else -self.logprob / math.log(2)

    @property
    def entropy_bits(self) -> float | None:
        """The entropy in bits."""
        return None if self.entropy is None else self.entropy / math.log(2)


@dataclass(frozen=True)
class Thought:
    """What a reasoning model writes for itself before it answers: no part of the answer.

    Attributes
    ----------
    tokens
        How many tokens the text has; 1 where the engine does not say, as most servers send one at a time.
    """

    text: str
    tokens: int = 1


@dataclass(frozen=True)
class OtherContent:
    """Something in an answer that is not text of the answer.

    A `refusal` says that the tokens are the model's reason not to answer; all else is not shown.

    Attributes
    ----------
    name
        Of the tool, or of the kind of content as the service calls it.
    """

    kind: ContentKind
    name: str = ""


@dataclass(frozen=True)
class BeamsFound:
    """What a beam search considered; comes after the tokens of its best sequence."""

    tree: BeamTree


@dataclass(frozen=True)
class Usage:
    """Tokens read and written, as the engine counted them; None where it does not say.

    Attributes
    ----------
    thinking_tokens
        How many of the tokens written were thinking.
    """

    input_tokens: int | None
    output_tokens: int | None
    thinking_tokens: int | None = None


@dataclass(frozen=True)
class Finished:
    """The answer is complete."""

    reason: FinishReason


Event = Queued | Started | Adjusted | Thought | Token | OtherContent | BeamsFound | Usage | Finished
EventStream = Generator[Event, None, None]
"""Close it (`contextlib.closing`) if it may be left before its end."""


class Engine(Protocol):
    """One model that generates text."""

    @property
    def name(self) -> str:
        """Which engine, as in the table of engines."""

    @property
    def model(self) -> str:
        """The model's id."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, as known by now: ask again after a run."""

    def stream(self, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
        """Generate text.

        Parameters
        ----------
        request
            What to do.
        checkpoint
            May raise to abandon the run.
        session
            Whose run this is, for a fair queue. Never leaves this process.

        Raises
        ------
        GenerationError
            At once if the request cannot be run, while iterating if the run fails.
        """

    def count_tokens(self, request: Request) -> int:
        """Return how many tokens the request has before anything is generated.

        Raises
        ------
        NotSupported
            If the engine cannot say.
        """


@runtime_checkable
class ReadsTokens(Protocol):
    """An engine that says which tokens its model reads."""

    def prompt_ids(self, request: Request) -> tuple[int, ...]:
        """Return the token ids the model reads, without the request's `prefix`.

        Raises
        ------
        GenerationError
            If the request cannot be read.
        """
