"""torch and transformers: imported once per process, with the first model, and set up the same for every model."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from threading import Lock
from typing import TYPE_CHECKING, Final

from threadpoolctl import threadpool_limits

from components.core.settings import settings

if TYPE_CHECKING:
    import torch

# plotly is not used here, but a page that runs a model draws its result next, and the garbage collector never looks
# again at what is imported before the freeze.
HEAVY_MODULES: Final = ("torch", "transformers", "plotly.graph_objects")

# How often a thread looks before it sleeps: https://gcc.gnu.org/onlinedocs/libgomp/GOMP_005fSPINCOUNT.html
WAITING: Final = {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "1000"}

log = logging.getLogger(__name__)
building: Final = Lock()
"""Held while transformers builds a model. Meanwhile transformers ties no weights, in any thread of the process: of two
models built at once, one lacked its tied weights, and so did every later model."""

_lock: Final = Lock()
_ready = False


def prepare() -> None:
    """Import and set up torch and transformers. Later calls return at once.

    `gc.freeze()` takes everything that exists now out of the garbage collector's work. After the imports it makes each
    full collection shorter (docs/measurements.md); before the first model it leaves models collectable.
    """
    global _ready  # noqa: PLW0603 (once per process)
    with _lock:
        if _ready:
            return
        # Read at import: without it the Hub's client sends the list of installed libraries with every request.
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        _let_threads_wait()
        for name in HEAVY_MODULES:
            importlib.import_module(name)
        _set_up_torch()
        _quieten_transformers()
        gc.collect()
        gc.freeze()
        _ready = True


def _let_threads_wait() -> None:
    """Set how threads that compute together wait for each other; torch and llama.cpp read it at import.

    They wait hundreds of times per token. Threads that sleep meanwhile need a wake-up each time; threads that stay
    awake keep their cores from everything else. So they stay awake for a moment, then sleep (measured in
    docs/operations.md). Only GNU's OpenMP, on Linux, takes the length of that moment, and it shortens it when there are
    more threads than cores unless the policy is `ACTIVE`. Variables that are already set stay.
    """
    if WAITING.keys() & os.environ.keys():
        return
    os.environ.update(WAITING if sys.platform == "linux" else {"OMP_WAIT_POLICY": "PASSIVE"})


def device() -> torch.device:
    """Return the device that models run on; the setting `auto` takes the fastest there is."""
    import torch

    choice = settings().device
    if choice != "auto":
        return torch.device(choice)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _set_up_torch() -> None:
    import torch

    threads = settings().threads or min(torch.get_num_threads(), max(1, usable_cpus() - 1))
    torch.set_num_threads(threads)
    # NumPy's threads wait for each other awake: where cores are scarce, small products take ten times as long
    threadpool_limits(threads, user_api="blas")
    log.info("torch %s with %d threads on %s", torch.__version__, threads, device())


def has_free_core() -> bool:
    """Return whether models run on one core although there are more, so that Python has another one.

    Work that needs little of Python may use both. Where models use more threads, each product is on all of them.
    """
    import torch

    return settings().threads is None and device().type == "cpu" and torch.get_num_threads() == 1 and usable_cpus() > 1


def usable_cpus() -> int:
    """Return how many CPUs this process may use; in a container that can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quieten_transformers() -> None:
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
