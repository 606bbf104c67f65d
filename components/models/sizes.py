"""Sizes as people read them."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB")


def readable_size(size_bytes: int) -> str:
    """Return a size in decimal units, with about three digits: "83.5 MB"."""
    size, unit = float(size_bytes), "B"
    for larger in _UNITS:
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}"
