"""Numbers as the pages write them."""

from __future__ import annotations

import pytest

from components.core.units import Signed, format_percent


@pytest.mark.parametrize(("value", "written"), [(-0.5, "−0.50"), (0.5, "+0.50"), (-1e-9, "−0.00")])
def test_a_change_has_a_true_minus_sign(value, written):
    assert f"{Signed(value):+.2f}" == written


@pytest.mark.parametrize(("share", "written"), [(0, "0.0%"), (0.0004, "<0.1%"), (0.5, "50.0%"), (1, "100.0%")])
def test_a_share_too_small_for_a_decimal_is_not_nothing(share, written):
    assert format_percent(share) == written
