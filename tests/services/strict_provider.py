"""A provider of OpenID Connect on loopback that does what the specification says, and no more.

It refuses a `prompt` that it does not have, has no claim of a person but `sub` in its ID tokens (the others are at its
userinfo endpoint), and sends nobody who signed out to an address that is not registered for that. Everybody who comes
is signed in at once, as at a provider that knows them already.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT: Final = ("dashboard", "of tests")
SIGNS_FOR_S: Final = 600


@dataclass
class StrictProvider:
    """What it knows, and what it was asked."""

    origin: str = ""
    prompts: tuple[str, ...] = ("none", "login", "consent")
    lists_prompts: bool = True
    after_sign_out: tuple[str, ...] = ()
    claims: Mapping[str, object] = field(default_factory=dict)
    userinfo: Mapping[str, object] = field(default_factory=dict)
    token_error: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"}))
    _nonces: dict[str, str] = field(default_factory=dict)

    def metadata(self) -> dict[str, object]:
        listed = {"prompt_values_supported": list(self.prompts)} if self.lists_prompts else {}
        names = {
            f"{name}_endpoint": f"{self.origin}/{name}"
            for name in ("authorization", "token", "userinfo", "end_session")
        }
        signed = {"id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"]}
        return {"issuer": self.origin, "jwks_uri": f"{self.origin}/jwks", **names, **signed, **listed}

    def code(self, nonce: str) -> str:
        code = secrets.token_hex(8)
        self._nonces[code] = nonce
        return code

    def token(self, code: str) -> dict[str, object]:
        now = int(time.time())
        claims = {"iss": self.origin, "sub": "mina", "aud": CLIENT[0], "iat": now, "exp": now + SIGNS_FOR_S}
        claims |= {"nonce": self._nonces.pop(code), **self.claims}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        return {"access_token": "opens userinfo", "token_type": "Bearer", "expires_in": SIGNS_FOR_S, "id_token": signed}

    def prompts_asked(self) -> list[str | None]:
        return [asked.get("prompt") for path, asked in self.asked if path == "/authorization"]


def handler(provider: StrictProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            provider.asked.append((parts.path, asked))
            match parts.path:
                case "/.well-known/openid-configuration":
                    self._json(provider.metadata())
                case "/jwks":
                    self._json({"keys": [provider.key.as_dict(private=False)]})
                case "/authorization":
                    self._authorize(asked)
                case "/userinfo" if self.headers["Authorization"] == "Bearer opens userinfo":
                    self._json({"sub": "mina", **provider.userinfo})
                case "/end_session" if asked.get("post_logout_redirect_uri") in provider.after_sign_out:
                    self._redirect(asked["post_logout_redirect_uri"])
                case "/end_session":
                    self._json({"error_description": "post_logout_redirect_uri not registered"}, status=400)
                case _:
                    self._json({}, status=404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {name: values[0] for name, values in parse_qs(body).items()}
            provider.asked.append((self.path, asked))
            expected = "Basic " + base64.b64encode(":".join(CLIENT).encode()).decode()
            if provider.token_error:
                said = {"error": provider.token_error, "error_description": "the client's secret is over"}
                self._json(said, status=401)
            elif self.headers["Authorization"] != expected:
                self._json({"error": "invalid_client"}, status=401)
            else:
                self._json(provider.token(asked["code"]))

        def _authorize(self, asked: dict[str, str]) -> None:
            back: dict[str, str] = {"state": asked["state"]}
            if not set(asked.get("prompt", "").split()) <= set(provider.prompts):
                back |= {"error": "invalid_request", "error_description": "unsupported prompt value requested"}
            else:
                back |= {"code": provider.code(asked["nonce"])}
            self._redirect(f"{asked['redirect_uri']}?{urlencode(back)}")

        def _redirect(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _json(self, said: Mapping[str, Any], *, status: int = 200) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Write nothing."""

    return Handler


@contextmanager
def strict_provider() -> Iterator[StrictProvider]:
    """Start one."""
    provider = StrictProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(provider))
    provider.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
