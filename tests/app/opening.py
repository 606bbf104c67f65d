"""Pages without a browser: open one through app.py, and see what it registers on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import parse_qsl

import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from components.core.parameters import Choice, Parameter
from components.registry import page
from components.ui import links

APP: Final = Path(__file__).resolve().parents[2] / "app.py"
TIMEOUT_S: Final = 60


def open_page(slug: str, *, lang: str | None = "en", browser: str = "en", **parameters: str) -> AppTest:
    """Open a page by its link, which may name no language, in a browser that prefers one."""
    at = AppTest.from_file(str(APP), default_timeout=TIMEOUT_S)
    at._bidi_component_manager = BidiComponentManager()  # an empty one: the search through all packages takes 0.15 s
    at.context = {"locale": browser}
    # as the browser asks for it; `switch_page` would cost a run of the home page first, to learn the pages' names
    at._page_hash = calc_hash(slug)
    for name, value in (parameters if lang is None else {"lang": lang, **parameters}).items():
        at.query_params[name] = value
    return at.run()


def faults(at: AppTest) -> list[str]:
    """Return what went wrong on the page: uncaught exceptions and every error box, the boundary's among them."""
    return [element.value for element in (*at.exception, *at.error)]


def scene_of(element: Any) -> dict[str, Any]:
    """Return the header of what a tensor view was sent."""
    sent: bytes = element.proto.bytes
    header: dict[str, Any] = json.loads(sent[4 : 4 + int.from_bytes(sent[:4], "little")])
    return header


@cache
def parameters_of(slug: str) -> tuple[Parameter, ...]:
    """Return the parameters a page reads from its link."""
    seen: list[Parameter] = []
    read = links.read

    def recording(scope: str, parameters: Any, **options: Any) -> None:
        if scope == slug and scope != links.EVERY_PAGE:
            seen.extend(parameters)
        read(scope, parameters, **options)

    with patch.object(links, "read", recording):
        at = open_page(slug)
    if faults(at):
        raise AssertionError(f"/{slug} does not draw: {faults(at)}")
    return tuple(seen)


def example_of(slug: str) -> dict[str, str]:
    """Return the link parameters of a page's example: another view than its first."""
    asked = page(slug).example
    if not asked:
        raise AssertionError(
            f"/{slug}: write a link to another view than the first into `example`, components/registry.py"
        )
    return dict(parse_qsl(asked))


def views_of(slug: str) -> Choice | None:
    """Return the parameter of a page's link that chooses its view, None if the page has one view only."""
    choices = {each.name: each for each in parameters_of(slug) if isinstance(each, Choice)}
    return choices.get("view") or choices.get("tab")


@dataclass(frozen=True)
class Taken:
    """The downloads that a page's Export menu offers, made when asked for, as for a visitor."""

    page: AppTest
    makers: Mapping[str, Callable[[], str]]

    def make(self, entry: str) -> str:
        """Return the content of a download: `data`, `notebook`, `script`, `figure`."""
        return self.makers[f"export_{entry}"]()


@contextmanager
def downloads() -> Iterator[dict[str, Callable[[], str]]]:
    """Give the downloads that pages offer while the block lasts, by their widgets' keys, as they were drawn last."""
    makers: dict[str, Callable[[], str]] = {}
    download_button = st.download_button

    def recording(label: str, data: Callable[[], str], *rest: Any, key: str, **options: Any) -> bool:
        makers[key] = data
        return download_button(label, data, *rest, key=key, **options)

    with patch.object(st, "download_button", recording):
        yield makers


def take_home(slug: str, *, lang: str = "en", **parameters: str) -> Taken:
    """Open a page and return its Export menu's downloads."""
    with downloads() as makers:
        at = open_page(slug, lang=lang, **parameters)
    return Taken(at, makers)
