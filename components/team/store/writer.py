"""What a page wants remembered is written here, in the background: a page never waits for the database.

Jobs are done in order, each in a transaction of its own. While the database does not answer, the first one is tried
again and the others wait; a job is written so that doing it twice leaves the same. A job that can't be done, or
finds no room, is lost: its `Job` says so, and it is logged.
"""

from __future__ import annotations

import atexit
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from threading import Condition, Event, Lock, Thread
from typing import Final, Literal

from sqlalchemy.orm import Session

from components.core.errors import Reason
from components.core.i18n import N_
from components.team.errors import StoreUnavailable
from components.team.store.database import Store
from components.team.store.opening import store

MOST_WAITING: Final = 1_000
STOP_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0

TOO_MANY: Final = Reason(N_("too many entries are already waiting to be saved"))
REFUSED: Final = Reason(N_("it does not accept this entry"))
ENDING: Final = Reason(N_("the dashboard is being stopped"))

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """Something to be written.

    Attributes
    ----------
    what
        For the log: no text of a visitor's.
    owner
        The person it is about.
    state
        "waiting" until it is "saved" or "lost".
    reason
        Why it is lost, or was not saved yet when it was tried.
    """

    what: str
    owner: str
    write: Callable[[Session], None] = field(repr=False)
    state: Literal["waiting", "saved", "lost"] = "waiting"
    reason: Reason | None = None
    _over: Event = field(default_factory=Event, repr=False)
    _given_s: float = field(default_factory=time.monotonic, repr=False)

    def wait(self, age_s: float) -> None:
        """Wait until it is decided or so old: not again, where somebody waited before."""
        self._over.wait(max(0.0, self._given_s + age_s - time.monotonic()))

    def end(self, state: Literal["saved", "lost"], reason: Reason | None = None) -> None:
        """Decide it."""
        self.state, self.reason = state, reason
        self._over.set()


class Writer:
    """A queue and the one thread that empties it.

    Parameters
    ----------
    database
        Where to.
    most
        How many jobs may wait.
    """

    def __init__(self, database: Store, *, most: int = MOST_WAITING) -> None:
        self._database = database
        self._most = most
        self._waiting: deque[Job] = deque()
        self._changed = Condition()
        self._trying = Lock()
        self._thread: Thread | None = None
        self._stopped = False

    @property
    def waiting(self) -> int:
        """How many jobs are not done yet."""
        with self._changed:
            return len(self._waiting)

    def put(self, what: str, owner: str, write: Callable[[Session], None]) -> Job:
        """Take a job; it is lost at once if too many wait."""
        job = Job(what, owner, write)
        with self._changed:
            full = TOO_MANY if len(self._waiting) >= self._most else ENDING if self._stopped else None
            if full is None:
                self._waiting.append(job)
                self._start()
                self._changed.notify_all()
        if full is not None:
            self._lose(job, full)
        return job

    def forget(self, owner: str) -> None:
        """Drop what waits about a person whose data is to be deleted.

        What is being written at this moment is in the database, or dropped too, when this returns.
        """
        with self._changed:
            for job in [each for each in self._waiting if each.owner == owner]:
                self._waiting.remove(job)
                job.end("lost")
            self._changed.notify_all()
        with self._trying:
            pass

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing waits, or so long; say whether nothing does."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout_s)

    def stop(self, timeout_s: float = STOP_S) -> None:
        """Write what can be written in so long, and lose the rest, by name."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self.flush(timeout_s)
        with self._changed:
            left = list(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
        for job in left:
            self._lose(job, ENDING)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._work, name="team writer", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while (job := self._next()) is not None:
            with self._trying:
                over = self._is_dropped(job) or self._is_over(job)
            if over:
                pause_s = _FIRST_PAUSE_S
                with self._changed:
                    if job in self._waiting:
                        self._waiting.remove(job)
                    self._changed.notify_all()
            else:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped and not self._waiting, pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._stopped)
            return self._waiting[0] if self._waiting else None

    def _is_dropped(self, job: Job) -> bool:
        with self._changed:
            return job not in self._waiting

    def _is_over(self, job: Job) -> bool:
        """Try a job once; False if it has to be tried again."""
        try:
            with self._database.writing(patient=True) as session:
                job.write(session)
        except StoreUnavailable as error:
            if job.reason is None:
                log.warning("not saved yet: %s (%s)", job.what, error)
            known = error.values["reason"]
            job.reason = known if isinstance(known, Reason) else None
            return False
        except Exception as error:  # noqa: BLE001 (a thread's last layer: one job that is wrong must not end the others)
            # its message may quote what a visitor wrote
            log.error("%s: %s", job.what, type(error).__name__)
            self._lose(job, REFUSED)
            return True
        job.end("saved")
        return True

    def _lose(self, job: Job, why: Reason) -> None:
        log.error("not saved, and not tried again: %s (%s)", job.what, why.template)
        job.end("lost", why)


@cache
def writer() -> Writer:
    """Return the writer of this process. It writes what waits when the process ends.

    Raises
    ------
    SettingsError
        If the settings name no database.
    """
    made = Writer(store())
    atexit.register(made.stop)
    return made
