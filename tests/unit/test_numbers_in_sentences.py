"""A number that a sentence or a lesson writes out is the one that the code or the data has."""

from __future__ import annotations

import re

import pytest

from components.catalog.curated import families
from components.catalog.views.guide import LEAST_CONTEXT, MOST_BYTES
from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from components.embeddings.corpus import read_shipped
from components.masked_language.game import MASKED, REPLACED, SHARE
from tests.unit.source_tree import ROOT
from tests.unit.test_style import sentences

SHIPPED = read_shipped(DEFAULT_LANGUAGE)
KEPT = 1 - MASKED - REPLACED
COUNTS = {
    r"(\d+) families with sources": len(families()),
    r"(\d+)개 계열": len(families()),
    r"(\d+) (?:invented book )?blurbs": len(SHIPPED.items),
    r"소개 글 (\d+)개": len(SHIPPED.items),
    r"(\d+) queries": len(SHIPPED.questions),
    r"검색어 (\d+)개": len(SHIPPED.questions),
    r"([\d,]+) pairs of blurbs": f"{len(SHIPPED.items) * (len(SHIPPED.items) - 1) // 2:,}",
    r"만든 ([\d,]+)쌍": f"{len(SHIPPED.items) * (len(SHIPPED.items) - 1) // 2:,}",
    r"(\d+)% of the tokens are chosen": round(100 * SHARE),
    r"about (\d+)% of the tokens": round(100 * SHARE),
    r"토큰의 (\d+)%를 (?:골랐|묻)": round(100 * SHARE),
    r"(\d+)% of them become \[MASK\]": round(100 * MASKED),
    r"그중 (\d+)%는 \[MASK\]": round(100 * MASKED),
    r"(\d+)% any other token": round(100 * REPLACED),
    r"(\d+)% are left as they are": round(100 * KEPT),
    r"within (\d+) GB at 16 bits": MOST_BYTES // 10**9,
    r"[Cc]ontext of ([\d,]+) tokens or more": f"{LEAST_CONTEXT:,}",
}


def texts() -> list[str]:
    lessons = [path.read_text("utf-8") for code in LANGUAGES for path in ROOT.glob(f"components/*/lesson.{code}.md")]
    return [*(text for _package, *both in sentences() for text in both), *lessons]


@pytest.mark.parametrize("pattern", COUNTS)
def test_a_number_in_a_sentence_is_that_of_the_code(pattern):
    said = [match for text in texts() for match in re.findall(pattern, text)]
    assert said, "no sentence has this number any more"
    assert set(said) == {str(COUNTS[pattern])}
