"""Plain English everywhere, and one term for each concept on screen and in the documents, in English and in Korean.

Old-fashioned words appear nowhere. The tables hold what a sentence must not say, and what it says instead.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from tests.unit.source_tree import ROOT

NOT_USED = re.compile(
    r"\b(whoever|whosoever|heed(s|ed|ing|less)?|hitherto|thereof|therein|whence|thence)\b|_whoever_", re.I
)
READ = (
    "*.md",
    ".streamlit/*.example",
    "app.py",
    ".ci/**/*.py",
    "components/**/*.md",
    "components/**/*.po",
    "components/**/*.py",
    "components/**/*.toml",
    "deploy/**/*.*",
    "docs/**/*.md",
    "pages/**/*.py",
    "tests/**/*.py",
    "tools/**/*.*",
)


def texts() -> list[Path]:
    found = {path for pattern in READ for path in ROOT.glob(pattern) if path.is_file()}
    bundled = ROOT / "components" / "models" / "bundled"
    return sorted(
        path for path in found if path.suffix != ".pyc" and not path.is_relative_to(bundled) and path != Path(__file__)
    )


def test_old_fashioned_words_are_not_used():
    hits = []
    for path in texts():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if NOT_USED.search(line):
                hits.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert hits == []


def test_such_a_word_is_found():
    assert all(map(NOT_USED.search, ["Whoever asks", "each choice heeds it", "def test_whoever_asks():"]))


def test_every_kind_of_file_is_read():
    assert {".py", ".md", ".po", ".toml", ".example"} <= {path.suffix for path in texts()}


ENGLISH = {
    r"\b(stands?|stood)\b(?! for\b)": "is, is written, occurs",
    r"\bon board\b": "built-in",
    r"\bembedded (models?|ones?|BERT|default|weights)\b": "built-in",
    r"\bclassroom models?\b": "built-in models",
    r"(?<!\{)\bconfiden(ce|t)\b(?! interval)(?!:)": "probability",
    r"\bmodel('s)? (thinks?|wants?|plans?|believes?|thinking)\b": "what the model computes, writes or gives",
    r"\battention weights?\b": "attention share",
    r"(?<!\{)\bsurprisal\b(?!:)": "surprise",
    r"(?<![`/])\bcatalog\b": "catalogue",
    r"\b[Hh]alf characters?\b": "damaged characters",
    r"\b(go|goes|going|gone|went) on\b": "continue",
    r"\bby heart\b": "memorise",
    r"\b[Pp]oint at\b": "hover over",
    r"\b[Bb]y itself\b(?!\.$)": "alone, automatically",
    r"\bsurest\b": "most probable",
    r"\banew\b": "again",
    r"\bat hand\b": "available",
    r"\b[Ww]ho is (on|in)\b": "visitors, people in",
    r"\b[Tt](ake|akes|ook) (it|them|this|their data) (home|back|up)\b": "download, revoke, open",
    r"\basks? to slow down\b": "received too many requests",
}
"""What English sentences on screen don't say, and the term instead."""
KOREAN = {
    "(?<!컨)텍스트(?! (생성|임베딩|인코더|분류))": "글: 텍스트 is a part of names such as 텍스트 생성 only",
    "벌점": "페널티",
    "운영자": "관리자",
    "카탈로그": "목록",
    "코퍼스": "말뭉치",
    "차트": "그래프",
    "다운로드": "내려받기",
    "리콜": "재현율",
    "에러": "오류",
    "모름": "[UNK]",
    "의사 퍼플": "유사 퍼플렉시티",
    "퍼플렉서티": "퍼플렉시티",
    "교실용": "수업용",
    "라벨": "레이블",
    "까닭": "이유",
    "놀라움|놀란 정도": "놀람도",
    "감상문": "리뷰",
    "놀이터": "실습",
    "느슨한": "제약이 적은",
    "설명글": "캡션",
    "허깅 페이스": "허깅페이스",
    "운영하는 (사람|분)": "관리자",
    "잠재 그림": "잠재 표현",
    "낱말": "단어",
    "전문가 [가-힣]+ 명": "전문가 몇 개",
    "오려내": "오려 내",
    "값 벡터": "밸류 벡터",
    "반쪽 글자": "깨진 글자",
    "따로 둔": "평가용",
    "미세 조정 해": "미세 조정해",
    "추론 프로필": "추론 프로파일",
    "어텐션 가중치": "어텐션 비중",
    "개수대": "어텐션 싱크",
    "걸음": "단계",
    "걷어내": "걷어 내",
    "저절로": "자동으로",
    "찾은 프로필": "찾은 프로파일",
    "[가-힣](?<![이니])에요": "이에요, 예요",
    "[가-힣]+[를을터로번] 세요": "세어요, 계산해요: 세요 asks the reader to count",
}
"""The same in Korean."""
PARTICLE = re.compile(
    r"(?<!%)\}[*’”]*(은|는|이|가|을|를|과|와|이에요|예요|이고|이라는|라는|이라고|라고|으로|로)"
    r"(?![가-힣])"
    r"|[을은이와]\([를는가과]\)|\(으\)로"
)
"""A particle whose form depends on the sound before it, straight after a placeholder; a noun belongs between them."""
SPOKEN = r"논문에서는|\b(literature|papers?) says? "
"""Before a word that a sentence names as a word of others."""


@cache
def sentences() -> tuple[tuple[str, str, str], ...]:
    """Return each sentence on screen with its package: (package, English, Korean)."""
    found = []
    for path in sorted(ROOT.glob("components/*/messages.ko.po")):
        with path.open("rb") as file:
            found += [(path.parent.name, str(each.id), str(each.string)) for each in read_po(file) if each.id]
    return tuple(found)


@cache
def documents() -> tuple[tuple[str, str], ...]:
    """Return each line of the lessons and the documents with its place, without code and addresses."""
    return tuple(_documents())


def _documents() -> Iterator[tuple[str, str]]:
    for pattern in ("*.md", "docs/*.md", "components/*/lesson.*.md"):
        for path in sorted(ROOT.glob(pattern)):
            text = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>", "", path.read_text("utf-8"), flags=re.DOTALL)
            for line in text.splitlines():
                yield path.relative_to(ROOT).as_posix(), re.sub(rf"({SPOKEN}).*", "", line)
    for path in sorted(ROOT.glob("components/catalog/data/*.toml")):
        for text in prose(tomllib.loads(path.read_text("utf-8"))):
            yield path.name, text
    for term in tomllib.loads((ROOT / "components" / "ui" / "glossary.toml").read_text("utf-8"))["terms"]:
        for text in term["means"].values():
            yield "glossary.toml", re.sub(rf"({SPOKEN})[^.]*", "", text)


def prose(value: Any) -> Iterator[str]:
    """Return the texts under `en` and `ko`, however deep."""
    for name, each in value.items() if isinstance(value, dict) else enumerate(value):
        if name in {"en", "ko"}:
            yield each
        elif isinstance(each, (dict, list)):
            yield from prose(each)


def is_korean(text: str) -> bool:
    return re.search("[가-힣]", text) is not None


WRITTEN_WITH_VOWEL = {"을": "를", "은": "는", "과": "와", "으로": "로", "이에요": "예요"}
"""Particles that follow a consonant, and the form that follows a vowel."""
NO_PARTICLE = re.compile(
    r"(가을|마을|노을|나을|지을|부을|이을|모을|나은|지은|부은|이은|그은|모은|효과|결과|초과|사과|교과)$"
)


def wrong_particles(text: str) -> list[str]:
    """Return the Korean words whose particle does not fit the sound before it: 빔 서치을, 토큰를, 글으로."""
    found = []
    for match in re.finditer(r"[가-힣]*([가-힣])(을|를|은|과|와|으로|이에요|예요)(?![가-힣])", text):
        final = (ord(match[1]) - ord("가")) % 28  # 0: the syllable ends with a vowel; 8: with ㄹ
        ends_like_a_vowel = final == 0 or (match[2] == "으로" and final == 8)
        takes_consonant = match[2] in WRITTEN_WITH_VOWEL
        if takes_consonant == ends_like_a_vowel and not NO_PARTICLE.search(match[0]):
            found.append(match[0])
    return found


@cache
def terms_of_the_glossary() -> list[str]:
    """Return the Korean terms of the glossary and their other spellings, those that end in Hangul."""
    terms = tomllib.loads((ROOT / "components" / "ui" / "glossary.toml").read_text("utf-8"))["terms"]
    words = [word for term in terms for word in (term["word"]["ko"], *term.get("also", {}).get("ko", []))]
    return sorted({word for word in words if re.search("[가-힣]$", word)}, key=len, reverse=True)


def wrong_subjects(text: str) -> list[str]:
    """Return the terms of the glossary whose subject particle does not fit the sound before it: 빔 서치이."""
    found = []
    for match in re.finditer(rf"({'|'.join(map(re.escape, terms_of_the_glossary()))})(이|가)(?![가-힣])", text):
        ends_with_vowel = (ord(match[1][-1]) - ord("가")) % 28 == 0
        if ends_with_vowel == (match[2] == "이"):
            found.append(match[0])
    return found


def hits(table: dict[str, str], text: str) -> list[str]:
    """Return what of a table a sentence says, with the term instead."""
    return [f"{match[0]!r} (say: {better})" for worse, better in table.items() if (match := re.search(worse, text))]


def test_english_sentences_use_one_term_for_each_concept():
    assert [
        f"{package}: {wrong}: {english}" for package, english, _ in sentences() for wrong in hits(ENGLISH, english)
    ] == []


def test_korean_sentences_use_one_term_for_each_concept():
    assert [
        f"{package}: {wrong}: {korean}" for package, _, korean in sentences() for wrong in hits(KOREAN, korean)
    ] == []


def test_no_korean_particle_follows_a_placeholder():
    assert [f"{package}: {korean}" for package, _, korean in sentences() if PARTICLE.search(korean)] == []


def test_documents_and_lessons_use_the_same_terms():
    assert [
        f"{place}: {wrong}: {text}"
        for place, text in documents()
        for wrong in hits(KOREAN if is_korean(text) else ENGLISH, text)
    ] == []


SHOWS_ITS_STARS = re.compile(r"(\*{1,2})(?=\S)[^*]*[^\w\s*]\1(?=\w)")
"""Emphasis that Markdown does not see: it ends with punctuation, and the sentence goes on without a space."""


def test_no_emphasis_shows_its_stars():
    texts = [*((package, re.sub(r"{.*?}", "1", korean)) for package, _, korean in sentences()), *documents()]
    assert [f"{place}: {text}" for place, text in texts if is_korean(text) and SHOWS_ITS_STARS.search(text)] == []


@pytest.mark.parametrize(
    ("korean", "is_shown"),
    [
        ("이런 학습을 *자기 지도 학습(self-supervised)*이라고 해요", True),
        ("이런 학습을 *자기 지도 학습*(self-supervised)이라고 해요", False),
        ("**‘없음’**을 넣어요", True),
        ("‘**없음**’을 넣어요", False),
        ("**돈이 들어요.** 글 하나하나를", False),
    ],
)
def test_stars_that_are_shown_are_found(korean, is_shown):
    assert (SHOWS_ITS_STARS.search(korean) is not None) == is_shown


def test_every_kind_of_document_is_read():
    places = {place for place, _text in documents()}
    assert {
        "docs/operations.md",
        "SECURITY.md",
        "components/catalog/lesson.ko.md",
        "dall-e.toml",
        "glossary.toml",
    } <= places


def test_every_korean_particle_fits_the_sound_before_it():
    texts = [*((package, korean) for package, _, korean in sentences()), *documents()]
    assert [f"{place}: {word}" for place, text in texts for word in wrong_particles(text) + wrong_subjects(text)] == []


def test_a_planted_particle_that_does_not_fit_is_found():
    for korean in ("빔 서치을", "토큰를", "모델와 글", "글으로", "토큰예요", "차이에요", "리뷰으로"):
        assert len(wrong_particles(korean)) == 1, korean
    for korean in ("빔 서치를", "토큰을", "글로", "앞으로", "토큰이에요", "효과", "가을", "모델과"):
        assert wrong_particles(korean) == []


def test_a_planted_subject_particle_that_does_not_fit_is_found():
    for korean in ("빔 서치이 단계마다", "토큰가"):
        assert len(wrong_subjects(korean)) == 1, korean
    assert wrong_subjects("빔 서치가 남긴 토큰이") == []


def test_korean_sentences_have_one_kind_of_quotation_mark():
    assert [f"{package}: {korean}" for package, _, korean in sentences() if re.search("[“”]", korean)] == []


PLANTED_IN_ENGLISH = """
The word stood there.
Models on board
Choose the embedded model.
The classroom models are not on the Hub.
with high confidence
The model thinks that it is so.
the attention weight
Surprise, called surprisal
The catalog has it.
Half characters are replaced.
The text goes on.
It learns by heart.
Point at a cell.
It ends by itself and stops.
the surest first
The rest is computed anew.
No GPU was at hand.
Who is in none sees a page.
look at it, take it home
AWS asks to slow down.
"""
PLANTED_IN_KOREAN = """
긴 텍스트를 읽어요, 텍스트, 벌점, 다운로드, 카탈로그, 모름 3개, 의사 퍼플렉시티, 퍼플렉서티, 교실용 BERT, 라벨, 까닭은
놀라움, 놀란 정도, 감상문, 놀이터, 느슨한 라이선스, 설명글, 허깅 페이스, 운영하는 분께, 잠재 그림, 낱말
전문가 몇 명, 오려내기, 값 벡터, 반쪽 글자, 따로 둔 글, 미세 조정 해 보기, 추론 프로필
어텐션 가중치, 개수대, 학습 한 걸음, 걷어내기, 저절로
찾은 프로필 3개, 거절한 이유가에요, 글자 수를 세요, 0부터 세요
"""


def test_planted_words_are_found():
    for sentence in PLANTED_IN_ENGLISH.strip().splitlines():
        assert len(hits(ENGLISH, sentence)) == 1, sentence
    for sentence in re.split(r", |\n", PLANTED_IN_KOREAN.strip()):
        assert len(hits(KOREAN, sentence)) == 1, sentence


def test_a_planted_particle_is_found():
    wrong = ("{model}은 여기 없어요", "‘{model}’는 없어요", "값은 {value:.2f}이에요", "{token}을(를) 보세요")
    for korean in (*wrong, "{mask}(으)로", "‘{a}’라고 답해요"):
        assert PARTICLE.search(korean), korean
    for korean in ("{model} 모델은", "기능({feature})을", "{share:.0%}를", "{count}개를", "{a}이나 {b}"):
        assert not PARTICLE.search(korean), korean
