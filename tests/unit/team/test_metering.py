"""An engine whose runs are counted for one person: promised before, settled after, however it ends."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace

import pytest

from components.core import settings as module
from components.engines import metering
from components.engines.capabilities import Capabilities
from components.engines.contract import Finished, Message, Queued, Request, Thought, Token, Usage
from components.engines.errors import EngineFault, OutOfRange
from components.team.errors import CannotCount, PriceUnknown, StoreUnavailable, YourTokens
from components.team.metering import Metered
from components.team.store import faults
from components.team.store.limits import Limits, UserAndTeamLimits, count_used
from components.team.store.people import key_of
from components.team.store.writer import Writer
from tests.unit.team.people_of_tests import ANA, NOW

ABLE = Capabilities(missing={}, context_tokens=None, most_new_tokens=99, most_candidates=0)
REQUEST = Request(prompt="Once", max_new_tokens=10)


@dataclass
class Scripted:
    """An engine that says what it was told to; an error among the events is raised."""

    events: list = field(default_factory=lambda: [Queued(1), *words(3), Usage(2, 3), Finished("end")])
    name: str = "openai"
    model: str = "m"
    capabilities: Capabilities = ABLE
    started: int = 0

    def stream(self, request, checkpoint, *, session=""):
        self.started += 1
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event

    def count_tokens(self, request):
        return 7


def words(count):
    return [Token(text="a ") for _ in range(count)]


@pytest.fixture
def meter(store):
    """A way to wrap an engine; `meter.used()` says what was counted."""
    writer = Writer(store)

    def wrap(engine, *, cost=lambda read, written: 0.0, **limits):
        both = UserAndTeamLimits(Limits(**limits), Limits())
        return Metered(engine, cost, ANA, both, store, writer, now=lambda: NOW)

    def counted():
        assert writer.flush(30)
        with store.reading() as session:
            return count_used(session, key_of(session, ANA.id), now=NOW)

    wrap.used = counted
    yield wrap
    writer.stop()


def run(engine, request=REQUEST):
    with closing(engine.stream(request, lambda: None, session="s")) as stream:
        return list(stream)


def test_what_the_engine_tells_passes_unchanged_and_is_counted(meter):
    engine = Scripted()
    assert run(meter(engine, tokens_per_day=100)) == engine.events
    assert (meter.used().tokens, meter.used().requests) == (5, 1)


def test_without_limits_the_usage_is_counted_all_the_same(meter):
    run(meter(Scripted()))
    assert meter.used().tokens == 5


def test_a_run_that_does_not_fit_never_reaches_the_engine(meter):
    engine = Scripted()
    with pytest.raises(YourTokens) as refused:
        run(meter(engine, tokens_per_day=20))
    assert refused.value.values["wanted"] == str(len("Once") + 16 + 10)
    assert engine.started == 0
    assert meter.used().requests == 0


def test_an_engine_of_this_process_counts_its_prompt_exactly(meter):
    run(meter(Scripted(name="transformers"), tokens_per_day=17))
    with pytest.raises(YourTokens):
        run(meter(Scripted(name="transformers"), tokens_per_day=16))


def test_the_turns_of_a_conversation_are_promised_by_their_bytes(meter):
    talk = Request(mode="chat", messages=(Message("user", "안녕"), Message("assistant", "ok")), max_new_tokens=1)
    with pytest.raises(YourTokens) as refused:
        run(meter(Scripted(), tokens_per_day=1), talk)
    assert refused.value.values["wanted"] == str(6 + 2 + 3 * 16 + 1)


def test_a_run_that_is_left_counts_what_was_written(meter):
    with closing(meter(Scripted(), tokens_per_day=100).stream(REQUEST, lambda: None)) as stream:
        for _ in range(3):
            next(stream)
    assert meter.used().tokens == len("Once") + 16 + 2


@pytest.mark.parametrize("fault", [EngineFault(engine="e", reason="r"), OutOfRange(setting="s", value=1, allowed="2")])
def test_a_run_that_fails_before_it_wrote_counts_as_a_request_only(meter, fault):
    with pytest.raises(type(fault)):
        run(meter(Scripted([fault]), tokens_per_day=100))
    assert (meter.used().tokens, meter.used().requests) == (0, 1)


def test_money_is_promised_at_most_and_settled_by_what_was_used(meter):
    run(meter(Scripted(), cost=lambda read, written: (read + written) / 100, usd_per_day=1.0))
    assert meter.used().usd == pytest.approx(0.05)


def test_thinking_is_promised_and_counted_too(meter):
    thinks = replace(ABLE, thinking_tokens=50)
    engine = Scripted([Thought("so", 7), *words(2)], capabilities=thinks)
    with pytest.raises(YourTokens):
        run(meter(engine, tokens_per_day=60))
    with closing(meter(engine, tokens_per_day=200).stream(REQUEST, lambda: None)) as left:
        for _ in range(3):
            next(left)
    read = len(REQUEST.prompt) + 16
    assert meter.used().tokens == read + 7 + 2, "the visitor left before the engine counted"


def test_under_a_money_limit_a_model_without_a_price_does_not_run(meter):
    engine = Scripted()
    with pytest.raises(PriceUnknown, match="price of “m” is not known"):
        run(meter(engine, cost=lambda read, written: None, usd_per_day=1.0))
    assert engine.started == 0
    run(meter(engine, cost=lambda read, written: None, tokens_per_day=100))
    assert engine.started == 1


def test_while_the_database_is_gone_what_costs_nothing_runs_and_is_counted_later(meter, store):
    store._be_ready()
    away = store.place.file.rename(store.place.file.with_suffix(".away"))
    engine = Scripted()
    free, paid = meter(engine, tokens_per_day=100), meter(engine, cost=lambda read, written: 0.1, usd_per_day=1.0)
    assert run(free) == engine.events
    with pytest.raises(CannotCount) as refused:
        run(paid)
    assert refused.value.values["reason"] is faults.GONE
    assert engine.started == 1
    with pytest.raises(StoreUnavailable), store.reading():
        pass
    away.rename(store.place.file)
    store._failed = None
    assert meter.used().tokens == 5


def test_where_no_team_signs_in_the_engine_is_the_engine(monkeypatch):
    monkeypatch.setenv("DASHBOARD_USER_TOKENS_PER_DAY", "1")
    module.settings.cache_clear()
    engine = Scripted()
    assert metering.meter_of(lambda read, written: 0.0)(engine) is engine
    monkeypatch.undo()
    module.settings.cache_clear()
