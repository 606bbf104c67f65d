"""What a service says of its fault, as the operator's log may hold it."""

from __future__ import annotations

import time

import pytest

from components.engines.remote.untrusted import mask

KEY = "planted"
PROMPT = 'Dear diary,\nmy "secret" is 한글 and more'


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("model crashed on gpu 3", "model crashed on gpu 3"),
        ("Incorrect API key provided: sk-abcdefghijklmnop.", "[key]."),
        ("sent Bearer abc.def-ghi to upstream", "sent [key] to upstream"),
        ("{'Authorization': 'Basic dXNlcg=='}", "{'[key]'}"),
        ("X-Amz-Security-Token=FwoGZXIvYXdzEBYaD&x=1", "[key]&x=1"),
        ("AKIAABCDEFGHIJKLMNOP is not allowed", "[key] is not allowed"),
        ("token " + "a1" * 20 + " expired", "token [key] expired"),
        ("the planted key", "the [key] key"),
        ("two\nlines\x1b[31m\u202e and \x00 more", "two lines[31m and  more"),
        (f"no: {PROMPT}!", "no: [prompt]!"),
        ('no: {"content": "Dear diary,\\nmy \\"secret\\" is \\ud55c\\uae00 and more"}', 'no: {"content": "[prompt]"}'),
        ("cut: Dear diary, my", "cut: [prompt]"),
        ("my diary", "my diary"),
    ],
)
def test_keys_and_prompts_are_masked_and_the_rest_is_kept(words, kept):
    found = mask(words, keys=[KEY], spoken=[PROMPT, ""])
    assert kept in found
    for secret in ("sk-abc", "abc.def", "dXNl", "FwoGZ", "AKIA", "a1a1", "planted", "diary,", "\n", "\x1b"):
        assert secret not in found


def test_a_short_prompt_is_masked_whole():
    assert mask("no to Hello!", spoken=["Hello", "o"]) == "no to [prompt]!"


def test_it_is_short_and_quick_whatever_comes():
    prompt = "ab" * 10_000
    begun = time.process_time()
    assert len(mask("x y " * 100_000, spoken=[prompt] * 20)) <= 500
    assert mask(prompt, spoken=[prompt]) == "[prompt]"
    assert time.process_time() - begun < 5
