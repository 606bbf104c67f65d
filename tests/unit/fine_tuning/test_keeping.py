"""The shelf of trained encoders is bounded, and what stands on it is light."""

from torch import nn

from components.fine_tuning.state import Shelf


def test_the_one_not_asked_for_longest_leaves():
    shelf = Shelf(most=2)
    first, second, third = (nn.Linear(1, 1) for _ in range(3))
    shelf.put("a", first)
    shelf.put("b", second)
    assert shelf.get("a") is first
    shelf.put("c", third)
    assert shelf.get("b") is None
    assert shelf.get("a") is first
    assert shelf.get("c") is third


def test_what_is_kept_has_no_gradients():
    encoder = nn.Linear(2, 2)
    encoder(encoder.weight).sum().backward()
    assert encoder.weight.grad is not None
    Shelf().put("a", encoder)
    assert encoder.weight.grad is None
    assert not encoder.weight.requires_grad
