"""What the lesson asks, answered by computing it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from components.core.i18n import _, read_in_language
from components.models.registry import DEFAULT_ENCODER, record
from components.models.shape import model_shape
from components.models.store import local_folder
from components.positional.link import BASE, D_MODEL
from components.positional.rotary import random_vectors, rotary_scores
from components.positional.similarity import EXERCISE_SIMILARITY, exercise_pair, rank_asked_pairs
from components.positional.sinusoidal import sinusoidal
from components.positional.views.tabs import effect_between, effect_of
from components.ui.guide.page import Answer, Check, Verdict

FILE: Final = Path(__file__).parents[1] / "guide.toml"
_ROUNDING: Final = 1e-4
_LITTLE: Final = 0.1
_D_MODEL: Final = 128
_HEAD_WIDTH: Final = 64


def _asked() -> dict[str, str]:
    """Return what the first question measures in the visitor's language."""
    return read_in_language(FILE)


def judge_settings() -> Verdict | None:
    """Judge the settings of the page: whether two positions can hardly be told apart."""
    d_model, base = int(st.session_state[D_MODEL.name]), float(st.session_state[BASE.name])
    if (d_model, base) == (D_MODEL.default, BASE.default):
        return None
    pair = exercise_pair(d_model=d_model, base=base)
    solved = pair.similarity > EXERCISE_SIMILARITY
    found = _("With d_model {d_model} and base {base}, the similarity of {first} and {second} is {similarity}.")
    evidence = found if solved else found + " " + _("The goal is above {wanted}.")
    return Verdict(
        solved,
        evidence.format(
            d_model=d_model,
            base=f"{base:,.0f}",
            first=pair.first,
            second=pair.second,
            similarity=f"{pair.similarity:.4f}",
            wanted=EXERCISE_SIMILARITY,
        ),
    )


def _shuffle() -> Answer:
    asked = _asked()
    model_id, text = asked["model"], asked["text"]
    effect = effect_between(model_id, text, asked["swapped"]) if "swapped" in asked else effect_of(model_id, text, 1)
    without, normal = float(effect.without_positions.max()), float(effect.with_positions.mean())
    said = _(
        "Measured just now on {model}: at most {without:.7f} of a vector's length without positions, which is "
        "rounding; {normal:.0%} on average with them."
    ).format(model=record(model_id).title, without=without, normal=normal)
    if without < _ROUNDING:
        return Answer(0, said)
    return Answer(1 if without < _LITTLE else 2, said)


def _pairs() -> Answer:
    pairs = [(f"{pair.first}, {pair.second}", pair.similarity) for pair in rank_asked_pairs()]
    found = "; ".join(f"{name}: {similarity:.3f}" for name, similarity in pairs)
    return Answer(pairs[0][0], _("Cosine similarity, computed just now: {found}.").format(found=found))


def _wavelength() -> Answer:
    waves = sinusoidal(d_model=_D_MODEL, length=2, base=10_000)
    longest = float(waves.wavelengths.max())
    said = _("Computed just now: {longest:,.0f} positions.").format(longest=longest)
    options = {"64": 64, "10,000": 10_000, "54,000": 54_000}
    return Answer(min(options, key=lambda option: abs(options[option] - longest)), said)


def _learned() -> Answer:
    shape = model_shape(local_folder(record(DEFAULT_ENCODER)))
    positions = shape.positions or 0
    said = _("{positions} × {width} = {all:,} numbers; the table of words has {vocabulary:,} × {width} = {words:,}.")
    return Answer(
        1 if shape.position_scheme == "learned" else 0,
        said.format(
            positions=positions,
            width=shape.width,
            all=positions * shape.width,
            vocabulary=shape.vocabulary,
            words=shape.vocabulary * shape.width,
        ),
    )


def _rotary() -> Answer:
    query, key = random_vectors(_HEAD_WIDTH, seed=1)
    scores = rotary_scores(query, key, length=32, base=10_000, layout="interleaved").scores
    here, moved, apart = float(scores[10, 7]), float(scores[20, 17]), float(scores[20, 7])
    said = _(
        "Two random vectors, computed just now: {here:.4f} at 10 and 7, {moved:.4f} at 20 and 17, "
        "{apart:.4f} at 20 and 7."
    )
    is_same = abs(here - moved) < _ROUNDING
    return Answer(1 if is_same else 2, said.format(here=here, moved=moved, apart=apart))


CHECKS: Final[dict[str, Check]] = {
    "shuffle": _shuffle,
    "pairs": _pairs,
    "wavelength": _wavelength,
    "learned": _learned,
    "rotary": _rotary,
}
