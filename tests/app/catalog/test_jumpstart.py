"""JumpStart on the page: searched, read about, deployed for a confirmed wish only, and deleted by its name."""

from __future__ import annotations

import json

import pytest

from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from tests.app.catalog.aws import READING, words
from tests.app.opening import faults

GPT_J = "huggingface-textgeneration1-gpt-j-6b"
CREATING = ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
DELETING = ["DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"]


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch):
    from functools import partial

    from components.aws.overlay import hub_details, hub_search
    from components.catalog import state

    monkeypatch.setattr(state, "hub_details", partial(hub_details, limit_s=30.0))
    monkeypatch.setattr(state, "hub_search", partial(hub_search, limit_s=30.0))
    state.forget_hub()
    yield
    state.forget_hub()


def button(at, key):
    return at.button(key=key)


def page(open_page, **link):
    at = open_page("catalog", view="jumpstart", **link)
    assert faults(at) == []
    return at


def test_without_aws_the_curated_models_are_searched_and_have_their_code(open_page):
    at = page(open_page, hub=GPT_J)
    assert "These are the curated records" in words(at)
    assert f"MODEL = '{GPT_J}'" in words(at)
    assert "Deploy it from here" not in words(at)
    at.text_input(key="catalog_hub_words").set_value("falcon").run()
    assert list(at.dataframe[0].value["id"])
    assert all("falcon" in name for name in at.dataframe[0].value["id"])


def test_a_model_page_shows_what_the_hub_says(open_page, asking):
    asking.documents[GPT_J] = {"HostingEulaUri": "s3://b/eula.txt", "Framework": "<b>x</b>"}
    at = page(open_page, hub=GPT_J)
    said = words(at)
    assert f"{GPT_J} continues texts" in said.replace("\\", "")
    assert "s3://b/eula.txt" in said.replace("\\", "")
    assert "<b>x</b>" not in said
    assert "INSTANCE = 'ml.g5.2xlarge'" in said
    assert asking.asked.count("DescribeHubContent") == 1
    at.run()
    assert asking.asked.count("DescribeHubContent") == 1, "kept, not asked for again"


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("throttled", "too many requests"),
        ("access denied", "permission"),
        ("expired", "Sign in again"),
        ("cut", "broke off"),
    ],
)
def test_a_model_page_that_cannot_be_had_says_why_and_keeps_the_code(open_page, asking, trouble, said):
    asking.troubles["DescribeHubContent"] = trouble
    at = page(open_page, hub=GPT_J)
    assert said in words(at)
    assert f"MODEL = '{GPT_J}'" in words(at)
    assert not [element for element in at.button if element.key == "catalog_deploy"]


def test_a_search_asks_for_what_the_list_lacks_once(open_page, asking):
    asking.troubles["ListHubContents"] = "throttled"
    at = page(open_page)
    asking.troubles.clear()
    at.text_input(key="catalog_hub_words").set_value("gpt-j").run()
    assert faults(at) == []
    assert asking.requests[-1].get("NameContains") == "gpt-j"
    listed = asking.asked.count("ListHubContents")
    at.run()
    assert asking.asked.count("ListHubContents") == listed


def test_deploying_is_off_unless_a_role_is_set(open_page, asking):
    at = page(open_page, hub=GPT_J)
    assert "switched off" in words(at)
    assert not [element for element in at.button if element.key == "catalog_deploy"]
    assert set(asking.asked) <= READING | {"DescribeHubContent"}


def test_a_page_creates_nothing_and_its_button_waits_for_the_box(open_page, deploying):
    at = page(open_page, hub=GPT_J)
    assert button(at, "catalog_deploy").disabled
    at.run()
    assert not set(deploying.asked) & set(CREATING)


def test_a_confirmed_wish_is_deployed_once_watched_until_it_serves_and_confirmed_anew_for_the_next(
    open_page, deploying
):
    deploying.states = ["Creating", "InService"]
    at = page(open_page, hub=GPT_J)
    assert "is not known here" in words(at)
    at.checkbox(key="catalog_deploy_paid_0").check().run()
    button(at, "catalog_deploy").click().run()
    assert faults(at) == []
    assert [name for name in deploying.asked if name.startswith("Create")] == CREATING
    config = next(asked for asked in deploying.requests if "ProductionVariants" in asked)
    assert config["ProductionVariants"][0]["InstanceType"] == "ml.g5.2xlarge"
    assert "Creating" in words(at)
    at.run()
    assert "catalog_watched" not in at.session_state
    assert [name for name in deploying.asked if name.startswith("Create")] == CREATING
    assert at.checkbox(key="catalog_deploy_paid_1").value is False


def test_the_price_is_the_one_the_deployment_set_with_its_source_and_day(open_page, deploying, monkeypatch):
    price = {
        "instance": "ml.g5.2xlarge",
        "usd_an_hour": 1.5,
        "source_url": "https://example.org/p",
        "seen": "2026-11-01",
    }
    monkeypatch.setenv("DASHBOARD_INSTANCE_PRICES", json.dumps([price]))
    settings.cache_clear()
    at = page(open_page, hub=GPT_J)
    assert "1.50 US dollars an hour" in words(at)
    assert "1,095 a month" in words(at)
    assert "2026-11-01" in words(at)
    at.selectbox(key=f"catalog_deploy_on_{GPT_J}").set_value("ml.m5.xlarge").run()
    assert "The hourly price of ml.m5.xlarge is not known here" in words(at)


def test_a_licence_has_a_box_of_its_own(open_page, deploying):
    deploying.documents[GPT_J] = {"GatedBucket": True}
    at = page(open_page, hub=GPT_J)
    at.checkbox(key="catalog_deploy_paid_0").check().run()
    assert button(at, "catalog_deploy").disabled
    at.checkbox(key="catalog_deploy_licence_0").check().run()
    button(at, "catalog_deploy").click().run()
    model = next(asked for asked in deploying.requests if "PrimaryContainer" in asked)
    source = model["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert source["ModelAccessConfig"] == {"AcceptEula": True}


@pytest.mark.parametrize(
    ("trouble", "said"),
    [("throttled", "too many requests"), ("access denied", "has no permission"), ("cut", "broke off")],
)
def test_a_deployment_that_fails_says_why_and_takes_away_what_was_made(open_page, deploying, trouble, said):
    deploying.troubles["CreateEndpoint"] = trouble
    at = page(open_page, hub=GPT_J)
    at.checkbox(key="catalog_deploy_paid_0").check().run()
    button(at, "catalog_deploy").click().run()
    assert faults(at) == []
    assert "Nothing was deployed." in words(at)
    assert said in words(at)
    gone = [name for name in deploying.asked if name.startswith("Delete")]
    # Whether an endpoint was made is unknown only where no answer came.
    assert gone == (DELETING if trouble == "cut" else DELETING[1:])


@pytest.mark.parametrize("lacking", [{"HostingArtifactUri": ""}, {"HostingEcrUri": ""}, {"ModelSubscriptionLink": "x"}])
def test_what_the_document_lacks_is_said_and_not_guessed(open_page, deploying, lacking):
    deploying.documents[GPT_J] = lacking
    at = page(open_page, hub=GPT_J)
    assert not [element for element in at.button if element.key == "catalog_deploy"]
    assert any(part in words(at) for part in ("does not guess", "Marketplace"))


def test_what_runs_is_listed_and_deleted_only_by_its_written_name(open_page, deploying):
    at = page(open_page)
    assert "forgotten" in words(at)
    assert "hours charged" in words(at)
    assert "Only the endpoint is deleted" in words(at)
    assert button(at, "catalog_delete_now_forgotten").disabled
    at.text_input(key="catalog_delete_name_forgotten").set_value("forgotte").run()
    assert button(at, "catalog_delete_now_forgotten").disabled
    assert not set(deploying.asked) & set(DELETING)
    at.text_input(key="catalog_delete_name_forgotten").set_value("forgotten").run()
    button(at, "catalog_delete_now_forgotten").click().run()
    assert faults(at) == []
    assert [name for name in deploying.asked if name.startswith("Delete")] == ["DeleteEndpoint"]
    assert "Deleted" in "".join(element.value for element in at.success)


@pytest.mark.usefixtures("deploying")
def test_a_teams_viewer_neither_deploys_nor_deletes(open_page, monkeypatch):
    monkeypatch.setattr("components.catalog.views.endpoints.may", lambda role: role == "viewer")
    for at in (page(open_page, hub=GPT_J), page(open_page)):
        assert FOR_MEMBERS in words(at)
        keys = {element.key for element in at.button}
        assert not keys & {"catalog_deploy", "catalog_delete_now_forgotten"}


def test_an_endpoint_that_could_not_be_deleted_goes_on_costing(open_page, deploying):
    deploying.troubles["DeleteEndpoint"] = "access denied"
    at = page(open_page)
    at.text_input(key="catalog_delete_name_forgotten").set_value("forgotten").run()
    button(at, "catalog_delete_now_forgotten").click().run()
    assert "still costs money" in words(at)
    assert "has no permission" in words(at)


def test_without_a_role_the_list_has_code_instead_of_a_button(open_page, asking):
    at = page(open_page)
    assert 'name = "forgotten"' in words(at)
    assert not [element for element in at.button if str(element.key).startswith("catalog_delete_now")]


@pytest.mark.parametrize("name", ["../etc", "a b", "<script>", "x" * 64, "-a", "한국"])
def test_a_link_to_what_can_be_no_jumpstart_id_is_noted_and_ignored(open_page, asking, name):
    at = page(open_page, hub=name)
    assert at.session_state["hub"] == ""
    assert "DescribeHubContent" not in asking.asked
    assert "does not fit" in words(at)
