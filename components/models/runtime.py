"""The heavy libraries: imported once a process, at the first model, and set up the same for every model."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from threading import Lock
from typing import TYPE_CHECKING, Final

from components.core.settings import settings

if TYPE_CHECKING:
    import torch

# plotly is not used here: a page that runs a model draws its result next, and what is imported before the
# freeze is never looked at by the garbage collector again.
HEAVY_MODULES: Final = ("torch", "transformers", "plotly.graph_objects")

# How often a thread looks before it sleeps: https://gcc.gnu.org/onlinedocs/libgomp/GOMP_005fSPINCOUNT.html
WAITING: Final = {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "1000"}

log = logging.getLogger(__name__)
_lock: Final = Lock()
_ready = False


def prepare() -> None:
    """Import and set up torch and transformers. Later calls return at once.

    `gc.freeze()` takes what exists now out of the garbage collector's work: done after the imports it spares every
    full collection about 0.2 s, done before the first model is loaded it leaves models collectable when dropped.
    """
    global _ready  # noqa: PLW0603 (once a process is what it means)
    with _lock:
        if _ready:
            return
        # Read at import: without it the Hub's client reports which libraries are installed with every
        # request.
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
    """Say how threads that compute together wait for each other; torch and llama.cpp read it when they are imported.

    Asleep, each of the hundreds of times they do so for a token costs a wake-up, 50 µs; always awake, they keep their
    cores from everything else. Awake for a moment they lose neither (docs/operations.md has what was
    measured). Only GNU's OpenMP, Linux's, can be told how long, and it does less, unless it is told to be `ACTIVE`,
    when there are more threads than cores. What the environment says already stays.
    """
    if WAITING.keys() & os.environ.keys():
        return
    os.environ.update(WAITING if sys.platform == "linux" else {"OMP_WAIT_POLICY": "PASSIVE"})


def device() -> torch.device:
    """Return the device models run on, as the settings say; `auto` takes the fastest there is."""
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
    log.info("torch %s with %d threads on %s", torch.__version__, threads, device())


def usable_cpus() -> int:
    """Return how many CPUs this process may run on; in a container that can be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quieten_transformers() -> None:
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
