"""What goes wrong between here and a server with OpenAI's API, and what leaves this machine."""

from __future__ import annotations

import logging
import socket
import threading
import traceback

import pytest

from components.engines.contract import Request, Started, Token
from components.engines.errors import (
    AccessDenied,
    CredentialsExpired,
    CutMidStream,
    EngineFault,
    GenerationError,
    Throttled,
    Unreachable,
)
from tests.services.generation.loopback import WAIT_S
from tests.services.generation.openai_server import Scenario, openai
from tests.services.generation.test_openai_contract import engine
from tests.unit.engines.streams import Stopped, carry_on, next_token, run, text

KEY = "sk-planted-planted-planted"
ENDLESS = Request(prompt="Star Trek", max_new_tokens=512, temperature=0.0)


def collect(subject, request=ENDLESS):
    """Return what was shown before it went wrong, and what went wrong."""
    shown = []
    try:
        for event in subject.stream(request, carry_on):
            if not isinstance(event, Started):
                shown.append(event)
    except GenerationError as error:
        return shown, error
    raise AssertionError("nothing went wrong")


@pytest.mark.parametrize(
    ("trouble", "fault", "words"),
    [
        ("throttled", Throttled, "received too many requests"),
        ("access denied", AccessDenied, "does not let this dashboard use “tiny”"),
        ("expired", CredentialsExpired, "missing or have expired"),
        ("overloaded", EngineFault, "status 503"),
        ("redirect", EngineFault, "status 307"),
        ("html", EngineFault, "not in the expected form"),
        ("cut at once", CutMidStream, "connection was closed"),
    ],
)
def test_before_an_answer(trouble, fault, words):
    scenario = Scenario(trouble=trouble)
    with openai(scenario) as address:
        shown, error = collect(engine(address))
    assert (shown, type(error)) == ([], fault)
    assert words in str(error)
    assert len(scenario.bodies) == 1, "it was sent again"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("error inside", "reported an error while it wrote"),
        ("cut", "connection was closed"),
        ("no end", "connection was closed"),
        ("garbage", "not in the expected form"),
    ],
)
def test_inside_an_answer_what_was_shown_stays(trouble, words):
    scenario = Scenario(trouble=trouble, trouble_after=3)
    with openai(scenario) as address:
        shown, error = collect(engine(address))
        scenario.trouble = None
        whole = text(run(engine(address), ENDLESS))
    assert len([event for event in shown if isinstance(event, Token)]) == 3
    assert whole.startswith(text(shown))
    assert text(shown)
    assert isinstance(error, CutMidStream)
    assert words in str(error)
    assert len(scenario.bodies) == 2


def test_text_that_could_have_become_a_stop_string_is_kept_when_an_answer_breaks_off():
    scenario = Scenario(trouble="cut", trouble_after=1, trims_stop=False)
    with openai(scenario) as address:
        subject = engine(address)
        first = collect(subject)[0][0].text
        shown, _error = collect(subject, Request(prompt="Star Trek", temperature=0.0, stop=(first + "never",)))
    assert text(shown) == first


def test_no_route():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shown, error = collect(engine(f"http://127.0.0.1:{port}/v1"))
    assert (shown, type(error)) == ([], Unreachable)
    assert f"127.0.0.1:{port}" in str(error)


def test_a_closed_stream_ends_the_work_even_while_the_server_says_nothing():
    scenario = Scenario(trouble="thinks", trouble_after=2)
    with openai(scenario) as address:
        stream = engine(address).stream(ENDLESS, carry_on)
        next_token(stream), next_token(stream)
        assert not scenario.gone.is_set()
        stream.close()
        assert scenario.gone.wait(WAIT_S)
    assert scenario.generated == 3, "the third was computed and never sent"


def test_a_checkpoint_that_raises_ends_the_work_before_there_is_an_answer():
    scenario = Scenario(trouble="thinks before it answers")

    def leave_once_it_is_asked():
        if scenario.bodies:
            raise Stopped

    with openai(scenario) as address:
        stream = engine(address).stream(ENDLESS, leave_once_it_is_asked)
        with pytest.raises(Stopped):
            list(stream)
        assert scenario.gone.wait(WAIT_S)
    assert scenario.generated == 0


def test_nothing_is_sent_until_the_first_event_is_asked_for():
    scenario = Scenario()
    with openai(scenario) as address:
        engine(address).stream(ENDLESS, carry_on)
        engine(address).stream(ENDLESS, carry_on).close()
    assert scenario.bodies == []


def test_no_thread_stays_behind():
    def ours():
        return [thread for thread in threading.enumerate() if thread.name == "remote answer"]

    scenario = Scenario(trouble="thinks")
    with openai(scenario) as address:
        before = ours()
        stream = engine(address).stream(ENDLESS, carry_on)
        next_token(stream)
        [mine] = [thread for thread in ours() if thread not in before]
        stream.close()
        mine.join(WAIT_S)
    assert not mine.is_alive()


def test_the_key_goes_to_its_server_and_nowhere_else(caplog):
    faults = []
    with caplog.at_level(logging.DEBUG):
        for trouble in ("throttled", "expired", "error inside", "redirect", "cut", "html"):
            scenario = Scenario(trouble=trouble)
            with openai(scenario) as address:
                subject = engine(address, key=KEY)
                faults.append(collect(subject)[1])
            assert scenario.headers[0]["Authorization"] == f"Bearer {KEY}", "not used, so this shows nothing"
    for error in faults:
        traced = "".join(traceback.format_exception(error))
        told = f"{error!r} {error} {error.values} {error.report} {error.__cause__!r} {traced}"
        assert KEY not in told
    assert KEY not in caplog.text
    assert KEY not in f"{subject!r} {vars(subject)} {subject.server!r} {subject.server} {subject.server.model_dump()}"


def test_keys_of_the_environment_are_not_for_whatever_server_is_asked(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Secret: {KEY}")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/elsewhere")
    scenario = Scenario()
    with openai(scenario) as address:
        run(engine(address), Request(prompt="a", max_new_tokens=1))
    [sent] = scenario.headers
    assert "Authorization" not in sent
    assert KEY not in str(sent)


def test_a_key_file_is_read_for_each_request(tmp_path):
    file = tmp_path / "key"
    scenario = Scenario()
    with openai(scenario) as address:
        subject = engine(address, key_file=file)
        for key in ("first", "second"):
            file.write_text(f"{key}\n")
            run(subject, Request(prompt="a", max_new_tokens=1))
        file.unlink()
        _shown, error = collect(subject)
    assert [sent["Authorization"] for sent in scenario.headers] == ["Bearer first", "Bearer second"]
    assert isinstance(error, CredentialsExpired)
