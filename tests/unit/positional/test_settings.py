import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.positional import settings
from components.positional.sinusoidal import sinusoidal, wave


@given(half=st.integers(1, 512))
def test_every_even_width_within_the_limits_gives_a_table(half):
    assert sinusoidal(d_model=2 * half, length=3).matrix.shape == (3, 2 * half)


@given(half=st.integers(1, 511))
def test_an_odd_width_is_refused_by_name(half):
    with pytest.raises(settings.OddWidth, match=f"d_model is {2 * half + 1}, an odd number"):
        sinusoidal(d_model=2 * half + 1, length=3)


@given(d_model=st.integers(-5000, 5000).filter(lambda width: not 2 <= width <= 1024))
def test_a_width_out_of_bounds_names_the_bounds(d_model):
    with pytest.raises(settings.OutOfBounds, match=f"d_model is {d_model}. Choose a number from 2 to 1024"):
        sinusoidal(d_model=d_model, length=3)


@given(base=st.floats(allow_nan=True, allow_infinity=True))
def test_every_base_gives_finite_numbers_or_a_reason(base):
    if 2 <= base <= 1_000_000:
        assert all(map(math.isfinite, sinusoidal(d_model=4, length=2, base=base).matrix.ravel()))
    else:
        with pytest.raises(settings.OutOfBounds, match="base is"):
            sinusoidal(d_model=4, length=2, base=base)


@pytest.mark.parametrize("length", [-1, 0, 1, 513])
def test_a_length_out_of_bounds_names_the_bounds(length):
    with pytest.raises(settings.OutOfBounds, match=rf"length is {length}\. Choose a number from 2 to 512\."):
        sinusoidal(d_model=4, length=length)


@pytest.mark.parametrize("layout", ["", "Interleaved", "stacked", "{value}", "\0"])
def test_an_unknown_layout_names_the_two_there_are(layout):
    with pytest.raises(settings.UnknownLayout, match="interleaved, concatenated"):
        sinusoidal(d_model=4, length=4, layout=layout)


@pytest.mark.parametrize("dimension", [-1, 4])
def test_a_dimension_that_is_not_there_is_refused_not_wrapped_round(dimension):
    with pytest.raises(settings.OutOfBounds, match="from 0 to 3"):
        wave(sinusoidal(d_model=4, length=4), dimension)
