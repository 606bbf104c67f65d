"""A server on loopback with OpenAI's API, in the dialects of llama.cpp and vLLM, that can misbehave on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.services.generation import writer
from tests.services.generation.loopback import Handler, Record, serving
from tests.services.generation.writer import Choice, Written

MODEL = "tiny"
THOUGHT = "Let me think about it"
KNOWN = {
    "model", "messages", "prompt", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature",
    "top_p", "seed", "stop", "logprobs", "top_logprobs", "top_k", "min_p", "repetition_penalty", "repeat_penalty",
}  # fmt: skip
ERRORS = {
    "throttled": 429, "access denied": 403, "expired": 401, "overloaded": 503, "redirect": 307,
}  # fmt: skip
Trouble = Literal[
    "throttled", "access denied", "expired", "overloaded", "redirect", "error inside", "cut", "cut at once", "no end",
    "garbage", "html", "thinks", "thinks before it answers", "says nothing",
]  # fmt: skip


@dataclass
class Scenario(Record):
    """How the server behaves.

    Attributes
    ----------
    dialect
        "llama.cpp" tells ids; "vllm" does not, and tells which stop string was found.
    refuses
        Names of fields it does not take, and its words for that; `{name}` is filled in.
    status
        With which it refuses.
    tells_probabilities, trims_stop, counts
        Whether it does.
    trouble, trouble_after
        What goes wrong, and after how many tokens.
    refusal
        A refusal for every request: status and JSON.
    thinks, thoughts
        How its thinking comes, and how many tokens it has: in vLLM's field, in llama.cpp's, in both (vLLM 0.11), as
        text between tags, as Mistral's parts, or not at all but counted, as OpenAI does.
    as_parts
        Whether the text of an answer comes as a list of parts.
    deltas
        What comes before the text of an answer.
    ends
        How an answer ends, whatever it says.
    completions
        What it answers instead of completing a text: status and JSON.
    """

    dialect: Literal["llama.cpp", "vllm"] = "llama.cpp"
    refuses: dict[str, str] = field(default_factory=dict)
    status: int = 400
    tells_probabilities: bool = True
    trims_stop: bool = True
    counts: bool = True
    trouble: Trouble | None = None
    trouble_after: int = 2
    refusal: tuple[int, Any] | None = None
    thinks: Literal["reasoning", "reasoning_content", "both", "tags", "parts", "hidden"] | None = None
    thoughts: int = 3
    as_parts: bool = False
    deltas: list[dict[str, Any]] = field(default_factory=list)
    ends: str | None = None
    completions: tuple[int, Any] | None = None


@contextmanager
def openai(scenario: Scenario) -> Iterator[str]:
    """Serve a scenario; gives the base URL."""
    with serving(scenario, lambda handler, body: _Answer(handler, scenario, body).send()) as address:
        yield f"{address}/v1"


class _Answer:
    def __init__(self, handler: Handler, scenario: Scenario, body: dict[str, Any]) -> None:
        self.handler = handler
        self.scenario = scenario
        self.body = body
        self.chat = "messages" in body
        self.sent = 0
        self.thought = 0

    def send(self) -> None:
        if self.refused():
            return
        if self.scenario.trouble == "cut at once":
            self.handler.cut()
            return
        if self.scenario.trouble == "thinks before it answers":
            self.handler.think()
            return
        if self.scenario.trouble == "html":
            self.handler.whole(200, b"<html>a proxy's page</html>", Content_Type="text/html")
            return
        self.handler.begin("text/event-stream")
        # a first message without text, as real servers send
        nothing = None if self.scenario.dialect == "llama.cpp" else ""
        self.message({"delta": {"role": "assistant", "content": nothing}} if self.chat else {"text": ""}, None)
        for delta in self.scenario.deltas if self.chat else ():
            self.message({"delta": delta}, None)
        self.stream()

    def refused(self) -> bool:
        assert self.body.keys() <= KNOWN, self.body.keys() - KNOWN
        assert self.body["model"] == MODEL
        assert self.body["stream"] is True
        named = [name for name in self.scenario.refuses if name in self.body]
        if self.scenario.completions and not self.chat:
            status, answer = self.scenario.completions
        elif self.scenario.refusal:
            status, answer = self.scenario.refusal
        elif self.scenario.trouble in ERRORS:
            status = ERRORS[self.scenario.trouble]
            quoted = self.handler.headers.get("Authorization")  # some servers quote what they were sent
            answer = {"error": {"message": f"{quoted}: no, to {self.body}", "type": "x", "code": status}}
        elif named:
            status = self.scenario.status
            answer = {"error": {"message": self.scenario.refuses[named[0]].format(name=named[0]), "type": "bad"}}
        else:
            return False
        self.handler.whole(status, json.dumps(answer).encode(), Location="http://127.0.0.1:9/elsewhere")
        return True

    def think(self) -> None:
        """Write what comes before the answer; it is taken from the tokens that may be written."""
        self.thought = min(self.scenario.thoughts, self.most) if self.chat and self.scenario.thinks else 0
        for place in range(self.thought):
            text = THOUGHT.split(" ")[place % len(THOUGHT.split(" "))] + " "
            delta: dict[str, Any] = {
                "reasoning": {"reasoning": text},
                "reasoning_content": {"reasoning_content": text},
                "both": {"reasoning": text, "reasoning_content": text},
                "tags": {"content": text if place else f"<think>\n{text}"},
                "parts": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]},
                "hidden": {},
            }[str(self.scenario.thinks)]
            self.message({"delta": delta}, None)
        if self.thought and self.scenario.thinks == "tags" and self.thought < self.most:
            for piece in ("</th", "ink>", "\n\n"):  # of the answer's tokens, to be told apart from the thinking's
                self.message({"delta": {"content": piece}}, None)

    def stream(self) -> None:
        self.think()
        if self.thought and self.thought == self.most:
            self.message({"delta": {}}, "length")
        for step in self.steps() if self.thought < self.most else ():
            if step.choice is not None:
                self.scenario.generated += 1
            if self.misbehaves():
                return
            self.sent += 1
            content = [{"type": "text", "text": step.text}] if self.scenario.as_parts else step.text
            shown: dict[str, Any] = {"delta": {"content": content}} if self.chat else {"text": step.text}
            if step.choice is not None and self.asked and self.scenario.tells_probabilities:
                shown["logprobs"] = self.probabilities(step.choice, step.text)
            self.message(shown, step.end)
        if self.scenario.counts and "stream_options" in self.body:
            counts: dict[str, Any] = {
                "prompt_tokens": self.prompt_tokens,
                "completion_tokens": self.sent + self.thought,
            }
            if self.scenario.thinks in ("reasoning", "hidden"):
                counts["completion_tokens_details"] = {"reasoning_tokens": self.thought}
            self.event({"choices": [], "usage": counts})
        self.handler.piece(b"data: [DONE]\n\n")
        self.handler.end()

    def misbehaves(self) -> bool:
        trouble = self.scenario.trouble
        if self.sent < self.scenario.trouble_after:
            return False
        if trouble == "thinks":
            self.handler.think()
        elif trouble == "cut":
            self.handler.cut()
        elif trouble == "no end":
            self.handler.end()
        elif trouble == "garbage":
            self.handler.piece(b"data: {nonsense\n\n")
            self.handler.end()
        elif trouble == "error inside":
            self.event({"error": {"message": f"failed on {self.handler.headers.get('Authorization')}", "code": 500}})
            self.handler.end()
        return trouble is not None

    @property
    def prompt(self) -> str:
        return json.dumps(self.body["messages"]) if self.chat else self.body["prompt"]

    @property
    def prompt_tokens(self) -> int:
        return len(self.prompt.encode())

    @property
    def asked(self) -> int:
        """How many candidates are wanted."""
        return int(self.body.get("top_logprobs" if self.chat else "logprobs") or 0)

    @property
    def most(self) -> int:
        """How many tokens may be written, thinking included."""
        return int(self.body.get("max_tokens") or self.body["max_completion_tokens"])

    def steps(self) -> Iterator[Written]:
        if self.scenario.trouble == "says nothing":
            return iter([Written(None, "", "end")])
        stop = tuple(self.body.get("stop") or ()) if self.scenario.trims_stop else ()
        temperature = self.body.get("temperature", 1.0)
        return writer.answer(
            self.prompt, tokens=self.most - self.thought, seed=self.body.get("seed"), temperature=temperature, stop=stop
        )

    def probabilities(self, choice: Choice, text: str) -> dict[str, Any]:
        best = choice.best[: self.asked]
        if self.chat or self.scenario.dialect == "llama.cpp":
            own = self.entry(choice.id, choice.logprob)
            return {"content": [own | {"top_logprobs": [self.entry(*each) for each in best]}]}
        likeliest = {writer.VOCABULARY[each]: logprob for each, logprob in best}
        likeliest.setdefault(choice.text, choice.logprob)  # vLLM adds the chosen one if it is none of the likeliest
        return {"tokens": [choice.text], "token_logprobs": [choice.logprob], "top_logprobs": [likeliest]}

    def entry(self, token_id: int, logprob: float) -> dict[str, Any]:
        text = writer.VOCABULARY[token_id]
        told = {"token": text, "logprob": logprob, "bytes": list(text.encode())}
        return told | {"id": token_id} if self.scenario.dialect == "llama.cpp" else told

    def message(self, shown: dict[str, Any], end: str | None) -> None:
        reason = {"end": "stop", "stop": "stop", "length": "length", None: None}[end]
        reason = self.scenario.ends if reason and self.scenario.ends else reason
        choice = {"index": 0, "finish_reason": reason, **shown}
        if self.scenario.dialect == "vllm":
            choice["stop_reason"] = self.body["stop"][0] if end == "stop" else None
        self.event({"choices": [choice]})

    def event(self, data: dict[str, Any]) -> None:
        kind = "chat.completion.chunk" if self.chat else "text_completion"
        self.handler.piece(
            f"data: {json.dumps({'id': 'x', 'object': kind, 'created': 0, 'model': MODEL} | data)}\n\n".encode()
        )
