"""The page through the whole model, through app.py: views, experiments, links, and what it says when it cannot."""

from __future__ import annotations

import json
import re

import pytest

from components.core.i18n import LANGUAGES
from components.inside import link
from components.inside.state import Request, lens_of, pass_of, watched_of
from tests.app.opening import faults
from tests.app.test_exports import assert_same

pytestmark = pytest.mark.real_model

SEOUL = "대한민국의 수도는"
FRANCE = "The capital of France is"
GERMANY = "The capital of Germany is"
SWAP = {"view": "prove", "compare": GERMANY}
TABS = tuple(tab for tab in link.TAB.options if tab != link.TAB.default)


def said(at):
    return " ".join(element.value for element in (*at.markdown, *at.caption, *at.info))


def view_of(at, key):
    [found] = [element for element in at.get("bidi_component") if element.key == key]
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("model", ["classroom-gpt2", "classroom-bert"])
@pytest.mark.parametrize("view", link.VIEW.options)
def test_each_view_draws_a_decoder_and_an_encoder(open_page, view, model, lang):
    at = open_page("inside", lang=lang, view=view, model=model)
    assert faults(at) == []


def test_the_board_speaks_the_language_of_each_visitor(open_page):
    for lang, face in (("en", "best guess"), ("ko", "1위 토큰"), ("en", "best guess")):
        board = view_of(open_page("inside", lang=lang, view="board"), "inside_board")
        assert f'"{face}"'.encode() in board.proto.bytes, lang


@pytest.mark.parametrize("tab", TABS)
def test_each_experiment_draws(open_page, tab):
    at = open_page("inside", **SWAP, tab=tab, ablate="attention.5.10")
    assert faults(at) == []


@pytest.mark.parametrize("row", ["scores", "mlp.5", "attention.5", "attention.0", "embedding"])
def test_each_kind_of_row_has_its_sheet(open_page, row):
    at = open_page("inside", view="stage", row=row, position="2")
    assert faults(at) == []
    assert at.selectbox(key="inside_row").value == row
    assert at.selectbox(key="inside_position").value == 2


def test_the_cell_that_is_opened_first_is_the_one_that_raises_the_answer_most(open_page):
    request = Request("classroom-gpt2", FRANCE)
    lens = lens_of(request, watched_of(request, "", ""))
    shares = lens.watched_probabilities[:, 4, 0]
    best = lens.rows[int((shares[1:] - shares[:-1]).argmax()) + 1]
    at = open_page("inside", view="stage", text=FRANCE)
    assert (at.selectbox(key="inside_row").value, at.selectbox(key="inside_position").value) == (best, 4)


def test_a_swap_says_before_and_after_and_where_rounding_ends(open_page):
    at = open_page("inside", **SWAP, row="mlp.3", position="3", tab="swap")
    assert re.search(r"\*\*Paris: 9\d\.\d% → \d\.\d%\*\* · \*\*Berlin: .* → 9\d\.\d%\*\*", said(at))
    assert "it now answers “Berlin”" in said(at)
    floor = re.search(r"Rounding alone: (\S+) bits, and at most (\S+) of any", said(at))
    assert float(floor[2]) < 1e-4
    at = open_page("inside", **SWAP, row="mlp.3", position="4", tab="swap")
    assert "it still answers “Paris”" in said(at)


@pytest.mark.parametrize(
    ("compare", "message"),
    [
        ("The capital of Germany is in", "equally many tokens; the first has 5, the second 6"),
        (FRANCE, "Both texts are the same"),
        ("The capital of France has", None),
    ],
)
def test_a_swap_that_cannot_be_says_what_to_change(open_page, compare, message):
    at = open_page("inside", view="prove", tab="swap", compare=compare)
    errors = [element.value for element in at.warning]
    assert (errors == []) if message is None else (message in errors[0])


def test_two_texts_with_one_answer_have_no_table(open_page):
    at = open_page("inside", view="prove", tab="table", compare="The capital city France is")
    errors = [element.value for element in at.warning]
    done, other = (pass_of(Request("classroom-gpt2", text)) for text in (FRANCE, "The capital city France is"))
    same = int(done.logits[-1].argmax()) == int(other.logits[-1].argmax())
    assert same == any("no swap could change the answer" in each for each in errors)


def test_all_heads_of_a_layer_and_its_attention_are_two_experiments(open_page):
    def left(ablate):
        at = open_page("inside", view="prove", tab="off", ablate=ablate)
        return float(re.search(r"\*\*Paris: \S+ → (\S+)%\*\*", said(at))[1]), said(at)

    heads, about_heads = left(",".join(f"attention.4.{head}" for head in range(12)))
    whole, about_whole = left("attention.4")
    assert heads - whole > 5, "the bias of the output matrix stays with the heads alone"
    assert "the bias of its layer's output matrix stays" in about_heads
    assert "more than all its heads alone" in about_whole


def test_a_part_that_the_model_does_not_have_is_said(open_page):
    at = open_page("inside", view="prove", ablate="attention.77")
    assert ["attention.77" in element.value for element in at.warning] == [True]


def test_a_token_or_row_that_is_not_there_is_said(open_page):
    at = open_page("inside", position="99", row="mlp.77")
    assert faults(at) == []
    assert "no token 99" in said(at)
    assert "no row mlp.77" in said(at)


def test_a_word_of_several_tokens_is_refused_and_the_answer_watched(open_page):
    at = open_page("inside", watch="antidisestablishmentarianism")
    assert ["only a word of one token can be watched" in element.value for element in at.warning] == [True]
    assert view_of(at, "inside_board")


def test_an_encoder_without_a_mask_gets_one_at_the_end(open_page):
    at = open_page("inside", model="classroom-bert", text=FRANCE)
    assert faults(at) == []
    assert re.search(r"It reads: The capital of France is \S*MASK\S*\.", said(at))


def test_a_text_that_is_too_long_is_refused(open_page):
    at = open_page("inside", text="word " * 300)
    [message] = [element.value for element in at.warning]
    assert "shown for up to 256" in message


def test_no_text_is_an_empty_state_and_no_fault(open_page):
    at = open_page("inside", text="")
    assert (len(at.error), len(at.warning)) == (0, 1)


def test_what_the_parts_add_is_the_difference_of_the_scores(open_page):
    at = open_page("inside", **SWAP, tab="effects")
    total, scores = re.search(r"Sum of all parts: \*\*(\S+)\*\*\. Difference .* \*\*(\S+)\*\*\.", said(at)).groups()
    assert float(total) == pytest.approx(float(scores), abs=2e-3)
    assert float(scores) > 5
    assert "final norm (LayerNorm)" in said(at)


def test_one_step_of_learning_lowers_the_loss_of_this_text(open_page):
    at = open_page("inside", view="time")
    at.button(key="inside_learn").click().run()
    assert faults(at) == []
    before, after = re.search(r"\*\*(\S+) → (\S+) nats\*\*", said(at)).groups()
    assert float(after) < float(before)


def test_a_model_that_does_not_fit_twice_does_not_learn(open_page, monkeypatch):
    at = open_page("inside", view="time")
    monkeypatch.setattr("components.models.memory.free_bytes", lambda _device: 1_000_000)
    at.button(key="inside_learn").click().run()
    assert ["of memory" in element.value for element in at.error] == [True]


def test_the_cache_writes_the_same_tokens(open_page):
    assert "Both ways write the same tokens." in said(open_page("inside", view="time"))


EXPERIMENTS = {
    "as it opens": {},
    "the Korean lesson: a head off": {"lang": "ko", "step": "8"},
    "a word against another": {"watch": "London", "against": "Rome"},
    "a head and an MLP off": {"view": "prove", "tab": "off", "ablate": "attention.0.11,mlp.4"},
    "a swap": {**SWAP, "tab": "swap", "row": "attention.4", "position": "4"},
    "an encoder": {"model": "classroom-bert"},
}


def test_the_script_recomputes_what_is_on_the_screen(take_home, run_scripts):
    taken = [take_home("inside", **parameters) for parameters in EXPERIMENTS.values()]
    scripts = [each.make("script") for each in taken]
    for name, each, script, result in zip(EXPERIMENTS, taken, scripts, run_scripts(scripts), strict=True):
        exported = json.loads(each.make("data"))
        assert ("changed" in exported["result"]) is (exported["params"]["view"] == "prove"), name
        assert_same(script, exported["result"], result, name)


def test_the_figure_is_the_board_as_it_is_read(take_home):
    assert ">Paris</text>" in take_home("inside", step="explore").make("figure")
    assert ">91%</text>" in take_home("inside", show="probability").make("figure")


@pytest.mark.parametrize(
    ("model", "text", "other"),
    [
        ("classroom-gpt2", FRANCE, "Classroom BERT**, the same sentence: The capital of France is"),
        (
            "classroom-bert",
            "The capital of France is [MASK].",
            "Classroom GPT-2**, the same sentence: The capital",
        ),
        ("classroom-gpt-ko", SEOUL, f"Classroom BERT (Korean)**, the same sentence: {SEOUL} "),
        ("classroom-bert-ko", "대한민국의 수도는 [MASK]입니다.", "Classroom GPT (Korean)**, the same sentence: 대한"),
    ],
)
def test_the_same_sentence_is_shown_in_the_other_kind_of_model(open_page, model, text, other):
    at = open_page("inside", model=model, text=text, beside="yes")
    assert faults(at) == []
    assert view_of(at, "inside_board")
    assert view_of(at, "inside_other_board")
    assert other in said(at)


def test_a_head_is_switched_off_from_where_it_is_seen(open_page):
    at = open_page("inside", view="stage", row="attention.4", position="4", head="7")
    at.button(key="inside_off_here").click().run()
    assert faults(at) == []
    assert (at.query_params["view"], at.query_params["ablate"]) == ("prove", "attention.4.7")
    assert "**Paris: 90.7% → 8" in said(at)
