"""Who comes in: decided over the claims of an ID token, whatever a provider or an intruder puts into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core.roles import Visitor
from components.core.settings import Settings, SettingsError, settings
from components.team.identity import Refused, decide, role_of

NOW_S = 1_800_000_000.0
HOUR_S = 3600
TEAM = Settings(
    admins=("Head@School.example",),
    members=("@school.example", "guest@other.example"),
    viewers=("@partner.example", "@other.example"),
    session_hours=12,
)
KIM = {
    "is_logged_in": True,
    "iss": "https://accounts.example",
    "sub": "1234",
    "email": "kim@school.example",
    "email_verified": True,
    "name": "Kim Mina",
    "iat": NOW_S - HOUR_S,
}


def decided(settings: Settings = TEAM, **claims: object) -> Visitor | Refused:
    return decide({**KIM, **claims}, settings=settings, now_s=NOW_S)


def reason(**claims: object) -> str:
    found = decided(**claims)
    assert isinstance(found, Refused), found
    return found.reason


def test_a_member_of_the_team_comes_in():
    found = decided()
    assert isinstance(found, Visitor)
    assert (found.email, found.name, found.role) == ("kim@school.example", "Kim Mina", "member")


@pytest.mark.parametrize(
    ("email", "role"),
    [
        ("head@school.example", "admin"),
        ("HEAD@SCHOOL.EXAMPLE", "admin"),
        ("kim@School.Example", "member"),
        ("guest@other.example", "member"),
        ("somebody@other.example", "viewer"),
        ("x@partner.example", "viewer"),
        ("kim@sub.school.example", None),
        ("kim@school.example.evil.example", None),
        ("kim@evilschool.example", None),
        ("kim@xn--schol-zta.example", None),
        ("school.example@evil.example", None),
        ('"x@school.example"@evil.example', None),
        ("@school.example", "member"),  # such an address is refused before anybody looks for it
    ],
)
def test_the_highest_list_that_names_an_address_or_its_exact_domain_counts(email, role):
    assert role_of(email, settings=TEAM) == role


@pytest.mark.parametrize(
    "email",
    [
        None, 5, ["kim@school.example"], "", "kim", "@school.example", "kim@", "kim@evil.example@school.example",
        "kim@school.example\n", "ki m@school.example", "ki`m@school.example", "kim@school.example\x00",
        "k" * 65 + "@school.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_nobody(email):
    assert reason(email=email) == "incomplete"


@pytest.mark.parametrize("missing", ["iss", "sub", "email"])
def test_without_one_of_these_it_is_not_known_who_it_is(missing):
    claims = {name: value for name, value in KIM.items() if name != missing}
    found = decide(claims, settings=TEAM, now_s=NOW_S)
    assert isinstance(found, Refused)
    assert found.reason == "incomplete"


@pytest.mark.parametrize("said", [False, None, "true", 1, 0])
def test_only_streamlits_own_word_says_that_somebody_signed_in(said):
    assert reason(is_logged_in=said) == "signed out"
    assert decide({}, settings=TEAM, now_s=NOW_S) == Refused(reason="signed out")


@pytest.mark.parametrize("ago_h", [0, 1, 11.99, 12])
def test_a_sign_in_lasts_as_long_as_the_setting_says(ago_h):
    assert isinstance(decided(iat=NOW_S - ago_h * HOUR_S), Visitor)


@pytest.mark.parametrize(
    "iat",
    [NOW_S - 12 * HOUR_S - 1, NOW_S + 301, 0, None, "1800000000", True, float("nan"), float("inf"), 10**400],
)
def test_one_that_is_over_or_has_no_plausible_time_has_to_be_repeated(iat):
    assert reason(iat=iat) == "expired"


def test_a_clock_a_little_ahead_keeps_nobody_out():
    assert isinstance(decided(iat=NOW_S + 299), Visitor)


@pytest.mark.parametrize("said", [False, "false", None, 0, 1, "yes", [True]])
def test_an_address_that_is_not_verified_is_refused(said):
    assert reason(email_verified=said) == "unverified"


def test_a_provider_that_never_says_it_needs_the_setting():
    claims = {name: value for name, value in KIM.items() if name != "email_verified"}
    lenient = TEAM.model_copy(update={"verified_email": False})
    assert decide(claims, settings=TEAM, now_s=NOW_S) == Refused(reason="unverified", email="kim@school.example")
    assert isinstance(decide(claims, settings=lenient, now_s=NOW_S), Visitor)
    assert isinstance(decided(lenient, email_verified=False), Refused)  # said, it is heard
    assert isinstance(decided(email_verified="True"), Visitor)


def test_a_stranger_is_told_under_which_address():
    assert decided(email="X@Evil.example") == Refused(reason="stranger", email="x@evil.example")


BY_LETTERS = Settings(
    admins=("weiss@school.example", "kim@school.example", "ana@Straße.example", "kai@xn--cole-9oa.example"),
    viewers=("@strasse.example", "@school.example"),
)


@pytest.mark.parametrize(
    ("email", "role", "as_kept"),
    [
        ("weiß@school.example", "viewer", "weiß@school.example"),
        ("wei\u017f\u017f@school.example", "viewer", "wei\u017f\u017f@school.example"),  # long s
        ("\u212aim@school.example", "viewer", "\u212aim@school.example"),  # Kelvin sign
        ("KIM@school.example", "admin", "kim@school.example"),
        ("ana@straße.example", "admin", "ana@xn--strae-oqa.example"),
        ("Ana@XN--STRAE-OQA.example", "admin", "ana@xn--strae-oqa.example"),
        ("ana@strasse.example", "viewer", "ana@strasse.example"),
        ("kai@école.example", "admin", "kai@xn--cole-9oa.example"),
        ("eve@straße.example", None, "eve@xn--strae-oqa.example"),  # it is not the domain strasse.example
    ],
)
def test_letters_outside_ascii_are_never_folded_into_the_address_or_the_domain_of_others(email, role, as_kept):
    found = decided(BY_LETTERS, email=email)
    assert getattr(found, "role", None) == role
    assert found.email == as_kept


@pytest.mark.parametrize(
    "domain",
    ["\u017fchool.example", "school\u3002example", "\uff53chool.example", "stra\u1e9ee.example", "e\u0301cole.example"],
)
def test_a_domain_that_would_have_to_be_mapped_is_none_in_a_sign_in_and_in_the_lists(domain):
    assert reason(email=f"kim@{domain}") == "incomplete"
    for listed in (f"@{domain}", f"kim@{domain}"):
        with pytest.raises(ValueError, match="is not allowed in IDNA 2008"):
            Settings(members=(listed,))


def test_a_list_with_a_domain_that_cannot_be_stops_the_start_and_says_what_to_write(monkeypatch):
    monkeypatch.setenv("DASHBOARD_MEMBERS", '["kim@school.example", "@\u017fchool.example"]')
    settings.cache_clear()
    with pytest.raises(SettingsError) as refused:
        settings()
    settings.cache_clear()
    assert "setting members (DASHBOARD_MEMBERS)" in str(refused.value)
    assert "'\u017fchool.example'" in str(refused.value)
    assert "write it in lower case, or as A-labels (xn--…)" in str(refused.value)


def test_nobody_comes_in_where_the_lists_are_empty():
    assert isinstance(decided(Settings(profile="team")), Refused)


def test_the_id_is_the_persons_whatever_the_address_and_nobody_elses():
    same = [decided(email="new@school.example"), decided(name="x"), decided(email_verified="true")]
    others = [
        decided(sub="1235"),
        decided(iss="https://other.example"),
        decided(iss="https://accounts.exampl", sub="e\n1234"),
    ]
    mine = decided()
    assert {found.id for found in same} == {mine.id}
    assert len({mine.id, *(found.id for found in others)}) == 1 + len(others)
    assert "kim" not in mine.id


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": None}, "kim@school.example"),
        ({"name": "", "preferred_username": "mina"}, "mina"),
        ({"name": ["x"]}, "kim@school.example"),
        ({"name": "a\n\tb\u00a0 c"}, "a b c"),
        ({"name": "x" * 500}, "x" * 80),
    ],
)
def test_a_name_is_one_short_line(claims, name):
    assert decided(**claims).name == name


CLAIM = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(max_size=3), max_size=2)


@given(st.dictionaries(st.sampled_from([*KIM, "preferred_username", "exp"]), CLAIM))
def test_no_claim_of_any_kind_breaks_it_or_lets_a_stranger_in(claims):
    found = decide({**KIM, "email": "x@evil.example", **claims}, settings=TEAM, now_s=NOW_S)
    if isinstance(found, Visitor):
        assert role_of(found.email, settings=TEAM) is not None
