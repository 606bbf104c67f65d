"""What a role opens: the same pages as a viewer, a member, an admin and a stranger get them."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from components import registry
from components.core import policy
from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from components.engines.offers import offers
from components.team import identity
from tests.app.opening import APP, TIMEOUT_S, faults
from tests.app.team_deployment import put_hooks_back

ADDRESSES = {"viewer": "v@partner.example", "member": "m@school.example", "admin": "a@school.example"}
REMOTE = '[{"name": "Lab", "base_url": "http://127.0.0.1:9/v1", "models": ["lab-model"]}]'


@pytest.fixture
def team(monkeypatch, tmp_path):
    """A team with a remote engine, AWS and downloads switched on."""
    variables = {
        "PROFILE": "team",
        "ADMINS": '["a@school.example"]',
        "MEMBERS": '["@school.example"]',
        "VIEWERS": '["@partner.example"]',
        "DATA_FOLDER": str(tmp_path / "data"),
        "CACHE_FOLDER": str(tmp_path / "cache"),
        "OPENAI_SERVERS": REMOTE,
        "DOWNLOADS": "true",
        "ANY_HUB_ID": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"DASHBOARD_{name}", value)
    put_hooks_back(monkeypatch)
    settings.cache_clear()
    yield
    settings.cache_clear()


def claims(email: str, **more: object) -> dict[str, object]:
    said = {"iss": "https://accounts.example", "sub": email, "email": email, "email_verified": True, "iat": time.time()}
    return {"is_logged_in": True, **said, **more}


@pytest.fixture
def open_as(team, _nothing_unforeseen):
    """Open a page as somebody; None is nobody."""

    def opened(who: dict[str, object] | None, slug: str, **parameters: str) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=TIMEOUT_S)
        at.user = who or {"is_logged_in": False}
        at.secrets["auth"] = {"client_id": "dashboard"}
        at.query_params["lang"] = "en"
        at.run()
        at.switch_page(registry.page(slug).path)
        for name, value in parameters.items():
            at.query_params[name] = value
        return at.run()

    return opened


def texts(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.info, *at.warning, *at.markdown, *at.caption))


def drawn(at: AppTest) -> list[str]:
    """Return what of a page's own is there."""
    return [kind for kind in ("text_area", "selectbox", "plotly_chart", "download_button", "dataframe") if at.get(kind)]


@pytest.mark.parametrize("slug", [entry.slug for entry in registry.pages_for(None)])
def test_nobody_sees_any_page_before_signing_in(open_as, slug):
    at = open_as(None, slug)
    assert [title.value for title in at.title] == ["How Transformers work"]
    assert [button.key for button in at.main.button] == ["sign_in_with_provider"]
    assert drawn(at) == []
    assert faults(at) == []


@pytest.mark.usefixtures("team", "_nothing_unforeseen")
def test_where_no_provider_is_set_up_the_door_says_so():
    at = AppTest.from_file(str(APP), default_timeout=TIMEOUT_S).run()
    assert "Signing in is not possible yet" in at.error[0].value
    assert drawn(at) == []


@pytest.mark.usefixtures("team", "_nothing_unforeseen")
def test_each_of_several_providers_has_its_button():
    at = AppTest.from_file(str(APP), default_timeout=TIMEOUT_S)
    at.secrets["auth"] = {"google": {"client_id": "x"}, "entra": {"client_id": "y"}}
    assert [button.label for button in at.run().main.button] == ["Sign in with Google", "Sign in with Entra"]


@pytest.mark.parametrize(
    ("who", "title"),
    [
        (claims("x@evil.example"), "You don't have access yet"),
        (claims("m@school.example", email_verified=False), "Your address is not confirmed"),
        (claims("m@school.example", iat=time.time() - 13 * 3600), "Please sign in again"),
        (claims(""), "Your account has no usable e-mail address"),
    ],
)
def test_who_is_refused_sees_why_and_nothing_else(open_as, who, title):
    at = open_as(who, "tokenizer")
    assert [element.value for element in at.title] == [title]
    assert drawn(at) == []


def test_a_page_that_stays_open_asks_to_sign_in_again_when_the_time_is_over(open_as, monkeypatch):
    at = open_as(claims(ADDRESSES["member"]), "tokenizer", text="kept")
    assert at.title[0].value == "Tokenizer explorer"
    later = time.time() + 12 * 3600 + 1
    monkeypatch.setattr(identity, "time", SimpleNamespace(time=lambda: later))
    at.run()
    assert [element.value for element in at.title] == ["Please sign in again"]
    assert drawn(at) == []
    assert at.query_params["text"] == "kept"


@pytest.mark.parametrize("role", ADDRESSES)
def test_a_remote_engine_is_for_members(open_as, role):
    at = open_as(claims(ADDRESSES[role]), "generation", engine="openai", model="lab-model")
    assert faults(at) == []
    assert (FOR_MEMBERS in texts(at)) is (role == "viewer")
    menus = [list(box.options) for box in at.selectbox]
    assert (["lab-model"] in menus) is (role != "viewer")


@pytest.mark.parametrize("role", ADDRESSES)
def test_fetching_a_model_is_for_members(open_as, role):
    at = open_as(claims(ADDRESSES[role]), "tokenizer", model="gpt2")
    assert faults(at) == []
    buttons = [button.key for button in at.button]
    assert ("fetch_model" in buttons) is (role != "viewer")
    assert (FOR_MEMBERS in texts(at)) is (role == "viewer")


@pytest.mark.parametrize("role", ADDRESSES)
def test_the_name_and_the_role_stand_in_the_side_bar(open_as, role):
    at = open_as(claims(ADDRESSES[role], name="*Kim* <b>"), "tokenizer")
    shown = "\n".join(element.value for element in (*at.sidebar.markdown, *at.sidebar.caption))
    assert "\\*Kim\\*" in shown
    assert ADDRESSES[role] in shown
    assert role.capitalize() in shown


def test_outside_a_run_nobody_is_a_member(team):
    assert not policy.may("viewer")
    assert {offer.name: offer.missing for offer in offers()}["openai"] is not None
    with pytest.raises(identity.NotAdmitted):
        identity.visitor()


def test_without_a_team_everybody_is_a_member():
    assert identity.visitor() == policy.LOCAL
    assert policy.may("member")
    assert not policy.may("admin")
