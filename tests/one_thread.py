"""Torch on one thread while a test runs, whatever was loaded before: `pytest.fixture(on_one_thread, autouse=True)`.

The tests run side by side, one process a core, and with another number of threads the last digits differ.
"""

from __future__ import annotations

from collections.abc import Iterator


def on_one_thread() -> Iterator[None]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
