from tests.unit.team.store_contract import StoreContract


class TestPostgresql(StoreContract):
    """See `tests.unit.team.store_contract`."""
