import sys

import pytest

from components.positional.usage import USERS


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
