"""The heads a lesson walks through, found by measurement in the model at hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import streamlit as st

from components.attention import link
from components.attention.counterfactuals import Counterfactual, Story, StoryTest, try_story
from components.attention.guided import (
    LESSON_HEADS,
    SENTENCES,
    GuidedHead,
    GuidedRole,
    PronounHead,
    guided_heads,
    pronoun_head,
)
from components.attention.state import ViewState, go_to, load_model
from components.core.i18n import N_, _
from components.ui import tables
from components.ui.session import checkpoint

MOST_MODELS = 8
ROLES: Final[dict[GuidedRole, str]] = {
    "previous_token": N_("looks at the token before"),
    "next_token": N_("looks at the token after"),
    "first_token": N_("looks at the first token"),
    "separator": N_("looks at the separator"),
    "broad": N_("spreads most evenly"),
}
STORIES: Final[dict[Story, tuple[str, str]]] = {
    "previous_token": (N_("looks at the token before"), N_("words shuffled, neighbours separated")),
    "next_token": (N_("looks at the token after"), N_("words shuffled, neighbours separated")),
    "first_token": (N_("looks at the first token"), N_("first two tokens swapped")),
    "separator": (N_("looks at the separator"), N_("last two tokens swapped")),
    "pronoun": (N_("follows “it” to the noun it means"), N_("the two nouns swapped")),
}
"""Of each story what is told of the head, and what is changed in the texts to test it."""


@st.cache_resource(max_entries=MOST_MODELS, show_spinner=False)
def _guided(model_id: str) -> tuple[dict[GuidedRole, GuidedHead], PronounHead | None]:
    model = load_model(model_id)
    return guided_heads(model, checkpoint=checkpoint), pronoun_head(model, checkpoint=checkpoint)


@st.cache_resource(max_entries=MOST_MODELS * len(STORIES), show_spinner=False)
def story_test(model_id: str, story: Story) -> StoryTest | None:
    """Return what the heads of a model do where two stories part; None if no text can be read so."""
    return try_story(load_model(model_id), story, SENTENCES, checkpoint=checkpoint)


def draw_guided_heads(state: ViewState) -> None:
    """Draw one line a role, with what was measured and a button that opens the head."""
    panel = st.expander(_("Heads worth a look, found by measurement"), on_change="rerun", key="attention_found")
    if not panel.open:
        return
    with panel:
        with st.spinner(_("Measuring on {count} sentences").format(count=len(SENTENCES))):
            roles, pronoun = _guided(state.model.id)
        for role, name in ROLES.items():
            if role in roles:
                found = roles[role]
                note = _("{mean:.2f} on average over {count} sentences, from {lowest:.2f} to {highest:.2f}").format(
                    mean=found.mean, count=len(SENTENCES), lowest=found.lowest, highest=found.highest
                )
                _line(state, found.layer, found.head, f"**{_(name)}**: {note}")
            else:
                st.markdown(_("**{role}**: no head of this model does this.").format(role=_(name)))
        if pronoun is None:
            st.markdown(
                _(
                    "**from “it” to a thing, not a person**: no head does this in sentences that were not used to "
                    "choose it."
                )
            )
        else:
            note = _(
                "**from “it” to a thing, not a person**: {thing:.2f} against {person:.2f}; more for the thing in "
                "{right} of {count} sentences that were not used to choose it"
            )
            _line(
                state,
                pronoun.layer,
                pronoun.head,
                note.format(
                    thing=pronoun.on_thing, person=pronoun.on_person, right=pronoun.right, count=pronoun.sentences
                ),
            )
        _stories(state, roles, pronoun)


def _stories(state: ViewState, roles: dict[GuidedRole, GuidedHead], pronoun: PronounHead | None) -> None:
    """Draw what is told of each head, and how often the head does it where another story parts from it."""
    told: list[tuple[Story, int, int]] = [
        (story, roles[story].layer, roles[story].head) for story in STORIES if story != "pronoun" and story in roles
    ]
    if pronoun is not None:
        told.append(("pronoun", pronoun.layer, pronoun.head))
    if state.model.id == link.MODEL.default:
        told += [head for head in LESSON_HEADS if head not in told]
    with st.spinner(_("Reading each text twice: as it is, and changed")):
        tests = {story: story_test(state.model.id, story) for story in dict.fromkeys(story for story, _l, _h in told)}
    found = [test.of(layer, head) for story, layer, head in told if (test := tests[story]) is not None]
    if not found:
        return
    st.markdown(_("**Are the stories true?** What would follow from them, and what is measured"))
    _table(found)
    st.caption(
        _(
            "Each text is read twice: as it is, and changed so that the place and the word (for “it”: the "
            "noun it means) are two tokens. A head that follows the place gives it the larger share in all "
            "texts, and the word in half of them; one that follows the word, the other way round. The shares "
            "are those in the changed texts. In brackets: what 95% of bootstrap resamples of the pairs of "
            "texts give. The sentences were written for this page and are few; in those with “it” the first "
            "noun is also the subject, and the test does not tell these two apart."
        )
    )


def _table(found: Iterable[Counterfactual]) -> None:
    rows = list(found)
    weight = st.column_config.NumberColumn(format="%.2f")
    tables.draw(
        {
            _("head"): [f"{row.layer}-{row.head}" for row in rows],
            _("what is said of it"): [_(STORIES[row.story][0]) for row in rows],
            _("what is changed"): [_(STORIES[row.story][1]) for row in rows],
            _("at the place"): [_share(row.by_place, row.texts, row.place_interval) for row in rows],
            _("at the word"): [_share(row.group_by_word, row.texts, row.word_interval) for row in rows],
            _("share of the place"): [row.on_place for row in rows],
            _("share of the word"): [row.on_word for row in rows],
        },
        column_config={
            _("share of the place"): weight,
            _("share of the word"): weight,
        },
        height="content",
        row_height=28,
    )


def _share(count: int, texts: int, interval: tuple[float, float]) -> str:
    low, high = interval
    return _("{count} of {texts} ({low:.0f}–{high:.0f})").format(count=count, texts=texts, low=low, high=high)


def _line(state: ViewState, layer: int, head: int, text: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"{layer}-{head}",
            key=f"attention_found_{layer}_{head}_{len(text)}",
            on_click=go_to,
            args=(state.shape,),
            kwargs={"view": "heatmap", "compare": "look", "layer": layer, "head": head},
        )
        st.markdown(text)
