"""The heads a lesson walks through, found by measurement in the model at hand."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.attention.guided import SENTENCES, GuidedHead, GuidedRole, PronounHead, guided_heads, pronoun_head
from components.attention.views.shown.view import Shown, go_to, loaded
from components.shell.i18n import N_, _
from components.shell.session import checkpoint

MOST_MODELS = 8
ROLES: Final[dict[GuidedRole, str]] = {
    "previous_token": N_("looks at the token before"),
    "next_token": N_("looks at the token after"),
    "first_token": N_("rests on the first token"),
    "separator": N_("rests on the separator"),
    "broad": N_("spreads most evenly"),
}


@st.cache_resource(max_entries=MOST_MODELS, show_spinner=False)
def _guided(model_id: str) -> tuple[dict[GuidedRole, GuidedHead], PronounHead | None]:
    model = loaded(model_id)
    return guided_heads(model, checkpoint=checkpoint), pronoun_head(model, checkpoint=checkpoint)


def heads_worth_a_look(shown: Shown) -> None:
    """Draw one line a role, with what was measured and a button that opens the head."""
    panel = st.expander(_("Heads worth a look, found by measurement"), on_change="rerun", key="attention_found")
    if not panel.open:
        return
    with panel:
        with st.spinner(_("Measuring on {count} sentences").format(count=len(SENTENCES))):
            roles, pronoun = _guided(shown.model.id)
        for role, name in ROLES.items():
            if role in roles:
                found = roles[role]
                note = _("{mean:.2f} on average over {count} sentences, from {lowest:.2f} to {highest:.2f}").format(
                    mean=found.mean, count=len(SENTENCES), lowest=found.lowest, highest=found.highest
                )
                _line(shown, found.layer, found.head, f"**{_(name)}**: {note}")
            else:
                st.markdown(_("**{role}**: no head of this model earns the name.").format(role=_(name)))
        if pronoun is None:
            st.markdown(_("**follows “it”**: no head of this model does on sentences it was not chosen by."))
        else:
            note = _(
                "**follows “it”** to what it can stand for: {thing:.2f} there, {person:.2f} on the person; right in "
                "{right} of {count} sentences it was not chosen by"
            )
            _line(
                shown,
                pronoun.layer,
                pronoun.head,
                note.format(
                    thing=pronoun.on_thing, person=pronoun.on_person, right=pronoun.right, count=pronoun.sentences
                ),
            )


def _line(shown: Shown, layer: int, head: int, text: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"{layer}-{head}",
            key=f"attention_found_{layer}_{head}_{len(text)}",
            on_click=go_to,
            args=(shown.shape,),
            kwargs={"view": "heatmap", "layer": layer, "head": head},
        )
        st.markdown(text)
