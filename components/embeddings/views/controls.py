"""The controls over the page: whose texts, how vectors are made, how they are compared."""

from __future__ import annotations

import streamlit as st

from components.core.i18n import LANGUAGES, _
from components.embeddings import link, wording
from components.embeddings.corpus import LEAST_ITEMS, MOST_ITEM_CHARS, MOST_ITEMS, Pasted
from components.ui import links

_LIST_HEIGHT_PX = 220


def choose_texts(pasted: Pasted) -> None:
    """Draw the choice of the language of the shipped texts, and the field for a visitor's own list."""
    st.segmented_control(
        _("Language of the 80 blurbs"),
        link.TEXTS.options,
        format_func=lambda code: LANGUAGES[code].name,
        required=True,
        disabled=not pasted.too_few,
        label_visibility="collapsed",
        help=_("Language of the 80 blurbs"),
        **links.bound(link.PAGE, link.TEXTS),
    )
    with st.popover(_("Your own texts"), icon=":material/edit_note:"):
        st.text_area(
            _("One text a line"),
            height=_LIST_HEIGHT_PX,
            help=_("From {least} to {most} lines of up to {characters} characters. They stay on this machine.").format(
                least=LEAST_ITEMS, most=MOST_ITEMS, characters=MOST_ITEM_CHARS
            ),
            **links.bound(link.PAGE, link.LIST),
        )
        st.button(
            _("Back to the 80 blurbs"),
            icon=":material/undo:",
            disabled=not st.session_state[link.LIST.name],
            on_click=links.set_up,
            args=(link.PAGE, (link.LIST,), {link.LIST.name: ""}),
        )
    _say_what_was_changed(pasted)


def _say_what_was_changed(pasted: Pasted) -> None:
    if not st.session_state[link.LIST.name]:
        return
    lines = len(pasted.corpus.items)
    if pasted.too_few:
        few = _(
            "Different lines in your list: {lines}. At least {least} are needed; until then the page shows its own "
            "texts."
        )
        st.info(few.format(lines=lines, least=LEAST_ITEMS), icon=":material/playlist_add:")
        return
    notes = [
        (pasted.repeated, _("Repeated lines left out: {count}.")),
        (pasted.left_over, _("Lines beyond the first {most} left out: {count}.")),
        (pasted.cut, _("Lines cut after {characters} characters: {count}.")),
        (pasted.replaced, _("Characters that were damaged in copying are shown as �: {count}.")),
    ]
    said = [text.format(count=count, most=MOST_ITEMS, characters=MOST_ITEM_CHARS) for count, text in notes if count]
    if said:
        st.info(" ".join(said), icon=":material/content_cut:")


def choose_measure(*, is_bought: bool) -> None:
    """Draw how vectors are made and compared."""
    with st.popover(_("Vectors"), icon=":material/tune:"):
        st.radio(
            _("From token vectors to one vector (pooling)"),
            link.POOLING.options,
            format_func={code: _(name) for code, name in wording.POOLINGS.items()}.__getitem__,
            disabled=is_bought,
            help=_(
                "A model gives each token a vector; a search needs one for the whole text. GPT-2 has no [CLS]: its "
                "first token has seen nothing but itself, only its last one has seen the whole text."
            ),
            **links.bound(link.PAGE, link.POOLING),
        )
        st.radio(
            _("Vectors"),
            link.VECTORS.options,
            format_func={code: _(name) for code, name in wording.VECTORS.items()}.__getitem__,
            help=_(
                "At length 1, cosine and dot product are the same number, and distance gives the same order. "
                "Subtracting the mean of all texts removes what they have in common."
            ),
            **links.bound(link.PAGE, link.VECTORS),
        )
        st.radio(
            _("Measure"),
            link.METRIC.options,
            format_func={code: _(name) for code, name in wording.METRICS.items()}.__getitem__,
            captions=[_(wording.METRIC_FORMULAS[code]) for code in wording.METRICS],
            **links.bound(link.PAGE, link.METRIC),
        )
