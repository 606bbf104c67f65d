import pytest

from tests.unit.team.limits_contract import LimitsContract


@pytest.mark.usefixtures("patient")
class TestPostgresql(LimitsContract):
    """See `tests.unit.team.limits_contract`."""
