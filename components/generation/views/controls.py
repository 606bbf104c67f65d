"""What a visitor turns: engine and model, prompt and mode, examples, strategy and the settings of the sampler chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import streamlit as st

from components.core.i18n import _
from components.core.parameters import Number
from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import Strategy
from components.engines.offers import Offer, offers
from components.generation import link
from components.generation.engine_cache import OpenEngine, chosen_offer, offer_for
from components.generation.examples import EXAMPLES, why_not
from components.generation.request_builder import mode_of, strategy_of, uses
from components.generation.wording import MODES, SETTINGS, STRATEGIES
from components.models.errors import UnknownModel
from components.models.registry import record
from components.ui import links
from components.ui.model_picker import model_picker
from components.ui.text_fit import warn_of_unread_text

_PROMPT_HEIGHT_PX: Final = 84
_KNOBS_WIDTH_PX: Final = 438
"""Of all settings in sight, which share a row with the strategy on a laptop."""
_STEPS: Final[Mapping[str, float]] = {"temperature": 0.05, "repetition_penalty": 0.05}
_STEP: Final = 0.01
_IN_SIGHT: Final[Mapping[Strategy, tuple[Number, ...]]] = {
    "greedy": (link.MAX_NEW_TOKENS, link.REPETITION_PENALTY),
    "sample": (link.TEMPERATURE, link.TOP_K, link.TOP_P),
    "beam": (link.NUM_BEAMS, link.MAX_NEW_TOKENS),
    "beam_sample": (link.NUM_BEAMS, link.TEMPERATURE, link.TOP_P),
}
_FEATURES: Final[Mapping[str, Feature]] = {
    "temperature": "temperature", "top_k": "top_k", "top_p": "top_p", "min_p": "min_p", "typical_p": "typical_p",
    "repetition_penalty": "repetition_penalty", "num_beams": "beam", "seed": "seed",
}  # fmt: skip


def choose_model() -> tuple[Offer, str]:
    """Draw the model menu, and return which model to run on which engine."""
    wanted = chosen_offer()
    if wanted.is_remote and wanted.missing is None:
        if st.session_state[link.MODEL.name] not in wanted.models:
            st.session_state[link.MODEL.name] = wanted.models[0]
        model_id: str = st.selectbox(_("Model"), wanted.models, **links.bound(link.PAGE, link.MODEL))
        return wanted, model_id
    model = model_picker(link.PAGE, link.MODEL)
    return offer_for(wanted.name, model.id), model.id


def choose_prompt(opened: OpenEngine) -> None:
    """Draw the prompt, the mode, and examples to start from."""
    asked = st.session_state[link.MODE.name]
    mode = mode_of(asked, opened.capabilities)
    label = _("Your turn") if mode == "chat" else _("Prompt: the text to continue")
    prompt: str = st.text_area(label, height=_PROMPT_HEIGHT_PX, **links.bound(link.PAGE, link.PROMPT))
    _warn_of_unread_prompt(prompt)
    if mode != asked:
        reason = opened.capabilities.why_not("chat" if asked == "chat" else "completion")
        here = _("The text is completed instead.") if mode == "complete" else _("It is asked as in a chat instead.")
        st.info(f"{reason} {here}", icon=":material/block:")


def _warn_of_unread_prompt(prompt: str) -> None:
    """Say that a model of this machine has not learned the prompt's language; of models elsewhere it is not known."""
    try:
        model = record(st.session_state[link.MODEL.name])
    except UnknownModel:
        return
    warn_of_unread_text(model, prompt, (link.PAGE, link.MODEL))


def choose_mode(opened: OpenEngine) -> None:
    """Draw the mode; greyed out where the model has only the one that is on."""
    asked = st.session_state[link.MODE.name]
    missing = _why_not(("chat", "completion"), opened.capabilities)
    st.segmented_control(
        _("Mode"),
        link.MODE.options,
        required=True,
        format_func=lambda mode: _(MODES[mode]),
        help=missing,
        disabled=missing is not None and mode_of(asked, opened.capabilities) == asked,
        **links.bound(link.PAGE, link.MODE),
    )


def _why_not(features: Sequence[Feature], capabilities: Capabilities) -> str | None:
    """Return why some of these cannot be had, each reason once; None if all can."""
    reasons = [capabilities.why_not(feature) for feature in features]
    return " ".join(dict.fromkeys(str(reason) for reason in reasons if reason is not None)) or None


def choose_settings(opened: OpenEngine) -> None:
    """Draw the strategy and its main settings; the others stand behind a button."""
    capabilities = opened.capabilities
    wanted = st.session_state[link.STRATEGY.name]
    strategy = strategy_of(wanted, capabilities)
    knobs = _IN_SIGHT[strategy]
    with st.container(horizontal=True, vertical_alignment="bottom", key="generation_settings"):
        st.segmented_control(
            _("How the next token is chosen"),
            link.STRATEGY.options,
            required=True,
            format_func=lambda strategy: _(STRATEGIES[strategy]),
            help=_why_not(list(STRATEGIES), capabilities),
            **links.bound(link.PAGE, link.STRATEGY),
        )
        for parameter in knobs:
            _knob(parameter, strategy, capabilities, width=_KNOBS_WIDTH_PX // len(knobs))
        with st.popover(_("Settings"), icon=":material/tune:"):
            choose_mode(opened)
            _choose_engine()
            for parameter in link.SETTINGS:
                if parameter not in knobs:
                    _knob(parameter, strategy, capabilities)
            if opened.is_remote:
                st.caption(_("A setting that you have not changed is left to the service, which uses its own default."))
    if strategy != wanted:
        reason = capabilities.why_not(wanted)
        st.info(f"{reason} {_(STRATEGIES[strategy])}.", icon=":material/block:")


def _choose_engine() -> None:
    missing = {offer.name: offer.missing is not None for offer in offers()}
    titles = {
        offer.name: offer.title if offer.missing is None else _("{engine} (not here)").format(engine=offer.title)
        for offer in offers()
    }
    st.selectbox(
        _("Engine"),
        sorted(link.ENGINE.options, key=lambda name: missing[name]),
        format_func=lambda name: titles[name],
        help=_("What runs the model. transformers shows everything; llama.cpp is faster where a model has its file."),
        **links.bound(link.PAGE, link.ENGINE),
    )


def _knob(
    parameter: Number, strategy: Strategy, capabilities: Capabilities, *, width: int | Literal["stretch"] = "stretch"
) -> None:
    """Draw one setting; one that cannot make a difference is greyed out and says why."""
    name, about = SETTINGS[parameter.name]
    feature = _FEATURES.get(parameter.name)
    reason = None if feature is None else capabilities.why_not(feature)
    unused = None if reason is None else str(reason)
    if unused is None and not uses(parameter.name, strategy):
        unused = _("Has no effect with this strategy: {strategy}.").format(strategy=_(STRATEGIES[strategy]))
    options: dict[str, Any] = links.bound(link.PAGE, parameter) | {
        "help": _(about) if unused is None else unused,
        "disabled": unused is not None,
        "width": width,
    }
    if parameter.name == "seed":
        st.number_input(_(name), int(parameter.least), int(parameter.most), step=1, **options)
    elif isinstance(parameter.least, int):
        st.slider(_(name), int(parameter.least), int(parameter.most), **options)
    else:
        step = _STEPS.get(parameter.name, _STEP)
        st.slider(_(name), float(parameter.least), float(parameter.most), step=step, **options)


def choose_example(opened: OpenEngine) -> None:
    """Draw the menu, what suits the model first."""
    model = opened.record
    can_chat = opened.capabilities.supports("chat")
    is_text_to_text = model is not None and model.task == "text2text-generation"
    with st.popover(_("Examples"), icon=":material/lightbulb:"):
        reasons = {
            number: why_not(
                example,
                follows_instructions=can_chat or is_text_to_text,
                is_for_lessons=model is not None and model.held_out is not None,
                languages=() if model is None else model.languages,
            )
            for number, example in enumerate(EXAMPLES)
        }
        for number in sorted(reasons, key=lambda number: reasons[number] is not None):
            example, reason = EXAMPLES[number], reasons[number]
            mode = example.mode if can_chat else "complete"
            st.button(
                _(example.title),
                key=f"generation_example_{number}",
                help=None if reason is None else str(reason),
                disabled=reason is not None,
                width="stretch",
                on_click=links.set_up,
                args=(link.PAGE, (link.PROMPT, link.MODE), {"prompt": example.prompt, "mode": mode}),
            )
