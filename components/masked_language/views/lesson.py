"""What the lesson asks, answered by the live model: the prediction and the exercise."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.visible import visible
from components.masked_language import link
from components.masked_language.gaps import PREDICT_TEXT, WANTED_PROBABILITY, BothSides, both_sides
from components.masked_language.state import Request, gaps_of, reading_of
from components.models import cached
from components.ui import errors, teaching

_START: Final = "We watched the [MASK] from the shore."
_MOST_CHARACTERS: Final = 300
_SHOWN: Final = 4


def predict() -> teaching.Answer:
    """Answer the lesson's question with the embedded model."""
    [gap] = gaps_of(Request(link.MODEL.default, PREDICT_TEXT), top=_SHOWN)
    listed = ", ".join(f"{each.piece} {each.probability:.1%}" for each in gap.candidates)
    return teaching.Answer(option=gap.candidates[0].piece, evidence=_("Asked just now: {words}.").format(words=listed))


@st.fragment
def exercise() -> None:
    """Let the student write a sentence, and predict its gap with and without the words after it."""
    with errors.boundary():
        text = st.text_input(
            _("Your sentence with one [MASK]"), _START, max_chars=_MOST_CHARACTERS, key="masked_exercise"
        )
        if not st.button(_("Check my sentence"), key="masked_check"):
            return
        read = reading_of(Request(link.MODEL.default, text))
        judged = both_sides(cached.masked_lm(link.MODEL.default), read)
        teaching.show_verdict(_verdict(judged, gaps=len(read.gaps)))


def _verdict(judged: BothSides | None, *, gaps: int) -> teaching.Verdict:
    if judged is None:
        return teaching.Verdict(False, _("Write exactly one [MASK]; this sentence has {gaps}.").format(gaps=gaps))
    said = _(
        "With the words after it: “{whole}” {whole_probability:.1%}. Without them: “{left}” {left_probability:.1%}."
    )
    evidence = said.format(
        whole=escape_markdown(visible(judged.whole.piece)),
        whole_probability=judged.whole.probability,
        left=escape_markdown(visible(judged.left_only.piece)),
        left_probability=judged.left_only.probability,
    )
    if judged.solved:
        return teaching.Verdict(True, evidence)
    wanted = _(
        "The two words must differ, and the first one must reach {wanted:.0%} when the words after the gap are read."
    ).format(wanted=WANTED_PROBABILITY)
    return teaching.Verdict(False, f"{evidence} {wanted}")
