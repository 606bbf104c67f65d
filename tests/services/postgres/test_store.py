import pytest

from tests.unit.team.store_contract import StoreContract


@pytest.mark.usefixtures("patient")
class TestPostgresql(StoreContract):
    """See `tests.unit.team.store_contract`."""
