"""The charts: what a click reports, what is framed, and tokens that look like markup."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from components.attention import figures
from components.attention.figures import Pattern, Words

WORDS = Words(title="t", queries="q", keys="k", weight="w")


def pattern(count):
    labels = [f"t{index}" for index in range(count)]
    return Pattern(np.full((count, count), 1 / count, dtype=np.float32), labels, labels)


def clickable(figure):
    return [trace for trace in figure.data if trace.type == "scatter"]


def test_every_cell_of_a_short_text_can_be_clicked_and_is_found_by_its_place():
    shown = Pattern(np.arange(6).reshape(2, 3) / 10, ["a", "b"], ["x", "y", "z"])
    (cells,) = clickable(figures.pattern(shown, WORDS))
    assert [divmod(place, 3) for place in range(6)] == [
        (int(y[0]), int(x[0])) for x, y in zip(cells.x, cells.y, strict=True)
    ]
    assert [cells.x[5], cells.y[5], cells.customdata[5]] == ["2 z", "1 b", np.float32(0.5)]


def test_a_long_text_has_no_points_to_click_which_would_weigh_more_than_the_numbers():
    assert clickable(figures.pattern(pattern(512), WORDS)) == []


def test_a_token_that_looks_like_markup_is_escaped_wherever_plotly_would_read_it():
    hostile = ["<b>bold</b>", "<a href='javascript:x'>"]
    figure = figures.pattern(Pattern(np.eye(2), hostile, hostile), WORDS)
    written = [*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext, *figure.data[0].x, *figure.data[0].y]
    assert all("<" not in text for text in written)


def test_equal_tokens_stay_apart():
    figure = figures.pattern(Pattern(np.eye(2), ["the", "the"], ["the", "the"]), WORDS)
    assert len(set(figure.data[0].x)) == 2
    assert list(figure.layout.xaxis.ticktext) == ["the", "the"]


@pytest.mark.parametrize("count", [13, 40, 41, 512])
def test_there_are_never_more_ticks_than_can_be_read(count):
    figure = figures.pattern(pattern(count), WORDS)
    ticks = figure.layout.yaxis.ticktext
    assert len(ticks) * 11 <= figure.layout.height, "11 px a line of text"
    assert ticks[0] == "t0"


def test_the_pinned_cell_is_framed_at_its_place():
    (frame,) = figures.pattern(pattern(4), WORDS, pinned=(2, 1)).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, 1.5, 2.5)


def test_no_chart_names_colours_that_the_theme_should_choose():
    heatmap = figures.pattern(pattern(3), WORDS).data[0]
    assert heatmap.colorscale is None


def test_a_head_that_was_chosen_is_named_in_the_scatter():
    values = np.array([0.1, 0.2])
    figure = figures.scatter_of_heads(
        values, values, title="t", x_title="x", y_title="y", groups=["a", "b"], names=["n", "m"],
        numbers=[(0, 0), (0, 1)], chosen=(0, 1),
    )  # fmt: skip
    assert [note.text for note in figure.layout.annotations] == ["0-1"]
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "square"], "never colour alone"


def test_a_table_of_numbers_leaves_a_cell_empty_where_a_method_says_nothing():
    values = np.array([[1.0, np.nan], [0.25, 2.0]])
    heatmap = figures.numbers_table(values, values / 2, rows=["a", "b"], columns=["x", "y"], title="t").data[0]
    assert [list(row) for row in heatmap.text] == [["1.000", ""], ["0.250", "2.000"]]


@pytest.mark.parametrize(
    "options",
    [{}, {"pinned": (2, 1)}, {"largest": 0.4}, {"height_px": 300}],
    ids=lambda options: "+".join(options) or "plain",
)
def test_plotly_finds_nothing_wrong_with_a_pattern(options):
    unchecked = figures.pattern(pattern(4), WORDS, **options)
    ours, plotlys = (json.loads(each.to_json()) for each in (unchecked, go.Figure(unchecked.to_dict())))
    for written in (ours, plotlys):
        del written["layout"]["template"]  # Plotly's own; Streamlit puts another one in its place
    assert ours == plotlys


def test_the_names_of_methods_leave_room_for_the_numbers_and_hover_over_one_line():
    figure = figures.agreement(np.eye(2), [["", "0.1"], ["0.1", ""]], ["mean attention", "flow"], title="t")
    assert figure.layout.xaxis.ticktext == figure.layout.yaxis.ticktext == ("mean<br>attention", "flow")
    assert figure.data[0].x == ("mean attention", "flow")
    assert figure.data[0].textfont.size >= 12
