from tests.unit.team.limits_contract import LimitsContract


class TestPostgresql(LimitsContract):
    """See `tests.unit.team.limits_contract`."""
