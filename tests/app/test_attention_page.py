"""The attention page through app.py: each view, the link, what is shared, and what it says when something is wrong."""

import json
import re
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from components.attention import head_ranking, link
from components.attention.known_heads import known_labels
from components.attention.state import Reading, load_model
from components.attention.views.guide import CHECKS
from components.core.i18n import LANGUAGES
from components.models.registry import record
from components.models.store import local_folder
from components.ui.guide.lesson import lesson
from tests.app import opening, own_models
from tests.app.opening import faults, scene_of

pytestmark = pytest.mark.real_model

KOREAN = "프랑스의 수도는"
SENTENCE = "I read a good [MASK]."
COURSE = {"view": "neuron", "model": "classroom-bert", "text": "I read a good novel.", "head": "11"}


def views_of(at):
    """Return the tensor views, without the components that every page mounts."""
    return [element for element in at.get("bidi_component") if (element.key or "").startswith("attention_")]


def iframes(at):
    return [element.proto.srcdoc for element in at.get("iframe")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("view", link.VIEWS)
def test_each_view_draws_in_each_language(open_page, view, lang):
    at = open_page("attention", lang=lang, view=view, text=SENTENCE)
    assert faults(at) == []


@pytest.mark.parametrize("view", link.VIEWS)
@pytest.mark.parametrize("model", ["classroom-gpt2", "classroom-gpt-ko", "classroom-e5-ko"])
def test_each_view_draws_each_kind_of_built_in_model(open_page, view, model):
    at = open_page("attention", view=view, model=model, text="Star Trek is" if model == "classroom-gpt2" else KOREAN)
    if model == "classroom-e5-ko" and view == "ablation":  # it has no output layer, so no head has an effect on one
        [told] = faults(at)
        assert "predicts no words" in told
        assert "Choose a model that fills gaps" in told
    else:
        assert faults(at) == []


@pytest.mark.parametrize("model", ["classroom-gpt-ko", "classroom-bert-ko", "classroom-e5-ko"])
def test_beside_a_korean_model_stands_one_that_has_learned_korean(open_page, model):
    at = open_page("attention", model=model, text=KOREAN, compare="side")
    assert faults(at) == []
    titles = {each.value.split("\\,")[0] for each in at.markdown if each.value.startswith("**Classroom")}
    other = "Classroom BERT" if model == "classroom-gpt-ko" else "Classroom GPT"
    assert any(title.startswith(f"**{other}") and "Korean" in title for title in titles), titles


def test_a_decoder_of_berts_blocks_is_not_given_to_the_bert_of_bertviz(take_home):
    """That one has no mask: its neuron view would show another attention than the page."""
    call = "transformers_neuron_view"
    assert call in take_home("attention", **COURSE).make("script")
    ours = take_home("attention", view="neuron", model="classroom-gpt-ko", text=KOREAN)
    assert call not in ours.make("script")
    assert iframes(ours.page)


@pytest.mark.parametrize("show", link.SHOW.options)
def test_all_heads_are_sent_whatever_is_shown_of_them(open_page, show):
    at = open_page("attention", text=SENTENCE, show=show)
    assert faults(at) == []
    assert len(views_of(at)) == 1


@pytest.mark.parametrize(("extent", "views"), [("side", 2), ("change", 3)])
def test_two_models_and_a_changed_token_stand_side_by_side(open_page, extent, views):
    at = open_page("attention", text=SENTENCE, compare=extent)
    assert faults(at) == []
    assert len(views_of(at)) == views


def test_the_call_of_the_course_is_one_link_away(open_page):
    (html,) = iframes(open_page("attention", **COURSE))
    document = json.loads(html.split('id="input">')[1].split("</script>")[0])
    assert document["params"]["head"] == 11
    assert document["params"]["attention"]["all"]["left_text"] == [
        "[CLS]",
        "i",
        "read",
        "a",
        "good",
        "novel",
        ".",
        "[SEP]",
    ]


def test_a_head_that_does_not_exist_is_noted_and_the_default_shown(open_page):
    at = open_page("attention", layer="99", head="5")
    assert [at.session_state[name] for name in ("layer", "head")] == [3, 5]
    assert "99" in at.warning[0].value


@pytest.mark.parametrize(
    ("view", "layer", "head"), [("rollout", False, False), ("model", True, False), ("neuron", True, True)]
)
def test_a_slider_that_would_change_nothing_cannot_be_moved(open_page, view, layer, head):
    at = open_page("attention", view=view, layer="3", head="1")
    assert [not at.slider(key=key).disabled for key in ("layer", "head")] == [layer, head]
    assert [at.slider(key=key).value for key in ("layer", "head")] == [3, 1]


def test_a_text_that_is_too_long_is_cut_visibly(open_page, small_bert):
    at = open_page("attention", text="word " * 700, view="heatmap", model=small_bert)
    assert any("702" in note.value and "512" in note.value for note in at.info)


def test_only_a_part_of_a_long_text_is_drawn_with_bertviz_and_that_is_said(open_page):
    at = open_page("attention", text="word " * 200, view="head")
    assert any("128" in note.value and "202" in note.value for note in at.info)
    assert sum(len(html) for html in iframes(at)) < 2_000_000


def test_hidden_special_tokens_come_with_the_note_on_the_sum_of_rows(open_page):
    at = open_page("attention", text=SENTENCE)
    at.toggle(key="attention_hide_special").set_value(True).run()
    assert faults(at) == []
    assert any("no longer add up to 1" in caption.value for caption in at.caption)


def test_a_pair_is_read_as_one_input_and_can_be_filtered(open_page):
    at = open_page("attention", text="I read.", text_b="It was good.")
    at.session_state["attention_direction"] = "ab"
    assert faults(at.run()) == []
    assert any("no longer add up to 1" in caption.value for caption in at.caption)


def test_a_decoder_shows_the_attention_of_what_it_writes_itself(open_page):
    at = open_page("attention", view="head", model="classroom-gpt2", text="Star Trek")
    at.number_input(key="attention_new_tokens").set_value(5).run()
    assert faults(at) == []
    document = json.loads(iframes(at)[0].split('id="input">')[1].split("</script>")[0])
    assert len(document["params"]["attention"][0]["left_text"]) == 2 + 5


HEADS = 3 * 4


@pytest.fixture
def small_bert(tmp_path):
    """The words of the built-in encoder and few heads, with weights large enough that each head has an effect."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = {"hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48}
        model = BertForMaskedLM(BertConfig(**sizes))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(5)
    folder = tmp_path / "small-bert"
    model.save_pretrained(folder)
    shutil.copy(local_folder(record("classroom-bert")) / "tokenizer.json", folder)
    row = own_models.row("small-bert", folder=folder, architecture="encoder", task="fill-mask")
    with own_models.offered(tmp_path / "models.toml", row):
        yield "small-bert"


@pytest.mark.parametrize("replacement", ["zero", "resample"])
def test_a_ranking_is_that_of_several_texts_and_can_be_taken_home(
    open_page, monkeypatch, run_scripts, small_bert, replacement
):
    few = head_ranking.texts()[:3]
    monkeypatch.setattr(head_ranking, "texts", lambda: few)
    with opening.downloads() as makers:
        at = open_page("attention", view="ablation", text=SENTENCE, model=small_bert)
        if replacement != "zero":
            at.segmented_control(key="attention_replacement").set_value(replacement).run()
        at.button(key="attention_rank").click().run()
    assert faults(at) == []
    captions = [caption.value for caption in at.caption]
    passes = (len(few) + 1) * (HEADS + 2) + (len(few) if replacement == "resample" else 0)
    assert any(f"{passes} forward passes" in value for value in captions), "each head and two with all, for each text"
    assert any("agree on the order of the heads" in value for value in captions)
    assert not any("noise" in value.lower() for value in captions)
    exported = json.loads(makers["export_data"]())["result"]
    (found,) = run_scripts([makers["export_script"]()])
    assert found.keys() == exported.keys()
    require_equal_ablation(found["ablation"], exported["ablation"])
    mine, theirs = found["ranking"], exported["ranking"]
    assert mine.keys() == theirs.keys()
    assert mine["texts"] == theirs["texts"]
    assert [text["own"] for text in theirs["texts"]] == [False] * len(few) + [True]
    for name in ("kl_nats", "mean", "low", "high"):
        assert np.allclose(mine[name], theirs[name], rtol=0.02, atol=1e-5), name
    assert mine["spearman_own_text"] == pytest.approx(theirs["spearman_own_text"], abs=0.01)
    assert mine["spearman_between_texts"] == pytest.approx(theirs["spearman_between_texts"], abs=0.01)


def test_without_a_mask_the_effect_is_measured_at_a_word(open_page):
    at = open_page("attention", view="ablation", text="I read a good novel.")
    assert faults(at) == []
    position = next(box for box in at.selectbox if box.label == "Prediction at")
    assert position.value == 5
    assert position.options[5] == "5 novel", "a word, not the full stop behind it"


def said(at):
    return "\n".join(element.value for element in (*at.markdown, *at.caption))


ANSWERS = {
    "it": ("mat", "mat 0.37, cat 0.19"),
    "france": ("7", "7: 95%, 6: 74%, 8: 73%"),
    "tired": ("cat", "0.84 with “tired” and 0.66 without it. In 40 sentences"),
    "pronouns": ("1", "“The”, “The”, “The”, “a”, “it”"),
    "off": ("4-8", "4-7: share 95%, then 88.9%; 4-8: share 73%, then 55.1%; 5-10: share 83%, then 82.3%"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_computed_by_the_models_and_are_what_the_lesson_says(name):
    option, evidence = ANSWERS[name]
    answer = CHECKS[name]()
    assert answer.option == option
    assert evidence in answer.evidence


@pytest.mark.parametrize("answer", ["mat", "cat"])
def test_the_measured_shares_of_the_prediction_are_shown_either_way(open_page, answer):
    at = open_page("attention", step="0")
    at.button_group(key="guide_answer_attention_0").set_value(answer).run()
    assert faults(at) == []
    assert "mat 0.37" in said(at)


EXERCISE = len(lesson("attention", "en").cards) - 2


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("The cat bought a mat because it was cheap.", "green-badge"),
        ("The cat sat on the mat because it was clean.", "Change what happens between the two"),
        ("The mat sat on the cat because it was tired.", "Let “cat” come before “mat”"),
        ("The cat sat there because it was clean.", "missing: mat"),
    ],
)
def test_the_exercise_is_checked_by_the_model(open_page, sentence, says):
    at = open_page("attention", step=str(EXERCISE))
    at.text_input(key="attention_exercise").set_value(sentence).run()
    assert faults(at) == []
    assert says in said(at)


def test_the_solution_of_the_exercise_solves_it(open_page):
    at = open_page("attention", step=str(EXERCISE))
    solution = re.search("“(.+)”", lesson("attention", "en").exercise.solution)[1]
    at.text_input(key="attention_exercise").set_value(solution).run()
    assert lesson("attention", "en").exercise.debrief in said(at)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_counts_in_the_lesson_are_those_of_the_model(code):
    [ours] = [step for step in lesson("attention", code).steps if step.values["view"] == "neuron"]
    counts = dict.fromkeys(("embeddings", "attention", "mlp", "norms"), 0)
    # without the head that fills gaps: the same 22.6 million as on the page about fine-tuning
    model = load_model(ours.values["model"]).model
    for name, weights in getattr(model, "bert", model).named_parameters():
        if "pooler" in name:  # made when the weights are loaded, and in no file
            continue
        is_mlp = "intermediate" in name or (".output.dense" in name and "attention" not in name)
        kind = "mlp" if is_mlp else next((part for part in ("attention", "embeddings") if part in name), "norms")
        counts[kind] += weights.numel()
    counts["all"] = sum(counts.values())
    del counts["norms"]
    reason = ours.question.options[ours.question.right].reason
    for count in counts.values():
        written = f"{count / 1e6:.1f}" if code == "en" else f"{round(count / 1e5) * 10:,}만"
        assert written in reason, (written, reason)
    [named] = [step for step in lesson("attention", code).steps if step.values["view"] == "metrics"]
    heads, roles = (
        {"classroom-bert": 72, "classroom-e5-ko": 144}[named.values["model"]],
        known_labels(named.values["model"]),
    )
    assert {str(heads), str(len(roles)), str(heads - len(roles))} <= set(re.findall(r"\d+", named.conclusion))


def test_a_card_opens_also_after_a_smaller_model(open_page, small_bert):
    at = open_page("attention", step="1", model=small_bert)
    assert faults(at) == []
    assert (at.session_state["layer"], at.session_state["head"]) == (2, 3), "the last it has: the card's is beyond"
    at.button(key="guide_next").click().run()
    assert faults(at) == []
    assert (at.session_state["layer"], at.session_state["head"]) == (4, 2)


@pytest.mark.parametrize(
    ("model", "text", "is_prepared"),
    [
        ("classroom-bert", "The cat sat on the mat because it was tired.", True),
        ("classroom-e5-ko", "고양이가 매트 위에 앉았다.", False),  # without an output layer
    ],
)
def test_a_link_opens_similar_places_where_no_corpus_has_to_be_read(open_page, model, text, is_prepared):
    at = open_page("attention", model=model, text=text, similar="yes")
    assert faults(at) == []
    assert ("corpus search of exBERT" in said(at)) is is_prepared
    [scene] = map(scene_of, views_of(at))
    assert ("neighbours" in [action["name"] for action in scene["actions"]]) is not is_prepared


def test_a_corpus_is_read_for_a_model_without_a_prepared_search(open_page, small_bert):
    at = open_page("attention", model=small_bert, text=SENTENCE)
    reading = Reading(small_bert, SENTENCE, None)
    at.session_state["attention_asked"] = ((reading, "encoder"), frozenset({"neighbours"}))  # as the button does
    at.run()
    assert faults(at) == []
    assert "corpus search of exBERT" in said(at)
    [scene] = map(scene_of, views_of(at))
    assert scene["reports"] == "at_rest", "what is below follows the head"


def test_every_head_has_its_sentence(open_page):
    at = open_page("attention", lang="en", text=SENTENCE)
    [scene] = map(scene_of, views_of(at))
    named = known_labels("classroom-bert")
    assert set(scene["about"]) == {str(layer * scene["heads"] + head) for layer, head in named}
    for (layer, head), label in named.items():
        assert (
            f"{label.gain:.2f} [{label.low:.2f}, {label.high:.2f}]"
            in scene["about"][str(layer * scene["heads"] + head)]
        )
    assert scene["aboutOthers"] == "On random texts this head has no clear role."
    assert scene["reports"] == "on_leaving"


# The number of threads alone moves float32 weights by 6e-6 (measured on the classroom GPT-2).
ROUNDING = 2e-5


def require_equal(found, exported):
    assert found["tokens"] == exported["tokens"]
    assert found["key_tokens"] == exported["key_tokens"]
    assert np.allclose(found["attention"], exported["attention"], atol=ROUNDING)
    assert np.allclose(found["rollout"], exported["rollout"], atol=ROUNDING)
    for mine, theirs in zip(found["heads"], exported["heads"], strict=True):
        assert mine.keys() == theirs.keys()
        for name, value in theirs.items():
            assert mine[name] == (None if value is None else pytest.approx(value, abs=10 * ROUNDING)), name


TAKEN_HOME = [
    {"model": "classroom-bert", "text": "I read a good novel.", "text_b": "It was long.", "layer": "3", "head": "1"},
    {"model": "classroom-gpt2", "text": "Star Trek is a # %% story\nof Star Trek", "layer": "4", "head": "8"},
    {"view": "rollout", "text": "Star Trek is", "model": "classroom-gpt2"},
    {"view": "ablation", "text": "Star Trek is", "model": "classroom-gpt2", "layer": "4", "head": "8"},
    {"view": "metrics", "text": "Star Trek is", "model": "classroom-gpt2"},
    {**COURSE, "layer": "3"},
]


def test_the_scripts_give_the_exported_numbers_also_those_that_only_one_view_shows(take_home, run_scripts):
    taken = [take_home("attention", **values) for values in TAKEN_HOME]
    scripts = [each.make("script") for each in taken]
    for values, each, script, found in zip(TAKEN_HOME, taken, scripts, run_scripts(scripts), strict=True):
        exported = json.loads(each.make("data"))["result"]
        require_equal(found, exported)
        assert found.keys() == exported.keys()
        view = values.get("view")
        if view == "ablation":
            require_equal_ablation(found["ablation"], exported["ablation"])
        elif view == "rollout":
            require_equal_importance(found["importance"], exported["importance"])
        elif view == "metrics":
            require_equal_roles(found["roles"], exported["roles"])
        elif view is not None:
            assert 'show(watched, "bert", tokenizer, TEXT, TEXT_B, display_mode="light"' in script


def require_equal_ablation(mine, theirs):
    assert mine["kl_nats"] == pytest.approx(theirs["kl_nats"], rel=0.01)
    assert theirs["kl_nats"] > 1e-5
    assert {row["id"]: row for row in mine["tokens"][:5]}.keys() == {row["id"] for row in theirs["tokens"][:5]}
    for one, other in zip(mine["tokens"][:5], theirs["tokens"][:5], strict=True):
        assert (one["before"], one["after"]) == pytest.approx((other["before"], other["after"]), abs=1e-4)


def require_equal_importance(mine, theirs):
    assert mine["position"] == theirs["position"]
    for method in ("raw", "rollout", "flow"):
        assert mine[method] == pytest.approx(theirs[method], abs=1e-3), method
    for one, other in zip(mine["effect"], theirs["effect"], strict=True):
        assert (one is None) == (other is None)
        assert one is None or one == pytest.approx(other, rel=0.02, abs=1e-6)
    mine, theirs = mine["rank_correlations"], theirs["rank_correlations"]
    assert (mine["methods"], mine["tokens"]) == (theirs["methods"], theirs["tokens"])
    for name in ("spearman", "low", "high", "p_value"):
        # ranks change only where two tokens matter alike to the last digit
        assert np.allclose(*(np.array(one[name], dtype=float) for one in (mine, theirs)), atol=0.02, equal_nan=True), (
            name
        )


def require_equal_roles(mine, theirs):
    assert mine["labels"] == theirs["labels"]
    assert any(label["role"] in ("duplicate_token", "induction") and label["stable"] for label in theirs["labels"])
    assert (mine["seed"], mine["text_pairs"]) == (theirs["seed"], theirs["text_pairs"])
    for one, other in zip(mine["scores"], theirs["scores"], strict=True):
        assert one == pytest.approx(other, abs=10 * ROUNDING)


def test_a_long_text_is_said_to_be_kept_in_half_precision_and_exported_in_full(take_home):
    taken = take_home("attention", text="the cat " * 80, layer="4", head="2")
    assert any("half precision" in caption.value for caption in taken.page.caption)
    exported = json.loads(taken.make("data"))["result"]
    assert exported["precision"] == "float32"
    weights = np.array(exported["attention"][0][0])
    assert len(weights) > 128
    # Of float16 every number would be one of float16; of float32 hardly any is.
    assert (weights != weights.astype(np.float16)).mean() > 0.9
    assert np.allclose(weights.sum(axis=-1), 1.0, atol=1e-5)
    assert not any("half precision" in caption.value for caption in take_home("attention").page.caption)


@pytest.mark.parametrize("view", ["head", "model", "neuron"])
def test_the_picture_of_a_bertviz_view_can_be_taken_home_as_svg(take_home, view):
    root = ElementTree.fromstring(take_home("attention", view=view, text=SENTENCE).make("figure"))
    assert root.tag.endswith("svg")
    assert sum(node.tag.endswith("line") for node in root) > 10


def test_no_text_is_an_empty_state_and_no_fault(open_page):
    at = open_page("attention", text="", model="classroom-gpt2")
    assert not at.error
    assert any("There is no token in this text" in each.value for each in at.warning)


def test_a_word_of_several_tokens_in_a_tokens_place_is_no_fault(open_page):
    at = open_page("attention", text="The cat sat.", compare="change", model="classroom-gpt2")
    at.text_input(key="attention_change_word").set_value("unheard-of").run()
    assert not at.error
    assert any("tokens" in each.value for each in at.warning)
