"""The `openai` client for one run: nothing but our key leaves, and the run can be cut off from another thread."""

from __future__ import annotations

import contextlib
import socket
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import ssl

    import httpx2
    import openai


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


def load() -> None:
    """Import the client and read the certificates: a second that would count as the server's at the first run."""
    import openai.resources.chat.completions
    import openai.resources.completions  # noqa: F401 (the client imports its parts when they are first used)

    _trusted()


@cache
def _trusted() -> ssl.SSLContext:
    """Return the certificates that this machine trusts: reading them takes longer than a short answer."""
    import httpx2

    return httpx2.create_ssl_context()
