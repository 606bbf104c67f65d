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
from components.ui.guide.lesson import Lesson

MOST_CHARACTERS: Final = 20_000
"""Of what a browser says that it kept: ten times a whole course."""

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

    load: Callable[[], str]
    save: Callable[[str], None]


_store: Store | None = None


def keep_with(store: Store) -> None:
    """Have a store keep the progress of visitors."""
    global _store  # noqa: PLW0603 (one store for the process)
    _store = store


def all_pages() -> dict[str, PageProgress]:
    """Return the progress of this visitor by the address of the page."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = {}
        if _store is not None:
            take(_store.load())
    pages: dict[str, PageProgress] = st.session_state[_STATE]
    return pages


def of_page(slug: str) -> PageProgress:
    """Return the progress on one page."""
    return all_pages().get(slug, PageProgress())


def note_card(slug: str, step: int) -> None:
    """Note that a card was opened."""
    page = _page(slug)
    if step > page.reached:
        page.reached = step
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
    """Forget everything, also in the browser."""
    st.session_state[_STATE] = {}
    st.session_state[_IS_KNOWN] = True
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
    lessons = {entry.slug for entry in registry.PAGES if entry.concept is not None}
    for slug in pages.keys() & lessons:
        before, now = pages[slug], of_page(slug)
        all_pages()[slug] = PageProgress(
            reached=max(before.reached, now.reached),
            first_tries=now.first_tries | before.first_tries,
            predicted=before.predicted or now.predicted,
            solved=before.solved or now.solved,
        )


def _page(slug: str) -> PageProgress:
    return all_pages().setdefault(slug, PageProgress())


def _save() -> None:
    if _store is not None:
        _store.save(written())
