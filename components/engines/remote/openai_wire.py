"""OpenAI's form of a request and of a streamed answer, as its servers really differ in it.

Followed: OpenAI's API reference for chat completions and completions; what vLLM, SGLang and llama.cpp add
(`top_k`, `min_p`, a repetition penalty; which stop string was found; ids of tokens). For thinking: vLLM (`reasoning`;
`reasoning_content` before 0.11), llama.cpp, SGLang and DeepSeek (`reasoning_content`), Mistral (`content` as a list
with parts of type `thinking`). Text between `<think>` tags is separated in `components.engines.remote.answer`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.engines.capabilities import Feature
from components.engines.contract import (
    Candidate,
    ContentKind,
    FinishReason,
    OtherContent,
    Request,
    Thought,
    Token,
    Usage,
)
from components.engines.remote import untrusted
from components.engines.remote.answer import Part

MOST_CANDIDATES: Final = 20
"""As many as OpenAI and, by default, vLLM give."""

FEATURE_OF: Final[dict[str, Feature | None]] = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repetition_penalty": "repetition_penalty",
    "repeat_penalty": "repetition_penalty",
    "seed": "seed",
    "logprobs": "logprobs",
    "top_logprobs": "logprobs",
    "stop": None,
    "stream_options": None,
    "max_tokens": None,
}
"""The fields that a request can do without, and what is lost. Stop strings are watched for on our side anyway;
without `stream_options` there are no counts; `max_tokens` has a newer name."""

_FINISH: Final[dict[str, FinishReason]] = {
    "length": "length",
    "content_filter": "filtered",
    "eos_token": "end",
    "stop_sequence": "stop",
    "tool_calls": "tool",
    "function_call": "tool",
}
_CONTENT_KINDS: Final[dict[str, ContentKind]] = {
    "image": "image",
    "image_url": "image",
    "output_image": "image",
    "audio": "audio",
    "input_audio": "audio",
    "output_audio": "audio",
    "tool_use": "tool call",
    "tool_call": "tool call",
    "function_call": "tool call",
    "redacted_thinking": "hidden thinking",
}


def fields(
    request: Request, *, candidates: int, refused: Collection[str] = (), thinking_tokens: int = 0
) -> dict[str, Any]:
    """Return the body of a request, without its model.

    Only what the visitor moved is in it, and the cap on new tokens.

    Parameters
    ----------
    candidates
        How many of the likeliest tokens to ask for; 0 asks for no probabilities at all.
    refused
        Names that the server does not take.
    thinking_tokens
        How many tokens the model may think beside its answer: the API has one cap for both together.
    """
    most_tokens = request.new_tokens + thinking_tokens
    chat = request.mode == "chat"
    # The same penalty has two names: vLLM's and SGLang's, and llama.cpp's. Each ignores the other.
    wanted: dict[str, Any] = {
        "temperature": 0.0 if request.strategy == "greedy" else request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "min_p": request.min_p,
        "repetition_penalty": request.repetition_penalty,
        "repeat_penalty": request.repetition_penalty,
        "seed": request.seed,
        "stop": list(request.stop) or None,
        "stream_options": {"include_usage": True},
        "max_tokens": most_tokens,
    }
    if candidates:
        wanted |= {"logprobs": True, "top_logprobs": candidates} if chat else {"logprobs": candidates}
    body = {name: value for name, value in wanted.items() if value is not None and name not in refused}
    if "max_tokens" in refused:
        body["max_completion_tokens"] = most_tokens
    return body | ({"messages": messages(request)} if chat else {"prompt": request.prompt})


def messages(request: Request) -> list[dict[str, str]]:
    """Return a conversation as OpenAI's API writes it."""
    return [{"role": message.role, "content": message.text} for message in request.messages]


def read(chunk: Mapping[str, Any], *, stops: bool) -> Part:
    """Read one message of an answer, or a whole answer that came in one piece.

    Parameters
    ----------
    stops
        Whether the request had stop strings. A server that says "stop" for these and for the model's own end alike
        (the API asks for no more) is taken to mean them.

    Raises
    ------
    ValueError, KeyError
        If it is no such message.
    """
    usage = _usage(chunk.get("usage"))
    choices = untrusted.items(chunk.get("choices"))
    if not choices:
        return Part(usage=usage)
    choice = untrusted.mapping(choices[0])
    content = _read_content(untrusted.mapping(choice.get("delta") or choice.get("message")))
    text = content.text or untrusted.text(choice.get("text"))
    told = list(_entries(untrusted.mapping(choice.get("logprobs"))))
    thought: tuple[Thought, ...] = ()
    if content.thought:
        # What is told of probabilities is told of the thinking then, as servers send it in messages of its own.
        thought = (Thought(content.thought, 1 if text else len(told) or 1),)
        told = told if text else []
    return Part(
        thoughts=thought,
        tokens=tuple(_tokens(text, told)),
        others=content.others,
        finish=_finish(choice, stops=stops),
        usage=usage,
    )


def tells_probabilities(chunk: Mapping[str, Any]) -> bool:
    """Say whether a message has log-probabilities with its text."""
    return any(untrusted.mapping(choice).get("logprobs") for choice in untrusted.items(chunk.get("choices")))


def _finish(choice: Mapping[str, Any], *, stops: bool) -> FinishReason | None:
    reason = choice.get("finish_reason")
    if reason is None:
        return None
    if reason != "stop":
        return _FINISH.get(untrusted.text(reason), "unknown")
    # vLLM and SGLang tell which: a text if it was a stop string, a number or null if a token of the model.
    for name in ("stop_reason", "matched_stop"):
        if name in choice:
            return "stop" if isinstance(choice[name], str) else "end"
    return "stop" if stops else "end"


def _usage(told: object) -> Usage | None:
    if told is None:
        return None
    counts = untrusted.mapping(told)
    details = untrusted.mapping(counts.get("completion_tokens_details"))
    return Usage(
        untrusted.count(counts.get("prompt_tokens")),
        untrusted.count(counts.get("completion_tokens")),
        untrusted.count(details.get("reasoning_tokens")),
    )


@dataclass(frozen=True)
class _Entry:
    """A token or a candidate, as the server tells it."""

    text: str
    logprob: float
    id: int | None = None
    written: bytes | None = None

    @property
    def own_text(self) -> str:
        """What it adds to the answer, without halves of characters."""
        return self.text if self.written is None else self.written.decode("utf-8", errors="ignore")

    def is_same(self, other: _Entry) -> bool:
        """Whether both are one token of the vocabulary."""
        if self.id is not None:
            return self.id == other.id
        return (self.text, self.written) == (other.text, other.written)

    def candidate(self) -> Candidate:
        r"""Return it as the page shows it: half a character as `\xe2`."""
        if self.written is None:
            return Candidate(untrusted.displayable(self.text), self.id, self.logprob)
        return Candidate(self.written.decode("utf-8", errors="backslashreplace"), self.id, self.logprob)


def _tokens(text: str, told: Sequence[tuple[_Entry, list[_Entry]]]) -> Iterator[Token]:
    """Give the tokens of a message; without probabilities its text is one event, however many tokens it has."""
    entries = [entry for entry in told if text or entry[0].own_text]
    if not entries:
        if text:
            yield Token(text)
        return
    texts = [entry.own_text for entry, _best in entries]
    if "".join(texts) != text:  # part of a character came earlier, or is still to come: the server's text counts
        texts = [""] * (len(entries) - 1) + [text]
    for shown, (entry, best) in zip(texts, entries, strict=True):
        if any(entry.is_same(each) and entry.written != each.written for each in best):
            yield Token(shown)  # llama.cpp: a character of several tokens, of which only the last is told
            continue
        yield Token(shown, entry.id, entry.logprob, candidates=_candidates(entry, best))


def _candidates(chosen: _Entry, best: Sequence[_Entry]) -> tuple[Candidate, ...]:
    """Return the likeliest first, and the chosen one last if it is none of them."""
    ordered = sorted(best, key=lambda entry: -entry.logprob)
    if best and not any(entry.is_same(chosen) for entry in best):
        ordered.append(chosen)
    return tuple(entry.candidate() for entry in ordered)


def _entries(told: Mapping[str, Any]) -> Iterator[tuple[_Entry, list[_Entry]]]:
    """Give each token with its candidates, in either of the API's two forms.

    Chat completions (and llama.cpp everywhere) have a list of records, completions have lists side by side.
    """
    for each in untrusted.items(told.get("content")):
        record = untrusted.mapping(each)
        yield _entry(record), [_entry(untrusted.mapping(best)) for best in untrusted.items(record.get("top_logprobs"))]
    texts, own, best = (untrusted.items(told.get(name)) for name in ("tokens", "token_logprobs", "top_logprobs"))
    for place, (text, logprob) in enumerate(zip(texts, own, strict=True)):
        if logprob is not None:
            likeliest = untrusted.mapping(best[place]) if place < len(best) else {}
            yield (
                _Entry(untrusted.text(text), untrusted.logprob(logprob)),
                [_Entry(other, untrusted.logprob(chance)) for other, chance in likeliest.items()],
            )


def _entry(record: Mapping[str, Any]) -> _Entry:
    written = record.get("bytes")
    return _Entry(
        untrusted.text(record["token"]),
        untrusted.logprob(record["logprob"]),
        untrusted.count(record.get("id")),
        None if written is None else bytes(untrusted.items(written)),
    )


@dataclass(frozen=True)
class _Content:
    """What a message holds.

    Attributes
    ----------
    text, thought
        Parts joined.
    others
        What is neither.
    """

    text: str
    thought: str
    others: tuple[OtherContent, ...]


def _read_content(said: Mapping[str, Any]) -> _Content:
    """Read a `delta` or a `message`.

    Raises
    ------
    ValueError
        If a field has another type than the API's.
    """
    parts = list(_parts(said.get("content")))
    # Some servers write their thinking under both names.
    thought = untrusted.text(said.get("reasoning")) or untrusted.text(said.get("reasoning_content"))
    refusal = untrusted.text(said.get("refusal"))
    others = [part for part in parts if isinstance(part, OtherContent)]
    if refusal:
        others.append(OtherContent("refusal"))
    others += _tool_calls(said)
    others += [OtherContent("image") for _image in untrusted.items(said.get("images"))]
    others += [OtherContent("audio")] if untrusted.mapping(said.get("audio")) else []
    return _Content(
        text="".join(part for part in parts if isinstance(part, str)) + refusal,
        thought=thought + "".join(part.text for part in parts if isinstance(part, _Thinking)),
        others=tuple(others),
    )


@dataclass(frozen=True)
class _Thinking:
    text: str


def _parts(content: object) -> Iterator[str | _Thinking | OtherContent]:
    """Give the parts of `content`, which is a text or a list of parts with a type each."""
    if not isinstance(content, list):
        yield untrusted.text(content)
        return
    for each in content:
        if isinstance(each, str):
            yield each
            continue
        part = untrusted.mapping(each)
        kind = untrusted.name(part.get("type"))
        if kind in ("text", "output_text"):
            yield untrusted.text(part.get("text"))
        elif kind in ("thinking", "reasoning"):
            inner = part.get("thinking", part.get("text"))
            yield _Thinking("".join(piece for piece in _parts(inner) if isinstance(piece, str)))
        elif kind == "refusal":
            yield OtherContent("refusal")
            yield untrusted.text(part.get("refusal"))
        else:
            yield OtherContent(_CONTENT_KINDS.get(kind, "other"), untrusted.name(part.get("name")) or kind)


def _tool_calls(said: Mapping[str, Any]) -> Iterator[OtherContent]:
    """Give a tool call once: only its first message has the name, those after it go on with the arguments."""
    called = [untrusted.mapping(each).get("function") for each in untrusted.items(said.get("tool_calls"))]
    for function in (*called, said.get("function_call")):
        name = untrusted.name(untrusted.mapping(function).get("name"))
        if name:
            yield OtherContent("tool call", name)
