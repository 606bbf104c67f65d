"""Ask AWS what it offers now: four listings at once, and nobody waits longer than three seconds for them.

Only calls that list or describe; none of them costs anything or changes anything.
"""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, Final

from components.aws import listing
from components.aws.answers import Availability, Call, HubModel, Overlay, Trouble
from components.aws.client import Aws, Service
from components.aws.hub_document import HubDetails
from components.aws.problems import CallFailed, Problem, problem_of, translate_errors

LIMIT_S: Final = 3.0

log = logging.getLogger(__name__)


class _OutOfTimeError(TimeoutError):
    """The time for all calls together is over."""


def overlay(*, limit_s: float = LIMIT_S) -> Overlay:
    """Return what AWS offers now, and which calls failed. Never raises and never waits longer than `limit_s`."""
    fetched = datetime.datetime.now(datetime.UTC)
    deadline = time.monotonic() + limit_s
    with_threads = ThreadPoolExecutor(max_workers=5, thread_name_prefix="aws")
    try:
        connecting = with_threads.submit(Aws)
        aws = _within(connecting, deadline)
        return _ask_all(aws, with_threads, deadline, fetched)
    except (CallFailed, TimeoutError) as error:
        return Overlay(None, fetched, troubles=(Trouble("connection", problem_of(error)),))
    finally:
        with_threads.shutdown(wait=False, cancel_futures=True)


def availability(model_id: str, *, limit_s: float = LIMIT_S) -> Availability:
    """Return whether this account may call a Bedrock model in this region.

    Raises
    ------
    CallFailed
        If there is no answer in time or AWS refuses one.
    """
    answer: Availability = _single("bedrock", lambda client: listing.availability(client, model_id), limit_s)
    return answer


def hub_details(model_id: str, *, limit_s: float = LIMIT_S) -> HubDetails:
    """Return what the public hub says about a JumpStart model.

    Raises
    ------
    CallFailed
        If there is no answer in time or AWS refuses one.
    """
    answer: HubDetails = _single("sagemaker", lambda client: listing.hub_details(client, model_id), limit_s)
    return answer


def hub_search(name: str, *, limit_s: float = LIMIT_S) -> tuple[HubModel, ...]:
    """Return the JumpStart models with a text in their id, as many pages of them as come in time.

    Raises
    ------
    CallFailed
        If nothing came in time or AWS refuses.
    """
    deadline = time.monotonic() + limit_s
    found: list[HubModel] = []

    def checkpoint() -> None:
        if time.monotonic() > deadline:
            raise _OutOfTimeError

    try:
        _single("sagemaker", lambda client: listing.list_hub(client, found, checkpoint, name), limit_s)
    except CallFailed:
        if not found:
            raise
    return tuple(found)


def _ask_all(aws: Aws, threads: ThreadPoolExecutor, deadline: float, fetched: datetime.datetime) -> Overlay:
    asked: tuple[tuple[Call, Service, Callable[..., None]], ...] = (
        ("models", "bedrock", listing.list_models),
        ("profiles", "bedrock", listing.list_profiles),
        ("hub", "sagemaker", listing.list_hub),
        ("endpoints", "sagemaker", listing.list_endpoints),
    )

    def checkpoint() -> None:
        if time.monotonic() > deadline:
            raise _OutOfTimeError

    found: dict[Call, list[Any]] = {call: [] for call, _service, _list in asked}
    running: dict[Call, Future[None]] = {}
    for call, service, list_all in asked:
        ask = partial(_ask, aws, service, list_all, found[call], checkpoint)
        running[call] = threads.submit(ask)
    wait(running.values(), timeout=max(0.0, deadline - time.monotonic()))
    troubles = tuple(
        Trouble(call, problem)
        for call, service, _list in asked
        if (problem := _problem(running[call], aws, service)) is not None
    )
    for trouble in troubles:
        log.info("AWS %s: %s", trouble.call, trouble.problem)
    return Overlay(
        aws.region,
        fetched,
        tuple(found["models"]),
        tuple(found["profiles"]),
        tuple(found["hub"]),
        tuple(found["endpoints"]),
        troubles,
    )


def _ask(
    aws: Aws, service: Service, list_all: Callable[..., None], found: list[Any], checkpoint: Callable[[], None]
) -> None:
    list_all(aws.client(service), found, checkpoint)


def _problem(call: Future[None], aws: Aws, service: Service) -> Problem | None:
    if not call.done():
        return "slow"
    error = call.exception()
    if error is None:
        return None
    if isinstance(error, Exception):
        return problem_of(error, region_has_service=aws.has(service))
    raise error


def _single(service: Service, ask: Callable[[Any], Any], limit_s: float) -> Any:  # noqa: ANN401 (each call's own answer)
    deadline = time.monotonic() + limit_s
    threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aws")
    try:
        with translate_errors(service):
            aws = _within(threads.submit(Aws), deadline)
            return _within(threads.submit(lambda: ask(aws.client(service))), deadline)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _within(future: Future[Any], deadline: float) -> Any:  # noqa: ANN401 (whatever the future holds)
    return future.result(timeout=max(0.0, deadline - time.monotonic()))
