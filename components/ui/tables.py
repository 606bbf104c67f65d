"""Tables of columns, each of one kind of value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import streamlit as st


def draw(columns: Mapping[str, Any], **options: Any) -> Any:  # noqa: ANN401 (Streamlit's own union)
    """Draw columns as `st.dataframe` does; no index is shown.

    They go to the browser as Arrow has them. Streamlit takes a dictionary through pandas, which is most of what a table
    costs (docs/measurements.md).

    Parameters
    ----------
    columns
        A sequence or an array of one dimension for each title, all of the same length.
    options
        Of `st.dataframe`.
    """
    return st.dataframe(pa.table(dict(columns)), **options)
