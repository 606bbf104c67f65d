"""Several texts in one forward pass: each as if it were alone, none computed after it has ended or left."""

import threading

import pytest

from components.engines.contract import Request
from components.engines.decoding import Decoding
from components.engines.errors import EngineFault
from components.engines.stepping import Stepper
from tests.unit.engines.streams import StopAt, Stopped, carry_on
from tests.unit.engines.tiny import ALL, SHARING

# Of different lengths, so that rows are padded, and ending at different times.
TEXTS = [
    ([72] * length, Request(seed=length, temperature=0.9, max_new_tokens=5 + 2 * length)) for length in (1, 9, 3, 6)
]


def decoding(model, text):
    ids, request = text
    return Decoding(model, ids, request, most_tokens=request.new_tokens, limit="length")


def write(stepper, writer):
    choices = []
    while not choices or choices[-1].finish is None:
        choices.append(stepper.next(writer, carry_on))
    return choices


def alone(model, text):
    stepper = Stepper(model)
    with stepper.writing(decoding(model, text)) as writer:
        return write(stepper, writer)


def ids_of(choices):
    return [choice.id for choice in choices]


@pytest.mark.parametrize("family", ALL)
def test_texts_that_share_passes_are_those_they_would_be_alone(family, loaded):
    model = loaded(family).model
    stepper = Stepper(model)
    writers = [stepper.writing(decoding(model, text)) for text in TEXTS]
    entered = [writer.__enter__() for writer in writers]
    for text, writer in zip(TEXTS, entered, strict=True):
        expected = alone(model, text)
        together = write(stepper, writer)
        assert ids_of(together) == ids_of(expected)
        assert [c.logprob for c in together] == pytest.approx([c.logprob for c in expected], rel=1e-3, abs=1e-4)
    for writer in writers:
        writer.__exit__(None, None, None)


@pytest.mark.parametrize("family", SHARING)
def test_a_pass_serves_everyone(family, loaded, forwards):
    model = loaded(family).model
    stepper = Stepper(model)
    passes = forwards(model)
    with stepper.writing(decoding(model, TEXTS[0])) as one, stepper.writing(decoding(model, TEXTS[1])) as two:
        for _ in range(4):
            stepper.next(one, carry_on)
        # Each reads its own prompt, then they share.
        assert passes.rows == [1, 1, 2, 2, 2]
        for _ in range(4):
            stepper.next(two, carry_on)
        assert passes.rows == [1, 1, 2, 2, 2]


def test_long_prompts_are_read_one_a_step(loaded, forwards, monkeypatch):
    monkeypatch.setattr("components.engines.stepping._PROMPT_TOKENS_A_STEP", 5)
    model = loaded("gpt2").model
    stepper = Stepper(model)
    passes = forwards(model)
    with stepper.writing(decoding(model, TEXTS[1])) as one, stepper.writing(decoding(model, TEXTS[3])):
        for _ in range(3):
            stepper.next(one, carry_on)
    assert passes.rows == [1, 1, 1, 2]


def test_a_model_that_keeps_a_sliding_window_is_not_batched(loaded, forwards):
    model = loaded("gemma3").model
    stepper = Stepper(model)
    passes = forwards(model)
    with stepper.writing(decoding(model, TEXTS[0])) as one, stepper.writing(decoding(model, TEXTS[1])):
        for _ in range(4):
            stepper.next(one, carry_on)
    assert set(passes.rows) == {1}


def test_who_leaves_is_not_computed_any_more(loaded, forwards):
    model = loaded("gpt2").model
    stepper = Stepper(model)
    passes = forwards(model)
    with stepper.writing(decoding(model, TEXTS[0])) as stays:
        with stepper.writing(decoding(model, TEXTS[1])):
            for _ in range(3):
                stepper.next(stays, carry_on)
        assert passes.rows[-1] == 2
        seen = passes.count
        write(stepper, stays)
        assert set(passes.rows[seen:]) == {1}


def test_who_arrives_and_leaves_before_anything_is_computed_costs_nothing(loaded, forwards):
    model = loaded("gpt2").model
    stepper = Stepper(model)
    passes = forwards(model)
    with stepper.writing(decoding(model, TEXTS[1])):
        pass
    with stepper.writing(decoding(model, TEXTS[0])) as writer:
        write(stepper, writer)
    assert passes.count == TEXTS[0][1].new_tokens


def test_one_text_needs_one_pass_a_token(loaded, forwards):
    model = loaded("gpt2").model
    passes = forwards(model)
    choices = alone(model, TEXTS[2])
    assert passes.count == len(choices)


def test_nothing_is_computed_after_a_checkpoint_has_raised(loaded, forwards):
    model = loaded("gpt2").model
    stepper = Stepper(model)
    passes = forwards(model)
    checkpoint = StopAt(4)
    with stepper.writing(decoding(model, TEXTS[1])) as writer:
        for _ in range(3):
            stepper.next(writer, checkpoint)
        with pytest.raises(Stopped):
            stepper.next(writer, checkpoint)
    assert passes.count == 3


def test_a_failing_step_belongs_to_its_own_text(loaded):
    model = loaded("gpt2").model
    stepper = Stepper(model)
    broken = decoding(model, TEXTS[0])

    def fail(*_):
        raise RuntimeError("no numbers")

    broken.choose = fail
    with stepper.writing(broken) as bad, stepper.writing(decoding(model, TEXTS[1])) as good:
        assert ids_of(write(stepper, good)) == ids_of(alone(model, TEXTS[1]))
        with pytest.raises(EngineFault, match="RuntimeError"):
            stepper.next(bad, carry_on)


def test_sessions_in_threads_write_what_they_would_alone(loaded):
    model = loaded("gpt2").model
    stepper = Stepper(model)
    expected = [ids_of(alone(model, text)) for text in TEXTS]
    found = {}
    start = threading.Barrier(len(TEXTS))

    def session(number):
        start.wait()
        for _ in range(5):
            with stepper.writing(decoding(model, TEXTS[number])) as writer:
                found.setdefault(number, []).append(ids_of(write(stepper, writer)))

    threads = [threading.Thread(target=session, args=(number,)) for number in range(len(TEXTS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {number: [expected[number]] * 5 for number in range(len(TEXTS))}


def test_an_ended_text_leaves_no_cache_behind(loaded):
    model = loaded("gpt2").model
    stepper = Stepper(model)
    with stepper.writing(decoding(model, TEXTS[0])) as writer:
        write(stepper, writer)
    assert stepper._cache.lengths == []
