from tests.unit.team.limits_contract import LimitsContract


class TestSqlite(LimitsContract):
    """See `tests.unit.team.limits_contract`."""
