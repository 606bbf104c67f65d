"""The parameters of the page's link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from components.core.i18n import N_, _
from components.core.parameters import Choice, Parameter, Text
from components.inside.reading import MOST_TOKENS
from components.models.inputs import MOST_CHARACTERS
from components.models.records import Task
from components.models.registry import DEFAULT_DECODER, ModelParameter

PAGE: Final = "inside"
TASKS: Final[tuple[Task, ...]] = ("text-generation", "fill-mask", "text2text-generation")
MOST_WORD_CHARACTERS: Final = 60
SCORES: Final = "scores"
"""The row above all others: what the model says at its end."""
MOST_HEADS: Final = 256


@dataclass(frozen=True)
class Names:
    """Names of rows, heads and sublayers, separated by commas where there may be several; empty for the page's choice.

    Which of them a model has is only known once it is here.
    """

    name: str
    pattern: str
    example: str
    default: str = ""
    meaning: str = ""

    def problem(self, written: str) -> str | None:
        """Return what is allowed if the value in a link is not allowed, else None."""
        if len(written) <= MOST_CHARACTERS and re.fullmatch(self.pattern, written):
            return None
        return _("Allowed: names such as {example}.").format(example=self.example)

    def parse(self, written: str) -> str:
        """Return an allowed value as its widget holds it."""
        return written


@dataclass(frozen=True)
class Word(Text):
    """A word that is one token of the model's vocabulary; empty for the page's choice.

    Whether it is one token is only known once the model is here.
    """

    example: str = "the"


@dataclass(frozen=True)
class Place:
    """The number of a token or a head, from 0; empty for the page's choice. Which there are depends on the text."""

    name: str
    most: int
    default: str = ""
    meaning: str = N_("Counted from 0; empty for the page's choice.")

    @property
    def example(self) -> str:
        """The last one."""
        return str(self.most)

    def problem(self, written: str) -> str | None:
        """Return what is allowed if the number in a link is not allowed, else None."""
        if not written or (re.fullmatch("[0-9]{1,3}", written) and int(written) <= self.most):
            return None
        return _("Allowed: a whole number from {least} to {most}.").format(least=0, most=self.most)

    def parse(self, written: str) -> int | str:
        """Return an allowed number; "" for the page's choice."""
        return int(written) if written else ""


_LAYER: Final = r"(?:attention|cross|mlp)\.\d{1,3}"
_PART: Final = rf"(?:{_LAYER}|(?:attention|cross)\.\d{{1,3}}\.\d{{1,3}})"

MODEL: Final = ModelParameter("model", DEFAULT_DECODER, TASKS)
TEXT: Final = Text("text", MOST_CHARACTERS, "The capital of France is")
TARGET: Final = Text(
    "target", MOST_CHARACTERS, "", meaning=N_("Of an encoder-decoder: the beginning of what it writes.")
)
WATCH: Final = Word(
    "watch",
    MOST_WORD_CHARACTERS,
    "",
    meaning=N_("The token that is followed; empty for the model's own answer."),
)
AGAINST: Final = Word(
    "against",
    MOST_WORD_CHARACTERS,
    "",
    meaning=N_("The token it is compared with; empty for the second text's answer, or the model's next best."),
)
POSITION: Final = Place("position", MOST_TOKENS - 1)
BESIDE: Final = Choice(
    "beside",
    ("no", "yes"),
    "no",
    meaning=N_("`yes` shows the board of the other kind of model, encoder or decoder, beside it."),
)
ROW: Final = Names("row", rf"|{SCORES}|embedding|{_LAYER}", "embedding, attention.4, mlp.4, scores")
HEAD: Final = Place("head", MOST_HEADS - 1)
PART: Final = Choice(
    "part",
    ("all", "scores", "values"),
    "all",
    meaning=N_(
        "Of an attention in the view `stage`: all of it, query times key, or what its head makes of the values."
    ),
)
COMPARE: Final = Text("compare", MOST_CHARACTERS, "", meaning=N_("The second text of a swap."))
ABLATE: Final = Names(
    "ablate",
    rf"|{_PART}(?:,{_PART})*",
    "attention.5, attention.5.10, mlp.4",
    meaning=N_("The parts that are off, separated by commas."),
)
TAB: Final = Choice(
    "tab",
    ("auto", "off", "swap", "table", "effects"),
    "auto",
    meaning=N_("Of the view `prove`; `auto` is a swap where there is a second text, or else parts switched off."),
)
VIEW: Final = Choice("view", ("board", "stage", "prove", "time"), "board")
SHOW: Final = Choice("show", ("guess", "probability", "rank", "added"), "guess", meaning=N_("Of the view `board`."))

PARAMETERS: Final[tuple[Parameter, ...]] = (
    MODEL,
    TEXT,
    TARGET,
    WATCH,
    AGAINST,
    COMPARE,
    ABLATE,
    VIEW,
    TAB,
    SHOW,
    BESIDE,
    ROW,
    POSITION,
    HEAD,
    PART,
)
