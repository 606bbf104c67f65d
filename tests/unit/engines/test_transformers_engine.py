"""The transformers engine: the contract on tiny models and on the embedded one, and what only it can do."""

import threading
import time
from itertools import islice

import pytest

from components.engines.contract import Message, Queued, Request
from components.engines.errors import ChatRefused, EmptyPrompt
from components.engines.prompting import ChatTemplate
from components.engines.transformers_engine import TransformersEngine
from components.models.errors import QueueFull, TooManyRuns
from tests.unit.engines import tiny
from tests.unit.engines.engine_contract import EngineContract
from tests.unit.engines.streams import StopAt, Stopped, carry_on, ids, reason, run, text, tokens, tree, usage

TEMPLATE = ChatTemplate(
    "{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('system comes first') }}"
    "{% endif %}[{{ m.role }}] {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}"
)


class TestTinyGpt2(EngineContract):
    missing = frozenset({"n"})

    @pytest.fixture
    def subject(self, engine):
        return engine("gpt2", template=TEMPLATE)


class TestTinyT5(EngineContract):
    missing = frozenset({"n", "chat"})

    @pytest.fixture
    def subject(self, engine):
        return engine("t5")


@pytest.mark.real_model
class TestClassroomGpt2(EngineContract):
    missing = frozenset({"n", "chat"})

    @pytest.fixture
    def subject(self, classroom_gpt2):
        return TransformersEngine(classroom_gpt2)


def test_a_stop_computes_nothing_more(loaded, forwards):
    model = loaded("gpt2")
    passes = forwards(model.model)
    with pytest.raises(Stopped):
        list(TransformersEngine(model).stream(Request(prompt="Hello", seed=1, max_new_tokens=30), StopAt(6)))
    assert passes.count == 5


def test_a_closed_stream_computes_nothing_more(loaded, forwards):
    model = loaded("gpt2")
    passes = forwards(model.model)
    stream = TransformersEngine(model).stream(Request(prompt="Hello", seed=1, max_new_tokens=30), carry_on)
    assert [type(event).__name__ for event in islice(stream, 5)] == ["Started"] + ["Token"] * 4
    stream.close()
    assert passes.count == 4


def test_a_stop_string_computes_nothing_more(loaded, forwards):
    model = loaded("gpt2")
    request = {"prompt": "Hello", "strategy": "greedy", "max_new_tokens": 30}
    whole = run(TransformersEngine(model), Request(**request))
    visible = [index for index, token in enumerate(tokens(whole)) if token.text]
    passes = forwards(model.model)
    events = run(TransformersEngine(model), Request(**request, stop=(tokens(whole)[visible[0]].text,)))
    assert text(events) == ""
    assert passes.count == visible[0] + 1 == usage(events).output_tokens


def test_the_window_of_the_model_ends_an_answer(engine):
    prompt = "x" * (tiny.POSITIONS - 3)
    events = run(engine("gpt2"), Request(prompt=prompt, max_new_tokens=50, strategy="greedy"))
    assert (len(tokens(events)), reason(events)) == (3, "context")
    beams = run(engine("gpt2"), Request(prompt=prompt, max_new_tokens=50, strategy="beam"))
    assert (len(tokens(beams)), reason(beams)) == (3, "context")


def test_the_last_position_can_be_filled(engine):
    events = run(engine("gpt2"), Request(prompt="x" * (tiny.POSITIONS - 3), max_new_tokens=3, strategy="greedy"))
    assert (len(tokens(events)), reason(events)) == (3, "length")


def test_an_empty_prompt_starts_with_the_models_start_token(engine):
    gpt2 = engine("gpt2")
    assert gpt2.prompt_ids(Request()) == (tiny.END,)
    assert tokens(run(gpt2, Request(seed=1, max_new_tokens=3)))


def test_an_empty_prompt_without_a_start_token_is_refused(engine):
    with pytest.raises(EmptyPrompt):
        run(engine("t5"), Request())


def test_a_conversation_is_written_as_the_template_says(engine):
    gpt2 = engine("gpt2", template=TEMPLATE)
    request = Request(mode="chat", messages=(Message("system", "Be brief."), Message("user", "Hi")))
    assert bytes(gpt2.prompt_ids(request)).decode() == "[system] Be brief.\n[user] Hi\n[assistant] "


def test_a_conversation_that_the_template_refuses_says_why(engine):
    gpt2 = engine("gpt2", template=TEMPLATE)
    with pytest.raises(ChatRefused, match="system comes first"):
        gpt2.stream(Request(mode="chat", messages=(Message("user", "Hi"), Message("system", "No."))), carry_on)


def test_who_waits_is_told_the_place_and_gets_an_answer(engine):
    gpt2 = engine("gpt2", seats=1)
    first = gpt2.stream(Request(prompt="a", seed=1, max_new_tokens=4), carry_on, session="a")
    next(first)
    waiting = gpt2.stream(Request(prompt="b", strategy="greedy", max_new_tokens=4), carry_on, session="b")
    assert next(waiting) == Queued(1)
    third = gpt2.stream(Request(prompt="c", seed=1), StopAt(2), session="c")
    assert next(third) == Queued(2)
    with pytest.raises(Stopped):
        next(third)
    list(first)
    assert reason(list(waiting)) == "length"
    assert (gpt2.queue.seated, gpt2.queue.waiting) == (0, 0)


def test_a_full_line_and_a_greedy_session_are_refused(engine):
    gpt2 = engine("gpt2", seats=2)
    gpt2.queue._most_waiting = 3
    open_streams = []
    for session in ("a", "a", "a", "a"):
        open_streams.append(gpt2.stream(Request(prompt="a"), carry_on, session=session))
        next(open_streams[-1])
    with pytest.raises(TooManyRuns):
        next(gpt2.stream(Request(prompt="a"), carry_on, session="a"))
    open_streams.append(gpt2.stream(Request(prompt="a"), carry_on, session="b"))
    next(open_streams[-1])
    with pytest.raises(QueueFull):
        next(gpt2.stream(Request(prompt="a"), carry_on, session="c"))
    for stream in open_streams:
        stream.close()
    assert gpt2.queue.seated == 0


def test_stopping_one_of_two_sessions_leaves_the_other_alone(engine):
    gpt2 = engine("gpt2")
    request = Request(prompt="Hello", seed=1, max_new_tokens=30)
    expected = ids(run(gpt2, request))
    found = []
    thread = threading.Thread(target=lambda: found.append(ids(run(gpt2, request, session="stays"))))
    thread.start()
    with pytest.raises(Stopped):
        list(gpt2.stream(request, StopAt(5), session="leaves"))
    thread.join(60)
    assert found == [expected]


def test_a_beam_search_gives_its_best_sequence_and_its_tree(engine):
    gpt2 = engine("gpt2")
    events = run(gpt2, Request(prompt="Hello", strategy="beam", num_beams=3, max_new_tokens=6, candidates=5))
    found = tree(events)
    assert tuple(ids(events)) == found.results[0].tokens
    assert sum(token.logprob for token in tokens(events)) == pytest.approx(found.results[0].score, abs=1e-3)
    assert all(len(token.candidates) >= 5 and token.candidates[0].drawn_probability is None for token in tokens(events))


def test_a_slow_reader_is_not_waited_for(engine):
    gpt2 = engine("gpt2")
    slow = gpt2.stream(Request(prompt="a", max_new_tokens=20, seed=1), carry_on, session="slow")
    next(slow)
    start = time.monotonic()
    assert len(tokens(run(gpt2, Request(prompt="b", max_new_tokens=20, seed=1), session="fast"))) <= 20
    assert time.monotonic() - start < 20
    assert reason(list(slow))


@pytest.mark.real_model
def test_an_emoji_comes_whole_from_the_embedded_model(classroom_gpt2):
    engine = TransformersEngine(classroom_gpt2)
    pieces = classroom_gpt2.tokenizer.encode("👍한").ids
    events = run(engine, Request(prompt="Hello ", prefix=tuple(pieces), max_new_tokens=2, seed=0))
    assert len(pieces) > 2
    shown = [token.text for token in tokens(events) if token.given]
    assert [part for part in shown if part] == ["👍", "한"]
