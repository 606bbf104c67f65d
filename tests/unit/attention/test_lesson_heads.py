"""The heads that the lesson names are what it says of them, in the embedded models as they are now."""

import pytest

from components.attention.guided import pronoun_head
from components.attention.labels import labels
from components.attention.roles import head_roles
from components.models import loaders
from components.models.registry import DEFAULT_ENCODER, record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer

pytestmark = pytest.mark.real_model


@pytest.fixture(scope="module")
def bert():
    found = record(DEFAULT_ENCODER)
    folder = local_folder(found)
    return loaders.load_masked_lm(found, folder, tokenizer=SharedTokenizer(load_tokenizer(folder)))


def test_the_previous_token_head_and_the_sink_have_earned_their_names(bert):
    earned = labels(head_roles(bert))
    assert earned[0, 2].role == "previous_token"
    assert earned[4, 2].role == "first_token"


def test_the_head_for_it_is_the_one_that_measurement_finds(bert):
    found = pronoun_head(bert)
    assert found is not None
    assert (found.layer, found.head) == (3, 1)
