"""Every answer carries the headers of its profile; what an answer says itself stays."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from components.server.middleware import KeptScripts, SecurityHeaders, security_headers


def policy(profile: str) -> dict[str, str]:
    parts = security_headers(profile)["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_nobody_frames_it_but_studio():
    assert policy("class")["frame-ancestors"] == policy("team")["frame-ancestors"] == "'none'"
    assert policy("studio")["frame-ancestors"] == "'self' https://*.sagemaker.aws"


@pytest.mark.parametrize("profile", ["class", "studio", "team"])
def test_nothing_is_loaded_from_elsewhere(profile):
    sources = {name: value for name, value in policy(profile).items() if name != "frame-ancestors"}
    assert sources["default-src"] == "'self'"
    assert sources["object-src"] == "'none'"
    for name, value in sources.items():
        assert set(value.split()) <= {"'self'", "'none'", "'unsafe-inline'", "data:", "blob:"}, name
    assert "data:" not in sources["script-src"]
    assert security_headers(profile)["X-Content-Type-Options"] == "nosniff"


def test_an_unknown_profile_has_no_headers():
    with pytest.raises(KeyError):
        security_headers("home")


def test_every_answer_is_completed_and_keeps_what_it_says():
    app = Starlette(
        routes=[Route("/own", lambda _request: PlainTextResponse("x", headers={"Referrer-Policy": "origin"}))],
        middleware=[Middleware(SecurityHeaders, headers=security_headers("class"))],
    )
    client = TestClient(app)
    assert client.get("/own").headers["referrer-policy"] == "origin"
    for path in ("/own", "/missing"):
        assert client.get(path).headers["x-content-type-options"] == "nosniff"


def test_a_script_is_kept_only_under_the_address_of_its_content():
    app = Starlette(
        routes=[Route("/team/a.js", lambda _request: PlainTextResponse("x"))],
        middleware=[Middleware(KeptScripts, addresses=["/team/a.js?v=1", "/team/gone.js?v=1"])],
    )
    client = TestClient(app)
    assert client.get("/team/a.js?v=1").headers["cache-control"] == "public, max-age=31536000, immutable"
    for address in ("/team/a.js", "/team/a.js?v=2", "/team/gone.js?v=1"):
        assert "cache-control" not in client.get(address).headers
