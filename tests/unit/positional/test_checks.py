import numpy as np
import pytest

from components.positional.checks import check
from components.positional.schemes import alibi_encoding, learned_encoding, rotary_encoding, sinusoidal_encoding

WAVES = {"d_model": 32, "length": 64, "base": 10_000, "layout": "interleaved"}
TABLE = np.random.default_rng(0).normal(scale=0.02, size=(64, 32))


def verdicts(encoding, offset=5, layout="interleaved"):
    checks = check(encoding, offset=offset, base=10_000, layout=layout)
    return {claim.code: claim.holds for claim in checks.claims}


@pytest.mark.parametrize("offset", [0, 1, 63])
@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_sinusoids_are_green(offset, layout):
    encoding = sinusoidal_encoding(**WAVES | {"layout": layout})
    assert verdicts(encoding, offset, layout) == {
        "norm": True,
        "offset": True,
        "rotation": True,
        "wavelengths": True,
        "not_monotone": True,
    }


def test_a_learned_table_is_red_in_all_exact_claims():
    found = verdicts(learned_encoding(TABLE, length=64))
    assert found.pop("not_monotone") is True
    assert found == {"norm": False, "offset": False, "rotation": False, "wavelengths": False}


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_rotary_is_green_and_its_shift_is_the_turn_itself(layout):
    encoding = rotary_encoding(**WAVES | {"layout": layout})
    found = verdicts(encoding, layout=layout)
    assert found == {"turned_norm": True, "turned_offset": True, "rotation": True, "not_monotone": True}


def test_alibi_has_nothing_to_shift():
    checks = check(alibi_encoding(heads=4, length=20, head=0), offset=1, base=10_000, layout="interleaved")
    assert checks.shift is None
    assert [claim.holds for claim in checks.claims] == [True]


def test_settings_that_are_not_the_tables_own_are_found_out():
    checks = check(sinusoidal_encoding(**WAVES), offset=5, base=500, layout="interleaved")
    found = {claim.code: claim.holds for claim in checks.claims}
    assert found["rotation"] is False
    assert found["wavelengths"] is False
    assert found["norm"] is True
