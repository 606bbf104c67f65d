"""A conclusion follows from the numbers; every claim has its sentence in every language."""

import numpy as np
import pytest

from components.core.i18n import LANGUAGES, use
from components.positional import wording
from components.positional.checks import check
from components.positional.order import OrderEffect
from components.positional.schemes import alibi_encoding, learned_encoding, rotary_encoding, sinusoidal_encoding

WAVES = {"d_model": 8, "base": 10_000, "layout": "interleaved"}


def effect(without):
    return OrderEffect(
        order=np.arange(2), with_positions=np.array([0.5, 0.7]), without_positions=np.array([0, without])
    )


def test_rounding_means_that_the_order_went_unnoticed():
    said = wording.conclusion(effect(8e-7), decoder=False)
    assert "a set of words" in said
    assert "60%" in said
    assert "8e-07" in said


@pytest.mark.parametrize(("decoder", "reason"), [(True, "left to right"), (False, "another way to know the order")])
def test_a_change_without_positions_is_never_called_rounding(decoder, reason):
    said = wording.conclusion(effect(0.2), decoder=decoder)
    assert reason in said
    assert "20%" in said
    assert "rounding" not in said


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("length", [4, 60])
@pytest.mark.parametrize("scheme", ["sinusoidal", "learned", "rotary", "alibi"])
def test_every_claim_can_be_said(scheme, length, code):
    table = np.random.default_rng(0).normal(size=(length, 8))
    encoding = {
        "sinusoidal": lambda: sinusoidal_encoding(**WAVES, length=length),
        "learned": lambda: learned_encoding(table, length=length),
        "rotary": lambda: rotary_encoding(**WAVES, length=length),
        "alibi": lambda: alibi_encoding(heads=4, length=length, head=0),
    }[scheme]()
    checks = check(encoding, offset=1, base=10_000, layout="interleaved")
    with use(code):
        said = [wording.sentence(claim, checks=checks, positions=length, base=10_000) for claim in checks.claims]
        assert all(wording.verdict(claim) for claim in checks.claims)
    assert len({sentence.claim for sentence in said}) == len(checks.claims)
    assert not any("nan" in sentence.claim + sentence.finding for sentence in said)
