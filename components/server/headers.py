"""What every answer tells the browser: load nothing from elsewhere, run nothing from elsewhere, no foreign frame.

Streamlit sends none of these headers itself. See SECURITY.md for what each keeps out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # a link holds what a visitor typed: it is not told to the sites we link to
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

# Inline scripts are allowed because Streamlit's own page has one and BertViz's views are documents made of them; they
# are fed with data in JSON only. 'self' covers the websocket. blob: is how components bring their script.
_CONTENT: Final = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "media-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)

_FRAMED_BY: Final = {"class": "'none'", "studio": "'self' https://*.sagemaker.aws", "team": "'none'"}


def security_headers(profile: str) -> dict[str, str]:
    """Return the headers of a profile.

    Raises
    ------
    KeyError
        If there is no such profile.
    """
    policy = "; ".join((*_CONTENT, f"frame-ancestors {_FRAMED_BY[profile]}"))
    return {**_EVERYWHERE, "Content-Security-Policy": policy}


class SecurityHeaders:
    """ASGI middleware that adds headers to each answer that does not set them itself."""

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete its answer."""

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    given.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, completed if scope["type"] == "http" else send)
