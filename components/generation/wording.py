"""What numbers and codes of this room are called on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.core.i18n import N_, _
from components.core.text import escape_markdown
from components.core.visible import visible
from components.engines.capabilities import Feature
from components.engines.contract import ContentKind, FinishReason, Mode, OtherContent, Strategy
from components.engines.samplers import StageName
from components.engines.transcript import Transcript

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
    "min_p": N_("far less likely than the best"),
    "typical_p": N_("more or less surprising than usual here"),
    "greedy": N_("not the likeliest"),
}
FINISHES: Final[Mapping[FinishReason, str]] = {
    "end": N_("the model ended the text"),
    "stop": N_("a stop string occurred"),
    "length": N_("length limit reached"),
    "context": N_("the model's context is full"),
    "filtered": N_("the service withheld the rest"),
    "tool": N_("the model asked for a tool"),
    "unknown": N_("the engine does not say why"),
}
OTHER_CONTENT: Final[Mapping[ContentKind, str]] = {
    "refusal": N_("The model refused to answer. Its text gives the reason."),
    "tool call": N_(
        "The model asked for the tool “{name}”. This page gives a model no tools, so the answer ends here."
    ),
    "image": N_("The answer has an image. This page shows text only."),
    "audio": N_("The answer has sound. This page shows text only."),
    "hidden thinking": N_("The service does not show a part of the reasoning text."),
    "other": N_("The answer has a part of another kind ({name}). This page shows text only."),
}
SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "temperature": (
        N_("Temperature"),
        N_(
            "All scores are divided by it. Below 1 likely tokens become likelier; above 1 the probabilities "
            "even out; 0 is greedy."
        ),
    ),
    "top_k": (N_("Top-k"), N_("Only the k likeliest tokens stay. 0 is off.")),
    "top_p": (
        N_("Top-p"),
        N_("Keeps the fewest tokens, likeliest first, whose probabilities add up to p. 1 is off."),
    ),
    "min_p": (
        N_("Min-p"),
        N_(
            "Drops tokens that are far less likely than the best one. At 0.1, everything below a tenth of "
            "the best. 0 is off."
        ),
    ),
    "typical_p": (
        N_("Typical"),
        N_(
            "Keeps the tokens whose surprise is closest to the expected one, until they hold this much "
            "probability. 1 is off."
        ),
    ),
    "repetition_penalty": (
        N_("Repetition penalty"),
        N_("Tokens that have already occurred, in the prompt too, get a lower score. 1 is off."),
    ),
    "num_beams": (N_("Beams"), N_("How many beginnings a beam search keeps at each step.")),
    "max_new_tokens": (N_("New tokens, at most"), N_("The model may end the text earlier.")),
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


def other_content(other: OtherContent) -> str:
    """Say what an answer has beside text."""
    return _(OTHER_CONTENT[other.kind]).format(name=escape_markdown(other.name))


def thinking_count(run: Transcript) -> str:
    """Return how many tokens the model thought; about, where the engine counts them together with the answer's."""
    return f"{run.thinking_tokens:,}" if run.counts_thinking_exactly else f"≈ {run.thinking_tokens:,}"


def why_no_text(run: Transcript, *, may_think: int = 0) -> str:
    """Say why an answer has no text.

    A model may end its text at once, write tokens that make no whole character, or use up all its tokens by thinking.

    Parameters
    ----------
    may_think
        How many tokens the model may think in its next run, beside the new tokens of its answer.
    """
    if run.was_cut_in_thought:
        cut = _("The model wrote {count} tokens of reasoning and was cut off before its answer.")
        advice = (
            _(
                "This page now knows that the model writes its reasoning first and gives it {most} more tokens "
                "for that: try again."
            )
            if run.thinking_tokens < may_think
            else _("Raise “New tokens, at most”, or ask the operator to raise `most_thinking_tokens`.")
        )
        return f"{cut.format(count=thinking_count(run))} {advice.format(most=f'{may_think:,}')}"
    if run.finish is None:
        return _("Stopped before there was any text.")
    why = _(FINISHES[run.finish])
    return _("The model wrote no text ({why}). Try another prompt or other settings.").format(why=why)
