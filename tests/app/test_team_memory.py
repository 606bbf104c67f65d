"""What a team's pages remember and limit, through app.py, with a person who signed in and a database of their own."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from components.core.i18n import LANGUAGES, use
from components.core.i18n import _ as translated
from components.team.store import database, people, writer
from tests.app.opening import downloads, faults
from tests.unit.team.people_of_tests import BEN, HOSTILE, NOW, a_run
from tests.unit.team.store_contract import everything_written, keep

pytestmark = pytest.mark.real_model

FEW = "4"


@pytest.fixture
def ana(team):
    return team.sign_in("ana")


def generate(at):
    return at.button(key="generation_generate").click().run()


def open_tab(at, key, name, lang="en"):
    with use(lang):
        at.session_state[key] = translated(name)
    at.run()
    assert faults(at) == []
    return at


def said(at):
    return "\n".join(each.value for kind in (at.markdown, at.caption, at.info, at.warning, at.success) for each in kind)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_generated_is_there_in_the_next_session(open_page, team, ana, lang):
    asked = {"model": "classroom-gpt2", "prompt": "A <b>dragon</b>"}
    at = generate(open_page("generation", lang=lang, max_new_tokens=FEW, **asked))
    assert faults(at) == []
    team.written()
    assert [each.value for each in at.run().warning] == []
    other = open_page("generation", lang=lang, tab="history")
    table = other.dataframe[0].value
    assert len(table) == 1
    assert list(table.iloc[0])[1] == "classroom-gpt2"
    assert list(table.iloc[0])[3] == "A <b>dragon</b>"
    other.text_input(key="team_history_words").set_value("nothing like it").run()
    assert not other.dataframe
    other.text_input(key="team_history_words").set_value("DRAGON").run()
    assert len(other.dataframe[0].value) == 1


@pytest.mark.parametrize("short", [False, True], ids=["link", "short link"])
def test_a_link_with_run_waits_for_a_click_of_the_person_it_counts_for(open_page, team, ana, short):
    from components.team.store.runs import read_page
    from components.team.store.shared_links import share

    asked = {"run": "1", "max_new_tokens": FEW}
    if short:
        view = share(team.store, BEN, page="generation", params=asked, at=datetime.now(UTC), days=1)
        at = open_page("", s=view.slug)
    else:
        at = open_page("generation", **asked)
    assert faults(at) == []
    assert "asks to generate at once" in said(at)
    team.written()
    assert read_page(team.store, ana.id).total == 0
    if short:
        at = open_page("generation", **asked)  # where the short address led; AppTest would follow it again at the click
    assert faults(generate(at)) == []
    assert "asks to generate at once" not in said(at)
    team.written()
    assert read_page(team.store, ana.id).total == 1


def test_history_is_paged_opened_again_and_deleted(open_page, team, ana):
    keep(team.store, ana, *(a_run(f"text {number}", prompt=f"prompt {number}") for number in range(30)))
    keep(team.store, BEN, a_run("not mine"))
    at = open_page("my-data")
    assert faults(at) == []
    assert len(at.dataframe[0].value) == 25
    at.number_input(key="team_history_page").set_value(2).run()
    assert len(at.dataframe[0].value) == 5
    at.session_state["team_history"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    at.run()
    shown = at.dataframe[0].value.iloc[0]["text"]
    assert shown in said(at)
    [link] = [each.proto for each in at.get("page_link") if each.proto.label == "Open in the playground"]
    assert f"prompt={shown.replace('text ', 'prompt+')}" in link.query_string
    at.button(key="team_history_delete").click().run()
    assert faults(at) == []
    from components.team.store.runs import read_page

    assert read_page(team.store, ana.id).total == 29
    assert read_page(team.store, BEN.id).total == 1


def test_a_viewer_has_no_history_and_is_told(open_page, team):
    viewer = team.sign_in("vera")
    at = generate(open_page("generation", max_new_tokens=FEW))
    team.written()
    assert people.read_everything(team.store, viewer.id)["runs"] == []
    assert "A history is kept for members." in said(open_page("my-data"))
    assert faults(at) == []


def test_a_comparison_is_kept_opened_again_and_deleted(open_page, team, ana):
    at = open_page("generation", max_new_tokens=FEW, prompt="My secret", tab="compare")
    at.button(key="generation_compare_start").click().run()
    assert faults(at) == []
    written = at.dataframe[0].value
    at.text_input(key="team_comparison_name").set_value("<b>Warm</b> & cold")
    at.button(key="team_comparison_save").click().run()
    assert faults(at) == []
    assert "Saved." in said(at)
    at = open_tab(open_page("my-data"), "my_data_tab", "Comparisons")
    [kept] = [each for each in at.selectbox(key="team_comparison_opened").options if "Warm" in each]
    at.session_state["team_comparison_opened"] = people.read_everything(team.store, ana.id)["comparisons"][0]["id"]
    at.run()
    assert faults(at) == []
    assert kept.startswith("<b>Warm</b> & cold · ")
    assert "My secret" in said(at)
    assert at.dataframe[0].value.equals(written)
    at.button(key="team_comparison_delete").click().run()
    assert "You have not saved a comparison" in said(at)


def test_progress_is_kept_with_the_account_and_goes_with_it(open_page, team, ana):
    open_page("tokenizer", step="3")
    team.written()
    [kept] = people.read_everything(team.store, ana.id)["progress"]
    assert kept["pages"]["tokenizer"]["reached"] == 3
    at = open_page("")  # another session
    assert faults(at) == []
    [link] = [link for link in at.get("page_link") if "step=3" in link.proto.query_string]
    assert link.proto.page == "tokenizer"
    assert "kept with your account" in said(at)
    team.sign_in("ben")
    assert not [link for link in open_page("").get("page_link") if "step=3" in link.proto.query_string]
    team.sign_in("ana")
    open_page("").button(key="home_progress_delete").click().run()
    team.written()
    assert people.read_everything(team.store, ana.id)["progress"] == []


def test_a_short_link_opens_the_view_with_its_text_until_it_is_taken_back(open_page, team, ana):
    at = open_page("tokenizer", text="A shared & secret text")
    at.button(key="export_short_link").click().run()
    assert faults(at) == []
    [address] = [each.value for each in at.code if "/?s=" in each.value]
    slug = address.split("?s=")[1]
    team.sign_in("ben")
    opened = open_page("", s=slug)
    assert faults(opened) == []
    assert opened.text_area(key="text").value == "A shared & secret text"
    team.sign_in("ana")
    mine = open_tab(open_page("my-data"), "my_data_tab", "Shared links")
    mine.button(key=f"revoke_{slug}").click().run()
    assert "You have not shared a link" in said(mine)
    assert "has expired, or was revoked" in faults(open_page("", s=slug))[0]


@pytest.mark.parametrize("slug", [*HOSTILE[:2], *HOSTILE[4:], "a" * 16, "a" * 5_000])
def test_an_address_that_was_never_made_is_explained_above_the_home_page(open_page, team, ana, slug):
    at = open_page("", s=slug)
    [message] = faults(at)
    assert "does not exist" in message
    assert len(at.title) == 1


def test_without_a_team_a_short_link_is_explained(open_page):
    assert "Short links belong to teams" in faults(open_page("", s="a" * 16))[0]


def test_everything_is_taken_home_and_deleted(open_page, team, ana):
    generate(open_page("generation", max_new_tokens=FEW, prompt="My own words"))
    team.written()
    with downloads() as makers:
        at = open_tab(open_page("my-data"), "my_data_tab", "Download or delete")
    document = json.loads(makers["my_data_download"])
    assert document["runs"][0]["prompt"] == "My own words"
    assert document["usage"][0]["tokens"] > int(FEW)
    assert [each["action"] for each in document["audit"]] == ["signed in", "run"]
    assert at.button(key="my_data_delete").disabled
    at.checkbox(key="my_data_sure").check().run()
    at.button(key="my_data_delete").click().run()
    assert faults(at) == []
    assert "Everything about you was deleted." in said(at)
    at.run()
    team.written()
    left = everything_written(team.store)
    for mine in (ana.id, ana.email, ana.name, "My own words"):
        assert mine not in left
    assert "data deleted" in left


@pytest.mark.parametrize(
    ("lang", "message"),
    [
        ("en", "You may start 1 runs a minute, and have started 1 in the last minute."),
        ("ko", "1분에 1번까지 실행할 수 있어요."),
    ],
)
def test_a_limit_says_which_how_much_and_when(open_page, team, ana, lang, message):
    team.set(user_requests_per_minute=1)
    at = generate(open_page("generation", lang=lang, max_new_tokens=FEW))
    assert faults(at) == []
    generate(at)
    [fault] = faults(at)
    assert message in fault.replace("\\", "")


def test_each_text_of_a_comparison_counts_and_keeps_the_settings_it_had(open_page, team, ana):
    team.set(user_requests_per_minute=3)
    at = open_page("generation", max_new_tokens=FEW, tab="compare")
    at.button(key="generation_compare_start").click().run()
    assert faults(at) == []
    team.written()
    kept = people.read_everything(team.store, ana.id)["runs"]
    assert sorted(run["settings"]["temperature"] for run in kept) == [0.8, 1.5]
    at.button(key="generation_compare_start").click().run()
    assert len(faults(at)) == 1
    assert "You may start 3 runs a minute" in faults(at)[0]


def test_the_limits_stand_on_my_data_with_what_is_used(open_page, team, ana):
    team.set(user_tokens_per_day=1000)
    generate(open_page("generation", max_new_tokens=FEW))
    team.written()
    at = open_tab(open_page("my-data"), "my_data_tab", "Usage and limits")
    assert [each.value for each in at.metric][:2] == ["1", "6 of 1,000"]
    assert list(at.dataframe[0].value["tokens"]) == [6]


def test_while_the_database_is_locked_the_answer_stays_and_is_said_to_be_unsaved(open_page, team, ana):
    import sqlite3

    at = open_page("generation", max_new_tokens=FEW)
    team.written()
    other = sqlite3.connect(team.store.place.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with patch.object(database, "PATIENT_MS", 50), patch.object(writer, "_LONGEST_PAUSE_S", 0.1):
        generate(at)
        assert faults(at) == []
        assert [each for each in at.get("bidi_component") if "generation_heat" in each.proto.id]
        assert "This is not in your history yet" in said(at)
        other.execute("ROLLBACK")
        other.close()
        team.written()
    at.run()
    assert "not in your history" not in said(at)


def test_without_its_database_every_page_of_the_team_still_draws(open_page, team, ana):
    at = generate(open_page("generation", max_new_tokens=FEW))
    team.written()
    team.store.place.file.unlink()
    began = time.monotonic()
    generate(at)
    assert faults(at) == []
    assert time.monotonic() - began < 60
    at = open_page("my-data")
    assert "its file is missing" in faults(at)[0]


def test_a_model_that_is_not_listed_is_not_offered_and_a_link_to_it_gets_a_note(open_page, team, ana):
    team.set(allowed_models=["smollm2-135m"], allowed_models_by_role={"admin": ["gpt2"]})
    at = open_page("tokenizer", model="gpt2")
    assert faults(at) == []
    assert at.session_state["model"] == "classroom-bert"
    assert "does not fit" in at.warning[0].value
    menu = at.selectbox(key="model")
    said = " ".join((*menu.options, menu.help)).replace("Classroom GPT-2", "")
    assert "SmolLM2" in said  # in the help: it can't be downloaded here
    assert "GPT-2" not in said
    compared = open_page("tokenizer", compare="classroom-bert,gpt2")
    assert faults(compared) == []
    assert "compare" in compared.warning[0].value
    team.sign_in("ben")
    offered = open_page("tokenizer", model="gpt2")
    assert list(offered.warning) == []
    assert "GPT-2 · 548 MB" in offered.selectbox(key="model").help


def test_a_note_about_the_last_visit_is_kept(open_page, team, ana):
    open_page("tokenizer")
    team.written()
    [known] = people.list_people(team.store)
    assert (known.id, known.role) == (ana.id, "member")
    assert known.last_seen > NOW
