"""Deep links: the address and a page's widgets always say the same.

A parameter is held by the widget whose key is its name. `read` puts what the address asks for into the widgets' state
before they are drawn; `bound` makes a widget write the address when a visitor moves it.

Why not Streamlit's own `bind="query-params"`: it writes the label a visitor sees, not the value, so a translated or
friendly label would end up in the address, and it drops a value that does not fit without a word.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from components.core.i18n import SESSION_KEY as LANGUAGE
from components.core.i18n import _, language
from components.core.parameters import Parameter, Text, write_value
from components.core.text import escape_markdown

EVERY_PAGE: Final = ""
"""The scope of a parameter that every page has."""

STEP: Final = "step"
"""The parameter of the guide (`components/ui/guide/position.py`): what a step sets up depends on the language."""

_SEEN: Final = "_address_seen"
_HELD: Final = "_held_by_page"
_NOTES: Final = "_link_notes"
_DEFAULTS: Final = "_link_defaults"
_BEGINNINGS: Final = "_link_beginnings"
_FOLLOWED: Final = "_link_followed"
_HEARD_WITHIN_S: Final = 1.0
"""A click that left the browser before it heard of a change of the address has come by then."""
_SHOWN_CHARS: Final = 60


def read(scope: str, parameters: Sequence[Parameter], *, sticky: bool = False) -> None:
    """Bring the state of these parameters' widgets in line with the address. Call it before they are drawn.

    What the address says wins when it is new: a link was opened, or Back was pressed. Otherwise the state wins, e.g. a
    text carried over from another page, or the view that was left here before; what differs from the defaults is then
    written to the address, in one step of the browser's history. Back leads from there to the bare address, which means
    the defaults, so that nothing is written again.

    Parameters
    ----------
    scope
        The page's slug.
    sticky
        Keep the value when the address no longer names it: for what belongs to the visitor, not to the page.
    """
    _catch_up(scope)
    seen: dict[str, str] = st.session_state.setdefault(_SEEN, {}).setdefault(scope, {})
    held: set[str] = st.session_state.setdefault(_HELD, {}).setdefault(scope, set())
    kept: list[Parameter] = []
    for parameter in parameters:
        name = parameter.name
        asked = ",".join(st.query_params.get_all(name)) if name in st.query_params else None
        if asked is not None and asked != seen.get(name):
            seen[name] = asked
            _take(scope, parameter, asked)
        elif (not sticky and asked is None and seen.pop(name, None) is not None) or not _fits(parameter):
            st.session_state[name] = parameter.parse(default_of(scope, parameter))
        elif name not in held:
            # Another page's widget left it. What Streamlit keeps of that is the label it had there, and a widget
            # that has no such label takes nothing: said anew, it is a value.
            st.session_state[name] = st.session_state[name]
            if asked is None:
                kept.append(parameter)
        held.add(name)
    if kept or STEP in st.query_params:  # which names the language; another address stays as it was followed
        publish(scope, *kept)


def bound(scope: str, parameter: Parameter) -> dict[str, Any]:
    """Return the arguments that make a widget carry a parameter: `st.slider(label, 0, 11, **bound(PAGE, LAYER))`."""
    return {
        "key": parameter.name,
        "on_change": _publish_moved,
        "args": (scope, parameter),
        "persist_state": "session",
    }


def enter(scope: str) -> None:
    """Forget what the addresses of other pages said, so that coming back to one by a link is new again.

    What was on its default there is not carried over to this page: it says nothing about what the visitor wants.
    """
    for other, held in st.session_state.get(_HELD, {}).items():
        if other not in (scope, EVERY_PAGE):
            for name in held - st.session_state[_SEEN].get(other, {}).keys():
                st.session_state.pop(name, None)
    last: _Followed | None = st.session_state.get(_FOLLOWED)
    if last is not None and last.scope != scope:
        del st.session_state[_FOLLOWED]
    for store in (_SEEN, _HELD, _NOTES):
        kept = st.session_state.get(store, {})
        st.session_state[store] = {name: kept[name] for name in (scope, EVERY_PAGE) if name in kept}


def say_again() -> None:
    """Have the next run tell the browser every value, also what has not changed since this one."""
    st.session_state.pop(_HELD, None)


def is_arriving(scope: str) -> bool:
    """Say whether a visitor just came to this page, by a link or from another page; ask before `enter`."""
    return scope not in st.session_state.get(_SEEN, {})


def default_of(scope: str, parameter: Parameter) -> str:
    """Return the value that an address means which does not name the parameter, as a link writes it."""
    return defaults(scope).get(parameter.name, write_value(parameter.default))


def defaults(scope: str) -> Mapping[str, str]:
    """Return the values of `set_defaults`."""
    stored: dict[str, dict[str, str]] = st.session_state.get(_DEFAULTS, {})
    return stored.get(scope, {})


def set_defaults(scope: str, values: Mapping[str, str], *, step: str = "") -> None:
    """Have addresses of this page mean these values where they name none: a step of a lesson is such a beginning.

    An address that names anything then names the step too, since without it the defaults are others. So does one of the
    page without its guide, in a language whose values are not the parameters' own.
    """
    st.session_state.setdefault(_DEFAULTS, {})[scope] = dict(values)
    st.session_state.setdefault(_BEGINNINGS, {})[scope] = step


def forget(scope: str, *, keep: str, also: Iterable[str] = ()) -> None:
    """Have the next `read` put on its default what the address does not name, but for one parameter."""
    for name in st.session_state.get(_HELD, {}).get(scope, set()) | set(also):
        if name not in st.query_params and name != keep:
            st.session_state.pop(name, None)


def reset(scope: str, parameters: Sequence[Parameter]) -> None:
    """Put the state of everything on its default; `publish` it afterwards.

    Raises
    ------
    ValueError
        If a default does not fit its parameter: a mistake in a lesson file.
    """
    for parameter in parameters:
        default = default_of(scope, parameter)
        problem = parameter.problem(default)
        if problem:
            raise ValueError(f"{parameter.name}={default!r}: {problem}")
        st.session_state[parameter.name] = parameter.parse(default)


def set_up(scope: str, parameters: Sequence[Parameter], values: Mapping[str, str]) -> None:
    """Set some of the page's widgets to the values of a link: the callback of a "show me" button.

    Raises
    ------
    ValueError
        If the page has no such parameter, or the value does not fit it: a mistake in a lesson file.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"this page has no parameter {name!r}; it has {sorted(known)}")
        problem = known[name].problem(value)
        if problem:
            raise ValueError(f"{name}={value!r}: {problem}")
    for name, value in values.items():
        st.session_state[name] = known[name].parse(value)
    publish(scope, *(known[name] for name in values))


def notes(scope: str) -> None:
    """Show what in the link did not fit, until the visitor dismisses it."""
    kept: dict[str, list[str]] = st.session_state.get(_NOTES, {})
    here = [note for name in dict.fromkeys((EVERY_PAGE, scope)) for note in kept.get(name, ())]
    if here:
        box = st.container(horizontal=True, vertical_alignment="center")
        box.warning("\n\n".join(here), icon=":material/link_off:")
        box.button(_("Dismiss"), key="dismiss_link_notes", type="tertiary", on_click=kept.clear)


def follow(scope: str, parameters: Sequence[Parameter]) -> None:
    """Take note that the browser has written the state of these parameters to the address by itself.

    Streamlit sends the address that it wrote last with each run, not the one on the screen, and would go back to it.
    Written the same way (other parameters first, these in their order), the browser finds nothing to change.
    """
    seen: dict[str, str] = st.session_state.setdefault(_SEEN, {}).setdefault(scope, {})
    own = {parameter.name: write_value(st.session_state[parameter.name]) for parameter in parameters}
    before = _asked()
    after = {name: values for name, values in before.items() if name not in own}
    for parameter in parameters:
        seen.pop(parameter.name, None)
        if own[parameter.name] != default_of(scope, parameter):
            seen[parameter.name] = own[parameter.name]
            after[parameter.name] = [own[parameter.name]]
    _name_beginning(scope, after)
    if after != before:
        st.query_params.from_dict(after)
        st.session_state[_FOLLOWED] = _Followed(scope, time.monotonic(), before, after)


def _asked() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


class _Followed(NamedTuple):
    """What `follow` has made of the address of a page."""

    scope: str
    at_s: float
    before: Mapping[str, list[str]]
    after: Mapping[str, list[str]]


def _catch_up(scope: str | None = None) -> None:
    """Bring the address up to date that came with a click which left the browser before the answer of `follow` came.

    A view tells what is selected in it when the visitor turns to another part of the page, so a click comes right
    after. Without this it would look as if the visitor had gone back to an address that does not name the selection.

    Parameters
    ----------
    scope
        Of the page that asks; None in the callback of a widget, which is on the page that was followed.
    """
    last: _Followed | None = st.session_state.get(_FOLLOWED)
    if last is None or scope not in (None, last.scope) or time.monotonic() - last.at_s >= _HEARD_WITHIN_S:
        return
    if _asked() == last.before:
        st.query_params.from_dict(last.after)


def _publish_moved(scope: str, parameter: Parameter) -> None:
    _catch_up()
    publish(scope, parameter)


def address(values: Mapping[str, object]) -> str:
    """Return the address that reopens this page with these values, in the language it is read in now."""
    here = urlsplit(st.context.url or "")
    query = urlencode({LANGUAGE: language(), **{name: write_value(value) for name, value in values.items()}})
    return urlunsplit((here.scheme, here.netloc, here.path, query, ""))


def _fits(parameter: Parameter) -> bool:
    """Say whether the state holds a value this page can use: another page may have left one that it can't."""
    name = parameter.name
    return name in st.session_state and parameter.problem(write_value(st.session_state[name])) is None


def _take(scope: str, parameter: Parameter, asked: str) -> None:
    allowed = parameter.problem(asked)
    if allowed is None:
        st.session_state[parameter.name] = parameter.parse(asked)
        return
    st.session_state[parameter.name] = parameter.parse(default_of(scope, parameter))
    shown = asked if len(asked) <= _SHOWN_CHARS else asked[:_SHOWN_CHARS] + "…"
    note = _("The link asks for {name} = “{value}”, which does not fit. {allowed} The page shows its default.")
    st.session_state.setdefault(_NOTES, {}).setdefault(scope, []).append(
        note.format(name=parameter.name, value=escape_markdown(shown), allowed=escape_markdown(allowed))
    )


def _shorten(scope: str, text: Text) -> None:
    """Keep the beginning of a text that no link can hold, and say so: as a whole it would be gone in the next run."""
    written = str(st.session_state[text.name])
    if len(written) > text.most_chars:
        st.session_state[text.name] = written[: text.most_chars]
        note = _("The text is too long: only its first {kept} characters are kept.").format(kept=f"{text.most_chars:,}")
        notes_here: list[str] = st.session_state.setdefault(_NOTES, {}).setdefault(scope, [])
        if note not in notes_here:
            notes_here.append(note)


def publish(scope: str, *parameters: Parameter) -> None:
    """Write values to the address at once, since each write is a step of the browser's history.

    A default is left out, so that an untouched page has a short address. The callback of widgets that a visitor moves.
    """
    _catch_up(scope)
    seen = st.session_state[_SEEN].setdefault(scope, {})
    before = _asked()
    after = dict(before)
    for parameter in parameters:
        if isinstance(parameter, Text):
            _shorten(scope, parameter)
        name, value = parameter.name, write_value(st.session_state[parameter.name])
        if value == default_of(scope, parameter):
            after.pop(name, None)
            seen.pop(name, None)
        else:
            after[name] = [value]
            seen[name] = value
    _name_beginning(scope, after)
    if after != before:
        st.query_params.from_dict(after)


def _name_beginning(scope: str, after: dict[str, list[str]]) -> None:
    """Have an address that names a value name the step that the others come from, too, and the language of the step.

    A step sets another text up in another language, so without it a visitor with another browser would see another
    view.
    """
    step: str = st.session_state.get(_BEGINNINGS, {}).get(scope, "")
    if step and after.keys() - {LANGUAGE, STEP}:
        after[STEP] = [step]
        st.session_state[_SEEN][scope][STEP] = step
    if STEP in after:
        after[LANGUAGE] = [language()]
        st.session_state[_SEEN].setdefault(EVERY_PAGE, {})[LANGUAGE] = language()
