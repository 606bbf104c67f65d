"""Every answer carries the headers of its profile; what an answer says itself stays."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from components.server.middleware import KeptFiles, SecurityHeaders, security_headers


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


def test_files_come_from_memory_under_the_address_of_their_content_alone(tmp_path):
    (tmp_path / "a.js").write_text("x = 1")
    (tmp_path / "b.css").write_text("b {}")
    files = {"/team/a.js?v=1": tmp_path / "a.js", "/team/b.css": tmp_path / "b.css", "/team/c.js": tmp_path / "c.js"}
    app = Starlette(
        routes=[Route("/team/{name}", lambda _request: PlainTextResponse("from the disk"), methods=["GET", "POST"])],
        middleware=[Middleware(KeptFiles, files=files)],
    )
    client = TestClient(app)
    for _again in range(2):
        for address, content, kind in (("a.js?v=1", "x = 1", "text/javascript"), ("b.css", "b {}", "text/css")):
            answer = client.get(f"/team/{address}")
            assert (answer.status_code, answer.text) == (200, content)
            assert answer.headers["content-type"].startswith(kind)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        for folder in tmp_path.glob("*.*"):
            folder.unlink()  # what was asked for once is in memory
    asked = client.head("/team/a.js?v=1")
    assert (asked.text, asked.headers["content-length"]) == ("", "5")
    for address in ("a.js", "a.js?v=2", "b.css?v=1", "c.js"):
        answer = client.get(f"/team/{address}")
        assert answer.text == "from the disk"
        assert "cache-control" not in answer.headers
    assert client.post("/team/b.css").text == "from the disk"
