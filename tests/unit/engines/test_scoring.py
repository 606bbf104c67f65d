"""Surprisal, entropy, rank and perplexity, against one plain forward pass."""

import math

import numpy as np
import pytest
import torch

from components.engines.contract import Request
from components.engines.distribution import next_scores, step_anatomy
from components.engines.scoring import guess, score
from tests.unit.engines.streams import StopAt, Stopped, carry_on
from tests.unit.engines.tiny import ALL, POSITIONS

PROMPT = [72, 101, 108, 108, 111]
WRITTEN = [10, 200, 33, 33, 77, 5, 90]


def plain_logits(model, ids, written):
    """Return the scores before each written token, `[position, token]`."""
    with torch.inference_mode():
        if model.config.is_encoder_decoder:
            started = torch.tensor([[0, *written]])
            return model(input_ids=torch.tensor([ids]), decoder_input_ids=started).logits[0, :-1]
        return model(torch.tensor([[*ids, *written]])).logits[0, len(ids) - 1 : -1]


@pytest.mark.parametrize("family", ALL)
def test_each_token_is_scored_by_what_stands_before_it(family, loaded):
    model = loaded(family).model
    scored = score(model, PROMPT, WRITTEN, candidates=3, checkpoint=carry_on)
    logits = plain_logits(model, PROMPT, WRITTEN)
    theirs = torch.distributions.Categorical(logits=logits)
    close = {"rtol": 1e-3, "atol": 1e-4}
    np.testing.assert_allclose(scored.logprobs, theirs.log_prob(torch.tensor(WRITTEN)), **close)
    np.testing.assert_allclose(scored.entropies, theirs.entropy(), **close)
    order = logits.argsort(dim=-1, descending=True)
    assert scored.ranks.tolist() == [order[i].tolist().index(token) + 1 for i, token in enumerate(WRITTEN)]
    for place, ways in enumerate(scored.candidates):
        assert [way.id for way in ways[:3]] == order[place, :3].tolist()
        assert WRITTEN[place] in [way.id for way in ways]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(WRITTEN))
    assert scored.perplexity == pytest.approx(math.exp(loss), rel=1e-3)


@pytest.mark.parametrize("length", [1, 59])
def test_a_long_text_is_read_in_pieces_that_join(length, loaded, monkeypatch):
    monkeypatch.setattr("components.engines.distribution._TOKENS_A_PIECE", 7)
    model = loaded("gpt2").model
    written = [(7 * i) % 250 for i in range(length)]
    scored = score(model, PROMPT, written, checkpoint=carry_on)
    theirs = torch.distributions.Categorical(logits=plain_logits(model, PROMPT, written))
    np.testing.assert_allclose(scored.logprobs, theirs.log_prob(torch.tensor(written)), rtol=1e-3, atol=1e-4)
    assert len(scored.ids) == len(scored.ranks) == length


def test_reading_stops_between_pieces(loaded, forwards, monkeypatch):
    monkeypatch.setattr("components.engines.distribution._TOKENS_A_PIECE", 4)
    model = loaded("gpt2").model
    passes = forwards(model)
    with pytest.raises(Stopped):
        score(model, PROMPT, WRITTEN, checkpoint=StopAt(2))
    assert passes.count == 1


def test_nothing_to_score_has_no_perplexity(loaded):
    scored = score(loaded("gpt2").model, PROMPT, [], checkpoint=carry_on)
    assert scored.ids == ()
    assert math.isnan(scored.perplexity)


def test_bits_are_logarithms_to_base_two(loaded):
    scored = score(loaded("gpt2").model, PROMPT, WRITTEN, checkpoint=carry_on)
    np.testing.assert_allclose(2.0**-scored.surprisals_bits, np.exp(scored.logprobs), rtol=1e-5)
    np.testing.assert_allclose(scored.entropies_bits * math.log(2), scored.entropies, rtol=1e-6)


def test_a_guess_of_several_pieces_has_the_product_of_their_probabilities(loaded):
    model = loaded("gpt2").model
    guessed = guess(model, PROMPT, WRITTEN[:3], candidates=4, checkpoint=carry_on)
    probability = plain_logits(model, PROMPT, WRITTEN[:3]).softmax(-1)
    expected = [float(probability[place, token]) for place, token in enumerate(WRITTEN[:3])]
    assert guessed.first == pytest.approx(expected[0], rel=1e-3)
    assert guessed.probability == pytest.approx(math.prod(expected), rel=1e-3)
    assert guessed.bits == pytest.approx(-math.log2(math.prod(expected)), rel=1e-3)
    assert guessed.rank == int((probability[0] > probability[0, WRITTEN[0]]).sum()) + 1
    assert len(guessed.candidates) == 4


def test_the_models_own_first_choice_has_rank_one(loaded):
    model = loaded("gpt2").model
    best = int(next_scores(model, PROMPT).argmax())
    assert guess(model, PROMPT, [best], checkpoint=carry_on).rank == 1
    then = int(next_scores(model, PROMPT, [best]).argmax())
    assert guess(model, PROMPT, [best, then], checkpoint=carry_on).is_first_choice
    other = int(next_scores(model, PROMPT, [best]).argmin())
    begun = guess(model, PROMPT, [best, other], checkpoint=carry_on)
    assert begun.rank == 1
    assert not begun.is_first_choice, "only its first token is"


@pytest.mark.parametrize("family", ALL)
def test_scores_after_a_text(family, loaded):
    model = loaded(family).model
    expected = plain_logits(model, PROMPT, [*WRITTEN, 0])[-1]
    np.testing.assert_allclose(next_scores(model, PROMPT, WRITTEN), expected, rtol=1e-3, atol=1e-3)


def test_a_text_as_long_as_the_model_can_look_at(loaded):
    model = loaded("gpt2").model
    written = [3] * (POSITIONS - len(PROMPT))
    assert len(score(model, PROMPT, written, checkpoint=carry_on).ids) == len(written)


@pytest.mark.parametrize("family", ["gpt2", "t5"])
def test_the_anatomy_of_a_step_is_what_was_drawn_from(family, engine, loaded):
    request = Request(
        prompt="Hello", seed=3, temperature=0.8, top_k=20, top_p=0.9, repetition_penalty=1.5, max_new_tokens=8
    )
    tiny = engine(family)
    ids = tiny.prompt_ids(request)
    tokens = [event for event in tiny.stream(request, carry_on) if hasattr(event, "candidates")]
    for step, token in enumerate(tokens):
        cut = step_anatomy(loaded(family).model, ids, [each.id for each in tokens[:step]], request)
        drawn = [float(cut.probability[each.id]) for each in token.candidates]
        assert drawn == pytest.approx([each.drawn_probability for each in token.candidates], rel=1e-3, abs=1e-5)
