"""What holds for every engine. Subclass `EngineContract` and give the fixture `subject`.

    class TestMyEngine(EngineContract):
        missing = frozenset({"beam", "beam_sample"})

        @pytest.fixture
        def subject(self): ...

Tests of a feature that the engine says it does not have are skipped; `missing` states which those are, so that an
engine can not quietly lose one.
"""

from __future__ import annotations

import threading
from contextlib import closing
from itertools import islice
from typing import ClassVar, get_args

import pytest

from components.engines.capabilities import FEATURES
from components.engines.contract import Adjusted, Finished, Message, Queued, Request, Started, Strategy, Token, Usage
from components.engines.errors import ContextTooLong, NotSupported, OutOfRange
from components.engines.text_stream import REPLACEMENT
from tests.unit.engines.streams import StopAt, Stopped, carry_on, ids, next_token, reason, run, text, tokens, usage

PROMPTS = (
    "Star Trek",
    "안녕하세요",
    "👩‍👩‍👧‍👦 e\u0301",
    "שלום",
    "\x00\x01",
    "   ",
    "a\n\n\nb",
    "{{ x }} <|user|> </script>",
)


class EngineContract:
    """Tests of one engine."""

    missing: ClassVar[frozenset[str]] = frozenset()
    counts_exactly = True  # one Token event for each token that usage counts

    def needs(self, subject, *features):
        for feature in features:
            if not subject.capabilities.supports(feature):
                pytest.skip(f"{subject.name} has no {feature}: {subject.capabilities.why_not(feature)}")

    def request(self, subject, **settings):
        if subject.capabilities.supports("seed"):
            settings = {"seed": 1} | settings
        return Request(**{"prompt": "Star Trek", "max_new_tokens": 8} | settings)

    def test_it_misses_what_it_is_known_to_miss(self, subject):
        assert {feature for feature in FEATURES if not subject.capabilities.supports(feature)} == self.missing

    def test_every_no_has_a_reason_in_a_sentence(self, subject):
        for feature in self.missing:
            assert str(subject.capabilities.why_not(feature)).endswith(".")

    def test_a_missing_feature_is_refused_before_anything_is_generated(self, subject):
        asked_for = {
            "beam": {"strategy": "beam"}, "beam_sample": {"strategy": "beam_sample"}, "top_k": {"top_k": 5},
            "min_p": {"min_p": 0.1}, "typical_p": {"typical_p": 0.9}, "seed": {"seed": 1}, "stop": {"stop": ("a",)},
            "prefix": {"prefix": (1,)}, "repetition_penalty": {"repetition_penalty": 1.1},
            "chat": {"mode": "chat", "messages": (Message("user", "Hi"),)},
        }  # fmt: skip
        for feature in self.missing & asked_for.keys():
            with pytest.raises(NotSupported) as caught:
                subject.stream(self.request(subject, **asked_for[feature]), carry_on)
            assert caught.value.values["feature"] == feature

    @pytest.mark.parametrize("strategy", get_args(Strategy))
    def test_events_come_in_order(self, subject, strategy):
        self.needs(subject, strategy)
        events = [event for event in run(subject, self.request(subject, strategy=strategy)) if not self.is_ahead(event)]
        assert isinstance(events[-1], Finished)
        assert isinstance(events[-2], Usage)
        kinds = [type(event) for event in events]
        assert kinds[: len(tokens(events))] == [Token] * len(tokens(events))
        assert kinds.count(Finished) == 1

    def test_a_run_says_once_when_it_starts(self, subject):
        events = list(subject.stream(self.request(subject), carry_on))
        assert [event for event in events if not isinstance(event, Queued)].index(Started()) == 0
        assert events.count(Started()) == 1

    @staticmethod
    def is_ahead(event):
        return isinstance(event, Queued | Adjusted)

    @pytest.mark.parametrize("prompt", PROMPTS)
    def test_any_text_can_be_continued_and_no_half_character_shows(self, subject, prompt):
        events = run(subject, self.request(subject, prompt=prompt, temperature=1.5))
        assert REPLACEMENT not in text(events)
        assert reason(events) in ("length", "end", "context")
        assert 1 <= len(tokens(events)) <= 8

    def test_no_more_tokens_than_asked_for(self, subject):
        for most in (1, 3):
            events = run(subject, self.request(subject, max_new_tokens=most))
            assert len(tokens(events)) <= most
            assert usage(events).output_tokens <= most

    def test_tokens_are_counted(self, subject):
        request = self.request(subject)
        events = run(subject, request)
        if subject.capabilities.supports("count_tokens"):
            assert usage(events).input_tokens == subject.count_tokens(request) > 0
        if self.counts_exactly:
            assert usage(events).output_tokens == len(tokens(events))

    def test_the_hard_cap_can_not_be_passed(self, subject):
        cap = subject.capabilities.most_new_tokens
        with pytest.raises(OutOfRange, match=f"max_new_tokens = {cap + 1}"):
            subject.stream(self.request(subject, max_new_tokens=cap + 1), carry_on)

    def test_a_prompt_that_is_too_long_is_refused_with_both_numbers(self, subject):
        most = subject.capabilities.context_tokens
        if most is None:
            pytest.skip("this model has no limit")
        with pytest.raises(ContextTooLong) as caught:
            run(subject, self.request(subject, prompt="a b " * most))
        assert caught.value.values["most"] == most < caught.value.values["tokens"]

    def test_the_same_seed_gives_the_same_text(self, subject):
        self.needs(subject, "seed")
        texts = [text(run(subject, self.request(subject, seed=seed, temperature=1.2))) for seed in (1, 1, 2, 3, 4)]
        assert texts[0] == texts[1]
        assert len(set(texts)) > 1

    def test_a_temperature_of_zero_is_greedy(self, subject):
        self.needs(subject, "greedy", "temperature")
        greedy = text(run(subject, self.request(subject, strategy="greedy")))
        assert text(run(subject, self.request(subject, temperature=0.0))) == greedy

    def test_a_stop_string_ends_the_text_and_is_no_part_of_it(self, subject):
        self.needs(subject, "stop", "greedy")
        whole = text(run(subject, self.request(subject, strategy="greedy", max_new_tokens=20)))
        stop = whole[len(whole) // 2 :][:2]
        events = run(subject, self.request(subject, strategy="greedy", max_new_tokens=20, stop=(stop,)))
        assert text(events) == whole[: whole.index(stop)]
        assert reason(events) == "stop"

    def test_the_models_own_probabilities_come_with_each_token(self, subject):
        self.needs(subject, "logprobs")
        for token in tokens(run(subject, self.request(subject, candidates=4))):
            assert token.logprob <= 0
            best = token.candidates[:4]
            assert [each.logprob for each in best] == sorted((each.logprob for each in best), reverse=True)
            assert sum(each.probability for each in best) <= 1 + 1e-5
            own = [each for each in token.candidates if each.id == token.id]
            assert [each.logprob for each in own] == [pytest.approx(token.logprob, abs=1e-4)]

    def test_candidates_can_be_left_out(self, subject):
        assert all(token.candidates == () for token in tokens(run(subject, self.request(subject, candidates=0))))

    def test_all_of_the_distribution_is_told(self, subject):
        self.needs(subject, "full_distribution")
        for token in tokens(run(subject, self.request(subject, top_k=3, candidates=6))):
            assert token.entropy >= 0
            assert [each.drawn_probability > 0 for each in token.candidates] == [True] * 3 + [False] * 3
            assert sum(each.drawn_probability for each in token.candidates) == pytest.approx(1, abs=1e-4)

    def test_an_answer_goes_on_from_its_tokens(self, subject):
        self.needs(subject, "prefix", "greedy")
        whole = run(subject, self.request(subject, strategy="greedy", max_new_tokens=6))
        begun = tuple(ids(whole)[:3])
        events = run(subject, self.request(subject, strategy="greedy", max_new_tokens=3, prefix=begun))
        assert ids(events) == ids(whole)
        assert text(events) == text(whole)
        assert [token.given for token in tokens(events)] == [True] * 3 + [False] * 3
        assert usage(events).output_tokens == 3

    def test_a_checkpoint_that_raises_ends_the_run(self, subject):
        for call in (1, 2):
            with pytest.raises(Stopped):
                list(subject.stream(self.request(subject), StopAt(call)))
        assert run(subject, self.request(subject))

    def test_a_stream_that_is_closed_leaves_the_engine_free(self, subject):
        for _ in range(12):  # more than it has seats
            with closing(subject.stream(self.request(subject), carry_on)) as stream:
                next_token(stream)
        assert reason(run(subject, self.request(subject)))

    def test_a_stream_that_is_never_started_takes_no_seat(self, subject):
        streams = [subject.stream(self.request(subject), carry_on) for _ in range(12)]
        assert reason(run(subject, self.request(subject)))
        assert len(streams) == 12

    def test_checkpoint_is_called_for_each_token(self, subject):
        calls = StopAt(10_000)
        events = list(subject.stream(self.request(subject), calls))
        assert calls.calls >= len(tokens(events))

    def test_sessions_at_once_get_what_they_would_get_alone(self, subject):
        self.needs(subject, "greedy")
        requests = [self.request(subject, strategy="greedy", prompt=prompt) for prompt in PROMPTS[:4]]
        alone = [text(run(subject, request)) for request in requests]
        found: dict[int, str] = {}

        def session(number: int) -> None:
            found[number] = text(run(subject, requests[number], session=str(number)))

        threads = [threading.Thread(target=session, args=(number,)) for number in range(len(requests))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [found[number] for number in range(len(requests))] == alone

    def test_a_conversation_is_answered(self, subject):
        self.needs(subject, "chat")
        conversation = (Message("user", "Hi"), Message("assistant", "Hello."), Message("user", "Who are you?"))
        events = run(subject, self.request(subject, mode="chat", messages=conversation))
        assert tokens(events)
        shorter = self.request(subject, mode="chat", messages=conversation[:1])
        if subject.capabilities.supports("count_tokens"):
            assert usage(events).input_tokens > subject.count_tokens(shorter) > 0

    def test_the_first_events_can_be_taken_one_by_one(self, subject):
        with closing(subject.stream(self.request(subject), carry_on)) as stream:
            assert len(list(islice(stream, 3))) == 3
