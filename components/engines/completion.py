"""From llama.cpp's call-back to an iterator: the completion runs in a thread of its own, its chunks come here."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Any, Protocol

from components.engines.contract import Checkpoint
from components.models.queue import POLL_SECONDS

Chunk = Mapping[str, Any]
"""One message of a streamed completion, in the form of OpenAI's API."""


class CompletionServer(Protocol):
    """What is used of `xllamacpp.Server`."""

    def handle_completions(self, body: dict[str, Any], callback: Callable[[Chunk], bool]) -> None:
        """Run a completion in the calling thread, handing over chunk by chunk; it ends when `callback` says True."""


def chunks(server: CompletionServer, body: dict[str, Any], checkpoint: Checkpoint) -> Generator[Chunk, None, None]:
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
