from __future__ import annotations

from tests.unit.engines.conftest import (  # noqa: F401 (a page's tests run the same engines)
    engine,
    forwards,
    loaded,
)
