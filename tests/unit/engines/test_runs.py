"""Every generation is counted as it went, and ends when the visitor, the operator or the server wants it."""

from __future__ import annotations

import ast
import logging
from contextlib import closing
from unittest.mock import patch

import pytest

from components.engines import runs
from components.engines.contract import Finished, Queued, Request, Started, Token, Usage
from components.engines.errors import EngineFault, OutOfRange, ServerStops, Withdrawn
from components.operations import error_log, logs, metrics, stopping
from tests.unit.engines.streams import StopAt, Stopped, carry_on
from tests.unit.source_tree import modules

REQUEST = Request(prompt="a secret prompt", max_new_tokens=8)


class Scripted:
    """An engine that gives what it is told, looking at its checkpoint before each event."""

    name = "transformers"

    def __init__(self, *events, model="classroom-gpt2"):
        self.events, self.model = events, model
        self.seen_ids = []

    def stream(self, request, checkpoint, *, session=""):
        for event in self.events:
            checkpoint()
            self.seen_ids.append(dict(logs.ids()))
            if isinstance(event, Exception):
                raise event
            yield event


@pytest.fixture
def counted():
    """Give what was counted since the test began, by counter and labels."""

    def totals():
        return {
            (family.name, tuple(sample.labels.values())): sample.value
            for family in metrics.REGISTRY.collect()
            for sample in family.samples
            if sample.name.endswith(("_total", "_count"))
        }

    before = totals()

    def since():
        grown = {}
        for (name, labels), value in totals().items():
            if value > before.get((name, labels), 0):
                grown.setdefault(name, {})[labels] = value - before.get((name, labels), 0)
        return grown

    return since


def gather(engine, checkpoint=carry_on):
    got = []
    with closing(runs.generate(engine, REQUEST, checkpoint)) as stream:
        for event in stream:
            got.append(event)
    return got


def test_a_run_to_its_end_is_counted_with_what_the_engine_says(counted):
    script = (
        Queued(2),
        Queued(1),
        Started(),
        Token("x", given=True),
        Token("a"),
        Token("b"),
        Usage(5, 3),
        Finished("end"),
    )
    assert gather(Scripted(*script)) == list(script)
    of = ("transformers", "classroom-gpt2")
    assert counted() == {
        "dashboard_generation_runs": {(*of, "end"): 1},
        "dashboard_generation_tokens": {(*of, "read"): 5, (*of, "written"): 3},
        "dashboard_generation_wait_seconds": {of: 1},
        "dashboard_generation_first_token_seconds": {of: 1},
        "dashboard_generation_tokens_per_second": {of: 1},
    }
    assert runs.running() == ()


def test_while_it_goes_on_it_says_whether_it_waits_or_writes():
    stream = runs.generate(Scripted(Queued(1), Started(), Token("a"), Finished("end")), REQUEST, carry_on)
    assert runs.running() == ()  # nothing is done before somebody asks for the first event
    next(stream)
    [waiting] = runs.running()
    assert waiting.in_line
    assert waiting.seated_s is None
    next(stream), next(stream)
    [writing] = runs.running()
    assert writing is waiting
    assert (writing.in_line, writing.usage.new_tokens) == (False, 1)
    stream.close()
    assert runs.running() == ()


def test_a_visitor_who_leaves_is_no_error(counted):
    with pytest.raises(Stopped):
        gather(Scripted(Token("a"), Token("b"), Finished("end")), StopAt(2))
    assert counted()["dashboard_generation_runs"] == {("transformers", "classroom-gpt2", "left"): 1}
    assert "dashboard_errors" not in counted()


def test_a_run_that_is_withdrawn_ends_before_its_next_token(counted):
    stream = runs.generate(Scripted(Token("a"), Token("b"), Finished("end")), REQUEST, carry_on)
    assert next(stream) == Token("a")
    runs.running()[0].withdraw()
    with pytest.raises(Withdrawn):
        next(stream)
    assert counted()["dashboard_generation_runs"] == {("transformers", "classroom-gpt2", "stopped"): 1}


def test_a_server_that_stops_ends_runs_and_begins_none():
    stream = runs.generate(Scripted(Token("a"), Token("b"), Finished("end")), REQUEST, carry_on)
    next(stream)
    with patch.object(stopping, "is_requested", return_value=True):
        with pytest.raises(ServerStops):
            next(stream)
        with pytest.raises(ServerStops):
            runs.generate(Scripted(Token("a")), REQUEST, carry_on)


def test_a_fault_of_the_engine_is_noted_once_with_its_reference(counted):
    fault = EngineFault(engine="it", reason="broken")
    with pytest.raises(EngineFault):
        gather(Scripted(Token("a"), fault))
    error_log.record(fault)  # as the page does when it shows it
    assert counted()["dashboard_errors"] == {("EngineFault",): 1}
    last = error_log.recent()[0]
    assert (last.kind, last.what) == ("EngineFault", EngineFault.template)
    assert dict(last.ids)["generation"] == fault.reference


def test_a_request_that_cannot_be_run_is_noted_too(counted):
    class Refusing(Scripted):
        def stream(self, request, checkpoint, *, session=""):
            raise OutOfRange(setting="seed", value=1, allowed="2")

    with pytest.raises(OutOfRange):
        runs.generate(Refusing(), REQUEST, carry_on)
    assert counted() == {"dashboard_errors": {("OutOfRange",): 1}}


def test_log_lines_of_a_run_carry_its_id_and_not_what_was_typed(caplog):
    engine = Scripted(Token("a"), Finished("end"))
    with caplog.at_level(logging.INFO, logger="components"), logs.add_ids(run="r1"):
        assert gather(engine)
        assert dict(logs.ids()) == {"run": "r1"}  # nothing stays behind in the reader of the stream
    [ids, *others] = engine.seen_ids
    assert set(ids) == {"run", "generation"}
    assert all(other == ids for other in others)
    assert "secret" not in caplog.text


def test_a_model_that_nobody_offers_is_not_counted_by_its_name(counted):
    gather(Scripted(Finished("end"), model="somebody/made-this-up"))
    assert counted()["dashboard_generation_runs"] == {("transformers", runs.OTHER, "end"): 1}


def test_nothing_else_runs_an_engine():
    """An engine that is used past this is neither counted nor stopped; what counts for a team passes runs on."""

    def runs_engines(module):
        streams = [
            call
            for call in module.nodes(ast.Call)
            if isinstance(call.func, ast.Attribute) and call.func.attr == "stream"
        ]
        return any(word.arg == "session" for call in streams for word in call.keywords)

    found = {str(module.path) for module in modules("components") if runs_engines(module)}
    assert found == {"components/engines/runs.py", "components/team/metering.py"}
