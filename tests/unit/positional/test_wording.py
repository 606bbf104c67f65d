"""A conclusion follows from the numbers; every claim has its sentence in every language."""

import sys

import numpy as np
import pytest

from components.core.i18n import LANGUAGES, use
from components.positional import wording
from components.positional.claims import check_claims
from components.positional.order import OrderEffect
from components.positional.schemes import alibi_encoding, learned_encoding, rotary_encoding, sinusoidal_encoding
from components.positional.wording import USERS

WAVES = {"d_model": 8, "base": 10_000, "layout": "interleaved"}


def effect(without):
    return OrderEffect(
        order=np.arange(2), with_positions=np.array([0.5, 0.7]), without_positions=np.array([0, without])
    )


def test_rounding_means_that_the_order_went_unnoticed():
    said = wording.describe_shuffle(effect(8e-7), decoder=False)
    assert "a bag of words" in said
    assert "60%" in said
    assert "0.00008%" in said


@pytest.mark.parametrize(("decoder", "reason"), [(True, "left to right"), (False, "another way to know the order")])
def test_a_change_without_positions_is_never_called_rounding(decoder, reason):
    said = wording.describe_shuffle(effect(0.2), decoder=decoder)
    assert reason in said
    assert "20%" in said
    assert "rounding" not in said


def test_a_length_is_not_called_a_deviation():
    """Vectors of length 2 differ from the expected √2 by 0.59; what is printed is the length."""
    checks = check_claims(
        learned_encoding(np.eye(6, 4) * 2 + np.eye(6, 4, -4) * 2, length=6), offset=1, base=10_000, layout="interleaved"
    )
    norm = next(claim for claim in checks.claims if claim.code == "norm")
    said = wording.describe_claim(norm, checks=checks, positions=6, base=10_000)
    assert said.finding == "The length furthest from it: 2.0000 (relative error 0.414)."


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
    checks = check_claims(encoding, offset=1, base=10_000, layout="interleaved")
    with use(code):
        said = [wording.describe_claim(claim, checks=checks, positions=length, base=10_000) for claim in checks.claims]
        assert all(wording.verdict_badge(claim) for claim in checks.claims)
    assert len({sentence.claim for sentence in said}) == len(checks.claims)
    assert not any("nan" in sentence.claim + sentence.finding for sentence in said)


def scheme_in_the_code(model_type):
    """What transformers builds for a family, read off the modules of an empty model and its module's functions."""
    import torch
    from transformers import CONFIG_MAPPING, AutoModel

    with torch.device("meta"):
        model = AutoModel.from_config(CONFIG_MAPPING[model_type]())
    names = {type(module).__name__ for module in model.modules()}
    if any("Rotary" in name for name in names):
        return "rotary"
    if any("Sinusoidal" in name for name in names):
        return "sinusoidal"
    if any("alibi" in name for name in vars(sys.modules[type(model).__module__])):
        return "alibi"
    trained = [name for name, _ in model.named_parameters()]
    if any(name.split(".")[-2] in {"position_embeddings", "wpe", "embed_positions"} for name in trained):
        return "learned"
    return None


@pytest.mark.parametrize(
    ("model_type", "scheme"), [(family.model_type, scheme) for scheme, families in USERS.items() for family in families]
)
def test_each_family_is_listed_under_what_its_code_does(model_type, scheme):
    assert scheme_in_the_code(model_type) == scheme


def test_t5_is_none_of_the_four():
    assert scheme_in_the_code("t5") is None
