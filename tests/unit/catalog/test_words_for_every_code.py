"""Every code of the data has its words, and each kind of model has its drawing."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from components.aws.answers import Call
from components.aws.problems import PROBLEMS, Problem
from components.catalog import wording
from components.catalog.blockers import Reason, Where
from components.catalog.counting import Part
from components.catalog.curated import models
from components.catalog.diagrams import diagram
from components.catalog.filters import LicenceClass, Order, Place
from components.catalog.lifecycle import Status
from components.catalog.recipes import Way
from components.catalog.records import Kind, Missing, Modality, Provider, Size, Task, Venue
from components.core import i18n
from components.core.units import format_percent


def test_no_code_is_without_words():
    for names, codes in (
        (wording.PROVIDERS, Provider),
        (wording.KINDS, Kind),
        (wording.HOW, Kind),
        (wording.MODALITIES, Modality),
        (wording.TASKS, Task),
        (wording.STATUSES, Status),
        (wording.STATUS_COLOURS, Status),
        (wording.VENUES, Venue),
        (wording.LICENCES, LicenceClass),
        (wording.PLACES, Place),
        (wording.ORDERS, Order),
        (wording.MISSING, Missing),
        (wording.PARTS, Part),
        (wording.WAYS, Way),
        (wording.CALLS, Call),
        (PROBLEMS, Problem),
        (wording.PLACES_ASKED, Where),
        (wording.REASONS, Reason),
    ):
        assert set(names) == set(get_args(codes))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_drawing_has_no_quote_that_would_end_a_label(language):
    for kind in get_args(Kind):
        with i18n.use(language):
            lines = diagram(kind).splitlines()
        assert lines[0] == "flowchart TB"
        assert all(line.count('"') % 2 == 0 for line in lines), kind


@pytest.mark.parametrize(
    ("number", "said"),
    [(124_439_808, "124M"), (6_738_415_616, "6.74B"), (1_024, "1.02K"), (77, "77"), (0, "0"), (10**12, "1T")],
)
def test_counts_as_people_say_them(number, said):
    assert wording.compact(number) == said


def test_the_active_parameters_are_said_beside_the_total():
    assert wording.size_words(Size(label="20b", total=20_914_757_184, active=3_600_000_000)) == (
        "20b: 20.9B, 3.6B active per token"
    )


def test_languages_are_named_in_the_visitors_language():
    falcon = next(model for model in models() if model.id == "falcon")
    with i18n.use("ko"):
        assert wording.language_words(falcon.languages) == "영어, 독일어, 스페인어, 프랑스어"


@pytest.mark.parametrize(
    ("part", "said"),
    [(266_240, "<0.1%"), (8_030_262, "0.1%"), (525_336_576, "6.5%"), (8_030_261_248, "100.0%"), (0, "0.0%")],
)
def test_a_share_that_is_there_is_never_said_to_be_nothing(part, said):
    assert format_percent(part / 8_030_261_248) == said


def test_a_licence_that_is_described_in_words_is_translated():
    described = {
        model.licence.value
        for model in models()
        if re.search(r"\b(own|only|licence|non-commercial|file|terms)\b", model.licence.value or "")
    }
    assert described == set(wording.LICENCE_NAMES)
    with i18n.use("ko"):
        assert all(re.search("[가-힣]", wording.name_licence(name) or "") for name in described)
        assert wording.name_licence("Apache-2.0") == "Apache-2.0"
