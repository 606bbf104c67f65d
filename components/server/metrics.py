"""Numbers for Prometheus at `/metrics`: ours, Streamlit's own, the process's.

Answered if the setting `metrics` is on: with a token file to everybody who shows that token, without one only to
this machine. A proxy on this machine that names no client looks like this machine; the nginx file here closes the
address.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from components.core.settings import settings
from components.engines import runs
from components.models import memory
from components.server.streamlit_internals.sessions import read_stats

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

_FORWARDED: Final = ("forwarded", "x-forwarded-", "x-real-ip", "x-proxycontextpath", "via")
"""How the headers begin that proxies add; x-proxycontextpath is Jupyter's."""


def route(root: str) -> Route:
    """Return the route of `/metrics` under a path."""
    return Route(f"{root}/metrics", _answer, methods=["GET"])


class StreamlitsOwnClosed:
    """ASGI middleware that closes `/_stcore/metrics`, which has no setting of its own and anybody could ask for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything else on."""
        closed = scope["type"] == "http" and scope["path"].endswith("/_stcore/metrics")
        await (PlainTextResponse("not found\n", status_code=404) if closed else self._app)(scope, receive, send)


async def _answer(request: Request) -> Response:
    chosen = settings()
    if chosen.metrics == "off":
        return PlainTextResponse("not found\n", status_code=404)
    try:
        token = None if chosen.metrics_token_file is None else chosen.metrics_token_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return PlainTextResponse("the token file cannot be read\n", status_code=503)
    if not _may_read(request, token):
        return PlainTextResponse("not for you\n", status_code=403)
    return await run_in_threadpool(_written, request.headers.get("accept", ""))


def _may_read(request: Request, token: str | None) -> bool:
    if token is not None:
        # as bytes: compare_digest refuses other letters than ASCII in texts
        shown = request.headers.get("authorization", "").encode()
        return bool(token) and secrets.compare_digest(shown, f"Bearer {token}".encode())
    forwarded = any(name.startswith(_FORWARDED) for name in request.headers)
    return not forwarded and request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False


def _written(accept: str) -> Response:
    from prometheus_client.exposition import choose_encoder

    encode, media_type = choose_encoder(accept)
    return Response(encode(_registry()), media_type=media_type)


@cache
def _registry() -> CollectorRegistry:
    from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

    from components.operations.metrics import REGISTRY

    registry = CollectorRegistry()
    for kind in (ProcessCollector, PlatformCollector, GCCollector):
        kind(registry=registry)
    for collect in (REGISTRY.collect, _gauges, _counted_by_streamlit):
        registry.register(_Collector(collect))
    return registry


class _Collector:
    """What Prometheus's client asks for numbers."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self.collect = collect

    def describe(self) -> Sequence[Metric]:
        """Return nothing: otherwise every number is collected once at registration."""
        return ()


def _gauges() -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    for name, meaning, labels, values in _states():
        gauge = GaugeMetricFamily(name, meaning, labels=labels)
        for given, value in values.items():
            gauge.add_metric(given, value)
        yield gauge


def _counted_by_streamlit() -> Iterator[Metric]:
    """Give each family of numbers that Streamlit counts itself and that has some, named `streamlit_…`."""
    from prometheus_client import Metric
    from prometheus_client.utils import floatToGoString

    for name, stats in read_stats().items():
        if not stats:
            continue
        family = Metric(f"streamlit_{name}", stats[0].help, stats[0].type)
        for stat in stats:
            labels = stat.labels or {}
            if stat.type == "histogram":
                for bound, number in stat.buckets:
                    le = floatToGoString(bound)  # type: ignore[no-untyped-call]
                    family.add_sample(f"{family.name}_bucket", {**labels, "le": le}, number)
                family.add_sample(f"{family.name}_sum", labels, stat.observation_sum)
                family.add_sample(f"{family.name}_count", labels, stat.observation_count)
            else:
                family.add_sample(family.name + ("_total" if stat.type == "counter" else ""), labels, stat.value)
        yield family


def _states() -> Iterator[tuple[str, str, tuple[str, ...], Mapping[tuple[str, ...], float]]]:
    """Give what is so at this moment: name, meaning, labels, values by the labels'."""
    line: Counter[tuple[str, ...]] = Counter()
    seats: Counter[tuple[str, ...]] = Counter()
    weights: Counter[tuple[str, ...]] = Counter()
    for run in runs.running():
        where = line if run.seated_s is None else seats
        where[run.engine, run.model] += 1
    for holding in memory.holdings():
        weights[holding.kind, runs.counted_name(holding.model)] += holding.size_bytes
    of_run = ("engine", "model")
    yield "dashboard_generation_waiting", "Generations in line for a model.", of_run, line
    yield "dashboard_generation_running", "Generations that have a seat.", of_run, seats
    yield (
        "dashboard_model_memory_bytes",
        "Memory of the weights of each loaded model; 0 for an engine that uses those of another.",
        ("kind", "model"),
        weights,
    )
    yield "dashboard_threads", "Python's threads in this process.", (), {(): threading.active_count()}
