"""A server that is told to stop while somebody's text is being written: what was written stays, and is remembered."""

from __future__ import annotations

import json
from itertools import count
from unittest.mock import patch

import pytest

from components.operations import stopping
from components.team.store import runs
from tests.app.opening import faults

pytestmark = pytest.mark.real_model

TOKENS = 40
SAID = {"en": "This dashboard is being restarted", "ko": "대시보드를 다시 시작하는 중"}


def written(at):
    found = [json.loads(each.proto.json) for each in at.get("bidi_component") if "generation_heat" in each.proto.id]
    return "".join(token["text"] for token in found[0]["tokens"]), len(found[0]["tokens"])


@pytest.mark.parametrize("lang", SAID)
def test_the_text_stays_on_the_page_with_the_reason_and_in_the_history(open_page, team, lang):
    ana = team.sign_in("ana")
    asked = {"model": "classroom-gpt2", "prompt": "Star Trek", "max_new_tokens": str(TOKENS), "seed": "3"}
    at = open_page("generation", lang=lang, **asked)
    looks = count()
    with patch.object(stopping, "is_requested", lambda: next(looks) > TOKENS // 2):
        at.button(key="generation_generate").click().run()
    [told] = faults(at)
    assert SAID[lang] in told
    text, tokens = written(at)
    assert 0 < tokens < TOKENS
    team.written()
    [kept] = runs.read_page(team.store, ana.id).runs
    assert kept.answer == text
