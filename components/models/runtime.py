"""The heavy libraries: imported once a process, at the first model, and set up the same for every model."""

from __future__ import annotations

import gc
import importlib
import logging
import os
from threading import Lock
from typing import TYPE_CHECKING, Final

from components.settings import settings

if TYPE_CHECKING:
    import torch

# plotly is not used here: a page that runs a model draws its result next, and what is imported before the
# freeze is never looked at by the garbage collector again.
HEAVY_MODULES: Final = ("torch", "transformers", "plotly.graph_objects")

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
        # Read at import too, by llama.cpp as well. Threads that wait for each other would otherwise keep their cores
        # busy with waiting: on two cores that something else used too, torch wrote 8 instead of 73 tokens a second, and
        # llama.cpp 74 instead of 130 for eight texts. It costs where nothing else runs: 178 instead of 252 there.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        for name in HEAVY_MODULES:
            importlib.import_module(name)
        _set_up_torch()
        _quieten_transformers()
        gc.collect()
        gc.freeze()
        _ready = True


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
