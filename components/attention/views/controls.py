"""The controls above every view: text, model, kind of attention, layer and head, and what is said about the text."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.attention import link
from components.attention.capture import HALF_ERROR, MOST_TOKENS_IN_FULL
from components.attention.record import Attention, AttentionRecord
from components.attention.state import Reading
from components.core.i18n import N_, _
from components.core.parameters import Number
from components.models.inputs import Cut
from components.models.loaders import task_of
from components.models.recording import Kind
from components.models.records import Architecture, ModelRecord
from components.models.shape import ModelShape
from components.models.store import local_folder
from components.ui import links

MOST_NEW_TOKENS: Final = 40
_SLIDER_PX: Final = 200

KINDS: Final[dict[Kind, str]] = {
    "encoder": N_("Encoder: every token sees every token"),
    "decoder": N_("Decoder: a token sees itself and the tokens before it"),
    "cross": N_("Cross: the decoder's tokens look at the encoder's"),
}


def choose_text() -> str:
    """Draw the text, and return it."""
    text: str = st.text_area(_("Text"), height=68, **links.bound(link.PAGE, link.TEXT))
    return text


def choose_more(model: ModelRecord) -> Reading:
    """Draw what only some architectures can do: read a second text, or go on with the first; return it without that."""
    with st.popover(_("Second text, continuation"), icon=":material/add:"):
        return _more(model)


def _more(model: ModelRecord) -> Reading:
    is_encoder, is_decoder = (_architecture_of(model) == name for name in ("encoder", "decoder"))
    label = _("Second text (optional)") if is_encoder or is_decoder else _("Text to write (optional)")
    text_b = st.text_input(label, disabled=is_decoder, **links.bound(link.PAGE, link.TEXT_B))
    if is_decoder:
        st.caption(_("A decoder reads one text. An encoder such as BERT reads two as one input."))
    new_tokens = st.number_input(
        _("Tokens the model writes itself"),
        0,
        MOST_NEW_TOKENS,
        key="attention_new_tokens",
        disabled=is_encoder,
        help=_("Their attention is shown like that of your own text. The seed is fixed: the same text each time."),
    )
    if is_encoder:
        st.caption(_("An encoder writes nothing. A decoder such as GPT-2 does."))
    return Reading(model.id, "", None if is_decoder else text_b or None, 0 if is_encoder else int(new_tokens))


def _architecture_of(model: ModelRecord) -> Architecture:
    """Return what a model is built of; of one that stands in no registry its config.json tells."""
    if model.architecture is not None:
        return model.architecture
    by_task: dict[str | None, Architecture] = {"text-generation": "decoder", "text2text-generation": "encoder-decoder"}
    return by_task.get(task_of(model, local_folder(model)), "encoder")


def choose_kind(record_: AttentionRecord) -> Attention:
    """Draw the choice between the kinds of attention, where a model has several."""
    if len(record_.kinds) == 1:
        return record_.main
    kind = st.segmented_control(
        _("Kind of attention"),
        record_.kinds,
        required=True,
        default=record_.kinds[0],
        format_func=lambda kind: _(KINDS[kind]),
        key="attention_kind",
    )
    return record_.of(kind)


def choose_head(
    shape: ModelShape,
    attention: Attention,
    *,
    by_layer: bool = True,
    by_head: bool = True,
) -> tuple[int, int]:
    """Draw the sliders for layer and head, and return what they say within the bounds of this attention.

    Parameters
    ----------
    by_layer, by_head
        Whether the view shows another picture for another one. A slider that would change nothing cannot be moved.
    """
    layer = _slider(_("Layer"), link.layer_of(shape), disabled=not by_layer)
    head = _slider(_("Head"), link.head_of(shape), disabled=not by_head)
    return min(layer, attention.layers - 1), min(head, attention.heads - 1)


def selected_head(shape: ModelShape, attention: Attention) -> tuple[int, int]:
    """Return layer and head as the link or the visitor chose them, within the bounds of this attention."""
    chosen = [
        int(st.session_state.get(parameter.name, parameter.default))
        for parameter in (link.layer_of(shape), link.head_of(shape))
    ]
    return min(chosen[0], attention.layers - 1), min(chosen[1], attention.heads - 1)


def _slider(label: str, parameter: Number, *, disabled: bool) -> int:
    if parameter.least == parameter.most:
        return int(parameter.least)  # Streamlit refuses a slider without a way to go
    chosen: int = st.slider(
        label,
        int(parameter.least),
        int(parameter.most),
        disabled=disabled,
        width=_SLIDER_PX,
        help=_("This view shows all of them at once.") if disabled else None,
        **links.bound(link.PAGE, parameter),
    )
    return chosen


def describe_cut(cut: Cut | None) -> None:
    """Say visibly that a text was too long, and what is shown of it."""
    if cut is None:
        return
    if cut.limit_of_model:
        note = _("This text has {tokens} tokens; the model reads {kept} at most. The rest is left out.")
    else:
        note = _("This text has {tokens} tokens; this page shows the first {kept}. The rest is left out.")
    st.info(note.format(tokens=cut.tokens, kept=cut.kept), icon=":material/content_cut:")


def describe_weights(attention: Attention) -> None:
    """Say where weights are rounded, and where a row of the tokens' weights is not all of it."""
    if attention.is_half:
        st.caption(
            _(
                "Above {most} tokens the page keeps the shares in half precision (float16): each is off by up to "
                "{error:.4f}, and the metrics and rollout shown here are computed from these. The data export "
                "computes the text again in full precision (float32)."
            ).format(most=MOST_TOKENS_IN_FULL, error=HALF_ERROR)
        )
    share = attention.sink_share
    if share is not None:
        st.info(
            _(
                "This model has a sink beside the tokens: a learned number of each head that takes part in the "
                "softmax like one more token, but adds nothing to the output. So the shares of a row add up to "
                "less than 1; the rest is the sink's share, here {mean:.2f} on average (from {lowest:.2f} to "
                "{highest:.2f}). The heatmap shows it as the last column; lines, rollout and flow follow the "
                "tokens only."
            ).format(mean=share.mean(), lowest=share.min(), highest=share.max()),
            icon=":material/water_drop:",
        )
