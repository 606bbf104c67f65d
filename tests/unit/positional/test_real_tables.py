"""What the page says about BERT's and GPT-2's tables, asked of the embedded weights."""

import pytest

from components.models.registry import record
from components.models.store import local_folder
from components.models.weights import position_table
from components.positional import claims
from components.positional.learned import learned
from components.positional.rotation import best_rotation, shift

pytestmark = [pytest.mark.real_model, pytest.mark.parametrize("model", ["classroom-bert", "classroom-gpt2"])]


def shown(model):
    return learned(position_table(local_folder(record(model))), length=64)


def test_the_learned_tables_obey_none_of_the_exact_claims(model):
    table = shown(model).matrix
    assert claims.norm_is_constant(table).holds is False
    assert claims.dot_depends_on_offset(table).holds is False
    assert claims.shift_is_rotation(shift(table, 1, matrix=best_rotation(table, 1))).holds is False
    assert claims.wavelengths_are_geometric(table, base=10_000.0, layout="interleaved").holds is False


def test_position_0_stands_out(model):
    norms = shown(model).norms
    assert norms.argmax() == 0


def test_neighbours_are_more_alike_than_strangers(model):
    table = shown(model)
    near = table.similarity.diagonal(1)[5:].mean()
    far = table.similarity.diagonal(40).mean()
    assert near > far + 0.3
