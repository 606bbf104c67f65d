"""What the classifier says of the visitor's own sentences, before and after."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import sanitize
from components.fine_tuning import figures, link
from components.fine_tuning.views.shown import Asked, after, before
from components.ui import charts, links

CHART: Final = "fine_tuning_sentences"

_HEIGHT_PX: Final = 124
_MOST_CHARS: Final = 200


def sentences_in_use() -> tuple[str, ...]:
    """Return the sentences as they stand in the page's state."""
    lines = str(st.session_state[link.SENTENCES.name]).replace("\r", "\n").split("\n")
    texts = (sanitize(line.strip(), most_characters=_MOST_CHARS).text for line in lines)
    return tuple(dict.fromkeys(text for text in texts if text))[: link.MOST_SENTENCES]


def sentences_view(asked: Asked) -> None:
    """Draw the view."""
    st.text_area(
        _("Your sentences, one a line"),
        height=_HEIGHT_PX,
        max_chars=link.SENTENCES.most_chars,
        help=_("Up to {most} are shown.").format(most=link.MOST_SENTENCES),
        **links.bound(link.PAGE, link.SENTENCES),
    )
    if not asked.sentences:
        st.info(_("Write a sentence, and the classifier answers."), icon=":material/edit:")
        return
    answers = after(asked)
    chart = figures.sentences(asked.sentences, asked.examples.labels, before(asked), answers)
    charts.draw(chart, key=CHART)
    if asked.kept is None:
        st.caption(
            _(
                "Grey: before training. The head was drawn by chance, so these answers mean nothing: another seed, "
                "other answers. Press “Train”."
            )
        )
    elif answers is None:
        st.info(
            _("Your trained model made room for somebody else's. Train again to ask it."),
            icon=":material/memory:",
        )
    else:
        st.caption(
            _("Grey: before training, from a head drawn by chance. The length is the probability of the answer named.")
        )
