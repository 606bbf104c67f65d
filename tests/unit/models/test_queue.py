"""A few seats, a fair line, and nobody who cannot leave it."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.models.errors import QueueFull, TooManyRuns
from components.models.queue import FairQueue
from tests.unit.engines.streams import StopAt, Stopped, carry_on


def enter(queue, *sessions):
    """Enter a queue for each session and return the places and their context managers."""
    managers = [queue.place(session) for session in sessions]
    return [manager.__enter__() for manager in managers], managers


def leave(manager):
    manager.__exit__(None, None, None)


def positions(queue, places):
    return [queue._position(place) for place in places]


def test_a_free_seat_is_taken_without_waiting():
    queue = FairQueue(seats=1)
    with queue.place("a") as place:
        assert list(queue.wait(place, carry_on)) == []
        assert (queue.seated, queue.waiting) == (1, 0)
    assert (queue.seated, queue.waiting) == (0, 0)


def test_who_comes_later_knows_the_position():
    queue = FairQueue(seats=1)
    places, managers = enter(queue, "a", "b", "c")
    assert positions(queue, places) == [0, 1, 2]
    leave(managers[0])
    assert positions(queue, places[1:]) == [0, 1]


def test_a_session_with_many_runs_waits_for_one_with_few():
    queue = FairQueue(seats=2)
    places, managers = enter(queue, "greedy", "greedy", "greedy", "greedy", "modest")
    assert positions(queue, places) == [0, 0, 2, 3, 1]
    leave(managers[0])
    assert positions(queue, places[1:]) == [0, 1, 2, 0]


@pytest.mark.parametrize("seats", [1, 2])
def test_however_many_tabs_somebody_has_in_line_the_next_person_is_second_at_most(seats):
    queue = FairQueue(seats=seats)
    greedy, managers = enter(queue, *(f"greedy/{tab}" for tab in range(16)))
    [other], [others] = enter(queue, "other/1")
    assert positions(queue, [other]) == [1]
    leave(managers[0])
    assert other.seated  # not the tab that came before
    leave(others)
    assert positions(queue, greedy[1:]) == [0] * seats + list(range(1, 16 - seats))


def test_persons_take_turns_whatever_came_first():
    queue = FairQueue(seats=1)
    places, managers = enter(queue, "a/1", "a/2", "a/3", "b/1", "b/2", "c/1")
    assert positions(queue, places) == [0, 3, 5, 1, 4, 2]
    order = []
    while places:
        now = next(number for number, place in enumerate(places) if place.seated)
        order.append(places.pop(now).session)
        leave(managers.pop(now))
    assert order == ["a/1", "b/1", "c/1", "a/2", "b/2", "a/3"]


def test_one_person_can_not_fill_the_line():
    queue = FairQueue(seats=1, most_per_person=3)
    _kept = enter(queue, "a/1", "a/1", "a/2")
    with pytest.raises(TooManyRuns) as caught, queue.place("a/3"):
        pass
    assert caught.value.values == {"most": 3}
    with queue.place("b/1"):
        pass


def test_who_is_gone_is_forgotten():
    queue = FairQueue(seats=1)
    for person in range(100):
        with queue.place(f"{person}/1"):
            pass
    assert queue._last_turn == {}


def test_waiting_gives_each_position_once_and_ends_with_the_seat():
    queue = FairQueue(seats=1)
    places, managers = enter(queue, "a", "b", "c")
    waiting = queue.wait(places[2], carry_on)
    assert next(waiting) == 2
    leave(managers[1])
    assert next(waiting) == 1
    leave(managers[0])
    assert list(waiting) == []


def test_who_waits_can_leave_at_any_time():
    queue = FairQueue(seats=1)
    with queue.place("a"):
        with pytest.raises(Stopped), queue.place("b") as place:
            list(queue.wait(place, StopAt(3)))
        assert (queue.seated, queue.waiting) == (1, 0)


def test_waiting_asks_ten_times_a_second_and_no_more():
    queue = FairQueue(seats=1)
    places, _ = enter(queue, "a", "b")
    checkpoint = StopAt(4)
    start = time.monotonic()
    with pytest.raises(Stopped):
        list(queue.wait(places[1], checkpoint))
    assert time.monotonic() - start >= 0.25  # the first is asked at once


def test_who_is_next_is_woken_at_once():
    queue = FairQueue(seats=1)
    places, managers = enter(queue, "a", "b")
    done = threading.Event()
    waiter = threading.Thread(target=lambda: (list(queue.wait(places[1], carry_on)), done.set()))
    waiter.start()
    leave(managers[0])
    assert done.wait(5)


def test_the_line_is_bounded():
    queue = FairQueue(seats=1, most_waiting=2)
    _kept = enter(queue, "a", "b", "c")
    with pytest.raises(QueueFull) as caught, queue.place("d"):
        pass
    assert caught.value.values == {"waiting": 2}


def test_a_session_can_not_take_every_place():
    queue = FairQueue(seats=1, most_per_session=2)
    _, managers = enter(queue, "a", "a")
    with pytest.raises(TooManyRuns) as caught, queue.place("a"):
        pass
    assert caught.value.values == {"most": 2}
    with queue.place("b"):
        pass
    leave(managers[0])
    with queue.place("a"):
        pass


def test_a_run_that_fails_gives_its_seat_back():
    queue = FairQueue(seats=1)
    with pytest.raises(ZeroDivisionError), queue.place("a"):
        raise ZeroDivisionError
    assert queue.seated == 0


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=40), st.integers(1, 3))
def test_seats_are_never_idle_while_someone_waits_nor_over_full(moves, seats):
    queue = FairQueue(seats=seats, most_per_session=40, most_per_person=40)
    inside = []
    for comes, session in moves:
        if comes:
            manager = queue.place(session)
            inside.append((manager, manager.__enter__()))
        elif inside:
            leave(inside.pop(0)[0])
        assert queue.seated == min(seats, len(inside))
        assert sorted(positions(queue, [place for _, place in inside])) == [
            *[0] * queue.seated,
            *range(1, queue.waiting + 1),
        ]
