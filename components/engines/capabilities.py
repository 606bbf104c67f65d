"""What an engine can do with a model, each "no" with its reason, so that a page never drops a setting silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from components.core.errors import Reason

Feature = Literal[
    "completion",
    "chat",
    "stream",
    "stop",
    "seed",
    "greedy",
    "sample",
    "beam",
    "beam_sample",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "repetition_penalty",
    "logprobs",
    "full_distribution",
    "prefix",
    "n",
    "count_tokens",
]
"""`full_distribution`: the logits of every token are at hand, so the sampler chain can be shown stage by stage.
`prefix`: an answer can be continued from its exact tokens (branch, continue). `n`: several answers in one request."""

FEATURES: Final[tuple[Feature, ...]] = get_args(Feature)


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What one engine can do with one model.

    Attributes
    ----------
    missing
        What it cannot do, and why. Everything else it can.
    context_tokens
        How many tokens prompt and answer may have together; None if nobody knows.
    most_new_tokens
        The hard cap on new tokens of a run.
    most_candidates
        How many candidates it can report for each token; 0 without log-probabilities.
    thinking_tokens
        How many tokens the model may think in a run, beside the new tokens of its answer; 0 for a model that is not
        known to think.
    """

    missing: Mapping[Feature, Reason]
    context_tokens: int | None
    most_new_tokens: int
    most_candidates: int
    thinking_tokens: int = 0

    def supports(self, feature: Feature) -> bool:
        """Whether it can do this."""
        return feature not in self.missing

    def why_not(self, feature: Feature) -> Reason | None:
        """Return why it cannot do this, None if it can."""
        return self.missing.get(feature)

    def without(self, feature: Feature, reason: Reason) -> Capabilities:
        """Return the record as corrected by experience: the engine refused this feature after all."""
        return replace(self, missing={**self.missing, feature: reason})

    def thinking(self, tokens: int) -> Capabilities:
        """Return the record as corrected by experience: the model thinks before it answers."""
        return replace(self, thinking_tokens=tokens)
