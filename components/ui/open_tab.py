"""Views and tabs: one is open, only that one is drawn, and where they are many a phone gets a menu for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import streamlit as st

from components.core.i18n import _
from components.core.parameters import Choice, Parameter
from components.ui import links

MOST_ON_A_PHONE: Final = 4
"""More views than these are a menu on a phone. Which of the two is seen is up to look.css: the server does not know how
wide a window is."""
_View = TypeVar("_View", bound=str)


def draw_open_tab(draws: Mapping[str, Callable[[], None]], *, key: str) -> None:
    """Draw tabs, and what is in the one that is open.

    Parameters
    ----------
    draws
        What draws each tab, by the label of the tab.
    key
        Of the widget; its value is the label of the open tab.
    """
    if len(draws) > MOST_ON_A_PHONE:
        _draw_menu(list(draws), key=key, label=None, choose=lambda label: st.session_state.update({key: label}))
    for tab, draw in zip(st.tabs(list(draws), on_change="rerun", key=key), draws.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def draw_open_view(scope: str, parameter: Choice, views: Mapping[str, tuple[str, Callable[[], None]]]) -> None:
    """Draw the row of views, and below it the open one, in a container with the key `view_<name>`.

    Parameters
    ----------
    views
        By the value of the parameter: its name, to be translated, and what draws it.
    """
    names = {name: _(title) for name, (title, _draw) in views.items()}
    opened = choose_view(_("View"), scope, parameter, parameter.options, names)
    with st.container(key=f"view_{opened}"):
        views[opened][1]()


def choose_view(
    label: str, scope: str, parameter: Parameter, options: Sequence[_View], names: Mapping[_View, str]
) -> _View:
    """Draw the views of a page beside each other, and return the one that is open.

    Parameters
    ----------
    label
        What a screen reader calls the row.
    scope
        The page's slug; `links.read` has read the parameter.
    parameter
        Holds the view.
    options
        The views that can be chosen.
    names
        What each is called, in the visitor's language.
    """

    def choose(view: str) -> None:
        st.session_state[parameter.name] = view
        links.publish(scope, parameter)

    def take() -> None:
        chosen: str | None = st.session_state.get(parameter.name)  # None where a run was ended before it came here
        choose(chosen if chosen is not None and chosen in options else options[0])

    if len(options) > MOST_ON_A_PHONE:
        _draw_menu(options, key=parameter.name, label=label, choose=choose, names=names)
    view: _View = st.segmented_control(
        label,
        options,
        format_func=names.__getitem__,
        required=True,
        label_visibility="collapsed",
        **links.bound(scope, parameter) | {"on_change": take, "args": ()},
    )
    return view


def _draw_menu(
    options: Sequence[str],
    *,
    key: str,
    label: str | None,
    choose: Callable[[str], None],
    names: Mapping[Any, str] | None = None,
) -> None:
    own = f"{key}_on_a_phone"
    chosen = st.session_state.get(key)
    st.session_state[own] = chosen if chosen in options else options[0]
    settings: dict[str, Any] = {} if names is None else {"format_func": names.__getitem__}
    with st.container(key=f"narrow_{key}"):
        st.selectbox(
            label or options[0],
            options,
            key=own,
            label_visibility="collapsed",
            on_change=lambda: choose(st.session_state[own]),
            **settings,
        )
