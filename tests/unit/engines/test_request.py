"""A request refuses what makes no sense, before any engine sees it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core.errors import Reason
from components.engines.capabilities import FEATURES, Capabilities
from components.engines.contract import DEFAULT_NEW_TOKENS, Message, Request, features_of, require
from components.engines.errors import NotSupported, OutOfRange, UnreadableText


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("temperature", -0.1), ("temperature", math.nan), ("temperature", math.inf), ("top_k", -1), ("top_p", 0.0),
        ("top_p", 1.5), ("min_p", 2.0), ("typical_p", 0.0), ("repetition_penalty", 0.0), ("num_beams", 0),
        ("num_beams", 9), ("length_penalty", 6.0), ("max_new_tokens", 0), ("seed", -1), ("candidates", 101),
        ("stop", ("",)), ("stop", ("a", "b", "c", "d", "e")),
    ],
)  # fmt: skip
def test_a_value_that_is_not_allowed_is_named(setting, value):
    with pytest.raises(OutOfRange, match=setting):
        Request(**{setting: value})


@pytest.mark.parametrize(
    "request_of", [lambda text: Request(prompt=text), lambda text: Request(messages=(Message("user", text),))]
)
def test_half_a_character_is_refused_with_its_place(request_of):
    with pytest.raises(UnreadableText) as caught:
        request_of("ab\ud83d")
    assert caught.value.values == {"position": 2}


@given(st.text())
def test_any_whole_text_is_accepted(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return
    assert Request(prompt=text).prompt == text


def test_what_was_not_moved_is_no_feature():
    assert list(features_of(Request(prompt="a"))) == ["completion", "sample"]


def test_every_setting_that_was_moved_is_a_feature():
    moved = Request(
        mode="chat", strategy="beam_sample", num_beams=2, temperature=0.5, top_k=5, top_p=0.9, min_p=0.1, typical_p=0.9,
        repetition_penalty=1.1, seed=0, stop=("x",), prefix=(1,),
    )  # fmt: skip
    assert set(features_of(moved)) == {
        "chat", "beam_sample", "stop", "prefix", "seed", "temperature", "top_k", "top_p", "min_p", "typical_p",
        "repetition_penalty",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "beams", "draws"),
    [
        ({"strategy": "greedy", "num_beams": 4}, 1, False),
        ({"strategy": "sample"}, 1, True),
        ({"strategy": "sample", "temperature": 0.0}, 1, False),
        ({"strategy": "sample", "num_beams": 3}, 1, True),
        ({"strategy": "beam"}, 4, False),
        ({"strategy": "beam", "num_beams": 2}, 2, False),
        ({"strategy": "beam_sample"}, 4, True),
        ({"strategy": "beam_sample", "num_beams": 1}, 1, True),
        ({"strategy": "beam_sample", "temperature": 0.0}, 4, False),
    ],
)
def test_strategy_beams_and_chance(settings, beams, draws):
    request = Request(**settings)
    assert (request.beams, request.draws) == (beams, draws)


def test_new_tokens_have_a_default():
    assert Request().new_tokens == DEFAULT_NEW_TOKENS
    assert Request(max_new_tokens=3).new_tokens == 3


def capabilities(**missing):
    reasons = {feature: Reason(text) for feature, text in missing.items()}
    return Capabilities(missing=reasons, context_tokens=None, most_new_tokens=10, most_candidates=5)


def test_a_missing_feature_is_refused_with_its_reason():
    with pytest.raises(NotSupported, match="The server has no seed") as caught:
        require(Request(seed=3), capabilities(seed="The server has no seed."), model="m")
    assert caught.value.values["feature"] == "seed"


def test_a_missing_feature_that_nobody_asked_for_does_no_harm():
    require(Request(), capabilities(seed="No.", chat="No.", beam="No."), model="m")


def test_more_tokens_than_the_cap_are_refused():
    require(Request(max_new_tokens=10), capabilities(), model="m")
    with pytest.raises(OutOfRange, match="max_new_tokens = 11"):
        require(Request(max_new_tokens=11), capabilities(), model="m")


def test_experience_corrects_the_record_and_leaves_the_old_one_as_it_was():
    before = capabilities(chat="No.")
    after = before.without("min_p", Reason("Refused with {status}.", {"status": 422}))
    assert [feature for feature in FEATURES if not after.supports(feature)] == ["chat", "min_p"]
    assert str(after.why_not("min_p")) == "Refused with 422."
    assert before.supports("min_p")
    assert before.why_not("min_p") is None
