"""The page's names for what is measured, and what to look for in a head of each role."""

from __future__ import annotations

from typing import Final

from components.attention.labels import Label
from components.attention.roles import Role
from components.core.i18n import N_, _

ROLES: Final[dict[Role, str]] = {
    "previous_token": N_("previous token"),
    "next_token": N_("next token"),
    "itself": N_("itself"),
    "first_token": N_("first token (sink)"),
    "separator": N_("separator (sink)"),
    "duplicate_token": N_("duplicate token"),
    "induction": N_("induction"),
}
NO_ROLE: Final = N_("no clear role")

LOOK_FOR: Final[dict[Role, str]] = {
    "previous_token": N_("Look for a line just below the diagonal: each token looks one back."),
    "next_token": N_("Look for a line just above the diagonal: each token looks one ahead."),
    "itself": N_("Look for the diagonal: each token looks at itself."),
    "first_token": N_(
        "Look for a full first column: an attention sink, which gets a large share in every text. It "
        "does not mean importance."
    ),
    "separator": N_(
        "Look for a full column at [SEP] or at the end: an attention sink, which gets a large share in every text."
    ),
    "duplicate_token": N_("Repeat a word in the text, and look at where the second one looks: at the first."),
    "induction": N_(
        "Write a phrase twice, and look at the second: each word looks at the word that came after it the first time."
    ),
}

METRICS: Final[dict[str, tuple[str, str]]] = {
    "entropy": (
        N_("entropy (0–1)"),
        N_(
            "0: looks at one token. 1: looks equally at all that it can see. Each row is divided by the entropy of an "
            "even spread."
        ),
    ),
    "mean_distance": (N_("mean distance"), N_("How many tokens away the head looks, on average.")),
    "previous_token": (N_("previous"), N_("Mean share of the token before.")),
    "next_token": (N_("next"), N_("Mean share of the token after. A decoder cannot look there.")),
    "first_token": (N_("first"), N_("Mean share of the first token.")),
    "separator": (N_("separator"), N_("Mean share of [SEP] or another special token after the first.")),
    "same_token": (N_("same token"), N_("Mean share of the other places where the same token occurs in this text.")),
    "itself": (N_("itself (diagonal)"), N_("Mean share of the token itself.")),
}
SINK: Final = (
    N_("sink beside the tokens"),
    N_("Mean share of the learned sink: what is missing in the sum of a row."),
)
RANDOM_METRICS: Final[dict[Role, tuple[str, str]]] = {
    "duplicate_token": (
        N_("duplicate (random)"),
        N_(
            "On random tokens that come twice: mean share of the place where the same token came first, less "
            "the share of that place when nothing comes twice."
        ),
    ),
    "induction": (
        N_("induction (random)"),
        N_(
            "On random tokens that come twice: mean share of the token that came next the first time, less "
            "the share of that place when nothing comes twice."
        ),
    ),
}


def label_name(label: Label | None) -> str:
    """Return the name a head has earned, in the visitor's language, and whether it is not stable."""
    return _(NO_ROLE) if label is None else _marked(_(ROLES[label.role]), label)


def label_in_words(label: Label | None) -> str:
    """Return the name a head has earned with its gain and the interval of it, and whether it is not stable."""
    if label is None:
        return _(NO_ROLE)
    return _marked(f"{_(ROLES[label.role])} {label.gain:.2f} [{label.low:.2f}, {label.high:.2f}]", label)


def _marked(words: str, label: Label) -> str:
    return words if label.stable else _("{role}, not stable").format(role=words)
