"""What the lesson asks, answered by the live model: the prediction and the exercise."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.attention import link
from components.attention.errors import AttentionError
from components.attention.record import Attention
from components.attention.views.shown.view import Reading, captured
from components.models.errors import ModelError
from components.shell import errors, teaching
from components.shell.i18n import _
from components.shell.teaching import Answer, Verdict

LAYER: Final = 3
HEAD: Final = 1
SENTENCE: Final = link.TEXT.default
_START: Final = "The cat sat on the mat because it was clean."


def predict() -> Answer:
    """Answer the lesson's question about "it" from the model's weights."""
    attention = captured(Reading(link.MODEL.default, SENTENCE, None)).main
    row = _places(attention, "it")[0]
    weights = attention.of_head(LAYER, HEAD)[row]
    order = weights.argsort()[::-1]
    best = [f"{attention.key_tokens[index].piece} {weights[index]:.2f}" for index in order[:4]]
    return Answer(
        option=attention.key_tokens[int(order[0])].piece,
        evidence=_("Measured just now: {weights}.").format(weights=", ".join(best)),
    )


@st.fragment
def exercise() -> None:
    """Let the student write a sentence, and compare the two weights of "it"."""
    with errors.boundary():
        sentence = st.text_input(_("Your sentence"), _START, max_chars=300, key="attention_exercise")
        if not st.button(_("Check my sentence"), key="attention_check"):
            return
        try:
            attention = captured(Reading(link.MODEL.default, sentence, None)).main
        except (AttentionError, ModelError) as error:
            errors.show(error)
            return
        teaching.show_verdict(verdict(attention))


def verdict(attention: Attention) -> Verdict:
    """Say whether "it" gives "mat" more weight than "cat"."""
    places = {word: _places(attention, word) for word in ("cat", "mat", "it")}
    missing = [word for word, found in places.items() if not found]
    if missing:
        return Verdict(
            False, _("Your sentence needs “cat”, “mat” and “it”; missing: {words}.").format(words=", ".join(missing))
        )
    row = attention.of_head(LAYER, HEAD)[places["it"][-1]]
    cat, mat = (float(sum(row[index] for index in places[word])) for word in ("cat", "mat"))
    evidence = _("“it” gives “mat” {mat:.2f} and “cat” {cat:.2f}.").format(mat=mat, cat=cat)
    if mat > cat:
        return Verdict(True, evidence)
    return Verdict(False, f"{evidence} " + _("Move the words, or change what is said of “it”."))


def _places(attention: Attention, word: str) -> list[int]:
    return [index for index, token in enumerate(attention.key_tokens) if token.piece.lower() == word]
