"""What is switched off or swapped changes its causal cone alone; what cannot be compared is refused with advice."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.inside.errors import (
    LengthsDiffer,
    MasksDiffer,
    NoMaskedWord,
    NoSuchPart,
    NoSuchPosition,
    NotAWord,
    NotOneToken,
    NotTraceable,
    SameAnswer,
    SameText,
    TextTooLong,
)
from components.inside.intervention import (
    causal_cone,
    compare,
    list_parts,
    measure_noise,
    require_pair,
    swap,
    switch_off,
    tabulate_swaps,
)
from components.inside.reading import find_token, predicted_position, read_text, run
from tests.unit.attention import architectures
from tests.unit.inside.networks import ENCODERS, NAMES, given, other_given


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def done(name, network):
    return run(network(name), given(network(name), name))


@pytest.fixture
def other(name, network):
    return run(network(name), other_given(network(name), name))


def same_outside(before, after, cone):
    """Whether every stream outside a cone is the same bit for bit, and whether something inside is not."""
    changes_inside = False
    for row, reached in zip(before.rows, torch.from_numpy(cone), strict=True):
        assert torch.equal(before.streams[row][~reached], after.streams[row][~reached]), row
        changes_inside |= not torch.equal(before.streams[row][reached], after.streams[row][reached])
    outside = ~torch.from_numpy(cone[-1])
    assert torch.equal(before.logits[outside], after.logits[outside])
    return changes_inside


def test_a_swap_changes_nothing_outside_its_cone(done, other):
    last = len(done.tokens) - 1
    for row in done.rows:
        for position in (1, last - 1):
            change = swap(done, other, row, position)
            cone = causal_cone(done, change)
            after = run(done.loaded, done.given, change)
            moved = not torch.equal(done.streams[row][position], other.streams[row][position])
            assert same_outside(done, after, cone) == moved, (row, position)
            torch.testing.assert_close(after.streams[row][position], other.streams[row][position], atol=1e-5, rtol=1e-5)
            assert not cone[: done.rows.index(row)].any()
            if not done.layout.is_post_norm:
                assert not cone[:, :position].any()
            assert cone[done.rows.index(row)].tolist() == [each == position for each in range(last + 1)]


def test_what_is_switched_off_changes_nothing_below_it(done):
    heads = [part for part in list_parts(done.loaded) if part.count(".") == 2]
    for part in ("mlp.1", "attention.1", heads[-1]):
        change = switch_off(done.loaded, [part])
        assert same_outside(done, run(done.loaded, done.given, change), causal_cone(done, change)), part


def test_a_gate_of_one_everywhere_changes_no_bit(done):
    again = run(done.loaded, done.given, switch_off(done.loaded, list_parts(done.loaded), gate=1.0))
    assert torch.equal(again.logits, done.logits)
    for row in done.rows:
        assert torch.equal(again.streams[row], done.streams[row]), row


def test_a_head_that_is_off_leaves_the_others_and_the_bias(done):
    row = "attention.1"
    sublayer = done.layout.sublayer(row)
    detailed = run(done.loaded, done.given, in_detail=True)
    mixed = detailed.trace.mixed[row].clone()
    dim = mixed.shape[-1] // architectures.HEADS
    mixed[..., 2 * dim : 3 * dim] = 0.0
    after = run(done.loaded, done.given, switch_off(done.loaded, [f"{row}.2"]))
    with torch.inference_mode():
        expected = sublayer.output(mixed)
        expected = expected if sublayer.norm_branch is None else sublayer.norm_branch(expected)
    torch.testing.assert_close(
        after.added[row], expected[0], atol=2e-4, rtol=1e-4
    )  # fast and eager attention round apart


def test_before_after_and_difference_are_of_the_same_words(done):
    watched = [int(done.logits[predicted_position(done.loaded, done.given)].argmax()), 41]
    changed = compare(done, switch_off(done.loaded, ["attention.0", "mlp.2"]), watched=watched)
    after = run(done.loaded, done.given, switch_off(done.loaded, ["attention.0", "mlp.2"]))
    shares = after.logits.softmax(-1)[:, watched].numpy()
    np.testing.assert_allclose(changed.after.watched_probabilities[-1], shares, atol=1e-6)
    np.testing.assert_allclose(changed.differences[-1], shares - done.logits.softmax(-1)[:, watched].numpy(), atol=1e-6)
    first, second = (each.logits[changed.position].double().log_softmax(-1) for each in (done, after))
    assert changed.kl_nats == pytest.approx(float((first.exp() * (first - second)).sum()), rel=1e-5, abs=1e-9)
    assert changed.kl_nats > changed.noise_floor.kl_nats


def test_rounding_is_small_and_measured(done):
    noise = measure_noise(done, predicted_position(done.loaded, done.given))
    assert 0.0 <= noise.kl_nats < 1e-7
    assert noise.probability < 1e-4


def test_every_cell_of_the_table_is_one_swap(done, other):
    where = predicted_position(done.loaded, done.given)
    made = []
    table = tabulate_swaps(done, other, progress=lambda number, total: made.append((number, total)))
    assert made == [(number, len(done.rows)) for number in range(1, len(done.rows) + 1)]
    for number, row in enumerate(table.rows):
        for position in range(len(done.tokens)):
            after = run(done.loaded, done.given, swap(done, other, row, position)).logits[where]
            shares = after.double().softmax(-1)
            found = table.answer_probabilities[number, position], table.other_probabilities[number, position]
            expected = float(shares[table.answer]), float(shares[table.other_answer])
            assert found == pytest.approx(expected, abs=1e-5), (row, position)
            assert table.is_flipped[number, position] == (int(after.argmax()) == table.other_answer)


def test_vectors_before_the_first_other_word_are_the_same_in_a_decoder(done, other, name):
    if name in ENCODERS:
        return
    table = tabulate_swaps(done, other)
    first = next(index for index, pair in enumerate(zip(done.tokens, other.tokens, strict=True)) if pair[0] != pair[1])
    assert table.is_same[:, :first].all()
    assert not table.is_same[:, first].any()


def test_a_checkpoint_stops_the_table(network):
    class Stopped(Exception):
        pass

    def stop():
        raise Stopped

    loaded = network("gpt2")
    done, other = run(loaded, given(loaded, "gpt2")), run(loaded, other_given(loaded, "gpt2"))
    with pytest.raises(Stopped):
        tabulate_swaps(done, other, checkpoint=stop)


def test_texts_of_different_lengths_are_refused_with_both_lengths(network):
    loaded = network("gpt2")
    with pytest.raises(LengthsDiffer, match=r"the first has 3, the second 4\. .*until both have 3 tokens"):
        require_pair(loaded, read_text(loaded, "w1 w2 w3"), read_text(loaded, "w1 w2 w3 w4"))


def test_masks_at_different_places_are_refused(network):
    loaded = network("bert")
    with pytest.raises(MasksDiffer, match="token 2 of the first text and token 1"):
        require_pair(loaded, read_text(loaded, "w1 [MASK] w3"), read_text(loaded, "[MASK] w2 w3"))


def test_the_same_text_and_the_same_answer_are_refused(network):
    loaded = network("gpt2")
    done = run(loaded, given(loaded, "gpt2"))
    with pytest.raises(SameText):
        swap(done, done, "mlp.0", 1)
    answer = int(done.logits[-1].argmax())
    for number in range(40):
        other = run(loaded, read_text(loaded, f"w{number} w2 w3 w4 w5 w6 w7"))
        if int(other.logits[-1].argmax()) == answer and other.given.ids != done.given.ids:
            with pytest.raises(SameAnswer, match="both texts"):
                tabulate_swaps(done, other)
            return
    pytest.fail("no text has the same answer")


@pytest.mark.parametrize("part", ["attention.9", "attention.0.4", "mlp.0.1", "embedding", "attention", "", "x.1.2.3"])
def test_parts_that_do_not_exist_are_refused(network, part):
    with pytest.raises(NoSuchPart, match=r"attention\.0 – mlp\.2"):
        switch_off(network("gpt2"), [part])


def test_places_that_do_not_exist_are_refused(network):
    loaded = network("gpt2")
    done, other = run(loaded, given(loaded, "gpt2")), run(loaded, other_given(loaded, "gpt2"))
    with pytest.raises(NoSuchPart, match="embedding"):
        swap(done, other, "mlp.7", 0)
    with pytest.raises(NoSuchPosition, match="0 to 6"):
        swap(done, other, "mlp.0", 7)
    with pytest.raises(NoSuchPosition):
        swap(done, other, "mlp.0", -1)


def test_what_cannot_be_read_is_refused(network):
    with pytest.raises(NoMaskedWord, match=r"\[MASK\]"):
        read_text(network("bert"), "w1 w2")
    with pytest.raises(TextTooLong, match=r"300 tokens; .* up to 256"):
        read_text(network("gpt2"), " ".join(["w1"] * 300))
    with pytest.raises(NotTraceable, match="bloom"):
        read_text(architectures.load("bloom"), "w1 w2")
    with pytest.raises(NotOneToken, match="“w1 w2” is 2 tokens"):
        find_token(network("gpt2"), "w1 w2")
    with pytest.raises(NotAWord, match="“unheard” is no word of this model's vocabulary"):
        find_token(network("gpt2"), "unheard")
    with pytest.raises(NotAWord, match="no word"):
        find_token(network("bert"), "[SEP]")
    assert find_token(network("gpt2"), "w3") == 8
