"""What a visitor brings runs in a child process: it has limits there, and nobody else notices."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import psutil
import pytest

from components.models.errors import CorruptFile
from components.models.tokenization import SharedTokenizer, load_tokenizer_json
from components.tokenizer.analysis import LocalAnalysis
from components.tokenizer.errors import (
    AnswerTooLarge,
    CannotEncode,
    DecidesAtRandom,
    NothingToLearn,
    TooManyBrought,
    TooManySteps,
    TooManyTokens,
    TooMuchMemory,
    TooMuchProcessorTime,
    TooSlow,
)
from components.tokenizer.isolation import pool as pools
from components.tokenizer.isolation.analysis import Asker, IsolatedAnalysis
from components.tokenizer.isolation.pool import Pool, TokenizerFile
from components.tokenizer.isolation.worker import Limits
from components.tokenizer.train import learn, try_out
from tests.unit.tokenizer.hostile import BACKTRACKING, GROWING, LETTERS, LONG_TEXT, file, ticking
from tests.unit.tokenizer.zoo import CORPUS, HOSTILE, ZOO

ROOT = Path(__file__).parents[3]
PATIENT_S = 60
LITTLE_MEMORY = Limits(memory_bytes=300_000_000, processor_s=PATIENT_S, wall_s=PATIENT_S)
LITTLE_PROCESSOR_TIME = Limits(processor_s=1, wall_s=PATIENT_S)
LITTLE_TIME = Limits(processor_s=PATIENT_S, wall_s=1)
MOST_HELD_S = 1


def file_of(content: str) -> TokenizerFile:
    return TokenizerFile.of(content.encode())


def ask(pool, content, text="a", *, session="one", **more):
    return pool.ask("encode", text, None, True, tokenizer=file_of(content), session=session, **more)


def gone(process_id: int) -> bool:
    """Whether a process ends in time."""
    until_s = time.monotonic() + PATIENT_S
    while psutil.pid_exists(process_id) and psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > until_s:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def pool_of():
    made = []

    def make(limits=None, **options):
        made.append(Pool(limits, **options))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


@pytest.fixture
def started(monkeypatch):
    """The child processes that pools start, in order."""
    children = []

    class Noted(pools.Child):
        def __init__(self, limits):
            super().__init__(limits)
            children.append(self)

    monkeypatch.setattr(pools, "Child", Noted)
    return children


@pytest.mark.parametrize(
    "case",
    [
        (GROWING, "a", LITTLE_MEMORY, TooMuchMemory),
        (BACKTRACKING, LONG_TEXT, LITTLE_PROCESSOR_TIME, TooMuchProcessorTime),
        (BACKTRACKING, LONG_TEXT, LITTLE_TIME, TooSlow),
    ],
)
def test_what_needs_too_much_is_ended_while_everybody_else_goes_on(pool_of, started, case):
    content, text, limits, error = case
    pool = pool_of(limits)
    with ticking() as ticks, pytest.raises(error):
        ask(pool, content, text)
    assert ticks.longest_s < MOST_HELD_S
    assert gone(started[0].process_id)
    assert ask(pool, LETTERS, "ab").ids == [0, 1]


def test_what_was_too_much_is_not_tried_again_at_once(pool_of, started):
    pool = pool_of(LITTLE_TIME)
    for _ in range(2):
        with pytest.raises(TooSlow):
            ask(pool, BACKTRACKING, LONG_TEXT)
    assert len(started) == 1


def test_the_next_question_finds_the_tokenizer_read(pool_of, started):
    pool = pool_of()
    for text in ("a", "aa", "ab"):
        assert len(ask(pool, LETTERS, text).ids) == len(text)
    assert len(started) == 1
    assert started[0].digest == file_of(LETTERS).digest


def test_a_visitor_who_leaves_leaves_no_child(pool_of, started):
    class Left(BaseException):
        pass

    def leave():
        if started:
            raise Left

    with pytest.raises(Left):
        ask(pool_of(), BACKTRACKING, LONG_TEXT, checkpoint=leave)
    assert gone(started[0].process_id)


def test_the_pool_takes_its_children_along(pool_of, started):
    pool = pool_of()
    ask(pool, LETTERS)
    pool.close()
    assert gone(started[0].process_id)


@pytest.mark.parametrize("busy", [False, True])
def test_a_child_ends_when_its_server_is_killed(busy):
    code = f"""
import sys
from threading import Thread
from components.tokenizer.isolation import pool as pools
from components.tokenizer.isolation.worker import Limits
class Noted(pools.Child):
    def ask(self, *question):
        print(self.process_id, flush=True)
        return super().ask(*question)
pools.Child = Noted
pool = pools.Pool(Limits(processor_s=2, wall_s=2))
busy, text = {(BACKTRACKING, LONG_TEXT) if busy else (LETTERS, "a")!r}
pool.ask("encode", text, None, True, tokenizer=pools.TokenizerFile.of(busy.encode()), session="one")
print("answered", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", code]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as server:
        child = int(server.stdout.readline())
        if not busy:
            assert server.stdout.readline() == "answered\n"
        server.kill()
        server.wait()
        assert gone(child)


def test_there_are_never_more_children_than_seats_and_a_session_has_few_places(pool_of):
    pool = pool_of(LITTLE_TIME, children=2)
    over, most, refused = Event(), [], []

    def one(session, number):
        try:
            ask(pool, BACKTRACKING, LONG_TEXT + str(number), session=session)
        except TooManyBrought:
            refused.append(session)
        except TooSlow:
            pass

    def watch():
        while not over.wait(0.02):
            most.append(len(psutil.Process().children()))

    before = len(psutil.Process().children())
    watching = Thread(target=watch)
    asking = [Thread(target=one, args=("greedy", number)) for number in range(4)]
    asking += [Thread(target=one, args=(f"other {number}", number)) for number in range(2)]
    for thread in (watching, *asking):
        thread.start()
    for thread in asking:
        thread.join()
    over.set()
    watching.join()
    assert max(most) <= before + 2
    assert refused == ["greedy", "greedy"]


def test_the_child_gets_no_secret_and_no_heavy_library(pool_of, started, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted")
    ask(pool_of(), LETTERS)
    assert "planted" not in psutil.Process(started[0].process_id).environ().values()
    code = (
        "import json, sys, components.tokenizer.isolation.worker\n"
        "print(json.dumps([name for name in ('streamlit', 'torch', 'transformers', 'pandas') if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_child_that_waits_too_long_ends_by_itself_and_another_takes_over(pool_of, started):
    pool = pool_of(Limits(idle_s=0.5))
    ask(pool, LETTERS)
    assert gone(started[0].process_id)
    assert ask(pool, LETTERS, "ab").ids == [0, 1]
    assert len(started) == 2


@pytest.fixture(scope="module")
def pool_of_all():
    pool = Pool()
    yield pool
    pool.close()


@pytest.mark.parametrize("name", sorted(ZOO))
def test_the_child_says_what_this_process_would_say(pool_of_all, name):
    """So what is shown and exported of a visitor's tokenizer is what the library computes."""
    content = ZOO[name]().to_str()
    here = LocalAnalysis(SharedTokenizer(load_tokenizer_json(content.encode())))
    there = IsolatedAnalysis(file_of(content), Asker("one", lambda: None))

    def answers(analysis, text):
        yield analysis.spelling()
        for question in (
            lambda: analysis.encode(text, None, True),
            lambda: analysis.encode(text, "a pair", False),
            lambda: analysis.measure(text),
            lambda: analysis.stages(text),
            lambda: analysis.words(text),
            lambda: [analysis.trace(word.text) for word in analysis.words(text)[:3]],
        ):
            try:
                yield question()
            except (CannotEncode, DecidesAtRandom) as error:
                yield str(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("components.tokenizer.isolation.analysis.pool", lambda: pool_of_all)
        for text in HOSTILE[::3]:
            assert list(answers(there, text)) == list(answers(here, text)), text


def test_training_gives_the_same_there(pool_of):
    text = " ".join(CORPUS)
    pool = pool_of()
    assert pool.ask("learn", text, "BPE", 20, session="one") == learn(text, "BPE", 20)
    tried = pool.ask("try_out", text, "WordPiece", 20, 7, "a new novel", session="one")
    assert tried == try_out(text, "WordPiece", 20, 7, "a new novel")
    with pytest.raises(NothingToLearn, match="WordPiece"):
        pool.ask("learn", " ", "WordPiece", 20, session="one")


def test_a_file_that_is_no_tokenizer_is_said_to_be_none_and_the_next_is_read(pool_of):
    pool = pool_of()
    for content in ("{", "[]", "null", LETTERS[:-1]):
        with pytest.raises(CorruptFile, match=r"tokenizer\.json cannot be read"):
            ask(pool, content)
    assert ask(pool, LETTERS, "ab").ids == [0, 1]


def test_an_answer_nobody_could_read_is_refused(pool_of, monkeypatch):
    pool = pool_of(Limits(answer_bytes=20_000))
    assert len(ask(pool, LETTERS, "a" * 50).ids) == 50
    with pytest.raises(AnswerTooLarge):
        ask(pool, LETTERS, "a" * 1000)
    template = [{"SpecialToken": {"id": "a", "type_id": 0}}] * 100_001
    many = {"type": "TemplateProcessing", "single": template, "pair": template}
    tokens = {"a": {"id": "a", "ids": [0], "tokens": ["a"]}}
    with pytest.raises(TooManyTokens):
        pool.ask(
            "encode", "a", None, True, tokenizer=file(post_processor=many | {"special_tokens": tokens}), session="x"
        )
    lower = {"type": "Lowercase"}
    steps = file(normalizer={"type": "Sequence", "normalizers": [lower] * 60})
    monkeypatch.setattr("components.tokenizer.isolation.analysis.pool", lambda: pool)
    with pytest.raises(TooManySteps):
        IsolatedAnalysis(steps, Asker("one", lambda: None)).stages("a")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems limit no memory")
def test_the_system_itself_limits_the_child(pool_of, started):
    ask(pool_of(), LETTERS)
    process = psutil.Process(started[0].process_id)
    assert process.rlimit(psutil.RLIMIT_AS)[0] == Limits().memory_bytes
    assert 0 < process.rlimit(psutil.RLIMIT_CPU)[0] <= Limits().processor_s + 2
    assert process.rlimit(psutil.RLIMIT_CORE)[0] == 0
