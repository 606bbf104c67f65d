"""The exercise can be solved, and what is unknown does not solve it."""

from __future__ import annotations

import datetime

from components.catalog.curated import model, models
from components.catalog.views.lesson import check_constraints, find_largest_part
from components.ui.lesson import lesson

DAY = datetime.date(2026, 11, 23)


def solves(model_id: str) -> bool:
    return all(constraint.met for constraint in check_constraints(model(model_id), DAY))


def test_some_models_solve_it_and_most_do_not():
    solving = {one.id for one in models() if solves(one.id)}
    assert {"gpt-j", "falcon"} <= solving
    assert len(solving) < len(models()) / 4


def test_each_way_to_fail():
    def missed(model_id):
        return {constraint.name for constraint in check_constraints(model(model_id), DAY) if not constraint.met}

    assert "writes text" in missed("bert")
    assert "permissive licence" in missed("llama-3.1")
    assert "alive" in missed("jurassic-2")
    assert "context" in missed("gpt-2")
    assert "fits" in missed("gpt-oss-20b")
    assert "fits" in missed("claude-5.5"), "a size that nobody published does not fit"


def test_the_answer_is_one_of_the_lessons_options_and_is_counted():
    option, anatomy = find_largest_part()
    assert option in {one.answer for one in lesson("catalog", "en").options}
    assert option in {one.answer for one in lesson("catalog", "ko").options}
    assert anatomy.total == 109_482_240


def test_the_shares_that_the_answer_names_are_counted():
    parts = find_largest_part()[1].parts()
    assert abs(parts["mlp"] / parts["attention"] - 2) < 0.01, "twice as much as the attention"
    assert round(100 * parts["mlp"] / sum(parts.values())) == 52
