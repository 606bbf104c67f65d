"""What numbers and codes of this room are called on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.generation.engines.capabilities import Feature
from components.generation.engines.contract import FinishReason, Mode, Strategy
from components.generation.samplers import StageName
from components.shell.i18n import N_, _
from components.tokenizer.visible import visible

STRATEGIES: Final[Mapping[Strategy, str]] = {
    "greedy": N_("Greedy"),
    "sample": N_("Sample"),
    "beam": N_("Beam"),
    "beam_sample": N_("Beam sampling"),
}
MODES: Final[Mapping[Mode, str]] = {"complete": N_("Complete"), "chat": N_("Chat")}
STAGES: Final[Mapping[StageName, str]] = {
    "model": N_("The model"),
    "repetition_penalty": N_("Repetition penalty"),
    "temperature": N_("Temperature"),
    "top_k": N_("Top-k"),
    "top_p": N_("Top-p"),
    "min_p": N_("Min-p"),
    "typical_p": N_("Typical"),
    "greedy": N_("Likeliest only"),
}
WHY_CUT: Final[Mapping[StageName, str]] = {
    "top_k": N_("not among the k likeliest"),
    "top_p": N_("outside the smallest set that reaches p"),
    "min_p": N_("too unlikely next to the best"),
    "typical_p": N_("more or less surprising than usual here"),
    "greedy": N_("not the likeliest"),
}
FINISHES: Final[Mapping[FinishReason, str]] = {
    "end": N_("the model ended its text"),
    "stop": N_("a stop string was written"),
    "length": N_("as many tokens as asked for"),
    "context": N_("the model can look at no more tokens"),
    "filtered": N_("the service withheld the rest"),
    "unknown": N_("the engine does not say why it ended"),
}
SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "temperature": (
        N_("Temperature"),
        N_("All scores are divided by it. Below 1 the likely becomes likelier, above 1 chances even out; 0 is greedy."),
    ),
    "top_k": (N_("Top-k"), N_("Only the k likeliest tokens stay. 0 is off.")),
    "top_p": (
        N_("Top-p"),
        N_("Only the smallest set of likeliest tokens stays whose probability reaches p. 1 is off."),
    ),
    "min_p": (N_("Min-p"), N_("Only tokens at least this fraction as likely as the best stay. 0 is off.")),
    "typical_p": (
        N_("Typical"),
        N_("Only tokens about as surprising as the average stay, up to this probability. 1 is off."),
    ),
    "repetition_penalty": (
        N_("Repetition penalty"),
        N_("Tokens that were there before, the prompt included, get a lower score. 1 is off."),
    ),
    "num_beams": (N_("Beams"), N_("How many beginnings a beam search keeps at each step.")),
    "max_new_tokens": (N_("New tokens, at most"), N_("The model may end before by itself.")),
    "seed": (N_("Seed"), N_("The same seed with the same settings draws the same text.")),
}


def token_name(text: str) -> str:
    """Return a token as it stands in a table or on a chart: whitespace drawn, never empty."""
    return visible(text) if text else _("(nothing)")


def feature_name(feature: Feature) -> str:
    """Return what the page calls something that an engine did without."""
    if feature in SETTINGS:
        return _(SETTINGS[feature][0])
    return _(STRATEGIES["greedy"]) if feature == "greedy" else _("Probabilities")


def why_no_text(finish: FinishReason | None) -> str:
    """Say why an answer has no text; `finish` is None if it was stopped.

    A model may end its text at once, or write tokens that make no whole character.
    """
    if finish is None:
        return _("Stopped before there was any text.")
    why = _(FINISHES[finish])
    return _("No text came of it ({why}). Another prompt or other settings may give one.").format(why=why)
