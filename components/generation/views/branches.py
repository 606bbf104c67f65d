"""The answers to one prompt and where they left each other: every branch stays."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.generation import figures
from components.generation.answer import Answer, tree_of
from components.generation.branches import Branch
from components.generation.state import show, siblings
from components.generation.wording import token_name
from components.ui import charts

CHART: Final = "generation_branches"
_EXCERPT_CHARACTERS: Final = 90


def branches_tab(answer: Answer | None) -> None:
    """Draw the tab."""
    if answer is None or not answer.tokens:
        st.caption(_("Generate first. Then take another token in “Step by step”: both texts stay here, as a tree."))
        return
    answers = siblings(answer)
    if answer not in answers:
        answers = [answer]
    tree = tree_of(answers)
    st.subheader(_("Where the answers part"))
    chart = figures.branches(tree, answers.index(answer))
    charts.draw(chart, key=CHART)
    for row, (each, branch) in enumerate(zip(answers, tree.branches, strict=True)):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                _("Show it"),
                key=f"generation_show_{row}",
                disabled=each is answer,
                on_click=show,
                args=(each,),
            )
            st.markdown(f"**{row}** · {_about(branch)}", width="stretch")


def _about(branch: Branch) -> str:
    """Say where an answer left another, and how it goes on."""
    start = branch.at if branch.parent is not None else 0
    text = "".join(token.text for token in branch.tokens[start:])
    excerpt = escape_markdown(text[:_EXCERPT_CHARACTERS]) + ("…" if len(text) > _EXCERPT_CHARACTERS else "")
    if branch.parent is None:
        return excerpt
    return (
        _("leaves {parent} at step {step} with “{token}”:").format(
            parent=branch.parent,
            step=branch.at,
            token=escape_markdown(token_name(branch.tokens[branch.at].text)),
        )
        + f" {excerpt}"
    )
