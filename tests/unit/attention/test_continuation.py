"""What a decoder writes is captured with its prompt, the same for the same seed, also while others write."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.attention.capture import capture
from components.models.continuation import write
from components.models.inputs import Cut, read
from tests.unit.attention.architectures import DECODERS, ENCODER_DECODERS, UNRECORDABLE, load

TEXT = "w1 w2 w3"


def ids(given):
    return given.target_ids or given.ids


@pytest.mark.parametrize("name", DECODERS + UNRECORDABLE)
def test_prompt_and_continuation_are_captured_in_one_pass(name):
    loaded = load(name)
    loaded.model.generation_config.eos_token_id = None
    record = capture(loaded, TEXT, new_tokens=5)
    assert [token.generated for token in record.input.tokens] == [False] * 3 + [True] * 5
    assert record.main.weights.shape[-2:] == (8, 8)


@pytest.mark.parametrize("name", ENCODER_DECODERS)
def test_an_encoder_decoder_writes_its_own_answer_when_none_is_given(name):
    loaded = load(name)
    loaded.model.generation_config.eos_token_id = None
    record = capture(loaded, TEXT, new_tokens=4)
    assert [token.generated for token in record.input.target] == [False] + [True] * 4
    assert record.cross.weights.shape[-2:] == (5, 3)


def test_a_seed_gives_the_same_text_and_leaves_the_shared_generator_alone():
    loaded = load("gpt2")
    given = read(loaded, TEXT)
    state = torch.get_rng_state()
    texts = {seed: ids(write(loaded, given, new_tokens=12, seed=seed)) for seed in range(5)}
    assert torch.equal(state, torch.get_rng_state())
    assert len(set(texts.values())) > 1
    assert texts[3] == ids(write(loaded, given, new_tokens=12, seed=3))


def test_writing_ends_with_the_end_token():
    loaded = load("gpt2")
    given = read(loaded, TEXT)
    free = ids(write(loaded, given, new_tokens=6, seed=1))
    loaded.model.generation_config.eos_token_id = free[4]
    assert ids(write(loaded, given, new_tokens=6, seed=1)) == free[: free.index(free[4], 3) + 1]


def test_writing_ends_where_the_model_can_read_no_more():
    loaded = load("gpt2")
    loaded.model.config.n_positions = 7
    assert len(write(loaded, read(loaded, TEXT), new_tokens=50).ids) <= 7


def test_a_target_that_is_too_long_says_what_was_cut():
    given = capture(load("t5"), TEXT, target="w1 " * 600).input
    assert len(given.target) == 512
    assert given.target_cut == Cut(tokens=601, kept=512, characters=0, limit_of_model=False)
    assert given.cut is None
    assert capture(load("t5"), TEXT, target="w1 \ud800").input.target_cut is None


def test_a_checkpoint_can_stop_the_writing():
    loaded = load("gpt2")
    calls: list[None] = []

    def checkpoint():
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(loaded, read(loaded, TEXT), new_tokens=50, checkpoint=checkpoint)
    assert len(calls) == 3


@pytest.mark.real_model
def test_the_words_of_a_continuation_are_those_of_the_text_read_as_a_whole(classroom_gpt2):
    given = write(classroom_gpt2, read(classroom_gpt2, "Once upon a time, there"), new_tokens=25, seed=4)
    text = classroom_gpt2.tokenizer.decode(given.ids)
    whole = read(classroom_gpt2, text)
    assert whole.ids == given.ids
    assert [token.word for token in whole.tokens] == [token.word for token in given.tokens]


@pytest.mark.real_model
def test_attention_of_a_prompt_does_not_depend_on_what_is_written_after_it(classroom_gpt2):
    alone = capture(classroom_gpt2, "The movie was").main.weights
    longer = capture(classroom_gpt2, "The movie was", new_tokens=6).main.weights
    np.testing.assert_allclose(longer[:, :, :3, :3], alone, atol=1e-4)
