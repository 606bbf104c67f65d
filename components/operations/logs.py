"""Log lines that belong together carry the same ids: of the request, the script's run, the generation.

There are two formats. `text` is for a person at a terminal and has warnings and errors. `json`, one object a line, is
for a collector and also has each request and each generation. Neither holds prompts, answers, keys or addresses of
visitors: a log line names what happened, not what was said.

`LogLimit` bounds the lines that a visitor can cause again and again, so that no loop fills the disk.
"""

from __future__ import annotations

import datetime
import json
import logging
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Final, Literal

Format = Literal["text", "json"]

BURST: Final = 30
"""Lines that may come at once: 90 KB of tracebacks."""
EVERY_S: Final = 10.0
"""Seconds between further lines: at most 26 MB of tracebacks a day."""

_ids: Final[ContextVar[Mapping[str, str]]] = ContextVar("ids", default={})  # noqa: B039 (never changed in place)
_SILENT: Final = ("uvicorn.access",)  # writes queries, which hold what visitors typed; ours does not (middleware)
_OF_EVERY_RECORD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


def new_id() -> str:
    """Return an id that nobody can guess and that a visitor can read out."""
    return secrets.token_hex(4)


def ids() -> Mapping[str, str]:
    """Return the current ids by what they name: `request`, `run`, `generation`."""
    return _ids.get()


@contextmanager
def add_ids(**more: str) -> Iterator[None]:
    """Add these ids to the log lines of a block. A thread started in it has them only if it gets its context."""
    token = _ids.set({**_ids.get(), **more})
    try:
        yield
    finally:
        _ids.reset(token)


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        named = " ".join(f"{name}={value}" for name, value in (*ids().items(), *_more(record).items()))
        return super().formatMessage(record) + (f" [{named}]" if named else "")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **ids(),
            **_more(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _more(record: logging.LogRecord) -> dict[str, object]:
    """Return what was given as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}


def configure(style: Format) -> None:
    """Send log lines to stderr; as `json` also those of libraries that set up handlers of their own.

    Call it again after a library has done so. In `text` such libraries keep their handlers.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if style == "json" else _Text())
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("components").setLevel(logging.INFO if style == "json" else logging.WARNING)
    for name in () if style == "text" else tuple(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name not in _SILENT


class LogLimit(logging.Filter):
    """Drops the lines of a logger beyond a burst and a rate; the next line that passes says how many were dropped."""

    def __init__(
        self, burst: int = BURST, *, every_s: float = EVERY_S, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._burst = burst
        self._every_s = every_s
        self._now_s = now_s
        self._lock = Lock()
        self._left = float(burst)
        self._seen_s = now_s()
        self._dropped = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written."""
        with self._lock:
            now_s = self._now_s()
            self._left = min(float(self._burst), self._left + (now_s - self._seen_s) / self._every_s)
            self._seen_s = now_s
            if self._left < 1:
                self._dropped += 1
                return False
            self._left -= 1
            dropped, self._dropped = self._dropped, 0
        if dropped:
            record.msg = f"{record.getMessage()} ({dropped} lines before it were left out)"
            record.args = None
        return True
