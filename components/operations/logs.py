"""Log lines that belong together carry the same ids: of the request, the script's run, the generation.

Two formats: `text`, for a person at a terminal, who hears warnings and errors; `json`, one object a line, for a
collector, which also gets each request and each generation. Neither holds prompts, answers, keys or addresses of
visitors: whoever logs names what happened, not what was said.
"""

from __future__ import annotations

import datetime
import json
import logging
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

Format = Literal["text", "json"]

_ids: Final[ContextVar[Mapping[str, str]]] = ContextVar("ids", default={})  # noqa: B039 (never changed in place)
_SILENT: Final = ("uvicorn.access",)  # writes queries, which hold what visitors typed; ours does not (requests_log)
_OF_EVERY_RECORD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


def new_id() -> str:
    """Return an id that nobody can guess and a visitor can read out."""
    return secrets.token_hex(4)


def ids() -> Mapping[str, str]:
    """Return the ids that hold now, by what they name: `request`, `run`, `generation`."""
    return _ids.get()


@contextmanager
def carrying(**more: str) -> Iterator[None]:
    """Give the log lines of a block these ids too. Threads started in it have them if they get its context."""
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
    """Send log lines to stderr: all of this process as `json`, also of libraries that set up handlers of their own.

    Call it again after a library has done so. In `text` they keep their own.
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
