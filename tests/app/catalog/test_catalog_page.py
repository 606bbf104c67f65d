"""The catalog page without a browser: every view in both languages, what it asks AWS for, and what never leaves."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from components.catalog import state
from components.catalog.curated import models
from components.catalog.link import VIEWS
from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from components.ui.guide.lesson import lesson
from tests.app.catalog.aws import READING, words
from tests.app.opening import faults
from tests.services.pictures import TINY_PNG
from tests.services.planted import PLANTED

EXERCISE = str(len(lesson("catalog", "en").cards) - 2)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws(open_page, view, lang):
    at = open_page("catalog", lang=lang, view=view)
    assert faults(at) == []
    assert at.session_state["view"] == view


@pytest.mark.parametrize("model_id", ["gpt-4", "dall-e-1", "claude-5.5", "llama-3.1", "sd-3.5", "jamba-1.5-mini"])
def test_every_tab_of_a_record_draws(open_page, model_id):
    at = open_page("catalog", model=model_id)
    labels = [tab.label for tab in at.tabs]
    assert len(labels) == 6
    for label in labels:
        asked_for(at, label)
        assert [tab.label for tab in at.tabs] == labels


def test_filters_of_the_link_are_kept_in_every_view(open_page):
    at = open_page("catalog", family="llama", status="active", q="llama", modality="image", view="cards")
    assert faults(at) == []
    assert "2 of 72 models" in words(at)


def test_what_the_region_lists_is_filtered_by_a_link_and_by_hand(open_page, asking):
    at = open_page("catalog", listed="region")
    assert faults(at) == []
    chosen = at.selectbox(key="listed")
    assert chosen.options == ["All", "Listed in us-east-1"]
    assert not chosen.disabled
    assert "3 of 72 models" in words(at), "Nova Micro, Titan Text Embeddings and Stable Diffusion 3.5"
    chosen.set_value("any").run()
    assert "72 of 72 models" in words(at)
    assert "listed" not in at.query_params


@pytest.mark.parametrize("trouble", ["access denied", "throttled"])
def test_without_the_list_of_the_region_the_filter_is_off_and_says_why(open_page, asking, trouble):
    asking.troubles = {"ListFoundationModels": trouble}
    at = open_page("catalog", listed="region")
    assert faults(at) == []
    assert at.selectbox(key="listed").disabled
    assert "72 of 72 models" in words(at)
    assert "The filter “Listed by Bedrock now” is off. AWS gave no list" in words(at)


def test_where_aws_is_not_asked_the_filter_is_off_and_says_why(open_page, aws_server):
    at = open_page("catalog")
    assert at.selectbox(key="listed").disabled
    assert "This dashboard is set up not to ask AWS." in words(at)
    assert "is off. This" not in words(at), "nobody asked for it"
    assert aws_server.asked == []


def test_nothing_found_is_said(open_page):
    at = open_page("catalog", q="no such model")
    assert "No model matches all filters." in words(at)
    assert faults(at) == []


def test_a_card_opens_its_record(open_page):
    at = open_page("catalog", view="cards", family="flan")
    at.button(key="open_flan-t5").click().run()
    assert at.session_state["model"] == "flan-t5"
    assert at.query_params["model"] in ("flan-t5", ["flan-t5"])


def test_words_in_the_search_are_shown_as_typed(open_page):
    at = open_page("catalog", q="<script>alert(1)</script> **x** $a$")
    assert faults(at) == []
    assert at.session_state["q"] == "<script>alert(1)</script> **x** $a$"


def test_the_exercise_is_judged_from_the_data(open_page):
    at = open_page("catalog", step=EXERCISE)
    at.selectbox(key="catalog_exercise").set_value("jurassic-2").run()
    assert "Jurassic-2. Not met, or not found:" in words(at)
    assert "still available" in words(at)
    at.selectbox(key="catalog_exercise").set_value("gpt-j").run()
    assert "GPT-J 6B meets every requirement" in words(at)
    assert lesson("catalog", "en").exercise.debrief in words(at)


def test_a_step_takes_away_the_filters_that_no_link_names(open_page):
    at = open_page("catalog", step=EXERCISE)
    at.selectbox(key="catalog_licence").set_value("permissive").run()
    assert "72 of 72 models" not in words(at)
    at.button(key="guide_explore").click().run()
    assert at.selectbox(key="catalog_licence").value == "permissive"
    at.button(key="guide_explore").click().run()
    at.button(key="guide_back").click().run()
    at.button(key="guide_next").click().run()
    assert "72 of 72 models" in words(at)
    assert at.select_slider(key="catalog_size").value == 10**12
    assert faults(at) == []


def test_the_open_tab_of_the_record_is_in_the_link(open_page):
    at = open_page("catalog", model="jurassic-2", tab="life")
    assert at.session_state["catalog_record"] == "Life"
    assert "ended on 2024-11-14" in at.table[0].value.to_string()


def test_views_that_cannot_work_here_are_last_and_say_what_they_need(open_page, asking):
    state.forget_aws()
    at = open_page("catalog", step="explore")
    assert at.button_group(key="view").options[-3:] == ["AWS now", "Draw", "Cut out ²"]
    assert at.selectbox(key="view_on_a_phone").options[-3:] == ["AWS now", "Draw", "Cut out ²"]
    assert "needs AWS credentials" not in words(at)
    assert "needs a download, once" in words(at)


def test_without_aws_its_views_have_a_sign(open_page, aws_server):
    at = open_page("catalog", step="explore")
    assert at.button_group(key="view").options[-3:-1] == ["AWS now ¹", "Draw ¹"]
    assert "¹ needs AWS credentials" in words(at)


def test_off_by_default_nothing_is_asked_and_one_line_says_so(open_page, aws_server):
    at = open_page("catalog")
    assert aws_server.asked == []
    assert "Live data from AWS are off here" in words(at)


def test_no_view_filter_record_or_export_asks_for_anything_that_costs(take_home, deploying):
    filters = ({"provider": "amazon"}, {"status": "ended", "q": "gpt"}, {"modality": "image"})
    links = [{"view": view} for view in VIEWS] + [{"view": "cards", **filtered} for filtered in filters]
    for link in links:
        taken = take_home("catalog", model="nova-micro", hub="huggingface-textgeneration1-gpt-j-6b", **link)
        assert faults(taken.page) == []
        taken.make("data"), taken.make("script"), taken.make("notebook")
    for tab in taken.page.tabs:
        taken.page.session_state["catalog_record"] = tab.label
        taken.page.run()
    # The open JumpStart model is described once; nothing else but lists, each asked for once and kept.
    assert set(deploying.asked) == READING | {"DescribeHubContent"}
    assert len(deploying.asked) == len(READING) + 1


def test_no_credential_reaches_page_log_export_or_link(take_home, asking, caplog):
    seen = []
    for trouble in (None, "access denied", "expired"):
        asking.troubles = {"*": trouble} if trouble else {}
        state.forget_aws()
        for view in ("timeline", "aws", "jumpstart"):
            taken = take_home("catalog", view=view)
            seen += [words(taken.page), json.dumps(dict(taken.page.query_params)), repr(taken.page.session_state)]
            seen += [taken.make(entry) for entry in ("data", "script", "notebook")]
    sent = " ".join(headers.get("Authorization", "") for headers in asking.headers)
    assert PLANTED["AWS_ACCESS_KEY_ID"] in sent, "the planted credentials were not used, so this shows nothing"
    assert not any(secret in text for text in (*seen, caplog.text) for secret in PLANTED.values())
    assert "123456789012" not in "".join(seen), "the account's number is nobody's business either"


def test_what_aws_says_is_shown_with_its_age_and_asked_again_on_demand(open_page, asking):
    at = open_page("catalog", view="aws")
    assert "AWS us-east-1" in words(at)
    assert "s ago" in words(at)
    at.button(key="catalog_refresh").click().run()
    assert len(asking.asked) == 2 * len(READING)


def test_a_refusal_is_one_sentence_and_the_curated_data_stay(open_page, asking):
    asking.troubles = {"*": "access denied"}
    at = open_page("catalog", view="aws")
    assert faults(at) == []
    assert "has no permission" in words(at)
    assert at.dataframe == []
    at = open_page("catalog")
    assert f"{len(models())} of {len(models())} models" in words(at)


def test_a_picture_is_drawn_only_for_a_confirmed_wish_and_confirmed_anew_for_the_next(open_page, asking):
    at = open_page("catalog", view="draw")
    at.text_area(key="catalog_picture_prompt").set_value("a lighthouse")
    at.number_input(key="catalog_picture_seed").set_value(7)
    submit = next(button for button in at.button if button.label == "Draw one picture")
    submit.click().run()
    assert "InvokeModel" not in asking.asked
    assert "Nothing was sent." in words(at)
    at.checkbox(key="catalog_picture_paid_0").check()
    next(button for button in at.button if button.label == "Draw one picture").click().run()
    assert asking.asked.count("InvokeModel") == 1
    assert asking.bodies == [{"prompt": "a lighthouse", "seed": 7, "output_format": "png"}]
    assert at.session_state["catalog_picture_drawn"].png == TINY_PNG
    assert at.checkbox(key="catalog_picture_paid_1").value is False
    at.run()
    assert asking.asked.count("InvokeModel") == 1, "drawing the page again draws no picture again"


def test_what_aws_says_now_stands_beside_the_curated_dates(open_page, asking):
    at = open_page("catalog", model="nova-micro")
    at.session_state["catalog_record"] = "Life"
    at.run()
    assert faults(at) == []
    assert "Now in us-east-1: ACTIVE" in at.table[0].value.to_string()
    at.session_state["model"] = "titan-text-express"
    at.run()
    assert "Now in us-east-1: not listed" in at.table[0].value.to_string()


def asked_for(at, tab):
    at.session_state["catalog_record"] = tab
    at.run()
    assert faults(at) == []
    return words(at)


def test_access_is_asked_for_on_demand_and_what_is_missing_is_said(open_page, asking):
    at = open_page("catalog", model="nova-micro")
    assert "Nothing prevents it." in asked_for(at, "Why not here?")
    assert "GetFoundationModelAvailability" not in asking.asked
    at.button(key="ask_access_nova-micro").click().run()
    assert asking.asked.count("GetFoundationModelAvailability") == 1
    assert "Nothing prevents it." in words(at), "an entitlement that is called something new is no refusal"
    asking.access = {"authorizationStatus": "NOT_AUTHORIZED"}
    at.button(key="ask_access_nova-micro").click().run()
    assert "This account may not call it yet" in words(at)
    assert "NOT\\_AUTHORIZED" in words(at) or "NOT_AUTHORIZED" in words(at)


def test_why_nobody_knows_is_said(open_page, asking):
    asking.troubles = {"ListFoundationModels": "throttled", "ListHubContents": "access denied"}
    state.forget_aws()
    at = open_page("catalog", model="nova-micro")
    assert "AWS gave no list, so this is not known. AWS received too many requests." in asked_for(at, "Why not here?")


def button(at, key):
    return next(each for each in at.button if each.key == key)


def test_titan_is_tried_on_the_embeddings_page_with_titan_chosen(open_page, asking):
    at = open_page("catalog", model="titan-embed-text")
    asked_for(at, "Use it")
    button(at, "try_embeddings_paid").click().run()
    assert faults(at) == []
    assert at.selectbox(key="embeddings_bedrock").value == "amazon.titan-embed-text-v2:0"
    assert "**Titan Text Embeddings V2** has not yet been sent" in words(at)
    assert "InvokeModel" not in asking.asked


def test_the_model_of_the_record_draws_whatever_was_chosen_before(open_page, asking):
    at = open_page("catalog", view="draw")
    at.selectbox(key="catalog_picture_model").set_value("stability.sd3-5-large-v1:1").run()
    at.session_state["view"] = "timeline"
    at.session_state["model"] = "sd-3.5"
    at.run()
    asked_for(at, "Use it")
    button(at, "try_draw").click().run()
    assert at.selectbox(key="catalog_picture_model").value == "stability.sd3-5-large-v1:0"


def test_the_playground_opens_with_the_model_of_the_record(open_page, asking, monkeypatch):
    monkeypatch.setenv("DASHBOARD_BEDROCK_MODELS", json.dumps(["us.amazon.nova-micro-v1:0", "us.amazon.nova-pro-v1:0"]))
    settings.cache_clear()
    at = open_page("catalog", model="nova-micro")
    asked_for(at, "Use it")
    [link] = [each for each in at.get("page_link") if "playground" in each.proto.label]
    asked = parse_qs(link.proto.query_string)
    assert asked == {"engine": ["bedrock"], "model": ["us.amazon.nova-micro-v1:0"]}


@pytest.mark.parametrize("model_id", ["titan-embed-text", "sd-3.5"])
def test_without_credentials_it_cannot_be_tried_and_says_why(open_page, asking, monkeypatch, model_id):
    for name in PLANTED:
        monkeypatch.delenv(name)
    state.forget_aws()
    at = open_page("catalog", model=model_id)
    assert "there are no working credentials. No AWS credentials were found." in asked_for(at, "Use it")
    ways = [each for each in at.button if str(each.key).startswith("try_")]
    assert [way.disabled for way in ways] == [True]


def test_where_aws_is_not_asked_titan_cannot_be_tried_and_says_why(open_page, aws_server):
    at = open_page("catalog", model="titan-embed-text")
    assert "set up not to ask AWS" in asked_for(at, "Use it")
    assert button(at, "try_embeddings_paid").disabled


def test_a_teams_viewer_is_told_so_before_and_in_the_panel(open_page, asking, monkeypatch):
    for place in ("record", "drawing"):
        monkeypatch.setattr(f"components.catalog.views.{place}.may", lambda role: role == "viewer")
    at = open_page("catalog", model="sd-3.5")
    assert FOR_MEMBERS in asked_for(at, "Use it")
    assert button(at, "try_draw").disabled
    at = open_page("catalog", view="draw")
    assert FOR_MEMBERS in words(at)
    assert not [box for box in at.selectbox if box.key == "catalog_picture_model"]


@pytest.mark.parametrize(("model_id", "panel"), [("sam", "segment"), ("sd-3.5", "draw")])
def test_a_record_leads_to_the_panel_that_runs_its_kind(open_page, asking, model_id, panel):
    at = open_page("catalog", model=model_id)
    asked_for(at, "Use it")
    at.button(key=f"try_{panel}").click().run()
    assert at.session_state["view"] == panel
    assert faults(at) == []
