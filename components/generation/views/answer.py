"""An answer on the screen: its tokens coloured by surprise, its numbers, and what went wrong or was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import streamlit as st

from components.core.errors import Reason
from components.core.i18n import N_, _
from components.core.text import escape_markdown
from components.engines.capabilities import Capabilities
from components.engines.contract import Message, Token
from components.engines.table import engine_spec
from components.generation.answer import Answer
from components.generation.state import STEP
from components.generation.wording import FINISHES, feature_name, other_content, thinking_count, why_no_text
from components.ui import errors
from components.ui.navigation import page_link

_MOST_LINKED_CHARS: Final = 2_000


KEY: Final = "generation_heat"
_MEASURES: Final[dict[Measure, str]] = {"surprisal": N_("Surprise"), "entropy": N_("Entropy")}
_ABOUT: Final[dict[Measure, str]] = {
    "surprisal": N_(
        "The stronger the colour, the more surprising the token was to the model. Click one to see its step."
    ),
    "entropy": N_("The stronger the colour, the more open the choice was before the token. Click one to see its step."),
}
_HERE: Final = Path(__file__).parent
_component = st.components.v2.component(
    "token_heat",
    html='<div class="heat" role="group"></div><div class="key"><p></p><div role="radiogroup"></div></div>\n',
    css=(_HERE / "heat.css").read_text(encoding="utf-8"),
    js=(_HERE / "heat.js").read_text(encoding="utf-8"),
)
Measure = Literal["surprisal", "entropy"]
FULL_HEAT_BITS: Final[dict[Measure, float]] = {"surprisal": 12.0, "entropy": 8.0}
"""Where the colour is at its strongest. Fixed, so that colours mean the same in every answer: 12 bits are a chance of
1 in 4,096; the entropy of a fair choice among 256 tokens is 8 bits."""


def show_answer(answer: Answer, capabilities: Capabilities, *, apart: bool) -> None:
    """Draw an answer, whole or as far as it came.

    Parameters
    ----------
    capabilities
        Of the engine that wrote it.
    apart
        Whether it answers the prompt instead of going on with it.
    """
    if answer.request.mode == "chat":
        _thread(answer.request.messages)
    for change in answer.transcript.adjusted:
        st.info(f"{feature_name(change.feature)}: {change.reason}", icon=":material/tune:")
    show_thinking(answer)
    for other in answer.transcript.others:
        st.info(other_content(other), icon=":material/category:")
    if answer.tokens:
        before = "" if answer.request.mode == "chat" else answer.request.prompt
        draw_heat(answer, before, capabilities, chosen=st.session_state.get(STEP))
    if answer.saving is not None:
        answer.saving.draw()
    if answer.fault is not None:
        errors.show(answer.fault)
    elif answer.tokens:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            untold = _untold(capabilities)
            st.caption(_facts(answer) if untold is None else f"{_facts(answer)}  \n{untold}")
            _attention_link(answer, apart=apart)
    else:
        why = why_no_text(answer.transcript, may_think=capabilities.thinking_tokens)
        st.info(why, icon=":material/short_text:")


def show_thinking(answer: Answer) -> None:
    """Draw what the model thought before it answered, folded; nothing if it did not think, or keeps it to itself."""
    thought = answer.transcript.thought.strip()
    if thought:
        count = thinking_count(answer.transcript)
        label = _("Reasoning · {count} tokens").format(count=count)
        with st.expander(label, icon=":material/psychology:"):
            st.markdown("  \n".join(escape_markdown(line) for line in thought.split("\n")))


def _attention_link(answer: Answer, *, apart: bool) -> None:
    """Carry prompt and answer to the attention viewer, if it can show this model."""
    prompt, written = answer.request.prompt, answer.text
    is_here = engine_spec(answer.engine).runs_here and answer.request.mode == "complete"
    if not is_here or len(prompt + written) > _MOST_LINKED_CHARS:
        return
    texts = {"text": prompt, "text_b": written} if apart else {"text": prompt + written}
    page_link("attention", label=_("Its attention"), model=answer.model, **texts)


def _facts(answer: Answer) -> str:
    run = answer.transcript
    parts = [_("{count} tokens written").format(count=run.new_tokens - run.thinking_tokens)]
    if run.thinking_tokens:
        parts.append(_("{count} of reasoning").format(count=thinking_count(run)))
    if run.usage is not None and run.usage.input_tokens is not None:
        parts.append(_("{count} read").format(count=run.usage.input_tokens))
    if run.seconds_to_first_token is not None:
        parts.append(_("first token after {seconds:.2f} s").format(seconds=run.seconds_to_first_token))
    if run.tokens_per_second is not None:
        parts.append(_("{speed:.0f} tokens/s").format(speed=run.tokens_per_second))
    if answer.perplexity is not None:
        parts.append(_("perplexity {value:.1f}").format(value=answer.perplexity))
    parts.append(_("stopped: {why}").format(why=_(FINISHES[run.finish])) if run.finish else _("stopped by you"))
    return " · ".join(parts)


def _thread(messages: Sequence[Message]) -> None:
    """Draw the turns of a conversation."""
    for message in messages:
        with st.chat_message(message.role):
            st.markdown("  \n".join(escape_markdown(line) for line in message.text.split("\n")))


def draw_heat(answer: Answer, prompt: str, capabilities: Capabilities, *, chosen: int | None) -> None:
    """Draw a text with its heat; which measure it shows is switched in the browser.

    Parameters
    ----------
    prompt
        What stands before it, drawn faintly.
    capabilities
        Of the engine that wrote it.
    chosen
        Position of the token whose step is open.
    """
    warm = zip(*(measure_warmth(answer.tokens, measure) for measure in _MEASURES), strict=True)
    cut = _("… (limit of {count} tokens)").format(count=answer.request.new_tokens)
    data = {
        "label": _("The text, token by token"),
        "prompt": prompt,
        "tokens": [_drawn(each) for each in warm],
        "chosen": chosen,
        "end": cut if answer.transcript.finish == "length" else "",
        "choice": _("Colour"),
        "measures": [{"title": _(title), "about": _(_ABOUT[measure])} for measure, title in _MEASURES.items()]
        if _untold(capabilities) is None
        else [],
        "about": _(_ABOUT["surprisal"]) if capabilities.supports("logprobs") else "",
    }
    _component(data=data, key=KEY, on_picked_change=_pick)


def _untold(capabilities: Capabilities) -> Reason | None:
    """Return why surprisal, or else entropy, is not known; None if both are."""
    return capabilities.why_not("logprobs") or capabilities.why_not("full_distribution")


def _drawn(measured: tuple[Warm, ...]) -> dict[str, object]:
    """Return what the browser draws of a token, which has one heat a measure."""
    warm = measured[0]
    numbers = (
        (_("surprise {bits:.2f} bits"), warm.surprisal_bits),
        (_("entropy {bits:.2f} bits"), warm.entropy_bits),
    )
    about = [text.format(bits=bits) for text, bits in numbers if bits is not None]
    return {
        "text": warm.text.replace("\n", "↵") or "▫",
        "breaks": warm.text.count("\n"),
        "heats": [each.heat or 0.0 for each in measured],
        "given": warm.given,
        "about": " · ".join([*about, *([_("chosen by you or carried over")] if warm.given else [])]),
    }


def _pick() -> None:
    """Open the step of the token that was clicked; what comes from a browser is checked where it is used."""
    picked = st.session_state[KEY].picked
    if isinstance(picked, int):
        st.session_state[STEP] = picked


@dataclass(frozen=True)
class Warm:
    """One token as it is drawn.

    Attributes
    ----------
    heat
        From 0 to 1; None where the engine does not tell.
    """

    text: str
    heat: float | None
    surprisal_bits: float | None
    entropy_bits: float | None
    given: bool


def measure_warmth(tokens: Sequence[Token], measure: Measure) -> tuple[Warm, ...]:
    """Return each token with its heat."""
    return tuple(_warm(token, measure) for token in tokens)


def _warm(token: Token, measure: Measure) -> Warm:
    bits = token.surprisal_bits if measure == "surprisal" else token.entropy_bits
    heat = None if bits is None else min(1.0, max(0.0, bits / FULL_HEAT_BITS[measure]))
    return Warm(token.text, heat, token.surprisal_bits, token.entropy_bits, token.given)
