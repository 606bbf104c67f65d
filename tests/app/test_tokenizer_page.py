"""The tokenizer page through app.py: what a visitor sees, changes, and takes home."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from components.core.i18n import LANGUAGES
from components.tokenizer.isolation import analysis
from components.tokenizer.isolation.pool import Pool
from components.tokenizer.isolation.worker import Limits
from components.tokenizer.link import TAB
from components.ui.guide.lesson import lesson
from tests.app.opening import downloads, faults
from tests.unit.tokenizer.hostile import BACKTRACKING, GROWING, LETTERS, LONG_TEXT, ticking

ROOT = Path(__file__).resolve().parents[2]
BUNDLED = ROOT / "components" / "models" / "bundled"
MOST_HELD_S = 1
TABS = TAB.options


def chips(at, key):
    """Return the data of the token chips with this key, as they go to the browser."""
    found = [element for element in at.get("bidi_component") if key in element.proto.id]
    return [json.loads(element.proto.json) for element in found]


def open_tab(at, name):
    return at.button_group(key="tab").set_value(name).run()


def texts(at):
    return [element.value for element in (*at.markdown, *at.caption)]


def test_the_default_text_shows_its_tokens_and_counts(open_page):
    at = open_page("tokenizer", step="explore")
    assert at.text_area(key="text").value == "I read a good novel."
    [shown] = chips(at, "tokenizer_chips")
    assert [chip["label"] for chip in shown["chips"]] == ["[CLS]", "i", "read", "a", "good", "novel", ".", "[SEP]"]
    assert [chip["ids"] for chip in shown["chips"]][:2] == [[101], [1045]]
    assert any("**8** tokens" in text for text in texts(at))


def test_the_course_output_is_printed_for_one_text_and_for_a_pair(open_page):
    at = open_page("tokenizer", step="explore")
    printed = [element.value for element in at.text]
    assert "tokenizer('I read a good novel.')" in printed
    assert (
        "{'input_ids': [101, 1045, 3191, 1037, 2204, 3117, 1012, 102],\n"
        " 'token_type_ids': [0, 0, 0, 0, 0, 0, 0, 0],\n"
        " 'attention_mask': [1, 1, 1, 1, 1, 1, 1, 1]}"
    ) in printed
    assert any("'token_type_ids': [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]" in code for code in printed)


def test_gpt2_prints_no_type_ids(open_page):
    at = open_page("tokenizer", model="classroom-gpt2")
    printed = [element.value for element in at.text]
    assert any("input_ids" in text for text in printed)
    assert not any("token_type_ids" in text for text in printed)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("model", ["classroom-bert", "classroom-gpt2"])
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_draws(open_page, tab, model, lang):
    at = open_page("tokenizer", lang=lang, model=model, tab=tab, text="Unaffable Café 👍🏽 [MASK]<|endoftext|> 한글\n")
    assert faults(at) == []
    assert len(texts(at)) > 5


def test_a_character_of_several_tokens_is_one_chip(open_page):
    [shown] = chips(open_page("tokenizer", model="classroom-gpt2", text="a👍"), "tokenizer_chips")
    assert [(chip["label"], len(chip["ids"])) for chip in shown["chips"]] == [("a", 1), ("👍", 2)]


def test_the_stages_are_drawn_in_order(open_page):
    at = open_page("tokenizer", text="Café", tab="stages")
    numbered = [
        text for text in texts(at) if text.startswith("**") and ". " in text[:6] and "tokenizer_stage" not in text
    ]
    assert [text.split(":")[0] for text in numbered][:4] == [
        "**1. Normalizer",
        "**2. Pre-tokenizer",
        "**3. Model",
        "**4. Post-processor",
    ]
    assert [chip["label"] for chip in chips(at, "tokenizer_stage_1")[0]["chips"]] == ["cafe"]


def test_the_slider_walks_through_the_merges(open_page):
    at = open_page("tokenizer", model="classroom-gpt2", text="novels", tab="decision")
    slider = at.slider(key="tokenizer_merge_novels")
    pieces = []
    for step in range(int(slider.max) + 1):
        at = at.slider(key="tokenizer_merge_novels").set_value(step).run()
        assert faults(at) == []
        [row] = chips(at, "tokenizer_bpe") or chips(at, "tokenizer_outcome")
        pieces.append([chip["label"] for chip in row["chips"]])
    assert pieces[0] == list("novels")
    assert "".join(pieces[-1]) == "novels"
    assert [len(row) for row in pieces] == list(range(6, 6 - len(pieces), -1))


def test_the_comparison_marks_what_is_cut_differently(open_page):
    at = open_page("tokenizer", text="so unaffable", tab="compare")
    [bert] = chips(at, "tokenizer_compare_classroom-bert")
    assert [(chip["label"], chip["marked"]) for chip in bert["chips"]] == [
        ("so", False),
        ("una", True),
        ("##ffa", True),
        ("##ble", True),
    ]


def test_a_model_that_is_not_here_is_left_out_of_the_comparison_with_a_reason(open_page):
    at = open_page("tokenizer", compare="classroom-gpt2,gpt2", tab="compare")
    assert len(chips(at, "tokenizer_compare_")) == 2
    assert any("gpt2" in error.value for error in at.error)


def test_training_can_be_walked_back(open_page):
    at = open_page("tokenizer", tab="train")
    after = chips(at, "tokenizer_own")[0]["chips"]
    slider = next(slider for slider in at.slider if slider.key is None or "tokenizer" not in slider.key)
    at = slider.set_value(0).run()
    assert faults(at) == []
    before = chips(at, "tokenizer_own")[0]["chips"]
    assert len(before) > len(after)


def paste(at, content):
    at.text_area(key="tokenizer_pasted").set_value(content).run()
    return at.button(key="tokenizer_use_pasted").click().run()


def test_a_pasted_tokenizer_is_used_and_a_broken_one_explained(open_page):
    content = (BUNDLED / "classroom-gpt2" / "tokenizer.json").read_text(encoding="utf-8")
    at = paste(open_page("tokenizer", step="explore"), content)
    assert faults(at) == []
    [shown] = chips(at, "tokenizer_chips")
    assert [chip["ids"][0] for chip in shown["chips"]] == [40, 1100, 257, 922, 5337, 13]
    at = paste(at, "{")
    assert len(at.error) == 1
    assert "cannot be read" in at.error[0].value
    assert chips(at, "tokenizer_chips")[0]["chips"][0]["label"] == "[CLS]"


def test_text_in_the_box_runs_only_when_its_button_is_pressed_on_exactly_that(open_page, monkeypatch):
    """A tab that reconnects after a restart sends the text of its boxes, and no click."""
    asked = []
    monkeypatch.setattr(Pool, "ask", lambda _pool, name, *_arguments, **_more: asked.append(name))
    at = open_page("tokenizer", step="explore")
    at = at.text_area(key="tokenizer_pasted").set_value(LETTERS).run()
    assert (asked, faults(at)) == ([], [])
    monkeypatch.undo()
    at = paste(at, LETTERS)
    assert len(chips(at, "tokenizer_chips")[0]["chips"]) == len("I read a good novel.")
    monkeypatch.setattr(Pool, "ask", lambda _pool, name, *_arguments, **_more: asked.append(name))
    at = at.text_area(key="tokenizer_pasted").set_value(GROWING).run()
    assert (asked, faults(at)) == ([], [])
    assert chips(at, "tokenizer_chips")[0]["chips"][0]["label"] == "[CLS]"


STOPPED = {"en": "Stopped: ", "ko": "멈췄어요: "}


@pytest.mark.parametrize(("lang", "content", "text"), [("en", GROWING, "a novel"), ("ko", BACKTRACKING, LONG_TEXT)])
def test_a_pasted_tokenizer_over_its_limits_is_stopped_with_a_reason_and_the_page_goes_on(
    open_page, monkeypatch, lang, content, text
):
    pool = Pool(Limits(memory_bytes=300_000_000, processor_s=1, wall_s=60))
    monkeypatch.setattr(analysis, "pool", lambda: pool)
    with ticking() as ticks:
        at = paste(open_page("tokenizer", lang=lang, text=text), content)
    assert ticks.longest_s < MOST_HELD_S
    assert len(at.error) == 1
    assert at.error[0].value.startswith(STOPPED[lang])
    assert "tokenizer.json" in at.error[0].value
    assert chips(at, "tokenizer_chips")[0]["chips"][0]["label"] == "[CLS]"
    at.text_input(key="tokenizer_pair").set_value("")
    at = at.text_area(key="text").set_value("tb").run()
    assert faults(at) == []
    assert len(chips(at, "tokenizer_chips")[0]["chips"]) < len(["[CLS]", "t", "##b", "[SEP]"])
    pool.close()


def test_every_tab_draws_what_the_child_says_of_a_pasted_tokenizer(open_page):
    at = paste(open_page("tokenizer"), (BUNDLED / "classroom-gpt2" / "tokenizer.json").read_text(encoding="utf-8"))
    for name in TABS:
        at = open_tab(at, name)
        assert faults(at) == [], name
        assert len(texts(at)) > 5, name


def test_what_is_exported_of_a_pasted_tokenizer_is_what_the_page_shows(open_page):
    with downloads() as makers:
        at = paste(open_page("tokenizer", text="a novel"), LETTERS)
    document = json.loads(makers["export_data"]())
    [shown] = chips(at, "tokenizer_chips")
    exported = [[token["id"]] for token in document["result"]["tokens"]]
    assert exported == [chip["ids"] for chip in shown["chips"]] == [[0], *[[1]] * 6]
    assert document["model"] is None
    assert "tokenizer.json" in makers["export_script"]()
    assert "<svg" in makers["export_figure"]()


def test_a_text_over_the_limit_is_cut_with_a_note(open_page):
    at = open_page("tokenizer", text="word " * 20_001)
    assert faults(at) == []
    assert any("last 5 characters" in info.value for info in at.info)


@pytest.mark.parametrize(
    ("word", "solved"), [("cryptocurrency", True), ("novel", False), ("unaffable", False), ("👍", False)]
)
def test_the_exercise_is_judged_by_both_tokenizers(open_page, word, solved):
    at = open_page("tokenizer", step=str(len(lesson("tokenizer", "en").cards) - 2))
    at = at.text_input(key="tokenizer_exercise_word").set_value(word).run()
    verdicts = [text for text in texts(at) if "[Right]" in text or "[Not quite]" in text]
    assert ["[Right]" in verdict for verdict in verdicts] == [solved]
    assert faults(at) == []


@pytest.mark.parametrize("model", ["classroom-bert", "classroom-gpt2"])
def test_the_exported_script_gives_the_exported_numbers_in_another_interpreter(take_home, run_scripts, model):
    taken = take_home("tokenizer", model=model, text="I read a good\nnovel 👍 '\"\\ {x}.")
    document = json.loads(taken.make("data"))
    assert (document["page"], document["model"]) == ("tokenizer", model)
    assert set(document["result"]["tokens"][0]) == {
        "index", "id", "token", "text", "bytes", "start", "end", "special",
    }  # fmt: skip
    assert run_scripts([taken.make("script")]) == [document["result"]]


def test_the_exported_notebook_is_the_script_in_cells(take_home):
    taken = take_home("tokenizer", lang="ko")
    cells = json.loads(taken.make("notebook"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert all(source in taken.make("script") for source in code)
    assert code[-1].startswith("result = ")
    assert any("토크나이저" in "".join(cell["source"]) for cell in cells)


def test_the_figure_is_a_picture_of_the_tokens(take_home):
    from xml.etree import ElementTree

    picture = take_home("tokenizer", text="a <b> & \0 'c'").make("figure")
    drawn = [element.text for element in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert {"[CLS]", "a", "<", "b", "&", "101"} <= set(drawn)


def test_the_link_reopens_the_view(open_page, take_home):
    taken = take_home("tokenizer", text="other", model="classroom-gpt2", compare="classroom-gpt2")
    assert json.loads(taken.make("data"))["params"] == {
        "text": "other",
        "compare": ["classroom-gpt2"],
        "tab": "output",
        "model": "classroom-gpt2",
    }


@pytest.mark.parametrize(
    ("text", "model", "to_attention", "to_generation"),
    [
        ("나는 책을 읽는다", "classroom-e5-ko", ["classroom-e5-ko"], ["classroom-gpt-ko"]),
        ("나는 책을 읽는다", "classroom-gpt-ko", ["classroom-bert-ko"], ["classroom-gpt-ko"]),
        ("나는 책을 읽는다", "classroom-gpt2", ["classroom-bert-ko"], ["classroom-gpt-ko"]),
        ("I read a book", "classroom-e5-ko", [], []),
    ],
)
def test_a_text_the_usual_model_cannot_read_takes_one_along_that_can(
    open_page, text, model, to_attention, to_generation
):
    links = open_page("tokenizer", text=text, model=model).get("page_link")
    for slug, name, carried in (("attention", "text", to_attention), ("generation", "prompt", to_generation)):
        [query] = [parse_qs(link.proto.query_string) for link in links if link.proto.page == slug]
        assert query.get("model", []) == carried
        assert query[name] == [text]
