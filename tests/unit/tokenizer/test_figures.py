"""Charts say in words and numbers what they show."""

from __future__ import annotations

import math
from functools import partial

from components.core.i18n import use
from components.tokenizer.compare import bill_sentences, read_sentences
from components.tokenizer.encode import measure
from components.tokenizer.figures import draw_costs, draw_growth, draw_lattice
from components.tokenizer.pipeline import run_pipeline
from components.tokenizer.trace import TokenizerSpec, trace_word
from components.tokenizer.views.inside import COMPONENTS, NONE, STAGES
from tests.unit.tokenizer.zoo import ZOO, bert, gpt2, unigram


def test_languages_has_a_bar_for_each_sentence_and_tokenizer():
    costs = {
        "BERT": bill_sentences(partial(measure, bert()), read_sentences()),
        "GPT-2": bill_sentences(partial(measure, gpt2()), read_sentences()),
    }
    chart = draw_costs(costs)
    assert [list(bar.x) for bar in chart.figure.data] == [
        [bill.measures.tokens for bill in each] for each in costs.values()
    ]
    assert f"Korean {costs['GPT-2'][1].measures.tokens}" in chart.alt


def test_languages_are_named_in_the_readers_language():
    with use("ko"):
        assert (
            draw_costs({"GPT-2": bill_sentences(partial(measure, gpt2()), read_sentences())}).figure.data[0].y[1]
            == "한국어"
        )


def test_unknown_pieces_are_written_on_the_bar():
    chart = draw_costs({"BERT": bill_sentences(partial(measure, bert()), read_sentences())})
    unknown = [bill.measures.unknown for bill in bill_sentences(partial(measure, bert()), read_sentences())]
    assert [("unknown" in label) for label in chart.figure.data[0].text] == [count > 0 for count in unknown]


def test_lattice_draws_every_edge_once_and_the_best_path_in_a_row_of_its_own():
    trace = trace_word(TokenizerSpec.of(unigram()), "▁novels")
    path, others = draw_lattice(trace).figure.data
    assert len(others.x) + len(path.x) == len(trace.edges)
    assert set(path.y) == {0}
    assert 0 not in set(others.y)
    assert sum(path.x) == len("▁novels")


def test_no_two_bars_of_a_lattice_overlap():
    others = draw_lattice(trace_word(TokenizerSpec.of(unigram()), "▁reading")).figure.data[1]
    taken = set()
    for base, length, lane in zip(others.base, others.x, others.y, strict=True):
        cells = {(lane, position) for position in range(base, base + length)}
        assert not cells & taken
        taken |= cells


def test_the_score_of_the_best_path_is_the_sum_over_its_bars():
    trace = trace_word(TokenizerSpec.of(unigram()), "▁unbelievably")
    assert math.isclose(sum(edge.score for edge in trace.path), trace.best_scores[-1])
    assert f"{trace.best_scores[-1]:.2f}" in draw_lattice(trace).alt


def test_growth_marks_where_the_reader_is():
    chart = draw_growth([(0, 100), (5, 60)], steps=3)
    assert chart.figure.layout.shapes[0].x0 == 3
    assert "100" in chart.alt
    assert "60" in chart.alt


def test_every_component_of_the_tokenizers_here_is_explained():
    stages = [stage for make in ZOO.values() for stage in run_pipeline(make(), "Café 12 [MASK]<s>")]
    named = {stage.component for stage in stages if stage.component}
    assert named <= COMPONENTS.keys()
    assert {stage.kind for stage in stages} <= STAGES.keys() & NONE.keys()
