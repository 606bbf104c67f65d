"""An answer token by token, coloured by how surprising each was; a click on a token opens its step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from components.core.errors import Reason
from components.core.i18n import N_, _
from components.engines.capabilities import Capabilities
from components.engines.contract import Token
from components.generation.heat import Measure, Warm, warmth
from components.generation.state import STEP

KEY: Final = "generation_heat"
_MEASURE: Final = "generation_measure"
_MEASURES: Final[dict[Measure, str]] = {"surprisal": N_("Surprisal"), "entropy": N_("Entropy")}
_ABOUT: Final[dict[Measure, str]] = {
    "surprisal": N_(
        "The stronger the colour, the more surprising the token was to the model. Click one to see its step."
    ),
    "entropy": N_("The stronger the colour, the more open the choice was before the token. Click one to see its step."),
}
_HERE: Final = Path(__file__).parent
_component = st.components.v2.component(
    "token_heat",
    html='<div class="heat" role="group"></div>\n',
    css=(_HERE / "heat.css").read_text(encoding="utf-8"),
    js=(_HERE / "heat.js").read_text(encoding="utf-8"),
)


def heat(prompt: str, tokens: Sequence[Token], capabilities: Capabilities, *, chosen: int | None) -> None:
    """Draw a text.

    Parameters
    ----------
    prompt
        What stands before it, drawn faintly.
    capabilities
        Of the engine that wrote it.
    chosen
        Position of the token whose step is open.
    """
    measure = _measure(capabilities)
    data = {
        "label": _("The text, token by token"),
        "prompt": prompt,
        "tokens": [_drawn(warm) for warm in warmth(tokens, measure)],
        "chosen": chosen,
    }
    _component(data=data, key=KEY, on_picked_change=_pick)


def choose_measure(capabilities: Capabilities) -> None:
    """Draw the choice of what the colour means; greyed out where an engine does not tell enough for it."""
    st.session_state[_MEASURE] = _measure(capabilities)
    st.segmented_control(
        _("Colour"),
        list(_MEASURES),
        required=True,
        format_func=lambda measure: _(_MEASURES[measure]),
        key=_MEASURE,
        label_visibility="collapsed",
        disabled=_untold(capabilities) is not None,
    )


def explain_measure(capabilities: Capabilities) -> None:
    """Say what the colour means, or why there is none."""
    about = [_(_ABOUT[_measure(capabilities)])] if capabilities.supports("logprobs") else []
    reason = _untold(capabilities)
    st.caption(" ".join([*about, *([] if reason is None else [str(reason)])]))


def _measure(capabilities: Capabilities) -> Measure:
    chosen: Measure | None = st.session_state.get(_MEASURE)
    return chosen if chosen is not None and _untold(capabilities) is None else "surprisal"


def _untold(capabilities: Capabilities) -> Reason | None:
    """Return why surprisal, or else entropy, is not known; None if both are."""
    return capabilities.why_not("logprobs") or capabilities.why_not("full_distribution")


def _drawn(warm: Warm) -> dict[str, object]:
    numbers = (
        (_("surprisal {bits:.2f} bits"), warm.surprisal_bits),
        (_("entropy {bits:.2f} bits"), warm.entropy_bits),
    )
    about = [text.format(bits=bits) for text, bits in numbers if bits is not None]
    lines = warm.text.count("\n")
    return {
        "text": warm.text.replace("\n", "↵") or "▫",
        "breaks": lines,
        "heat": warm.heat or 0.0,
        "given": warm.given,
        "about": " · ".join([*about, *([_("chosen by you or carried over")] if warm.given else [])]),
    }


def _pick() -> None:
    """Open the step of the token that was clicked; what comes from a browser is checked where it is used."""
    picked = st.session_state[KEY].picked
    if isinstance(picked, int):
        st.session_state[STEP] = picked
