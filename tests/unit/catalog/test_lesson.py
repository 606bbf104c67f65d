"""The exercise can be solved, what is unknown does not solve it, and what the cards say is in the records."""

from __future__ import annotations

import datetime

from components.catalog.counting import anatomy_of_folder, anatomy_of_preset
from components.catalog.curated import model, models
from components.catalog.filters import largest, licence_class, smallest
from components.catalog.lifecycle import model_status
from components.catalog.views.guide import ARCHITECTURES, LICENCES, PICTURES, SMALL_PRESET, check_constraints
from components.models.registry import DEFAULT_DECODER, record
from components.models.store import local_folder
from components.ui.guide.lesson import lesson

DAY = datetime.date(2026, 11, 23)


def solves(model_id: str) -> bool:
    return all(constraint.met for constraint in check_constraints(model(model_id), DAY))


def test_the_models_of_the_solution_solve_it_and_no_others_do():
    assert {one.id for one in models() if solves(one.id)} == {"gpt-j", "falcon"}
    for code in ("en", "ko"):
        solution = lesson("catalog", code).exercise.solution
        assert "GPT-J 6B" in solution
        assert "Falcon" in solution


def test_each_way_to_fail():
    def missed(model_id):
        return {constraint.name for constraint in check_constraints(model(model_id), DAY) if not constraint.met}

    assert "writes text" in missed("bert")
    assert "permissive licence" in missed("llama-3.1")
    assert "alive" in missed("jurassic-2")
    assert "context" in missed("gpt-2")
    assert "fits" in missed("gpt-oss-20b")
    assert "fits" in missed("claude-5.5"), "a size that nobody published does not fit"


def test_what_the_prediction_says_of_bert_is_counted():
    anatomy = anatomy_of_preset(SMALL_PRESET)
    parts = anatomy.parts()
    assert anatomy.total == 109_482_240
    assert abs(parts["mlp"] / parts["attention"] - 2) < 0.01, "twice as much as the four of attention"
    oldest = min((one for one in models() if one.released.value), key=lambda one: one.released.value)
    assert oldest.id == "bert"


def test_the_shares_that_the_steps_name_are_counted():
    def shares(anatomy):
        return {part: count / anatomy.total for part, count in anatomy.parts().items()}

    small, large = anatomy_of_folder(local_folder(record(DEFAULT_DECODER))), anatomy_of_preset("llama-3.1-405b")
    said = lesson("catalog", "en").steps[3].question.options
    assert [f"{shares(one)['embedding']:.1%}" for one in (small, anatomy_of_preset("llama-3-8b"), large)] == [
        option.answer for option in said
    ]
    assert [round(100 * shares(small)[part]) for part in ("embedding", "attention", "mlp")] == [65, 12, 24]
    assert round(100 * shares(large)["mlp"]) == 81
    assert round(large.total / small.total, -3) == 13_000
    experts = anatomy_of_preset("gpt-oss-20b")
    assert round(100 * shares(experts)["experts"]) == 91
    assert f"{experts.parts()['experts'] / 1e9:.1f}B" == lesson("catalog", "en").steps[4].question.options[1].answer


def test_what_the_step_about_size_says_is_in_the_records():
    large, small = model("falcon-180b"), model("falcon-3")
    assert round(largest(large) / smallest(small)) == 24
    assert (large.context.value, small.context.value) == (2_048, 32_000)
    assert {licence_class(large), licence_class(small)} == {"own terms"}
    assert [round(2 * largest(one) / 1e9) for one in (large, small)] == [357, 15]
    assert large.successors.value == ("falcon-3",)


def test_what_the_step_about_ends_says_is_in_the_records():
    assert {model_status(model(name), DAY) for name in ("jurassic-2", "claude-1", "titan-text-lite")} == {"ended"}
    assert model("gpt-2").released.value < model("jurassic-2").released.value
    assert model_status(model("gpt-2"), DAY) == "active"


def test_the_steps_compare_what_their_checks_ask_about():
    for code in ("en", "ko"):
        for number, compared in ((1, ARCHITECTURES), (2, PICTURES), (7, LICENCES)):
            card = lesson("catalog", code).steps[number]
            assert tuple(card.values["compare"].split(",")) == compared
            assert [option.answer for option in card.question.options] == [model(name).name for name in compared]
    assert all(model(name).open_weights.value for name in LICENCES)
