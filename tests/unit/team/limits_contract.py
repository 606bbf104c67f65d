"""What holds for the limits of a team, whichever database counts them; see `tests.unit.team.store_contract`."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from components.team import errors
from components.team.store.limits import Entry, Limits, UserAndTeamLimits, commit_usage, count_used, reserve
from tests.unit.team.people_of_tests import NOW

NONE = Limits()
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def an_entry(person="ana", *, tokens=0, usd=0.0) -> Entry:
    return Entry(id=uuid4().hex, person=person, engine="bedrock", model="m", tokens=tokens, usd=usd)


def mine(**limits) -> UserAndTeamLimits:
    return UserAndTeamLimits(Limits(**limits), NONE)


def everybodys(**limits) -> UserAndTeamLimits:
    return UserAndTeamLimits(NONE, Limits(**limits))


def start(store, limits, *, now=NOW, **entry) -> Entry:
    entry = an_entry(**entry)
    with store.writing(patient=True) as session:
        refusal = reserve(session, entry, limits, now=now)
    if refusal is not None:
        raise refusal
    return entry


def used_by(store, person, *, now=NOW):
    with store.reading() as session:
        return count_used(session, person, now=now)


class LimitsContract:
    @pytest.mark.parametrize(
        ("limits", "entry"),
        [
            (mine(requests_per_minute=5), {}),
            (everybodys(requests_per_minute=5), {}),
            (mine(tokens_per_day=54), {"tokens": 10}),
            (everybodys(tokens_per_day=54), {"tokens": 10}),
            (mine(usd_per_day=0.54), {"usd": 0.1}),
            (everybodys(usd_per_day=0.54), {"usd": 0.1}),
        ],
        ids=str,
    )
    def test_ten_who_start_together_cannot_pass_a_limit_of_five(self, open_store, limits, entry):
        stores = [open_store() for _ in range(5)]
        stores[0]._be_ready()
        started, refused = [], []
        together = threading.Barrier(10)

        def begin(store):
            together.wait()
            try:
                started.append(start(store, limits, **entry))
            except errors.LimitReached as error:
                refused.append(error)

        threads = [threading.Thread(target=begin, args=(stores[number % 5],)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(started), len(refused)) == (5, 5)
        assert used_by(stores[0], None).requests == 5

    def test_a_limit_of_a_person_is_not_another_persons(self, store):
        limits = mine(requests_per_minute=1, tokens_per_day=10)
        start(store, limits, person="ana", tokens=10)
        start(store, limits, person="ben", tokens=10)
        with pytest.raises(errors.YourRequests):
            start(store, limits, person="ben")

    def test_a_limit_of_all_counts_everybody(self, store):
        limits = everybodys(requests_per_minute=2)
        start(store, limits, person="ana")
        start(store, limits, person="ben")
        with pytest.raises(errors.AllRequests):
            start(store, limits, person="eva")

    def test_a_minute_is_the_last_sixty_seconds(self, store):
        limits = mine(requests_per_minute=2)
        start(store, limits, now=NOW)
        start(store, limits, now=NOW + timedelta(seconds=20))
        with pytest.raises(errors.YourRequests) as refused:
            start(store, limits, now=NOW + timedelta(seconds=45))
        assert refused.value.values == {"limit": 2, "used": 2, "seconds": 15}
        start(store, limits, now=NOW + timedelta(seconds=60))
        with pytest.raises(errors.YourRequests):
            start(store, limits, now=NOW + timedelta(seconds=79))

    def test_what_was_promised_and_not_used_is_free_again(self, store):
        limits = mine(tokens_per_day=100, usd_per_day=1.0)
        entry = start(store, limits, tokens=90, usd=0.9)
        with pytest.raises(errors.YourTokens) as refused:
            start(store, limits, tokens=20)
        assert refused.value.values == {"limit": "100", "used": "90", "wanted": "20", "hours": 8, "minutes": 30}
        with pytest.raises(errors.YourMoney) as refused:
            start(store, limits, tokens=1, usd=0.2)
        assert refused.value.values["used"] == "0.9000"
        spent = Entry(id=entry.id, person="ana", engine="bedrock", model="m", tokens=30, usd=0.25)
        for _ in range(2):  # the caller tries again after an answer that was lost
            with store.writing() as session:
                commit_usage(session, spent, at=NOW)
        assert used_by(store, "ana").tokens == 30
        start(store, limits, tokens=70, usd=0.75)

    def test_more_than_was_promised_counts_too(self, store):
        limits = mine(tokens_per_day=100)
        entry = start(store, limits, tokens=10)
        with store.writing() as session:
            commit_usage(session, Entry(id=entry.id, person="ana", engine="e", model="m", tokens=120, usd=0.0), at=NOW)
        with pytest.raises(errors.YourTokens):
            start(store, limits, tokens=1)

    def test_a_run_that_was_never_promised_is_counted_when_it_is_settled(self, store):
        with store.writing() as session:
            commit_usage(session, an_entry(tokens=42), at=NOW)
        assert used_by(store, "ana").tokens == 42

    def test_a_refused_run_is_not_counted(self, store):
        limits = mine(requests_per_minute=1)
        start(store, limits)
        for _ in range(3):
            with pytest.raises(errors.YourRequests):
                start(store, limits)
        assert used_by(store, "ana").requests == 1

    def test_a_day_ends_at_midnight_utc(self, store):
        limits = mine(tokens_per_day=10)
        late = datetime(2026, 3, 10, 23, 59, 30, tzinfo=UTC)
        start(store, limits, tokens=10, now=late)
        with pytest.raises(errors.YourTokens) as refused:
            start(store, limits, tokens=1, now=late)
        assert (refused.value.values["hours"], refused.value.values["minutes"]) == (0, 1)
        start(store, limits, tokens=10, now=late + timedelta(seconds=30))

    @pytest.mark.parametrize("back", [timedelta(seconds=30), timedelta(hours=3), DAY, 400 * DAY], ids=str)
    def test_a_clock_that_is_set_back_opens_nothing_and_shuts_nothing_for_long(self, store, back):
        limits = mine(requests_per_minute=2, tokens_per_day=10)
        start(store, limits, tokens=5, now=NOW)
        start(store, limits, tokens=5, now=NOW)
        before = NOW - back
        with pytest.raises(errors.YourRequests) as refused:
            start(store, limits, tokens=1, now=before)
        assert refused.value.values["seconds"] <= 60
        with pytest.raises(errors.YourTokens):
            start(store, limits, tokens=1, now=before + 2 * MINUTE)
        start(store, limits, tokens=10, now=before + DAY)

    def test_a_clock_that_jumps_ahead_and_back_leaves_the_limits_as_they_were(self, store):
        limits = mine(requests_per_minute=2, tokens_per_day=10)
        start(store, limits, tokens=6, now=NOW)
        start(store, limits, tokens=4, now=NOW + 365 * DAY)  # what a jump ahead opens is a day, once
        back = NOW + timedelta(seconds=10)
        with pytest.raises(errors.YourRequests):
            start(store, limits, tokens=1, now=back)
        with pytest.raises(errors.YourTokens):
            start(store, limits, tokens=1, now=back + 2 * MINUTE)
        start(store, limits, tokens=10, now=NOW + DAY)

    def test_a_process_that_died_keeps_its_promise_for_a_day_only(self, store):
        limits = mine(tokens_per_day=10)
        start(store, limits, tokens=10)
        with pytest.raises(errors.YourTokens):
            start(store, limits, tokens=1, now=NOW + timedelta(hours=2))
        start(store, limits, tokens=10, now=NOW + DAY)
