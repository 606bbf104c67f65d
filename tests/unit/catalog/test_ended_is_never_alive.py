"""A status follows from dates and today: what has reached its end is never shown as alive."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalog import curated, figures
from components.catalog.figures import End, end_of
from components.catalog.filters import places
from components.catalog.lifecycle import model_status, next_end, offer_status, period, today
from components.catalog.recipes import bedrock_id
from components.catalog.records import Model, Offer, Source

SOURCE = Source(title="A page", url=("https://example.org",), as_of=datetime.date(2026, 1, 1), about=("*",))
DAYS = st.dates(datetime.date(2015, 1, 1), datetime.date(2035, 1, 1))
MAYBE = st.none() | DAYS


@pytest.mark.parametrize("day", [today(), datetime.date(2030, 1, 1)])
def test_no_offer_of_the_catalog_outlives_its_end(day):
    for model in curated.models():
        for offer in model.offers:
            if (offer.eol and offer.eol <= day) or (offer.gone_by and offer.gone_by <= day):
                assert offer_status(offer, day) == "ended", offer
        services = [offer for offer in model.offers if offer.venue != "jumpstart"]
        if services and not model.open_weights.value and all(offer_status(offer, day) == "ended" for offer in services):
            assert model_status(model, day) == "ended", model.id
            assert places(model, day) == (), model.id
            assert bedrock_id(model, day) is None, model.id


@given(listed=DAYS, legacy=MAYBE, eol=MAYBE, gone_by=MAYBE, day=DAYS)
def test_an_offer_ends_on_its_day_and_stays_ended(listed, legacy, eol, gone_by, day):
    offer = Offer(venue="bedrock", id="x", source=(SOURCE,), listed=listed, legacy=legacy, eol=eol, gone_by=gone_by)
    ended = any(date is not None and date <= day for date in (eol, gone_by))
    assert (offer_status(offer, day) == "ended") == ended
    if ended:
        assert offer_status(offer, day + datetime.timedelta(days=1)) == "ended"
    elif legacy is not None and legacy <= day:
        assert offer_status(offer, day) == "legacy"
    else:
        assert offer_status(offer, day) == "active"


def test_the_same_record_changes_by_itself_as_days_pass():
    gpt5 = curated.model("gpt-5")
    assert model_status(gpt5, datetime.date(2026, 12, 10)) == "legacy"
    assert model_status(gpt5, datetime.date(2026, 12, 11)) == "ended"


def test_published_weights_outlive_the_services():
    llama = curated.model("llama-3.2")
    bedrock = [offer for offer in llama.offers if offer.venue == "bedrock"]
    assert bedrock
    assert all(offer_status(offer, today()) == "ended" for offer in bedrock)
    assert model_status(llama, today()) == "active"


def test_the_next_end_is_the_first_that_has_not_come():
    day = datetime.date(2026, 11, 1)
    jamba = next_end(curated.model("jamba-1.5-mini"), day)
    assert jamba is not None
    assert jamba.eol == datetime.date(2026, 11, 26)
    assert next_end(curated.model("jamba-1.5-mini"), datetime.date(2026, 11, 26)) is None


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2018", "2018-01-01", "2018-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-12", "2024-12-01", "2024-12-31"),
        ("2024-04-18", "2024-04-18", "2024-04-18"),
    ],
)
def test_a_date_is_as_wide_as_it_is_written(written, first, last):
    found = period(written)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert found.first <= found.middle <= found.last


def test_no_status_is_typed():
    assert "status" not in Model.model_fields
    assert "status" not in Offer.model_fields


DAY = datetime.date(2026, 11, 26)
GONE_BY = {"titan-text-lite": "2025-12-18", "jurassic-2": "2025-11-10"}
ENDED = {"gpt-3": "2024-01-04", "dall-e-3": "2026-05-12"}


@pytest.fixture(scope="module")
def traces():
    chart = figures.timeline(curated.models(), "bert", DAY)
    return {trace.name: trace for trace in chart.figure.data if trace.name}, chart.figure.data


def marked(trace):
    return {row[0]: (str(x), row[2]) for row, x in zip(trace.customdata, trace.x, strict=True)}


def test_a_bound_is_no_end():
    assert end_of(curated.model("titan-text-lite"), DAY) == End(datetime.date(2025, 12, 18), exact=False)
    assert end_of(curated.model("gpt-3"), DAY) == End(datetime.date(2024, 1, 4))


def test_a_bound_is_drawn_apart_and_says_that_the_day_was_not_found(traces):
    named, _ = traces
    bounds, ends = marked(named["Gone by"]), marked(named["Ended"])
    assert bounds.keys() & ends.keys() == set()
    assert named["Gone by"].marker.symbol != named["Ended"].marker.symbol
    for model_id, day in GONE_BY.items():
        assert bounds[model_id] == (day, f"gone by {day}; the exact day was not found")
    assert {model_id: ends[model_id][0] for model_id in ENDED} == ENDED


def test_a_life_whose_end_is_a_bound_is_dotted(traces):
    _, data = traces
    lines = {trace.line.dash: set(trace.x) for trace in data if trace.mode == "lines"}
    assert lines.keys() == {"solid", "dot"}
    assert GONE_BY["jurassic-2"] in lines["dot"]
    assert ENDED["dall-e-3"] not in lines["dot"]
