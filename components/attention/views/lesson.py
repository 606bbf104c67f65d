"""What the lesson asks, answered by the live model: the prediction and the exercise."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.attention import link
from components.attention.counterfactuals import swap_words
from components.attention.errors import AttentionError
from components.attention.record import Attention
from components.attention.state import Reading, capture_text
from components.attention.views.guided import story_test
from components.core.i18n import _
from components.models.errors import ModelError
from components.ui import errors, teaching
from components.ui.teaching import Answer, Verdict

LAYER: Final = 3
HEAD: Final = 1
SENTENCE: Final = "The mat sat on the cat because it was tired."
_START: Final = "The cat sat on the mat because it was clean."


def predict() -> Answer:
    """Answer the lesson's question about "it" from the model's weights."""
    attention = capture_text(Reading(link.MODEL.default, SENTENCE, None)).main
    row = _places(attention, "it")[0]
    weights = attention.of_head(LAYER, HEAD)[row]
    order = weights.argsort()[::-1]
    best = [f"{attention.key_tokens[index].piece} {weights[index]:.2f}" for index in order[:4]]
    evidence = _("Measured just now: {weights}.").format(weights=", ".join(best))
    tested = story_test(link.MODEL.default, "pronoun")
    if tested is not None:
        head = tested.of(LAYER, HEAD)
        evidence += " " + _(
            "In {texts} sentences, each also with its nouns swapped, the head gives the larger share to the "
            "first noun in {place}, and to the noun that “it” means in {word}. By place alone it would be "
            "{texts} and {half}, by meaning alone {half} and {texts}."
        ).format(texts=head.texts, place=head.by_place, word=head.group_by_word, half=head.texts // 2)
    return Answer(option=attention.key_tokens[int(order[0])].piece, evidence=evidence)


@st.fragment
def exercise() -> None:
    """Let the student write a sentence, and compare the two weights of "it"."""
    with errors.boundary():
        sentence = st.text_input(_("Your sentence"), _START, max_chars=300, key="attention_exercise")
        if not st.button(_("Check my sentence"), key="attention_check"):
            return
        try:
            attention, swapped = (
                capture_text(Reading(link.MODEL.default, text, None)).main
                for text in (sentence, swap_words(sentence, "cat", "mat"))
            )
        except (AttentionError, ModelError) as error:
            errors.show(error)
            return
        teaching.show_verdict(verdict(attention, swapped))


def verdict(attention: Attention, swapped: Attention) -> Verdict:
    """Say whether "it" gives "mat" more weight than "cat", and what it gives them with the two words swapped."""
    places = {word: _places(attention, word) for word in ("cat", "mat", "it")}
    missing = [word for word, found in places.items() if not found]
    if missing:
        return Verdict(
            False, _("Your sentence needs “cat”, “mat” and “it”; missing: {words}.").format(words=", ".join(missing))
        )
    cat, mat = _from_it(attention)
    swapped_cat, swapped_mat = _from_it(swapped)
    evidence = _(
        "“it” gives “mat” {mat:.2f} and “cat” {cat:.2f}. With the two words swapped: “mat” {swapped_mat:.2f}, “cat” "
        "{swapped_cat:.2f}."
    ).format(mat=mat, cat=cat, swapped_mat=swapped_mat, swapped_cat=swapped_cat)
    if mat > cat:
        return Verdict(True, evidence)
    return Verdict(False, f"{evidence} " + _("Move the words, or change what is said of “it”."))


def _from_it(attention: Attention) -> tuple[float, float]:
    """Return what the last "it" gives all "cat" and all "mat"."""
    row = attention.of_head(LAYER, HEAD)[_places(attention, "it")[-1]]
    cat, mat = (float(sum(row[index] for index in _places(attention, word))) for word in ("cat", "mat"))
    return cat, mat


def _places(attention: Attention, word: str) -> list[int]:
    return [index for index, token in enumerate(attention.key_tokens) if token.piece.lower() == word]
