"""The fine-tuning page without a browser: training, every view, own examples, and exports that run elsewhere."""

from __future__ import annotations

import json
import re

import pytest
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertForMaskedLM

from components.core.i18n import _, use
from components.core.settings import settings
from components.fine_tuning.examples import read_shipped
from components.fine_tuning.link import VIEWS
from components.fine_tuning.state import SHELF
from components.fine_tuning.views import controls
from components.ui.guide.lesson import lesson
from tests.app.opening import faults
from tests.app.test_exports import assert_same

pytestmark = pytest.mark.real_model

SLUG = "fine-tuning"
SHORT = {"count": "20", "epochs": "2"}
OWN = "\n".join(
    [*(f"bring more tea {n},order" for n in range(5)), *(f"where is the tea {n},question" for n in range(5))]
)


def words(at) -> str:
    shown = [*at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success, *at.metric]
    return "\n".join(str(element.value) for element in shown)


def alts(at) -> list[str]:
    return [chart.proto.alt for chart in at.get("plotly_chart")]


def look_at(at, view):
    return at.segmented_control(key="view").set_value(view).run()


def train(at):
    at.button(key="fine_tuning_train").click().run(timeout=240)
    assert faults(at) == []
    return at


def test_before_training_the_answers_are_called_meaningless(open_page):
    at = open_page(SLUG, step="explore")
    assert "random numbers, so these answers are noise" in words(at)
    assert any(alt.startswith("Answers with their probability") and "→" not in alt for alt in alts(at))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_training_fills_every_view(open_page, lang):
    asked = dict(lesson("fine_tuning", lang).defaults) | {"trained": "head", "view": "curves"} | SHORT
    at = train(open_page(SLUG, lang=lang, **asked))
    assert len(at.metric) == 1
    for view in VIEWS:
        with use(lang):  # AppTest compares labels, and makes them in the language of this thread
            look_at(at, view)
        assert faults(at) == []
        assert bool(alts(at)) == (view != "examples")
        if lang == "ko":
            assert not any("Press" in element.value for element in (*at.info, *at.caption))


def test_a_training_belongs_to_its_settings_and_is_found_again(open_page):
    at = train(open_page(SLUG, trained="head", view="confusion", **SHORT))
    drawn = alts(at)
    at.number_input(key="seed").set_value(1).run()
    assert "nothing to show before training" in words(at)
    at.number_input(key="seed").set_value(0).run()
    assert alts(at) == drawn


def test_nothing_is_shown_before_a_training(open_page):
    for view in ("curves", "confusion", "map"):
        at = open_page(SLUG, view=view)
        assert faults(at) == []
        assert "nothing to show before training" in words(at)


@pytest.mark.parametrize("trained", ["head", "full"])
def test_script_and_data_of_a_training_agree(open_page, monkeypatch, run_scripts, trained):
    import streamlit as st

    makers = {}
    download_button = st.download_button

    def recording(label, data, *rest, key, **options):
        makers[key] = data
        return download_button(label, data, *rest, key=key, **options)

    monkeypatch.setattr(st, "download_button", recording)
    train(open_page(SLUG, trained=trained, **SHORT))
    data = json.loads(makers["export_data"]())["result"]
    assert data["training"]["steps_done"] == 4
    assert set(data["training"]["comparisons"]) == {"centroid", "untrained"}
    assert set(data["training"]["intervals"]) == {"after", "centroid", "untrained"}
    assert all(each["after"] for each in data["sentences"])
    script = makers["export_script"]()
    [result] = run_scripts([script])
    assert_same(script, data, result)


def test_own_examples_are_learned_from(open_page):
    at = train(open_page(SLUG, data="own", examples=OWN, trained="head", view="confusion", epochs="1", count="10"))
    assert any("order → question" in alt for alt in alts(at))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("no label", "Columns in row 1: 1."),
        ("a,good\nb,good", "1 different labels"),
        (OWN + "\nbring more tea 0,question", "Row 11"),
        ("</script><script>alert(1)</script>", "Columns in row 1: 1."),
        ('"never closed', "close every quote"),
    ],
)
def test_own_examples_that_cannot_be_used_are_named_and_the_page_goes_on(open_page, written, said):
    at = open_page(SLUG, data="own", examples=written, view="examples")
    assert [said in element.value for element in at.error] == [True]
    assert "240 texts to learn from, 102 held out" in words(at)


def test_hostile_sentences_and_labels_are_shown_as_texts(open_page):
    own = OWN.replace("order", "<b>{x}").replace("question", "![a](http://example.org)")
    sentences = "<script>alert(1)</script>\n{value} %s\n**bold** [x](http://example.org)"
    at = train(open_page(SLUG, data="own", examples=own, sentences=sentences, trained="head", epochs="1", count="10"))
    assert "<script" not in words(at)
    for view in VIEWS:
        look_at(at, view)
        assert faults(at) == []


def test_the_embedded_model_says_why_it_does_not_take_korean_reviews(open_page):
    at = open_page(SLUG, data="korean", view="examples")
    assert any("does not read Korean" in note.value for note in at.info)
    assert "240 texts to learn from, 102 held out" in words(at)
    at = open_page(SLUG, step="explore")
    assert not at.button(key="fine_tuning_korean").disabled
    assert "Classroom BERT (Korean)" in at.button(key="fine_tuning_korean").help


def test_the_korean_reviews_are_one_click_away_with_a_model_that_reads_them(open_page):
    at = open_page("fine-tuning", step="1").button(key="fine_tuning_korean").click().run()
    assert faults(at) == []
    assert (at.session_state["data"], at.session_state["model"]) == ("korean", "classroom-bert-ko")
    assert at.query_params == {"lang": "en", "step": "1", "data": "korean", "model": "classroom-bert-ko"}


def test_without_such_a_model_the_korean_reviews_say_what_is_missing(open_page, monkeypatch):
    monkeypatch.setattr(controls, "is_local", lambda _model: False)
    button = open_page("fine-tuning").button(key="fine_tuning_korean")
    assert button.disabled
    assert "does not read Korean, and Classroom E5 (Korean and English)" in button.help


@pytest.fixture
def korean_model(tmp_path, monkeypatch):
    """Bring a tiny masked language model of one's own that reads Hangul, and give its id."""
    letters = sorted({letter for each in read_shipped("korean").training for letter in each.text if letter != " "})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = BertWordPieceTokenizer({token: place for place, token in enumerate(vocabulary)}, lowercase=False)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
    )
    BertForMaskedLM(config).save_pretrained(tmp_path)
    row = f'''
[[models]]
id = "tiny-hangul"
title = "Tiny Hangul"
architecture = "encoder"
task = "fill-mask"
languages = ["ko"]
source = {{ kind = "path", folder = "{tmp_path}" }}
'''
    file = tmp_path / "models.toml"
    file.write_text(row, encoding="utf-8")
    monkeypatch.setenv("DASHBOARD_MODELS_FILE", str(file))
    settings.cache_clear()
    yield "tiny-hangul"
    monkeypatch.undo()
    settings.cache_clear()


def test_a_model_that_reads_korean_learns_from_korean_reviews(open_page, korean_model):
    at = open_page(SLUG, data="korean", model=korean_model, view="examples", epochs="1", count="16")
    assert "16 texts to learn from, 36 held out" in words(at)
    assert at.segmented_control(key="data").options == ["Film reviews", "Korean film reviews", "Your own"]
    train(at)
    look_at(at, "confusion")
    assert any("긍정 → 부정" in alt for alt in alts(at))


def test_an_encoder_that_left_the_memory_is_said(open_page, monkeypatch):
    monkeypatch.setattr(SHELF, "put", lambda _key, _encoder: None)
    at = train(open_page(SLUG, count="16", epochs="1"))
    assert "removed to make room for another visitor" in words(at)
    assert any("→" not in alt for alt in alts(at))


def guide_answer(at, step, option):
    return at.button_group(key=f"guide_answer_{SLUG}_{step}").set_value(option.answer).run()


@pytest.mark.parametrize(
    ("lang", "share", "measured"),
    [("en", "76%", "76.5% of 102 held-out reviews"), ("ko", "56%", "평가용 리뷰 36개 가운데 55.6%")],
)
def test_the_prediction_is_measured_and_cannot_be_read_off_the_page(open_page, lang, share, measured):
    at = open_page(SLUG, lang=lang)
    assert at.session_state["view"] == "examples"
    assert len(at.metric) == 0
    [right] = [option for option in lesson("fine_tuning", lang).predict.question.options if option.answer == share]
    with use(lang):
        guide_answer(at, 0, right)
    assert measured in words(at)
    assert right.reason in words(at)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_card_about_a_head_trains_it_by_itself(open_page, lang):
    cards = lesson("fine_tuning", lang).cards
    of_a_head = [n for n, card in enumerate(cards) if card.values.get("trained") == "head" and n]
    assert of_a_head == [1, 2, 4, 5, 6, 7, 8, 9]
    for number in (1, 4, 6):
        at = open_page(SLUG, lang=lang, step=str(number))
        assert faults(at) == []
        assert len(at.metric) == 1
        assert at.session_state["model"] == cards[number].values["model"]
        with use(lang):
            assert _("There is nothing to show before training. Press “Train”.") not in words(at)
    assert len(open_page(SLUG, lang=lang, step="3").metric) == 0
    assert len(open_page(SLUG, step="explore", trained="head", view="curves").metric) == 0


def exercise_card() -> str:
    return str(len(lesson("fine_tuning", "en").cards) - 2)


def check_pair(at, first, second):
    at.text_input(key="fine_tuning_first").set_value(first)
    at.text_input(key="fine_tuning_second").set_value(second).run()
    assert faults(at) == []
    return words(at)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_solution_of_the_exercise_solves_it(open_page, lang):
    exercise = lesson("fine_tuning", lang).exercise
    first, second = re.findall("“((?:The film|이 영화는) [^”]*)”", exercise.solution)
    at = open_page(SLUG, lang=lang, step=exercise_card())
    assert exercise.debrief not in words(at)
    assert exercise.debrief in check_pair(at, first, second)


def test_the_exercise_says_what_is_missing(open_page):
    at = open_page(SLUG, step=exercise_card())
    said = check_pair(at, "It was a good film.", "It was a bad film.")
    assert "were in the training texts" in said
    assert "exactly one word" in check_pair(at, "It was a good film.", "Something else.")


def test_the_exercise_is_about_the_classifier_on_the_screen(open_page):
    """Not about the one that was trained last: its labels may be others."""
    at = open_page(SLUG, step=exercise_card())
    at.segmented_control(key="trained").set_value("full").run()
    check_pair(at, "It was a good film.", "It was a bad film.")
    assert any("no classifier yet" in note.value for note in at.info)
