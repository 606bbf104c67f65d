"""Token for token what transformers' `generate` writes, drawn with the same seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopPLogitsWarper

from components.engines import decoding
from components.engines.contract import Request
from components.engines.decoding import Decoding, FastTopP, with_fast_top_p
from components.engines.preparation import decoder_start_id
from components.engines.stepping import Stepper
from tests.unit.engines.streams import carry_on
from tests.unit.engines.tiny import ALL, END

PROMPT = [72, 101, 108, 108, 111]
NEW_TOKENS = 12
CHAINS = {
    "plain": {},
    "temperature": {"temperature": 0.7},
    "top_k": {"top_k": 5},
    "top_p": {"top_p": 0.8},
    "min_p": {"min_p": 0.05},
    "typical_p": {"typical_p": 0.6},
    "all": {"repetition_penalty": 1.4, "temperature": 1.5, "top_k": 40, "top_p": 0.9, "min_p": 0.02, "typical_p": 0.95},
}


def written(model, request, ids=PROMPT):
    decoding = Decoding(model, ids, request, most_tokens=request.new_tokens, limit="length")
    stepper = Stepper(model)
    choices = []
    with stepper.writing(decoding) as writer:
        while not choices or choices[-1].finish is None:
            choices.append(stepper.next(writer, carry_on))
    return choices


def generated(model, *, ids=PROMPT, seed=None, **settings):
    if seed is not None:
        torch.manual_seed(seed)
    settings = {"max_new_tokens": NEW_TOKENS, "pad_token_id": END} | settings
    output = model.generate(
        torch.tensor([ids]), return_dict_in_generate=True, output_scores=True, output_logits=True, **settings
    )
    begun = 1 if model.config.is_encoder_decoder else len(ids)
    return output, output.sequences[0, begun:].tolist()


@pytest.mark.parametrize("family", ALL)
def test_greedy(family, loaded):
    model = loaded(family).model
    choices = written(model, Request(strategy="greedy", max_new_tokens=NEW_TOKENS))
    assert [choice.id for choice in choices] == generated(model, do_sample=False)[1]


@pytest.mark.parametrize("family", ALL)
@pytest.mark.parametrize("chain", CHAINS)
def test_sampling(family, chain, loaded):
    model = loaded(family).model
    ours = written(model, Request(seed=1, max_new_tokens=NEW_TOKENS, **CHAINS[chain]))
    theirs = generated(model, do_sample=True, seed=1, **{"top_k": 0} | CHAINS[chain])[1]
    assert [choice.id for choice in ours] == theirs


def test_top_k_off_is_really_off(loaded):
    """transformers' default when sampling is 50: the likeliest 50 of 257 would be all that is ever drawn."""
    choices = written(loaded("gpt2").model, Request(temperature=5.0, seed=0, max_new_tokens=50, candidates=50))
    outside = [choice for choice in choices if choice.id not in {each.id for each in choice.candidates[:50]}]
    assert outside
    assert all(each.drawn_probability > 0 for choice in choices for each in choice.candidates)


def test_a_models_own_settings_do_not_leak_in(loaded):
    model = loaded("gpt2").model
    plain = written(model, Request(seed=1, max_new_tokens=NEW_TOKENS))
    model.generation_config.update(
        do_sample=True, temperature=0.1, top_k=3, top_p=0.5, min_p=0.4, typical_p=0.5, repetition_penalty=3.0,
        num_beams=3, max_length=7,
    )  # fmt: skip
    assert written(model, Request(seed=1, max_new_tokens=NEW_TOKENS)) == plain


@pytest.mark.parametrize("family", ALL)
@pytest.mark.parametrize("settings", [{"strategy": "greedy"}, {"seed": 5, "temperature": 0.6, "top_p": 0.8}])
def test_logprob_and_entropy_are_the_models_own(family, settings, loaded):
    model = loaded(family).model
    choices = written(model, Request(max_new_tokens=NEW_TOKENS, **settings))
    sampling = {"do_sample": True, "top_k": 0, "temperature": 0.6, "top_p": 0.8} if "seed" in settings else {}
    output, _ = generated(model, seed=settings.get("seed"), **sampling)
    expected = model.compute_transition_scores(output.sequences, output.logits, normalize_logits=True)
    torch.testing.assert_close(torch.tensor([choice.logprob for choice in choices]), expected[0], rtol=1e-4, atol=1e-5)
    for choice, logits in zip(choices, output.logits, strict=True):
        entropy = torch.distributions.Categorical(logits=logits[0]).entropy()
        assert choice.entropy == pytest.approx(float(entropy), rel=1e-4, abs=1e-5)


def test_greedy_logprobs_are_the_transition_scores_of_the_scores_too(loaded):
    model = loaded("gpt2").model
    output, _ = generated(model, do_sample=False)
    expected = model.compute_transition_scores(output.sequences, output.scores, normalize_logits=True)
    choices = written(model, Request(strategy="greedy", max_new_tokens=NEW_TOKENS))
    torch.testing.assert_close(torch.tensor([choice.logprob for choice in choices]), expected[0], rtol=1e-4, atol=1e-5)


def test_candidates_before_and_after_the_chain(loaded):
    model = loaded("gpt2").model
    output, _ = generated(model, do_sample=True, seed=2, top_k=4)
    for step, choice in enumerate(written(model, Request(seed=2, top_k=4, max_new_tokens=NEW_TOKENS, candidates=6))):
        logits, scores = output.logits[step][0], output.scores[step][0]
        best = logits.topk(6)
        assert [each.id for each in choice.candidates] == best.indices.tolist()
        assert [each.logit for each in choice.candidates] == pytest.approx(best.values.tolist(), rel=1e-4)
        after = scores.softmax(-1)[best.indices].tolist()
        assert [each.drawn_probability for each in choice.candidates] == pytest.approx(after, rel=1e-4)
        assert [each.drawn_probability > 0 for each in choice.candidates] == [True] * 4 + [False] * 2


def test_the_chosen_token_is_added_when_it_is_not_among_the_best(loaded):
    choices = written(loaded("gpt2").model, Request(temperature=8.0, seed=0, max_new_tokens=20, candidates=2))
    unlikely = [choice for choice in choices if choice.id not in {each.id for each in choice.candidates[:2]}]
    assert unlikely
    for choice in unlikely:
        assert [each.id for each in choice.candidates[2:]] == [choice.id]
        assert choice.candidates[2].logprob == pytest.approx(choice.logprob)


@pytest.mark.parametrize("family", ALL)
def test_an_answer_goes_on_from_its_beginning_as_if_it_had_been_written(family, loaded):
    model = loaded(family).model
    greedy = written(model, Request(strategy="greedy", max_new_tokens=NEW_TOKENS))
    begun = tuple(choice.id for choice in greedy[:5])
    rest = written(model, Request(strategy="greedy", max_new_tokens=NEW_TOKENS - 5, prefix=begun))
    assert [choice.id for choice in rest] == [choice.id for choice in greedy[5:]]


def test_the_penalty_counts_the_prompt_and_the_answer(loaded):
    model = loaded("gpt2").model
    ours = written(model, Request(strategy="greedy", repetition_penalty=2.0, max_new_tokens=NEW_TOKENS))
    theirs = generated(model, do_sample=False, repetition_penalty=2.0)[1]
    assert [choice.id for choice in ours] == theirs != generated(model, do_sample=False)[1]


def test_an_end_token_ends_the_text(loaded):
    model = loaded("gpt2").model
    greedy = written(model, Request(strategy="greedy", max_new_tokens=NEW_TOKENS))
    model.generation_config.eos_token_id = [greedy[3].id, 0]
    ended = written(model, Request(strategy="greedy", max_new_tokens=NEW_TOKENS))
    first = [choice.id for choice in greedy].index(greedy[3].id)
    assert [choice.id for choice in ended] == [choice.id for choice in greedy[: first + 1]]
    assert [choice.finish for choice in ended] == [None] * first + ["end"]


def test_the_start_of_an_answer_is_known(loaded):
    assert decoder_start_id(loaded("t5").model) == 0


IDS = torch.tensor([[0]])


def same(scores, p):
    fast, exact = FastTopP(TopPLogitsWarper(p)), TopPLogitsWarper(p)
    assert torch.equal(fast(IDS, scores), exact(IDS, scores))
    return fast.asked


@given(
    st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=50).map(lambda row: torch.tensor([row])),
    st.floats(0.001, 0.999),
)
@example(torch.zeros(1, 4), 0.5)
@example(torch.tensor([[1.0, -torch.inf, -torch.inf]]), 0.9)
@example(torch.tensor([[0.5, 0.25, 0.25]]).log(), 0.75)
def test_any_scores(scores, p):
    same(scores, p)


@pytest.mark.parametrize("spread", [0.5, 3.0, 8.0])
@pytest.mark.parametrize("p", [0.3, 0.9, 0.95, 0.999])
def test_a_whole_vocabulary(spread, p):
    generator = torch.Generator().manual_seed(1)
    for _ in range(10):
        same(torch.randn(1, 50_257, generator=generator) * spread, p)


def test_a_nearly_flat_distribution_is_left_to_the_processor():
    assert same(torch.randn(1, 50_257, generator=torch.Generator().manual_seed(1)) * 0.5, 0.9) == 1


def test_peaked_scores_are_settled_without_asking():
    generator = torch.Generator().manual_seed(1)
    asked = [same(torch.randn(1, 50_257, generator=generator) * 8.0, 0.9) for _ in range(50)]
    assert sum(asked) <= 5


def test_a_nucleus_larger_than_what_is_looked_at(monkeypatch):
    monkeypatch.setattr(decoding, "_MOST_KEPT", 3)
    assert same(torch.arange(10.0)[None] / 10, 0.9) == 1
    assert same(torch.arange(10.0)[None] * 5, 0.9) == 0


def test_only_top_p_is_replaced():
    given = LogitsProcessorList([TemperatureLogitsWarper(0.5), TopPLogitsWarper(0.9)])
    replaced = with_fast_top_p(given)
    assert replaced[0] is given[0]
    assert isinstance(replaced[1], FastTopP)
    scores = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 500)).astype(np.float32))
    assert torch.equal(replaced(IDS, scores), given(IDS, scores))
