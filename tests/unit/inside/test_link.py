"""What the link of the page may say."""

from __future__ import annotations

import pytest

from components.inside import link


@pytest.mark.parametrize(("layers", "heads"), [(6, 12), (28, 16)])
def test_every_choice_of_parts_fits_the_link(layers, heads):
    """What does not fit is taken away at the next run of the page."""
    parts = [f"mlp.{layer}" for layer in range(layers)]
    parts += [f"attention.{layer}.{head}" for layer in range(layers) for head in range(heads)]
    written = ",".join(parts)
    assert link.ABLATE.problem(written) is None
    assert link.ABLATE.parse(written).split(",") == parts


@pytest.mark.parametrize("written", ["attention", "attention.5.10.1", "mlp.4,", "head.1", "mlp.4.1"])
def test_what_names_no_part_does_not(written):
    assert link.ABLATE.problem(written) is not None
