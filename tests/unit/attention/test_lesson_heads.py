"""The heads that the lesson names are what it says of them, in the embedded models as they are now."""

import pytest

from components.attention.guided import pronoun_head
from components.attention.known_heads import known_labels


def test_the_previous_token_head_and_the_sink_have_earned_their_names():
    earned = known_labels("classroom-bert")
    assert earned[0, 2].role == "previous_token"
    assert earned[4, 2].role == "first_token"


@pytest.mark.real_model
def test_the_head_for_it_is_the_one_that_measurement_finds(classroom_bert):
    found = pronoun_head(classroom_bert)
    assert found is not None
    assert (found.layer, found.head) == (3, 1)
