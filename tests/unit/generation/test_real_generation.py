"""What the page says about the embedded model, asked of the embedded model."""

import numpy as np
import pytest
import torch

from components.engines.contract import Request
from components.engines.distribution import step_anatomy
from components.engines.prompting import word_pieces
from components.engines.scoring import guess, score
from components.engines.transformers_engine import TransformersEngine
from components.generation.draws import chi_square, draw
from tests.unit.engines.streams import carry_on, ids, reason, run, text, tokens

pytestmark = pytest.mark.real_model


@pytest.fixture
def engine(classroom_gpt2):
    return TransformersEngine(classroom_gpt2)


def generated(loaded, prompt, **settings):
    read = torch.tensor([loaded.tokenizer.encode(prompt).ids])
    return loaded.model.generate(read, pad_token_id=50256, return_dict_in_generate=True, output_scores=True, **settings)


def test_a_seed_gives_what_plain_generate_gives(engine, classroom_gpt2):
    settings = {"temperature": 0.8, "top_p": 0.95, "max_new_tokens": 10}
    events = run(engine, Request(prompt="Star Trek", seed=5, **settings))
    torch.manual_seed(5)
    output = generated(classroom_gpt2, "Star Trek", do_sample=True, top_k=0, **settings)
    assert ids(events) == output.sequences[0, 2:].tolist()


def test_the_chain_as_shown_is_the_chain_as_run(engine, classroom_gpt2):
    """All 50,257 tokens, at every step: cut here exactly if cut in `generate`."""
    settings = {"temperature": 0.9, "top_k": 500, "top_p": 0.93, "min_p": 0.001, "repetition_penalty": 1.2}
    request = Request(prompt="The movie was", seed=1, max_new_tokens=8, **settings)
    torch.manual_seed(1)
    output = generated(classroom_gpt2, "The movie was", do_sample=True, max_new_tokens=8, **settings)
    prompt = engine.prompt_ids(request)
    written = output.sequences[0, len(prompt) :].tolist()
    for step, scores in enumerate(output.scores):
        cut = step_anatomy(classroom_gpt2.model, prompt, written[:step], request)
        expected = scores[0].softmax(-1).numpy()
        np.testing.assert_array_equal(cut.probability > 0, expected > 0)
        np.testing.assert_allclose(cut.probability, expected, rtol=1e-3, atol=1e-6)


def test_draws_from_a_real_step_follow_its_distribution(engine, classroom_gpt2):
    request = Request(prompt="I drink a cup of", temperature=1.0, top_p=0.95)
    cut = step_anatomy(classroom_gpt2.model, engine.prompt_ids(request), [], request)
    tests = [chi_square(draw(cut.probability, times=500, seed=seed).counts, cut.probability) for seed in range(20)]
    assert sum(test.p_value < 0.05 for test in tests) <= 4


def test_greedy_loops_and_sampling_does_not(engine):
    """The lesson for which sampling is the page's default: greedy repeats whole phrases."""

    def repeated(request):
        found = ids(run(engine, request))
        windows = [tuple(found[start : start + 4]) for start in range(len(found) - 3)]
        return 1 - len(set(windows)) / len(windows)

    greedy = repeated(Request(prompt="The movie was", strategy="greedy", max_new_tokens=100))
    sampled = repeated(Request(prompt="The movie was", temperature=0.8, top_p=0.95, seed=1, max_new_tokens=100))
    assert greedy > 0.1 > 2 * sampled


def test_what_the_model_wrote_itself_is_scored_as_it_was_written(engine, classroom_gpt2):
    request = Request(prompt="Star Trek", seed=2, max_new_tokens=15)
    events = run(engine, request)
    scored = score(classroom_gpt2.model, engine.prompt_ids(request), ids(events), checkpoint=carry_on)
    assert scored.logprobs == pytest.approx([token.logprob for token in tokens(events)], abs=1e-3)
    assert scored.entropies == pytest.approx([token.entropy for token in tokens(events)], abs=1e-3)


def test_a_readers_guess_against_the_model(classroom_gpt2):
    prompt = "The opposite of hot is"
    before = classroom_gpt2.tokenizer.encode(prompt).ids

    def of(word):
        pieces = word_pieces(classroom_gpt2.tokenizer, prompt, word)
        return guess(classroom_gpt2.model, before, pieces, checkpoint=carry_on)

    assert of("cold").rank == 1
    assert of("cold").bits < 1
    assert of("banana").rank > 10
    assert of("banana").bits > 5 * of("cold").bits


def test_an_answer_that_ends_by_itself(engine):
    events = run(engine, Request(prompt="The capital of France is", strategy="greedy", max_new_tokens=60))
    assert reason(events) == "end"
    assert tokens(events)[-1].text == ""
    assert text(events).strip().startswith("Paris")


def test_another_temperature_keeps_the_order(engine, classroom_gpt2):
    def shares(temperature):
        request = Request(prompt="Star Trek", temperature=temperature)
        return step_anatomy(classroom_gpt2.model, engine.prompt_ids(request), [], request).probability

    cold, plain, hot = map(shares, (0.0, 1.0, 1.6))
    assert np.argsort(-plain)[:9].tolist() == np.argsort(-hot)[:9].tolist()
    assert hot.max() < plain.max()
    assert (int(np.argmax(cold)), int((cold > 0).sum())) == (int(np.argmax(plain)), 1)
