"""The store and the limits of a team on SQLite."""

from tests.unit.team.limits_contract import LimitsContract
from tests.unit.team.store_contract import StoreContract


class TestStore(StoreContract):
    """See `tests.unit.team.store_contract`."""


class TestLimits(LimitsContract):
    """See `tests.unit.team.limits_contract`."""
