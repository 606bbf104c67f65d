"""Text in both themes can be read: a contrast of at least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3)."""

from __future__ import annotations

import itertools
import tomllib

import pytest

from tests.unit.source_tree import ROOT

LEAST_CONTRAST = 4.5
LEAST_CONTRAST_OF_GRAPHICS = 3.0  # WCAG 2.2, success criterion 1.4.11
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
THEMES = {name: CONFIG["theme"][name] for name in ("light", "dark")}
BACKGROUNDS = ("backgroundColor", "secondaryBackgroundColor")


def luminance(colour: str) -> float:
    """Return the relative luminance of `#RRGGBB`, as WCAG defines it."""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_agrees_with_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)  # known as just too faint


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("colour", ["textColor", "primaryColor"])
@pytest.mark.parametrize("theme", THEMES)
def test_text_and_what_can_be_clicked_stand_out(theme, colour, background):
    assert contrast(THEMES[theme][colour], THEMES[theme][background]) >= LEAST_CONTRAST


@pytest.mark.parametrize("theme", THEMES)
def test_the_strongest_colour_of_a_scale_stands_out_and_the_weakest_is_the_background(theme):
    colours = THEMES[theme]
    scale = colours["chartSequentialColors"]
    assert scale[0] == colours["backgroundColor"]
    assert contrast(scale[-1], colours["backgroundColor"]) >= LEAST_CONTRAST_OF_GRAPHICS


@pytest.mark.parametrize("theme", THEMES)
def test_a_scale_goes_one_way(theme):
    """More must never look like less: every step moves further from the background."""
    colours = THEMES[theme]
    away = [contrast(colour, colours["backgroundColor"]) for colour in colours["chartSequentialColors"]]
    assert all(before < after for before, after in itertools.pairwise(away))
    diverging = [contrast(colour, colours["backgroundColor"]) for colour in colours["chartDivergingColors"]]
    assert all(before > after for before, after in itertools.pairwise(diverging[:5]))
    assert all(before < after for before, after in itertools.pairwise(diverging[5:]))


@pytest.mark.parametrize("theme", THEMES)
def test_both_themes_set_the_same(theme):
    assert set(THEMES[theme]) == set(THEMES["light"])
    assert len(THEMES[theme]["chartSequentialColors"]) == len(THEMES[theme]["chartDivergingColors"]) == 10
