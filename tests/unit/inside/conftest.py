from __future__ import annotations

from functools import cache

import pytest

from tests.unit.inside import networks


@pytest.fixture(scope="session")
def network():
    """Return a tiny network by its name; the same one for all tests."""
    return cache(networks.load)
