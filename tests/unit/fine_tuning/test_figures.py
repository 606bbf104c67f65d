"""What the charts say in words is what the numbers are."""

import json
from dataclasses import replace

import numpy as np
import pytest

from components.fine_tuning import figures
from components.fine_tuning.export import result
from components.fine_tuning.measures import count_answers


@pytest.fixture(scope="module")
def outcome(run_of):
    run = run_of("full", epochs=2)
    list(run.go(lambda: None, session="figures"))
    return run.outcome()


def test_every_chart_of_a_training_has_words(outcome):
    for draw in (figures.draw_curves, figures.draw_confusion, figures.draw_accuracies, figures.draw_vectors):
        chart = draw(outcome)
        assert len(chart.alt) > 40
        assert chart.figure.data


@pytest.mark.parametrize(
    ("means", "reached", "expected"),
    [
        (0.76, 0.82, [("top", 0), ("bottom", 0)]),
        (0.5, 0.58, [("top", -17), ("top", 0)]),
        (0.55, 0.4, [("bottom", 0), ("bottom", 17)]),
        (0.0, 0.0, [("bottom", 0), ("bottom", 0)]),
    ],
)
def test_the_labels_of_two_baselines_are_not_on_top_of_each_other(outcome, means, reached, expected):
    measured = (*outcome.measured[:-1], replace(outcome.measured[-1], accuracy=reached))
    baselines = replace(outcome.baselines, centroid=means, majority=0.5)
    notes = figures.draw_curves(replace(outcome, measured=measured, baselines=baselines)).figure.layout.annotations[-2:]
    assert [note.y for note in notes] == sorted([means, 0.5])
    assert [(note.yanchor, note.yshift) for note in notes] == expected


def test_both_moments_stand_on_the_same_axes(outcome):
    layout = figures.draw_vectors(outcome).figure.layout
    assert layout.xaxis.range == layout.xaxis2.range
    assert layout.yaxis.range == layout.yaxis2.range
    points = np.array(
        [(x, y) for trace in figures.draw_vectors(outcome).figure.data for x, y in zip(trace.x, trace.y, strict=True)]
    )
    assert len(points) == 2 * len(outcome.task.examples.held_out)
    assert points[:, 0].min() > layout.xaxis.range[0]
    assert points[:, 0].max() < layout.xaxis.range[1]


def test_the_matrix_drawn_is_the_one_counted(outcome):
    before, after = figures.draw_confusion(outcome).figure.data
    classes = outcome.task.examples.classes(outcome.task.examples.held_out)
    assert [list(row) for row in after.z] == [list(row) for row in count_answers(outcome.after.probabilities, classes)]
    assert sum(map(sum, before.z)) == sum(map(sum, after.z)) == len(classes)


def test_the_live_curve_smooths_over_ten_steps():
    losses = [float(number) for number in range(20)]
    raw, thick = figures.draw_live([bits * np.log(2) for bits in losses], 30).figure.data
    assert list(raw.y) == pytest.approx(losses)
    assert thick.y[-1] == pytest.approx(np.mean(losses[10:]))
    assert thick.y[0] == 0


def test_sentences_are_answered_with_the_most_probable_label():
    chart = figures.draw_sentences(
        ["<b>x</b>", "y"], ["good", "bad"], np.array([[0.6, 0.4], [0.5, 0.5]]), np.array([[0.1, 0.9], [0.7, 0.3]])
    )
    assert "bad 90%" in chart.alt
    assert chart.figure.data[1].text == ("bad 90%", "good 70%")
    assert not any("<" in row for row in chart.figure.data[0].y)


def test_the_result_is_json_and_its_map_is_the_chart(outcome):
    found = result(outcome.task.examples.labels, [], np.empty((0, 2)), np.empty((0, 2)), outcome)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert len(found["training"]["map"]["before"]) == len(outcome.task.examples.held_out)
    assert result(("a", "b"), ["x"], np.array([[0.5, 0.5]]), None, None)["training"] is None
