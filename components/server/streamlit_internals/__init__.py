"""Every place that touches a part of Streamlit that is not public: what to look at before Streamlit is updated.

Streamlit is pinned. Each module says in which release its parts were read. tests/unit/server/test_streamlit_alone.py
fails on the day Streamlit does by itself what is done here, or when such a part has changed; docs/upstream.md says what
to ask Streamlit for; tests/unit/test_architecture.py keeps private parts out of all other modules.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

Plain = Callable[..., Any]
"""A function of Streamlit's that was replaced."""


def replace(owner: Any, name: str, ours: Plain) -> None:  # noqa: ANN401 (a class or a module)
    """Put a function in the place of one of Streamlit's, which it is given first; another call changes nothing."""
    plain = getattr(owner, name)
    if not hasattr(plain, "is_replaced"):

        @wraps(plain)
        def replaced(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (Streamlit's own arguments)
            return ours(plain, *args, **kwargs)

        replaced.is_replaced = True  # type: ignore[attr-defined]
        setattr(owner, name, replaced)
