"""The page's longer sentences: what each scheme does, and each claim with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from components.core.i18n import N_, _
from components.positional.claims import Checks, Claim
from components.positional.order import OrderEffect
from components.positional.schemes import Scheme

ROUNDING_OF_A_MODEL: Final = 1e-4
"""A change below this share is float32 rounding, added up over the layers."""

NAMES: Final[Mapping[Scheme, str]] = {
    "sinusoidal": N_("Sinusoidal"),
    "learned": N_("Learned"),
    "rotary": N_("Rotary (RoPE)"),
    "alibi": N_("ALiBi (linear bias)"),
}
LEADS: Final[Mapping[Scheme, str]] = {
    "sinusoidal": N_("**Each row is a position, each column a wave:** fast on the left, slow on the right."),
    "learned": N_("**Each row was learned by {model}.** Its training said nothing about waves or distance."),
    "rotary": N_(
        "**Each row is the same vector, rotated by its position.** The vector is rotated; nothing is added to it."
    ),
    "alibi": N_("**Each column is an attention head:** the further back a word is, the more its score is lowered."),
}
METHODS: Final[Mapping[Scheme, str]] = {
    "sinusoidal": N_("a computed vector is added to the word's vector"),
    "learned": N_("a trained vector is added to the word's vector"),
    "rotary": N_("queries and keys are rotated inside every attention head"),
    "alibi": N_("attention scores are lowered by distance"),
}
LAYOUT_NAMES: Final[Mapping[str, str]] = {"interleaved": N_("Interleaved"), "concatenated": N_("Concatenated")}
MODEL_LABELS: Final[Mapping[Scheme, str]] = {
    "sinusoidal": N_("Model (its words, below)"),
    "learned": N_("Model (its position table)"),
    "rotary": N_("Model (its words, below)"),
    "alibi": N_("Model (its number of heads)"),
}
VECTOR_NOTES: Final[Mapping[Scheme, str]] = {
    "sinusoidal": N_(
        "Like a clock with many hands: the first pairs turn fast, the last ones hardly move. Sine goes to the right, "
        "cosine up."
    ),
    "learned": N_("No pairs and no hands here: these numbers come from training."),
    "rotary": N_(
        "The vector (1, 0) of each pair, rotated by this position. A real query is rotated by the same angles."
    ),
    "alibi": N_("One number a head: what is subtracted from the score of a word this far back."),
}
SINUSOIDAL_SUM: Final = N_(
    "The word's vector has length {unscaled}, the position's {position}. So the Transformer of 2017 "
    "multiplies the word's vector by √d_model = {scale} before it adds the two. **{model} was not "
    "trained this way**: it learned its positions. You see what the sum would be."
)
OWN_SUM: Final = N_(
    "This is what {model} itself adds up. Lengths: word {word}, position {position}, sum {total}. "
    "BERT also adds a vector for the segment (first or second text) and normalises the sum "
    "(LayerNorm); GPT-2 does neither."
)
CLOSENESS_NOTE: Final = N_(
    "Blue: similar, orange: opposite. Sinusoidal and learned: cosine similarity of two positions. "
    "Rotary: product of the same query and key at two positions. ALiBi: the factor by which a head "
    "lowers the attention share of an earlier word."
)
SHUFFLE_LEAD: Final = N_(
    "{model} reads your sentence and a copy with its words shuffled, once with positions and once "
    "without. How much does the vector that comes out for each word change?"
)
SHUFFLE_ENCODER: Final = N_(
    "With positions the outputs change by {with_positions} on average, without them by "
    "{without_positions} at most, which is rounding. **To attention alone a sentence is a bag of "
    "words**: all tokens are read at once, so the order has to be given."
)
SHUFFLE_DECODER: Final = N_(
    "With positions the outputs change by {with_positions} on average, without them still by up to "
    "{without_positions}. This model writes from left to right: each word sees only itself and the "
    "words before it, and that alone tells it something about the order. Choose a BERT to see the "
    "change vanish."
)
SHUFFLE_OTHER: Final = N_(
    "With positions the outputs change by {with_positions} on average, without the position vectors still by up to "
    "{without_positions}: this model has another way to know the order besides the vectors left out here."
)
SOURCES: Final[Mapping[Scheme, str]] = {
    "sinusoidal": "[Vaswani et al. 2017](https://arxiv.org/abs/1706.03762)",
    "learned": "[Gehring et al. 2017](https://arxiv.org/abs/1705.03122)",
    "rotary": "[Su et al. 2021](https://arxiv.org/abs/2104.09864)",
    "alibi": "[Press et al. 2022](https://arxiv.org/abs/2108.12409)",
}


@dataclass(frozen=True)
class Sentence:
    """A claim in words."""

    claim: str
    finding: str


def describe_claim(claim: Claim, *, checks: Checks, positions: int, base: float) -> Sentence:
    """Put a claim and what was measured into words.

    Parameters
    ----------
    claim
        What was checked.
    checks
        The checks it is one of.
    positions
        How many positions the table has.
    base
        Of the frequencies.
    """
    match claim.code:
        case "norm":
            statement = _("Every position vector has the same length, √(d/2) = {expected:.4f}.")
            finding = _("The length furthest from it: {measured:.4f} (relative error {error:.3g}).")
        case "offset":
            statement = _("The product of two position vectors depends only on how far apart they are.")
            finding = _("At equal distance it still varies by {measured:.3g} ({error:.3g} of its size).")
        case "rotation":
            statement = _("A shift by {offset} positions is one rotation R, the same for every position.")
            finding = _("R is off by {measured:.3g} at most; R·Rᵀ differs from the identity by {orthogonality:.3g}.")
            if checks.fitted:
                finding = _(
                    "Even the best rotation that could be fitted is off by {measured:.0%} of the largest entry."
                )
        case "wavelengths":
            statement = _("Wavelengths grow by a constant factor, from 2π to 2π·base^((d−2)/d) = {expected:,.1f}.")
            finding = _("The longest in the table: {measured:,.1f} positions, not 2π·base = {never:,.1f}.")
            if not claim.holds:
                finding = _("Read as waves, the dimensions do not have these wavelengths: relative error {error:.3g}.")
        case "turned_norm":
            statement = _("Rotating changes no length: a query of length {expected:.4f} keeps it at every position.")
            finding = _("The length furthest from it: {measured:.4f} (relative error {error:.3g}).")
        case "turned_offset":
            statement = _("The product of a rotated query and a rotated key depends only on how far apart they are.")
            finding = _("Two random vectors, all pairs of positions: it varies by {measured:.3g} at equal distance.")
        case "bias_offset":
            statement = _("What a head subtracts depends only on how far back the other word is.")
            finding = _("At equal distance it varies by {measured:.3g}.")
        case "not_monotone":
            statement = _("Similarity does not fall steadily with distance.")
            finding = _("It first rises again at offset {measured:.0f}.")
            if claim.holds is None:
                finding = _("It does not rise within these {positions} positions; a longer table may show it.")
    numbers = {
        "expected": claim.expected,
        "measured": claim.measured,
        "error": claim.error,
        "offset": checks.shift.offset if checks.shift else 0,
        "orthogonality": checks.shift.orthogonality_error if checks.shift else 0.0,
        "never": 2 * np.pi * base,
        "positions": positions,
    }
    return Sentence(statement.format(**numbers), finding.format(**numbers))


def describe_shuffle(effect: OrderEffect, *, decoder: bool) -> str:
    """Say what the shuffle has shown, by the numbers and not by what was expected."""
    largest = float(effect.without_positions.max())
    if largest < ROUNDING_OF_A_MODEL:
        sentence, without = (
            SHUFFLE_ENCODER,
            np.format_float_positional(100 * largest, precision=1, fractional=False, trim="-") + "%",
        )
    else:
        sentence, without = SHUFFLE_DECODER if decoder else SHUFFLE_OTHER, f"{largest:.0%}"
    return _(sentence).format(with_positions=f"{effect.with_positions.mean():.0%}", without_positions=without)


def verdict_badge(claim: Claim) -> str:
    """Return a badge: colour, sign and word, so that none of them has to carry the meaning alone."""
    if claim.holds is None:
        return f":gray-badge[:material/help: {_('not decided here')}]"
    if claim.holds:
        return f":green-badge[:material/check: {_('holds')}]"
    return f":red-badge[:material/close: {_('does not hold')}]"


@dataclass(frozen=True)
class Family:
    """A family of models: its name, and what transformers calls it (`model_type`)."""

    name: str
    model_type: str


USERS: Final[Mapping[Scheme, tuple[Family, ...]]] = {
    "sinusoidal": (Family("Marian (OPUS-MT)", "marian"), Family("PEGASUS", "pegasus"), Family("M2M-100", "m2m_100")),
    "learned": (
        Family("BERT", "bert"),
        Family("GPT-2", "gpt2"),
        Family("DistilBERT", "distilbert"),
        Family("RoBERTa", "roberta"),
        Family("OPT", "opt"),
        Family("BART", "bart"),
    ),
    "rotary": (
        Family("Llama", "llama"),
        Family("SmolLM2", "llama"),
        Family("Qwen3", "qwen3"),
        Family("Gemma 3", "gemma3_text"),
        Family("Mistral", "mistral"),
        Family("GPT-NeoX", "gpt_neox"),
        Family("ModernBERT", "modernbert"),
    ),
    "alibi": (Family("BLOOM", "bloom"), Family("MPT", "mpt")),
}
"""The original Transformer of 2017 used sinusoids too. T5 belongs nowhere here: it learns a bias for each distance."""
