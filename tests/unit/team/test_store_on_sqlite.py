from tests.unit.team.store_contract import StoreContract


class TestSqlite(StoreContract):
    """See `tests.unit.team.store_contract`."""
