"""The tree is the search that `generate` ran: same sequences, same scores, nothing invented."""

import pytest
import torch

from components.engines.beam_search import beam_search
from components.engines.contract import Request
from tests.unit.engines.streams import StopAt, Stopped, carry_on
from tests.unit.engines.tiny import ALL, END

PROMPT = [72, 101, 108, 108, 111]
NEW_TOKENS = 8
NO_CHANCE = -1e7  # what transformers fills up with starts at -1e9, divided by its length at the end


def search(model, *, ids=PROMPT, checkpoint=carry_on, **settings):
    request = Request(**{"strategy": "beam", "num_beams": 3} | settings)
    return beam_search(model, ids, request, new_tokens=NEW_TOKENS, checkpoint=checkpoint)


def generated(model, *, ids=PROMPT, seed=None, **settings):
    if seed is not None:
        torch.manual_seed(seed)
    beams = settings.pop("num_beams", 3)
    return model.generate(
        torch.tensor([ids]), num_beams=beams, num_return_sequences=beams, max_new_tokens=NEW_TOKENS,
        pad_token_id=END, return_dict_in_generate=True, output_scores=True, **{"do_sample": False} | settings,
    )  # fmt: skip


def new_tokens(model, output, row, ids=PROMPT):
    begun = 1 if model.config.is_encoder_decoder else len(ids)
    length = int((output.beam_indices[row] >= 0).sum())
    return tuple(output.sequences[row, begun : begun + length].tolist())


def early_end(model):
    """Make an end token of one that the search likes, so that sequences of different lengths compete."""
    tree = search(model)
    model.generation_config.eos_token_id = tree.results[0].tokens[2]
    return model


CASES = {
    "plain": {},
    "two beams": {"num_beams": 2},
    "long": {"length_penalty": 3.0},
    "short": {"length_penalty": -2.0},
    "no length": {"length_penalty": 0.0},
    "penalty": {"repetition_penalty": 1.7},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ending", [False, True])
@pytest.mark.parametrize("family", ALL)
def test_results_are_those_of_generate(family, ending, case, loaded):
    model = loaded(family).model
    if ending:
        early_end(model)
    tree, output = search(model, **CASES[case]), generated(model, **CASES[case])
    assert [result.tokens for result in tree.results] == [
        new_tokens(model, output, row) for row in range(len(output.sequences))
    ]
    torch.testing.assert_close(
        torch.tensor([result.ranked_by for result in tree.results]), output.sequences_scores, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("family", ALL)
def test_scores_along_a_path_are_the_transition_scores(family, loaded):
    model = early_end(loaded(family).model)
    tree, output = search(model), generated(model)
    expected = model.compute_transition_scores(output.sequences, output.scores, output.beam_indices)
    for row, result in enumerate(tree.results):
        steps, node = [], result.node
        while node is not None:
            steps.insert(0, tree.nodes[node].logprob)
            node = tree.nodes[node].parent
        padded = steps + [0.0] * (expected.shape[1] - len(steps))
        torch.testing.assert_close(torch.tensor(padded), expected[row], rtol=1e-4, atol=1e-5)
        assert tree.nodes[result.node].score == pytest.approx(sum(steps))


def test_the_tree_holds_together(loaded):
    tree = search(early_end(loaded("gpt2").model))
    assert_holds_together(tree)
    for step in range(max(node.step for node in tree.nodes) + 1):
        ranked = sorted((node for node in tree.nodes if node.step == step), key=lambda node: node.rank)
        assert [node.score for node in ranked] == sorted((node.score for node in ranked), reverse=True)


def assert_holds_together(tree):
    for index, node in enumerate(tree.nodes):
        parent = None if node.parent is None else tree.nodes[node.parent]
        assert node.step == (0 if parent is None else parent.step + 1)
        assert node.score == pytest.approx(node.logprob + (0 if parent is None else parent.score))
        assert parent is None or (parent.fate == "running" and node.parent < index)
    for step in range(max(node.step for node in tree.nodes) + 1):
        assert sum(node.fate == "running" for node in tree.nodes if node.step == step) <= tree.beams
    assert all(tree.nodes[result.node].fate == "ended" for result in tree.results)


def test_each_step_keeps_as_many_beams_as_asked_for(loaded):
    tree = search(loaded("gpt2").model, num_beams=4)
    for step in range(NEW_TOKENS - 1):
        assert sum(node.fate == "running" for node in tree.nodes if node.step == step) == 4
    assert sum(node.fate == "ended" for node in tree.nodes) == 4


def test_another_length_penalty_ranks_what_ended_anew(loaded):
    tree = search(early_end(loaded("gpt2").model))
    lengths = {len(hypothesis.tokens) for hypothesis in tree.ranked(length_penalty=1.0)}
    assert len(lengths) > 1
    by_sum = tree.ranked(length_penalty=0.0)
    assert [each.score for each in by_sum] == sorted((each.score for each in by_sum), reverse=True)
    assert len(tree.ranked(length_penalty=5.0)[0].tokens) == max(lengths)
    assert len(tree.ranked(length_penalty=-5.0)[0].tokens) == min(lengths)
    assert tree.ranked(length_penalty=1.0)[: len(tree.results)] == tree.results


@pytest.mark.parametrize("family", ["gpt2", "t5"])
def test_beam_sampling_with_a_seed(family, loaded):
    model = loaded(family).model
    chain = {"temperature": 1.3, "top_p": 0.95, "repetition_penalty": 1.2}
    tree = search(model, strategy="beam_sample", seed=4, **chain)
    output = generated(model, do_sample=True, seed=4, top_k=0, **chain)
    assert [result.tokens for result in tree.results] == [new_tokens(model, output, row) for row in range(3)]
    torch.testing.assert_close(
        torch.tensor([result.ranked_by for result in tree.results]), output.sequences_scores, rtol=1e-4, atol=1e-5
    )
    assert search(model, strategy="beam_sample", seed=5, **chain).nodes != tree.nodes


def test_beam_sampling_leaves_the_shared_source_of_chance_alone(loaded):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    search(loaded("gpt2").model, strategy="beam_sample", seed=4, temperature=1.3)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("filters", [{"top_k": 1}, {"top_k": 3}, {"top_p": 0.02}, {"temperature": 0.02}])
@pytest.mark.parametrize("ending", [False, True])
@pytest.mark.parametrize("family", ["gpt2", "t5"])
def test_where_filters_leave_less_than_is_drawn_the_tree_holds_what_had_a_chance(family, ending, filters, loaded):
    model = loaded(family).model
    if ending:
        early_end(model)
    for seed in range(2):
        tree = search(model, strategy="beam_sample", num_beams=4, seed=seed, **filters)
        output = generated(model, do_sample=True, num_beams=4, seed=seed, **{"top_k": 0} | filters)
        had_a_chance = [row for row, score in enumerate(output.sequences_scores) if score > NO_CHANCE]
        expected = dict.fromkeys(new_tokens(model, output, row) for row in had_a_chance)
        assert [result.tokens for result in tree.results] == list(expected)
        assert tree.results[0].ranked_by == pytest.approx(float(output.sequences_scores[0]), rel=1e-4, abs=1e-5)
        assert_holds_together(tree)


def test_nothing_is_computed_after_a_checkpoint_has_raised(loaded, forwards):
    model = loaded("gpt2").model
    passes = forwards(model)
    with pytest.raises(Stopped):
        search(model, checkpoint=StopAt(4))
    assert passes.count == 3


def test_a_search_goes_on_from_a_beginning(loaded):
    model = loaded("gpt2").model
    tree = search(model, prefix=(1, 2))
    same = search(model, ids=[*PROMPT, 1, 2])
    assert [result.tokens for result in tree.results] == [result.tokens for result in same.results]
