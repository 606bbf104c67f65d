"""The home page: a model to try at once, the pages with their questions, and which models there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

import streamlit as st

from components.core.i18n import N_, _, language
from components.core.policy import may
from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from components.core.text import escape_markdown
from components.models.records import Architecture, ModelRecord
from components.models.registry import records
from components.models.shape import model_shape
from components.models.sizes import readable_size
from components.models.store import is_local, local_folder
from components.registry import PageEntry
from components.start.hero import PAGE, component, hero, read_link
from components.ui import links
from components.ui.glossary import draw_glossary_link
from components.ui.guide import browser, progress
from components.ui.guide.lesson import guided_pages, lesson
from components.ui.guide.position import STEP
from components.ui.model_picker import describe_languages
from components.ui.navigation import open_pages, page_link

_STYLE: Final = Path(__file__).with_name("home.css")
_draw_cards: Final = component("cards", '<div class="cards"><ol></ol></div>')
_KINDS: Final = {
    "encoder": N_("Encoder: reads a whole text at once"),
    "decoder": N_("Decoder: writes a text token by token"),
    "encoder-decoder": N_("Encoder-decoder: reads one text, writes another"),
    "segmenter": N_("Segmentation model: cuts objects out of pictures"),
}
_HELD_OUT: Final = {
    "masked_pieces_right": N_(
        "Fills {value:.0%} of the hidden word pieces correctly in texts like those it learned from."
    ),
    "perplexity": N_(
        "On average as unsure as if it chose among {value:.1f} equally likely tokens (its perplexity), "
        "in texts like those it learned from."
    ),
    "right_texts_found": N_(
        "Compares texts and writes none: of the texts that answer a question it has {value:.0%} among the first three."
    ),
}


def home() -> None:
    """Draw the home page."""
    read_link()
    st.html(_STYLE)
    st.title(_("How Transformers work"))
    links.notes(PAGE)
    st.markdown(_("A language model does one thing: it predicts what comes next. Change the sentence and watch."))
    hero()
    _pages()
    browser.keep_progress()
    _models_on_board()
    _more_models()
    draw_glossary_link()


def _pages() -> None:
    concepts = [entry for entry in open_pages() if entry.concept]
    st.header(_("{count} questions, one page each").format(count=len(concepts)))
    shares = progress.shares()
    if shares:
        _progress(shares)
    drawn = [_card(number, entry, shares.get(entry.slug)) for number, entry in enumerate(concepts, start=1)]
    _draw_cards(data=[drawn], key="home_cards")  # one element: with four a card this page opened in a third more time


def _progress(shares: Mapping[str, float]) -> None:
    """Draw the way back to where the visitor was, what is kept, and how to delete it."""
    with st.container(horizontal=True, vertical_alignment="center", key="home_progress"):
        following = _next_card(shares)
        if following is not None:
            entry, step = following
            label = _("Continue: {place}").format(place=_name_place(entry, step))
            page_link(entry.slug, label=label, **{STEP: str(step)})
        page_link("predictions")
        st.caption(
            _("What you have done stays in this browser.")
            if progress.is_in_browser()
            else _("What you have done is kept with your account."),
            width="content",
        )
        st.button(
            _("Delete"),
            key="home_progress_delete",
            type="tertiary",
            icon=":material/delete:",
            help=_("Forget which steps you have done and what you answered."),
            on_click=progress.delete,
        )


def _next_card(shares: Mapping[str, float]) -> tuple[PageEntry, int] | None:
    """Return where to continue: the page visited last, or after a finished one the first that is not."""
    begun = [slug for slug in progress.all_pages() if shares.get(slug, 1) < 1]
    left = [entry for entry in guided_pages() if entry in open_pages() and shares.get(entry.slug, 0) < 1]
    entry = next((entry for entry in left if begun and entry.slug == begun[-1]), left[0] if left else None)
    return None if entry is None else (entry, max(0, progress.of_page(entry.slug).reached))


def _name_place(entry: PageEntry, step: int) -> str:
    steps = len(lesson(entry.concept or "", language()).steps)
    title = _(entry.title)
    if 1 <= step <= steps:
        return _("{title}, step {number}").format(title=title, number=step)
    return _("{title}, exercise").format(title=title) if step > steps else title


def _card(number: int, entry: PageEntry, share: float | None) -> dict[str, object]:
    return {
        "number": number,
        "slug": entry.slug,
        "parameters": {"lang": language()},
        "minutes": _("about {minutes} min").format(minutes=entry.minutes),
        "question": _(entry.question or entry.title),
        "title": _(entry.title),
        "icon": entry.icon.removeprefix(":material/").removesuffix(":"),
        "help": _(entry.help),
        "share": "" if share is None else f"{share:.0%}",
        "done": "" if share is None else _("{share:.0%} of this page is done").format(share=share),
    }


def _models_on_board() -> None:
    with st.expander(_("Built-in models"), icon=":material/deployed_code:"):
        st.markdown(
            _(
                "Small models, so that everything works without a network. Those that write or fill gaps were made "
                "for lessons and make things up: don't trust their facts."
            )
        )
        cards = "".join(_model_card(model) for model in records() if model.embedded)
        st.html(f'<div class="home-models">{cards}</div>')


def _model_card(model: ModelRecord) -> str:
    shape = model_shape(local_folder(model))
    facts = [
        _(_KINDS[model.architecture]) if model.architecture else "",
        _("{layers} layers × {heads} heads, hidden size {width}, {vocabulary} tokens in the vocabulary.").format(
            layers=shape.layers, heads=shape.heads, width=shape.width, vocabulary=f"{shape.vocabulary:,}"
        ),
        describe_languages(model),
        _(_HELD_OUT[model.held_out.measure]).format(value=model.held_out.value) if model.held_out else "",
    ]
    said = "".join(f"<p>{escape(fact)}</p>" for fact in facts if fact)
    return f"<section><h3>{escape(model.title)}</h3>{said}</section>"


def _more_models() -> None:
    others = [model for model in records() if not model.embedded]
    with st.expander(_("More models this dashboard knows"), icon=":material/library_add:"):
        st.markdown(
            _("Choose one on a page, and it is fetched once.")
            if settings().downloads and may("member")
            else _(FOR_MEMBERS)
            if settings().downloads
            else _(
                "This dashboard is set up to fetch nothing from the network. The operator can allow it with "
                "`DASHBOARD_DOWNLOADS=true`."
            )
        )
        st.markdown("\n\n".join(_listed(kind, others) for kind in dict.fromkeys(each.architecture for each in others)))


def _listed(kind: Architecture | None, models: Sequence[ModelRecord]) -> str:
    """Return the models of one kind as a list: a table of them would not fit a phone."""
    heading = _(_KINDS[kind]) if kind else _("Others")
    return "\n".join([f"**{heading}**", "", *(_line(model) for model in models if model.architecture == kind)])


def _line(model: ModelRecord) -> str:
    facts = [
        f"`{model.id}`",
        readable_size(model.size_bytes) if model.size_bytes else "",
        escape_markdown(model.licence or ""),
        _("on this machine") if is_local(model) else "",
    ]
    return f"- {escape_markdown(model.title)} · {' · '.join(filter(None, facts))}"
