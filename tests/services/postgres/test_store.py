"""The store and the limits of a team on PostgreSQL."""

import pytest

from tests.unit.team.limits_contract import LimitsContract
from tests.unit.team.store_contract import StoreContract


@pytest.mark.usefixtures("patient")
class TestStore(StoreContract):
    """See `tests.unit.team.store_contract`."""


@pytest.mark.usefixtures("patient")
class TestLimits(LimitsContract):
    """See `tests.unit.team.limits_contract`."""
