"""What is counted while the dashboard runs, as Prometheus metrics; `components.server.metrics` answers with them.

Import this module inside the function that counts: Prometheus's client costs start-up time, and no page needs it to
be drawn. Labels have few values: engines, reasons, pages, kinds of errors, and models only as
`components.engines.runs` names them.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

# Otherwise each counter has a second sample, the time when it began.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY: Final = CollectorRegistry()

RUNS: Final = Counter(
    "dashboard_generation_runs",
    "Generations by how they ended: a finish reason, left by the visitor, stopped here, or failed.",
    ("engine", "model", "reason"),
    registry=REGISTRY,
)
TOKENS: Final = Counter(
    "dashboard_generation_tokens",
    "Tokens read and written; of a generation that was cut short, those written.",
    ("engine", "model", "direction"),
    registry=REGISTRY,
)
ERRORS: Final = Counter(
    "dashboard_errors",
    "Errors by kind; “unexpected” ones have a traceback in the log.",
    ("kind",),
    registry=REGISTRY,
)

_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

WAIT_S: Final = Histogram(
    "dashboard_generation_wait_seconds",
    "Time in line before a generation got its seat.",
    ("engine", "model"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
FIRST_TOKEN_S: Final = Histogram(
    "dashboard_generation_first_token_seconds",
    "Time from the question to the first new token, time in line included.",
    ("engine", "model"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
TOKENS_PER_SECOND: Final = Histogram(
    "dashboard_generation_tokens_per_second",
    "New tokens of a generation by the time from its seat to its end, the reading of the prompt included.",
    ("engine", "model"),
    buckets=(1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0),
    registry=REGISTRY,
)
SCRIPT_RUN_S: Final = Histogram(
    "dashboard_script_run_seconds",
    "Runs of a page's script, without reruns of its fragments.",
    ("page",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
