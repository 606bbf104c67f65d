"""Who came in, was turned away and left stands in the audit log: once a sign-in, however often a page is drawn."""

from __future__ import annotations

from unittest.mock import patch

import pytest
import streamlit as st

from components.team import audit
from components.team.identity import NotAdmitted


def log(team):
    team.written()
    return [(each.action, each.person_id) for each in reversed(audit.entries(team.store))]


def turned_away(team, name):
    team.set(viewers=[])
    with pytest.raises(NotAdmitted):
        team.sign_in(name)


def test_a_sign_in_is_one_line_in_all_tabs_and_the_next_one_another(open_page, team):
    ana = team.sign_in("ana")
    open_page("tokenizer").run()
    open_page("positional-encoding")
    assert log(team) == [("signed in", ana.id)]
    team.sign_in("ana")
    open_page("tokenizer")
    assert log(team) == [("signed in", ana.id)] * 2


def test_who_is_not_on_the_list_is_noted_by_address(open_page, team):
    turned_away(team, "eve")
    open_page("tokenizer", text="a private text").run()
    open_page("tokenizer")
    assert log(team) == [("sign-in refused", "eve@school.example")]


def test_whose_sign_in_is_over_is_neither_noted_as_in_nor_as_refused(open_page, team):
    team.sign_in("ana")
    team.set(session_hours=1e-6)
    open_page("tokenizer")
    assert log(team) == []


@pytest.mark.parametrize("name", ["ana", "eve"])
def test_leaving_is_noted_of_who_was_in(open_page, team, name):
    if name == "eve":
        turned_away(team, name)
    else:
        team.sign_in(name)
    at = open_page("tokenizer")
    with patch.object(st, "logout") as left:
        at.button(key="sign_out").click().run()
    left.assert_called_once_with()
    assert [action for action, _ in log(team)] == (
        ["sign-in refused"] if name == "eve" else ["signed in", "signed out"]
    )


def test_an_admin_reads_it_beside_what_else_was_done(open_page, team):
    turned_away(team, "eve")
    open_page("tokenizer")
    team.sign_in("ben")
    open_page("tokenizer")
    team.written()
    at = open_page("admin")
    at.session_state["admin_tab"] = "Audit log"
    table = at.run().dataframe[0].value
    assert list(zip(table["person"], table["action"], strict=True)) == [
        ("ben@school.example", "signed in"),
        ("eve@school.example", "was refused a sign-in"),
    ]
