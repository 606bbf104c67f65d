from __future__ import annotations

import pytest

from components.models.sizes import readable_size


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        *((0, "0 B"), (999, "999 B"), (1000, "1 kB"), (83_506_384, "83.5 MB"), (548_000_000, "548 MB")),
        *((999_600, "1 MB"), (1_503_000_000, "1.5 GB")),
    ],
)
def test_sizes_have_three_digits_and_a_decimal_unit(size_bytes, text):
    assert readable_size(size_bytes) == text
