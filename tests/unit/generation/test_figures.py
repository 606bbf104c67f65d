"""The page's charts: what is on them, and that the words beside them say the same."""

import numpy as np

from components.engines.beam_tree import BeamTree, Hypothesis, Node
from components.engines.contract import Token
from components.engines.samplers import Sampler, anatomy
from components.generation import figures
from components.generation.branches import BranchTree


def chain():
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))
    return anatomy(logits, Sampler(temperature=0.5, top_k=2))


def test_the_stages_stand_side_by_side_with_what_is_left_after_each():
    found = chain()
    chart = figures.stages(found, found.top(3), ["a", "b", "c"], settings={"top_k": 2}, taken=1, title="Step")
    headings = chart.figure.layout.xaxis.ticktext
    assert [heading.split("<br>") for heading in headings] == [
        ["<b>The model</b>", "", "4 left"],
        ["<b>Temperature</b>", "", "4 left"],
        ["<b>Top-k</b>", "2", "2 left"],
    ]
    assert "2 are left" in chart.alt


def test_the_token_that_was_taken_has_a_trace_of_its_own_and_cut_ones_a_mark():
    found = chain()
    chart = figures.stages(found, found.top(3), ["a", "b", "c"], settings={}, taken=1, title="Step")
    others, taken, rest = chart.figure.data
    assert set(taken.y) == {"b"}
    assert set(others.y) == {"a", "c"}
    assert list(others.text)[-1] == "✂", "c is cut by top-k"
    assert rest.text[0] == "5.0%"


def test_tokens_that_read_alike_keep_a_row_each():
    found = chain()
    chart = figures.stages(found, found.top(3), ["a", "a", "a"], settings={}, taken=None, title="Step")
    assert len(set(chart.figure.data[0].y)) == 3


def node(parent, step, rank, fate, token=0):
    return Node(parent=parent, step=step, rank=rank, token=token, logprob=-1.0, score=-1.0 - step, fate=fate)


def test_the_beam_tree_marks_the_best_text_and_what_was_dropped():
    nodes = (
        node(None, 0, 0, "running"), node(None, 0, 1, "running"), node(None, 0, 2, "dropped"),
        node(1, 1, 0, "ended"), node(0, 1, 1, "running"),
    )  # fmt: skip
    best = Hypothesis(node=3, tokens=(0, 0), score=-2.0, ranked_by=-1.0)
    tree = BeamTree(beams=2, length_penalty=1.0, nodes=nodes, results=(best,))
    chart = figures.beams(tree, list("abcde"), range(2))
    _joints, best_text, kept, dropped = chart.figure.data
    assert list(best_text.text) == ["b", "d"]
    assert list(kept.text) == ["a", "e"]
    assert list(dropped.text) == ["c"]
    assert "5 candidates" in chart.alt


def test_a_branch_starts_where_it_left_its_parent():
    tokens = [Token(text, number, -1.0) for number, text in enumerate("abc")]
    tree = BranchTree().grow(tokens).grow([*tokens[:1], Token("x", 9, given=True)], parent=0, at=1)
    chart = figures.branches(tree, 1)
    _others, shown = chart.figure.data
    assert list(shown.x) == [0, 1, None]
    assert list(shown.y) == [0, 1, None]


def test_a_chart_of_counts_names_them_beside_what_was_expected():
    chart = figures.counts([7, 3], [6.5, 3.5], ["a", "b"], times=10)
    assert "a 7 (6)" in chart.alt or "a 7 (7)" in chart.alt
    assert [text.strip() for text in chart.figure.data[-1].text] == ["7 (6)", "3 (4)"]


def test_a_chart_of_what_was_expected_gives_shares():
    chart = figures.expectation(["a", "b"], [np.log(0.6), np.log(0.2)])
    assert "a 60.0%, b 20.0%" in chart.alt
