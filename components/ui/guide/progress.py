"""What a student has done in the lessons: cards reached, answers right at the first try, the exercise.

It stays in the student's browser (`guide.js` keeps it in its storage and tells it to a new session), unless a team's
store takes its place (`keep_with`). Nothing in it is text that a student wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final

import streamlit as st
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from components import registry
from components.core.i18n import language
from components.ui.guide.lesson import Lesson, guided_pages, lesson

MOST_CHARACTERS: Final = 20_000
"""Of what a browser says that it kept: ten times a whole course."""

ANSWERS: Final = "_guide_answers"
TRIES: Final = "_guide_tries"
"""In the session: what the cards show of what was answered and tried."""

_STATE: Final = "_guide_progress"
_IS_KNOWN: Final = "_guide_progress_known"

Count = Annotated[int, Field(ge=0, le=99)]


@checked_dataclass(config=ConfigDict(extra="forbid"))
class PageProgress:
    """What a student has done on one page.

    Attributes
    ----------
    reached
        Number of the last card that was opened; -1 before the first.
    first_tries
        By the name of a question (`0` for the prediction, `3` for step 3, `quiz-1`): whether the first try was right.
    predicted
        Index of the answer that the student chose in the prediction, and of the right one.
    solved
        Whether the exercise was solved.
    """

    reached: Annotated[int, Field(ge=-1, le=99)] = -1
    first_tries: dict[Annotated[str, Field(max_length=8)], bool] = field(default_factory=dict)
    predicted: tuple[Count, Count] | None = None
    solved: bool = False

    def share(self, lesson: Lesson) -> float:
        """Return how much of a lesson is done, 0 to 1: cards and exercise count alike."""
        cards = len(lesson.cards)
        return (min(self.reached + 1, cards) + self.solved) / (cards + 1)


_PAGES: Final = TypeAdapter(dict[str, PageProgress])


@dataclass(frozen=True)
class Store:
    """Where progress is kept instead of the browser, e.g. a team's database; text of `written`."""

    load: Callable[[], str | None]
    """None before it is known who the visitor is."""
    save: Callable[[str], None]


_store: Store | None = None


def keep_with(store: Store) -> None:
    """Have a store keep the progress of visitors."""
    global _store  # noqa: PLW0603 (one store for the process)
    _store = store


def all_pages() -> dict[str, PageProgress]:
    """Return the progress of this visitor by the address of the page, the page visited last at the end."""
    if _STATE not in st.session_state:
        kept = "" if _store is None else _store.load()
        if kept is None:
            return {}
        st.session_state[_STATE] = {}
        if _store is not None:
            take(kept)
    pages: dict[str, PageProgress] = st.session_state[_STATE]
    return pages


def shares() -> dict[str, float]:
    """Return how much of each lesson that was begun is done, 0 to 1, by the address of the page."""
    pages = all_pages()
    return {entry.slug: pages[entry.slug].share(_lesson(entry)) for entry in guided_pages() if entry.slug in pages}


def is_finished(slug: str) -> bool:
    """Say whether every card of a page was seen and its exercise solved."""
    return shares().get(slug, 0.0) >= 1


def of_page(slug: str) -> PageProgress:
    """Return the progress on one page."""
    return all_pages().get(slug, PageProgress())


def note_card(slug: str, step: int) -> None:
    """Note that a card was opened."""
    page, pages = _page(slug), all_pages()
    is_last = next(reversed(pages), None) == slug
    if step > page.reached or not is_last:
        page.reached = max(step, page.reached)
        pages[slug] = pages.pop(slug)
        _save()


def note_answer(slug: str, question: str, *, is_right: bool) -> None:
    """Note an answer; only the first one to a question counts."""
    if question not in _page(slug).first_tries:
        _page(slug).first_tries[question] = is_right
        _save()


def note_prediction(slug: str, chosen: int, right: int) -> None:
    """Note what a student predicted, and what was true."""
    if _page(slug).predicted is None:
        _page(slug).predicted = (chosen, right)
        _save()


def note_solved(slug: str) -> None:
    """Note that the exercise is solved."""
    if not _page(slug).solved:
        _page(slug).solved = True
        _save()


def delete() -> None:
    """Forget everything, also in the browser, and what the cards show of it."""
    st.session_state[_STATE] = {}
    st.session_state[_IS_KNOWN] = True
    for key in list(st.session_state):
        if key in (ANSWERS, TRIES) or str(key).startswith("guide_answer_"):
            del st.session_state[key]
    _save()


def written() -> str:
    """Return the progress as the browser keeps it, "" for none."""
    pages = all_pages()
    return _PAGES.dump_json(pages).decode() if pages else ""


def is_in_browser() -> bool:
    """Say whether the browser keeps it, and not a store of ours."""
    return _store is None


def is_known() -> bool:
    """Say whether the browser has told this session what it kept, or has nothing left to tell."""
    return bool(st.session_state.get(_IS_KNOWN))


def take(kept: str) -> None:
    """Join what was kept with what this session knows; text that is no progress counts as none."""
    st.session_state[_IS_KNOWN] = True
    if not kept or len(kept) > MOST_CHARACTERS:
        return
    try:
        pages = _PAGES.validate_json(kept)
    except ValidationError:
        return
    lessons = {entry.slug for entry in guided_pages()}
    known = st.session_state.setdefault(_STATE, {})
    joined: dict[str, PageProgress] = {}
    for slug, before in pages.items():
        if slug in lessons:
            now = known.pop(slug, PageProgress())
            joined[slug] = PageProgress(
                reached=max(before.reached, now.reached),
                first_tries=now.first_tries | before.first_tries,
                predicted=before.predicted or now.predicted,
                solved=before.solved or now.solved,
            )
    st.session_state[_STATE] = joined | known


def _lesson(entry: registry.PageEntry) -> Lesson:
    return lesson(entry.concept or "", language())


def _page(slug: str) -> PageProgress:
    return all_pages().setdefault(slug, PageProgress())


def _save() -> None:
    if _store is not None and _STATE in st.session_state:
        _store.save(written())
