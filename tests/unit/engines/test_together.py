"""Several runs at once: nobody waits for another, one that fails does not take the others along."""

import threading
from itertools import islice

import pytest

from components.engines.contract import Finished, Request, Started, Token
from components.engines.errors import ContextTooLong, EngineFault
from components.engines.together import Run, stream_together
from tests.unit.engines.streams import StopAt, Stopped, carry_on, run, text

REQUEST = Request(prompt="Hello", seed=1, max_new_tokens=8)


def by_name(pairs):
    found = {}
    for name, event in pairs:
        found.setdefault(name, []).append(event)
    return found


def test_each_run_gives_what_it_gives_alone(engine):
    gpt2, t5 = engine("gpt2"), engine("t5")
    runs = {"a": Run(gpt2, REQUEST), "b": Run(t5, REQUEST), "c": Run(gpt2, Request(prompt="Hi", seed=2))}
    found = by_name(stream_together(runs, carry_on, session="me"))
    assert {name: text(events) for name, events in found.items()} == {
        name: text(run(each.engine, each.request)) for name, each in runs.items()
    }


def test_runs_that_need_each_others_seat_all_finish(engine):
    gpt2 = engine("gpt2", seats=1)
    runs = {name: Run(gpt2, REQUEST) for name in "abcd"}
    found = by_name(stream_together(runs, carry_on, session="me"))
    assert all(isinstance(events[-1], Finished) for events in found.values())
    assert len(found) == 4


def test_a_run_that_fails_is_told_and_the_others_go_on(engine):
    gpt2 = engine("gpt2")
    runs = {"long": Run(gpt2, Request(prompt="x" * 500)), "good": Run(gpt2, REQUEST)}
    found = by_name(stream_together(runs, carry_on))
    assert [type(event) for event in found["long"]] == [ContextTooLong]
    assert isinstance(found["good"][-1], Finished)


class Blocked:
    """An engine that gives one token and then nothing, until its checkpoint raises."""

    name, model = "openai", "blocked"

    def __init__(self, events=1):
        self.events = events
        self.ended = threading.Event()

    def stream(self, request, checkpoint, *, session=""):
        try:
            for _ in range(self.events):
                yield Finished("unknown")
            while True:
                checkpoint()
                threading.Event().wait(0.01)
        finally:
            self.ended.set()


@pytest.mark.parametrize("events", [1, 1000])
def test_closing_ends_every_run_even_one_that_nobody_reads(engine, events):
    blocked = Blocked(events)
    stream = stream_together({"a": Run(blocked, REQUEST)}, carry_on)
    assert len(list(islice(stream, 1))) == 1
    stream.close()
    assert blocked.ended.wait(5)


def test_a_checkpoint_that_raises_ends_every_run(engine):
    blocked = Blocked()
    with pytest.raises(Stopped):
        list(stream_together({"a": Run(blocked, REQUEST)}, StopAt(4)))
    assert blocked.ended.wait(5)


def test_the_checkpoint_is_only_called_in_the_callers_thread(engine):
    threads = set()
    runs = {name: Run(engine("gpt2"), REQUEST) for name in "ab"}
    list(stream_together(runs, lambda: threads.add(threading.current_thread())))
    assert threads == {threading.current_thread()}


def test_what_is_no_known_fault_is_raised():
    class Broken(Blocked):
        def stream(self, request, checkpoint, *, session=""):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(stream_together({"a": Run(Broken(), REQUEST)}, carry_on))


def test_a_fault_in_the_middle_keeps_what_came_before():
    class Cut(Blocked):
        def stream(self, request, checkpoint, *, session=""):
            yield Finished("unknown")
            raise EngineFault(engine="x", reason="y")

    found = by_name(stream_together({"a": Run(Cut(), REQUEST)}, carry_on))
    assert [type(event) for event in found["a"]] == [Finished, EngineFault]


def test_tokens_are_streamed_and_not_kept_back(engine):
    stream = stream_together({"a": Run(engine("gpt2"), REQUEST)}, carry_on)
    assert next(stream) == ("a", Started())
    name, first = next(stream)
    assert name == "a"
    assert isinstance(first, Token)
    stream.close()
