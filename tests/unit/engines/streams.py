"""Small helpers to run an engine in a test."""

from __future__ import annotations

from components.engines.contract import BeamsFound, Finished, Started, Token, Usage


def carry_on():
    """Be a checkpoint that never stops anything."""


def run(engine, request, *, session="test"):
    """Return what a run gives, beside that it started."""
    return [event for event in engine.stream(request, carry_on, session=session) if not isinstance(event, Started)]


def tokens(events):
    return [event for event in events if isinstance(event, Token)]


def next_token(stream):
    """Go on with a stream until its next token."""
    return next(event for event in stream if isinstance(event, Token))


def ids(events):
    return [event.id for event in tokens(events)]


def text(events):
    return "".join(event.text for event in tokens(events))


def usage(events):
    (found,) = [event for event in events if isinstance(event, Usage)]
    return found


def reason(events):
    (found,) = [event for event in events if isinstance(event, Finished)]
    return found.reason


def tree(events):
    (found,) = [event for event in events if isinstance(event, BeamsFound)]
    return found.tree


class Stopped(Exception):
    """Raised by a checkpoint."""


class StopAt:
    """A checkpoint that raises at its n-th call, counted from 1."""

    def __init__(self, call):
        self.call = call
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self.calls >= self.call:
            raise Stopped
