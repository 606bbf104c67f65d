"""Recommendation: readers who liked this may like what lies nearest to it."""

from __future__ import annotations

import streamlit as st

from components.core.i18n import _
from components.core.parameters import Choices
from components.core.text import escape_markdown
from components.embeddings import link
from components.embeddings.ranking import Hit, recommend
from components.embeddings.views.results import results
from components.embeddings.views.shown import Shown
from components.ui import links


def choose_liked(shown_titles: dict[str, str], parameter: Choices) -> None:
    """Draw the choice of liked texts.

    Parameters
    ----------
    shown_titles
        Titles by id.
    """
    st.multiselect(
        _("Readers who liked …"),
        list(shown_titles),
        format_func=lambda item_id: shown_titles.get(item_id, item_id),
        placeholder=_("Choose what was liked"),
        help=_("The question is the mean of the vectors of all you choose."),
        **links.bound(link.PAGE, parameter),
    )


def liked_places(shown: Shown) -> list[int]:
    """Return where the liked texts stand; the first text stands in while none is chosen."""
    return [shown.corpus.place(item_id) for item_id in st.session_state["liked"]] or [0]


def hits_of(shown: Shown) -> tuple[Hit, ...]:
    """Return all texts that are not liked yet, ranked."""
    return recommend(shown.items, liked_places(shown), shown.words, shown.corpus.texts, metric=shown.metric)


def recommend_view(shown: Shown) -> None:
    """Draw what else may be liked."""
    liked = liked_places(shown)
    if len(liked) == len(shown.corpus.items):
        st.info(_("All of them are liked: nothing is left to recommend."), icon=":material/thumb_up:")
        return
    if not st.session_state["liked"]:
        example = _("Nothing is chosen. As an example: readers who liked “{title}”.")
        st.caption(example.format(title=escape_markdown(shown.corpus.items[0].title)))
    results(shown, hits_of(shown), "\n".join(shown.corpus.texts[place] for place in liked))
