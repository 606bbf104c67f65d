"""The page of the operator of a team's dashboard: what it shows is so, what it ends is ended, and secrets stay out."""

from __future__ import annotations

from contextlib import closing

import pytest

from components.core.errors import VisitorError
from components.core.i18n import LANGUAGES, use
from components.core.i18n import _ as translated
from components.core.settings import Settings
from components.engines import runs
from components.engines.contract import Queued, Request, Started, Token
from components.engines.errors import Withdrawn
from components.models import cached, memory
from components.models.memory import Holding
from components.operations import error_log, logs
from components.team import audit
from components.team.store import opening, writer
from components.team.store.people import record_visit
from tests.app.opening import faults
from tests.services.planted import PLANTED
from tests.unit.team.people_of_tests import ANA, BEN, HOSTILE, NOW

TABS = ("Now", "People", "Usage and limits", "Errors", "Audit log", "Settings")


@pytest.fixture
def ben(team):
    """The admin, who opens the pages of these tests."""
    return team.sign_in("ben")


def write(*jobs):
    for each in jobs:
        writer.writer().put("test", "", each)


@pytest.fixture
def waiting_and_writing():
    """Two generations of one model: one waits, one has written two tokens."""

    class Engine:
        name, model = "transformers", "classroom-gpt2"

        def __init__(self, *events):
            self.events = events

        def stream(self, request, checkpoint, *, session=""):
            for event in self.events:
                checkpoint()
                yield event

    request = Request(prompt="x")
    with (
        closing(runs.generate(Engine(Queued(1), Started(), Token("a")), request, lambda: None)) as waits,
        closing(runs.generate(Engine(Started(), *[Token("a")] * 9), request, lambda: None)) as writes,
    ):
        next(waits), next(writes), next(writes), next(writes)
        yield waits, writes


def open_tab(open_page, name, lang="en"):
    at = open_page("admin", lang=lang)
    with use(lang):
        at.session_state["admin_tab"] = translated(name)
    at.run()
    assert faults(at) == []
    return at


def said(at):
    kinds = (at.title, at.subheader, at.markdown, at.caption, at.info, at.warning)
    return "\n".join(each.value for kind in kinds for each in kind)


def tables(at):
    return "\n".join(each.value.to_string() for each in at.dataframe)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_draws_with_nothing_in_it(open_page, ben, monkeypatch, tab, lang):
    monkeypatch.setattr(error_log, "recent", lambda: ())
    monkeypatch.setattr(memory, "holdings", lambda: ())
    at = open_tab(open_page, tab, lang)
    assert said(at)
    assert "{" not in said(at)


def test_a_member_has_no_such_page(open_page, team):
    team.sign_in("ana")
    at = open_page("admin")
    assert [each.value for each in at.info] == [
        "This page is for others of your team. The operator of this dashboard decides who sees it."
    ]
    assert not at.tabs


def test_the_line_is_shown_and_a_run_can_be_ended(open_page, team, ben, waiting_and_writing):
    at = open_page("admin")
    assert faults(at) == []
    assert "1 writing, 1 waiting" in said(at)
    assert [each.value for each in at.metric][:2] == ["1", "1"]
    _, writing = runs.running()
    assert f"`{writing.id}` · 2 tokens" in said(at)
    at.button(key=f"admin_end_{writing.id}").click().run()
    assert faults(at) == []
    waits, writes = waiting_and_writing
    with pytest.raises(Withdrawn):
        next(writes)
    assert [next(waits), next(waits)] == [Started(), Token("a")]  # the other goes on
    team.written()
    newest, _ = audit.entries(opening.store())
    assert (newest.action, newest.person_id) == ("run ended", ben.id)


def test_who_is_no_admin_any_more_ends_nothing(open_page, team, ben, waiting_and_writing):
    at = open_page("admin")
    team.sign_in("ana")
    at.button(key=f"admin_end_{runs.running()[1].id}").click().run()
    assert next(waiting_and_writing[1]) == Token("a")


@pytest.mark.real_model
def test_a_model_is_shown_with_its_memory_and_unloaded(open_page, team, ben):
    loaded = cached.masked_lm("classroom-bert")
    at = open_page("admin")
    assert "**classroom\\-bert**" in said(at)
    at.button(key="admin_unload_classroom-bert").click().run()
    assert faults(at) == []
    assert cached.masked_lm("classroom-bert") is not loaded
    team.written()
    newest, _ = audit.entries(opening.store())
    assert (newest.action, newest.model) == ("model unloaded", "classroom-bert")


def test_a_name_that_somebody_made_up_is_shown_as_text(open_page, ben):
    class Thing:
        pass

    names = [each for each in HOSTILE if "\ud83d" not in each]  # half a character is no id of a model anywhere
    things = [Thing() for _ in names]
    for thing, name in zip(things, names, strict=True):
        memory.register(thing, Holding(kind="encoder", model=name, size_bytes=1, release=lambda: None))
    assert faults(open_page("admin")) == []


def test_people_are_listed_who_was_here_last_first(open_page, team, ben):
    write(lambda session: record_visit(session, ANA, NOW), lambda session: record_visit(session, BEN, NOW))
    team.written()
    at = open_tab(open_page, "People")
    table = at.dataframe[0].value
    assert set(table["address"]) == {ANA.email, BEN.email}
    assert dict(zip(table["address"], table["role"], strict=True)) == {ANA.email: "member", BEN.email: "admin"}


def test_errors_are_listed_by_kind_with_their_reference_and_without_what_was_typed(open_page, ben):
    class NoFile(VisitorError):
        template = "No file {name}."

    with logs.add_ids(run="abcd1234", page="tokenizer"):
        error_log.record(NoFile(name="secretword"))
    row = open_tab(open_page, "Errors").dataframe[0].value.iloc[0]
    assert list(row)[1:] == ["NoFile", "No file ….", "tokenizer", "abcd1234"]


def test_the_audit_log_shows_prompts_only_if_they_are_kept(open_page, team, ben):
    audit.record("run", ANA, model="m", tokens=3, prompt="secretword")
    team.written()
    at = open_tab(open_page, "Audit log")
    assert "secretword" not in tables(at)
    assert "generated" in set(at.dataframe[0].value["action"])
    team.set(audit_prompts=True)
    audit.record("run", ANA, model="m", tokens=3, prompt="secretword")
    team.written()
    assert "secretword" in tables(open_tab(open_page, "Audit log"))


def test_settings_are_shown_without_secrets(open_page, team, ben):
    key = PLANTED["AWS_SECRET_ACCESS_KEY"]
    served = [{"name": "s", "base_url": "http://127.0.0.1:9/v1", "models": ["m"], "key": key}]
    team.set(openai_servers=served, user_tokens_per_day=1234)
    at = open_tab(open_page, "Settings")
    table = at.dataframe[0].value.set_index("setting")
    assert table.loc["user_tokens_per_day"]["value"] == "1234"
    assert table.loc["profile"]["value"] == "team"
    assert "http://127.0.0.1:9/v1" in table.loc["openai_servers"]["value"]
    at.toggle(key="admin_changed").set_value(False).run()
    every = at.dataframe[0].value
    assert len(every) == len(Settings.model_fields)
    assert key not in tables(at)


def test_the_limits_stand_as_they_are_set(open_page, team, ben):
    team.set(user_tokens_per_day=2_000_000, team_usd_per_day=5)
    table = open_tab(open_page, "Usage and limits").dataframe[0].value.set_index("limit")
    assert table.loc["tokens per day"].to_list() == ["2,000,000", "no limit"]
    assert table.loc["US dollars per day"].to_list() == ["no limit", "5.0"]


def test_without_its_database_it_still_shows_what_goes_on(open_page, team, ben):
    team.written()
    at = open_page("admin")
    opening.store().place.file.unlink(missing_ok=True)
    opening.store().place.file.parent.mkdir(exist_ok=True)
    at.session_state["admin_tab"] = "People"
    at.run()
    assert at.exception == []
    at.session_state["admin_tab"] = "Now"
    assert faults(at.run()) == []
