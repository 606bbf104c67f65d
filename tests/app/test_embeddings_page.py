"""The embeddings page without a browser: every view, a visitor's own list, what is said, and what is never sent."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from components.aws.bedrock import EMBEDDERS
from components.core.i18n import use
from components.core.settings import settings
from components.embeddings.corpus import MOST_ITEMS, read_shipped
from components.embeddings.link import POOLING, VIEWS
from components.ui.guide.lesson import lesson
from tests.app.opening import faults
from tests.services.aws_server import serving
from tests.services.embeddings.vectors import Embedding
from tests.services.planted import PLANTED, plant

OWN = "the cat sleeps\na dog barks\nrain falls on the sea\nthe sun is warm"


def words(at) -> str:
    shown = [*at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.subheader, *at.success]
    return "\n".join(str(element.value) for element in shown)


def heatmaps(at):
    return [element for element in at.get("bidi_component") if "embeddings_heatmap" in element.proto.id]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_own_texts_too(open_page, view, lang):
    at = open_page("embeddings", lang=lang, view=view, list=OWN, query="an animal", liked="line-2")
    assert faults(at) == []
    assert [element.value for element in at.warning] == []
    # only the quality of a search has nothing to judge it by
    assert bool(at.get("plotly_chart")) == (view not in ("quality", "heatmap"))
    assert bool(heatmaps(at)) == (view == "heatmap")


def test_the_two_lists_disagree_as_the_lesson_says(open_page):
    said = words(open_page("embeddings", query="mountaineering tragedy"))
    assert "**1. The Mountain Does Not Care**" in said
    assert "not found by words" in said
    assert "Nothing. No word of the query is in any of these texts." in said


def test_the_page_says_what_the_model_was_trained_for_and_how_often_it_is_right(open_page):
    said = words(open_page("embeddings", step="explore"))
    assert "was last trained to fill gaps" in said
    assert "was trained to predict the next token" in words(open_page("embeddings", model="classroom-gpt2"))
    assert "Its training started from all-MiniLM-L6-v2" in said
    assert "shared words alone 50% (29–71%), shuffled texts 4%" in said


def test_korean_texts_are_searched_in_both_languages_and_by_a_model_that_reads_them(open_page):
    settings = {"texts": "ko", "model": "classroom-e5-ko"}
    at = open_page("embeddings", query="미술관의 그림", **settings)
    assert faults(at) == []
    assert "**1. 소리 없는 도둑**" in words(at)
    assert "No word of the query is in any of these texts." in words(at)
    assert "**1. 소리 없는 도둑**" in words(open_page("embeddings", query="paintings stolen from a museum", **settings))
    unread = words(open_page("embeddings", query="a dog", texts="ko", model="classroom-bert"))
    assert "has not learned" in unread


def test_the_quality_of_each_model_is_shown_within_and_across_languages(open_page):
    at = open_page("embeddings", view="quality", model="classroom-e5-ko")
    at.session_state["embeddings_languages"] = True
    at.run()
    assert faults(at) == []
    [table] = [each.value for each in at.dataframe if "Korean → English" in each.value.columns]
    first = table.set_index("Search").loc["Classroom E5 (Korean and English)"]
    assert first["Korean → English"].startswith("77%")
    assert first["Korean → Korean"].startswith("75%")
    assert list(table["Search"])[1:] == ["Classroom BERT", "Words (BM25)", "Pairs of letters (BM25)"]


def test_both_searches_are_compared_with_an_interval(open_page):
    said = words(open_page("embeddings", view="quality"))
    assert "**Vectors minus words**, all queries: recall@3 +19 (+4 … +35) percentage points" in said


def test_nothing_asked_is_no_fault(open_page, take_home):
    for view in ("search", "map"):
        at = open_page("embeddings", query="   ", view=view)
        assert faults(at) == []
    taken = take_home("embeddings", query=" ")
    assert json.loads(taken.make("data"))["result"]["ranking"] == []


def test_without_a_choice_the_first_text_is_the_example(open_page):
    at = open_page("embeddings", view="recommend")
    assert f"readers who liked “{read_shipped().items[0].title}”" in words(at)
    at.multiselect(key="liked").set_value(["moon-mail"]).run()
    assert "As an example" not in words(at)


def test_all_liked_leaves_nothing(open_page):
    everything = ",".join(item.id for item in read_shipped().items)
    assert "nothing is left to recommend" in words(open_page("embeddings", view="recommend", liked=everything))


HOSTILE = [
    "</script><script>alert(1)</script>\n![x](http://example.org/x.png)\n<b>bold</b>",
    "\x00\n\ufffdx\n\u202eright to left\u2067",
    "👨‍👩‍👧‍👦\nZ" + "\u0351" * 700 + "\n한글 문장",
    "{value} %s {{7*7}}\n$\\frac{1}{0}$\n# %%\n'''",
    "!!!\n???\n...",
]


@pytest.mark.parametrize("view", ["search", "heatmap", "map"])
@pytest.mark.parametrize("pasted", HOSTILE)
def test_hostile_lists_are_shown_as_texts(open_page, pasted, view):
    at = open_page("embeddings", list=pasted, query=pasted[:400], view=view)
    assert faults(at) == []
    assert "<script" not in words(at).replace("\\<", "")


def test_a_list_that_is_too_short_or_too_long_is_said(open_page):
    assert "At least 3 are needed" in words(open_page("embeddings", list="one\ntwo\ntwo"))
    long = open_page("embeddings", list="\n".join(f"text {number}" for number in range(MOST_ITEMS + 5)))
    assert f"Lines beyond the first {MOST_ITEMS} left out: 5." in words(long)


def test_texts_that_the_model_cannot_read_to_their_end_are_counted(open_page):
    at = open_page("embeddings", list="짧은 글\nshort\n" + "한글 " * 190)
    assert "Texts of which only the first 256 tokens are read: 1." in words(at)


def test_a_list_is_left_again_with_one_button(open_page):
    at = open_page("embeddings", list=OWN)
    assert "the cat sleeps" in words(at)
    next(button for button in at.button if button.label == "Back to the 80 blurbs").click().run()
    assert "The Quiet Thief" in words(at)
    assert faults(at) == []


def test_the_heatmap_says_how_far_its_colours_reach_and_is_taken_home_as_svg(open_page, take_home):
    assert "The strongest colour is 0." in words(open_page("embeddings", view="heatmap"))
    drawn = ElementTree.fromstring(take_home("embeddings", view="heatmap", lang="ko").make("figure"))
    written = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert written[0] == "모든 글끼리의 코사인"
    assert written.count("우주") == 2


@pytest.mark.parametrize("pooling", POOLING.options)
def test_scripts_know_every_pooling_and_texts_of_ones_own(take_home, pooling):
    taken = take_home("embeddings", list=OWN + "\n# %%\n'''x\"\"\"", pooling=pooling)
    compile(taken.make("script"), "exported", "exec")
    harmless = take_home("embeddings", list=OWN, pooling=pooling)
    cells, expected = (len(json.loads(each.make("notebook"))["cells"]) for each in (taken, harmless))
    assert cells == expected  # a visitor's line starts no cell


EXERCISE = str(len(lesson("embeddings", "en").cards) - 2)


def test_the_exercise_wants_no_common_word_and_an_early_rank(open_page):
    at = open_page("embeddings", step=EXERCISE)
    at.selectbox(key="embeddings_wanted").set_value("the-mountain-does-not-care")
    at.text_input(key="embeddings_attempt").set_value("four climbers").run()
    assert "The blurb has these words too: " in words(at)
    at.text_input(key="embeddings_attempt").set_value("mountaineering tragedy").run()
    assert "By its vector it has rank 1." in words(at)
    assert lesson("embeddings", "en").exercise.debrief in words(at)


@pytest.mark.parametrize(
    ("lang", "wanted", "query"),
    [
        ("en", "the-long-way-to-saturn", "space travel"),
        ("en", "the-mountain-does-not-care", "mountaineering tragedy"),
        ("ko", "the-dog-who-waited", "충성스러운 강아지"),
        ("ko", "the-quiet-thief", "예술 작품 절도"),
    ],
)
def test_the_solutions_of_the_lesson_solve_the_exercise(open_page, lang, wanted, query):
    exercise = lesson("embeddings", lang).exercise
    assert query in exercise.solution
    with use(lang):
        at = open_page("embeddings", lang=lang, step=EXERCISE)
        at.selectbox(key="embeddings_wanted").set_value(wanted)
        at.text_input(key="embeddings_attempt").set_value(query).run()
    assert exercise.debrief in words(at)


def test_own_texts_leave_the_exercise_with_the_shipped_ones(open_page):
    at = open_page("embeddings", step=EXERCISE, list=OWN)
    at.text_input(key="embeddings_attempt").set_value("cats").run()
    assert faults(at) == []
    assert "By its vector it has rank" in words(at)


def test_a_card_with_its_own_texts_leads_to_any_other(open_page):
    cards = lesson("embeddings", "en").cards
    [recommend] = [number for number, card in enumerate(cards) if "liked" in card.values]
    own = [number for number, card in enumerate(cards) if "list" in card.values]
    at = open_page("embeddings", step=str(own[0]))
    at.segmented_control(key="guide_steps").set_value(recommend).run()
    assert faults(at) == []
    assert at.session_state["liked"] == cards[recommend].values["liked"].split(",")
    assert at.session_state["list"] == ""


@pytest.fixture
def bedrock(monkeypatch, tmp_path):
    """A loopback Bedrock behind planted credentials, in a dashboard that may call AWS."""
    scenario = Embedding()
    with serving(scenario) as address:
        plant(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("DASHBOARD_AWS", "true")
        settings.cache_clear()
        yield scenario
    settings.cache_clear()


def choose(at, model_id):
    return at.selectbox(key="embeddings_bedrock").set_value(model_id).run()


def send(at):
    next(button for button in at.button if button.label == "Send to Bedrock").click().run()
    return at


def test_a_dashboard_that_may_not_call_aws_offers_nothing_to_send(open_page):
    at = open_page("embeddings")
    assert "DASHBOARD_AWS=true" in words(at)
    assert not [box for box in at.selectbox if box.key == "embeddings_bedrock"]


@pytest.mark.parametrize("model", EMBEDDERS, ids=lambda model: model.id)
def test_nothing_is_sent_before_it_is_confirmed_and_all_of_it_once(open_page, bedrock, model):
    at = choose(open_page("embeddings", list=OWN, query="an animal"), model.id)
    assert "has not yet been sent 5 of these texts" in words(at)
    send(at)
    assert "Nothing was sent" in words(at)
    assert bedrock.asked == []
    at.checkbox(key="embeddings_bedrock_paid_0").check()
    send(at)
    assert f"Nearest vectors ({model.title.replace('-', chr(92) + '-')}" in words(at)
    calls = len(bedrock.asked)
    assert set(bedrock.asked) == {"InvokeModel"}
    assert calls == (5 if model.texts_a_call == 1 else 2)
    at.run()
    at.segmented_control(key="view").set_value("heatmap").run()
    assert len(bedrock.asked) == calls, "what was bought is not bought again"
    assert faults(at) == []


def test_one_button_goes_back_to_the_model_on_this_machine(open_page, bedrock):
    at = choose(open_page("embeddings", list=OWN), "cohere.embed-english-v3")
    at.button(key="embeddings_bedrock_back").click().run()
    assert "Nearest vectors (Classroom BERT)" in words(at)
    assert bedrock.asked == []


def test_another_question_is_confirmed_anew_and_alone(open_page, bedrock):
    at = choose(open_page("embeddings", list=OWN, query="an animal"), "amazon.titan-embed-text-v2:0")
    at.checkbox(key="embeddings_bedrock_paid_0").check()
    send(at)
    at.text_input(key="query").set_value("bad weather").run()
    assert "has not yet been sent 1 of these texts" in words(at)
    assert at.checkbox(key="embeddings_bedrock_paid_1").value is False
    at.checkbox(key="embeddings_bedrock_paid_1").check()
    send(at)
    assert bedrock.bodies[-1] == {"inputText": "bad weather"}
    assert len(bedrock.asked) == 6


def test_a_failure_is_said_and_what_came_is_kept(open_page, bedrock):
    bedrock.troubles["InvokeModel"] = "access denied"
    at = choose(open_page("embeddings", list=OWN), "amazon.titan-embed-text-v2:0")
    at.checkbox(key="embeddings_bedrock_paid_0").check()
    send(at)
    assert any("bedrock:InvokeModel" in element.value for element in at.warning)
    assert bedrock.asked == ["InvokeModel"]
    assert not any(secret in words(at) for secret in PLANTED.values())


@pytest.mark.parametrize("view", VIEWS)
def test_opening_and_exporting_any_view_calls_nothing(take_home, bedrock, view):
    taken = take_home("embeddings", view=view)
    exported = [taken.make(entry) for entry in ("data", "script", "notebook")]
    assert bedrock.asked == []
    assert not any(secret in text for text in exported for secret in PLANTED.values())
