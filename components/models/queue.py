"""A fair queue: who may use a model now, who is next, and how long the line may get.

A model has a few seats. A run that finds none free waits in line. A free seat goes to the person who holds the fewest
seats; among equals to the one whose last turn is longest ago; then to the run that came first. So a person who compares
four settings, or has forty tabs open, waits for the person who wants one answer.

A session is named `person/session`: the runs of all sessions of one person count together. A name without a slash is a
person with one session.

The queue has no thread of its own: a waiting run is woken when a place becomes free, and every `POLL_SECONDS` it calls
its checkpoint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from typing import Final

from components.models.errors import QueueFull, TooManyRuns

POLL_SECONDS: Final = 0.1


@dataclass(eq=False)
class Place:
    """One run's place in a queue: in line, or on a seat."""

    session: str
    seated: bool = False

    @property
    def person(self) -> str:
        """The person whose session it is."""
        return self.session.partition("/")[0]


class FairQueue:
    """The seats of one model and the line in front of them.

    Parameters
    ----------
    seats
        How many runs may go on at once.
    most_waiting
        How many more may wait.
    most_per_session
        How many runs one session may have, waiting or seated.
    most_per_person
        How many runs all sessions of one person may have, so that nobody fills the line.
    """

    def __init__(
        self,
        *,
        seats: int,
        most_waiting: int = 64,
        most_per_session: int = 4,
        most_per_person: int = 16,
    ) -> None:
        self._seats = seats
        self._most_waiting = most_waiting
        self._most_per_session = most_per_session
        self._most_per_person = most_per_person
        self._places: list[Place] = []  # in the order they came
        self._turns = 0
        self._last_turn: dict[str, int] = {}  # of each person who has a place
        self._changed = Condition()

    @contextmanager
    def place(self, session: str) -> Iterator[Place]:
        """Take a place for the length of a `with` block.

        Raises
        ------
        QueueFull
            If too many are waiting.
        TooManyRuns
            If this session or its person has too many places already.
        """
        place = self._enter(session)
        try:
            yield place
        finally:
            self._leave(place)

    def wait(self, place: Place, checkpoint: Callable[[], None]) -> Iterator[int]:
        """Wait for a seat, giving the position in line (1 is next) whenever it changes.

        `checkpoint` is called every `POLL_SECONDS`; anything it raises ends the waiting.
        """
        shown = 0
        while position := self._position_or_seat(place, shown):
            if position != shown:
                shown = position
                yield position
            checkpoint()

    @property
    def waiting(self) -> int:
        """How many are in line."""
        with self._changed:
            return sum(not place.seated for place in self._places)

    @property
    def seated(self) -> int:
        """How many are on a seat."""
        with self._changed:
            return sum(place.seated for place in self._places)

    def _enter(self, session: str) -> Place:
        place = Place(session)
        with self._changed:
            if sum(other.session == session for other in self._places) >= self._most_per_session:
                raise TooManyRuns(most=self._most_per_session)
            if sum(other.person == place.person for other in self._places) >= self._most_per_person:
                raise TooManyRuns(most=self._most_per_person)
            if len(self._places) >= self._seats + self._most_waiting:
                raise QueueFull(waiting=self._most_waiting)
            self._places.append(place)
            self._seat_next()
        return place

    def _leave(self, place: Place) -> None:
        with self._changed:
            self._places.remove(place)
            if all(other.person != place.person for other in self._places):
                self._last_turn.pop(place.person, None)
            self._seat_next()
            self._changed.notify_all()

    def _position_or_seat(self, place: Place, shown: int) -> int:
        """Return the position in line, 0 for a seat; wait a moment if the position is still `shown`."""
        with self._changed:
            position = self._position(place)
            if position and position == shown:
                self._changed.wait(POLL_SECONDS)
                position = self._position(place)
            return position

    def _position(self, place: Place) -> int:
        return 0 if place.seated else self._line().index(place) + 1

    def _seat_next(self) -> None:
        free = self._seats - sum(place.seated for place in self._places)
        for place in self._line()[:free]:
            place.seated = True
            self._turns += 1
            self._last_turn[place.person] = self._turns

    def _line(self) -> list[Place]:
        """Return the waiting runs in the order in which they would get a seat if nobody left."""
        held = Counter(place.person for place in self._places if place.seated)
        last_turn = dict(self._last_turn)
        waiting = [place for place in self._places if not place.seated]
        line: list[Place] = []
        while waiting:
            # min takes the first of equals: the run that came first
            chosen = min(waiting, key=lambda place: (held[place.person], last_turn.get(place.person, 0)))
            waiting.remove(chosen)
            held[chosen.person] += 1
            line.append(chosen)
            last_turn[chosen.person] = self._turns + len(line)
        return line
