"""Tabs that look inside one encoding: the table of tokens, the course's print-out, the stages of the pipeline."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.visible import visible
from components.tokenizer import wording
from components.tokenizer.encode import Token
from components.tokenizer.labels import hexadecimal
from components.tokenizer.model_inputs import model_inputs
from components.tokenizer.pipeline import Stage
from components.tokenizer.views.chosen import Chosen, encoding_of, stages_of
from components.ui import errors
from components.ui.token_chips import Chip, token_chips

_SECOND_TEXT: Final = "It was short."  # like the page's first text, in the language its models read
_MOST_ROWS: Final = 2_000
_MOST_PRINTED: Final = 1_000
_MOST_STAGE_CHARS: Final = 300


@errors.shown_in_place()
def token_table(chosen: Chosen, text: str) -> None:
    """Draw every token with all that is known about it."""
    tokens = encoding_of(chosen, text).tokens
    st.dataframe(
        table_of(tokens[:_MOST_ROWS]),
        hide_index=True,
        alt=_("{count} tokens with id, text, bytes and place.").format(count=len(tokens)),
    )
    if len(tokens) > _MOST_ROWS:
        st.caption(
            _("The first {shown} of {all} tokens. The export has all.").format(shown=_MOST_ROWS, all=len(tokens))
        )


def table_of(tokens: tuple[Token, ...]) -> pd.DataFrame:
    """Return tokens as the rows of a table."""
    return pd.DataFrame(
        {
            _("No."): [token.index for token in tokens],
            "id": [token.id for token in tokens],
            _("Token in the vocabulary"): [token.token for token in tokens],
            _("Text it covers"): [visible(token.text) for token in tokens],
            _("Bytes"): [hexadecimal(token.bytes) for token in tokens],
            _("Starts at"): ["" if token.sequence is None else str(token.start) for token in tokens],
            _("Ends before"): ["" if token.sequence is None else str(token.end) for token in tokens],
            _("Kind"): [_kind(token) for token in tokens],
        }
    )


def _kind(token: Token) -> str:
    if token.unknown:
        return _("unknown")
    return _("special") if token.special else ""


@st.fragment
@errors.shown_in_place()
def course_output(chosen: Chosen, text: str) -> None:
    """Draw what `tokenizer(text)` of transformers prints, for one text and for a pair."""
    st.markdown(_("This is what the transformers library prints, entry for entry."))
    _printed(chosen, text, None)
    pair = st.text_input(_("A second text, to see a pair"), _SECOND_TEXT, key="tokenizer_pair", persist_state="session")
    if pair:
        _printed(chosen, text, pair)
    if "token_type_ids" in chosen.input_names:
        st.caption(_("token_type_ids: 0 for the first text, 1 for the second. This model was built to read pairs."))
    else:
        st.caption(_("No token_type_ids: this model does not tell two texts apart by itself, they simply follow."))


def _printed(chosen: Chosen, text: str, pair: str | None) -> None:
    encoding = encoding_of(chosen, text, pair)
    shown = [source.text[:_MOST_PRINTED] for source in encoding.sources]
    st.code(f"tokenizer({', '.join(map(repr, shown))})", language="python", wrap_lines=True)
    inputs = model_inputs(encoding, chosen.input_names)
    lines = [f"{name!r}: {values[:_MOST_PRINTED]}" for name, values in inputs.items()]
    st.code("{" + ",\n ".join(lines) + "}", language="python", wrap_lines=True)
    if len(encoding.tokens) > _MOST_PRINTED:
        rest = _("The first {shown} of {all} ids. The export has all.")
        st.caption(rest.format(shown=_MOST_PRINTED, all=len(encoding.tokens)))


@st.fragment
@errors.shown_in_place()
def stages(chosen: Chosen, text: str) -> None:
    """Draw the pipeline stage by stage, with what each changed."""
    shown = encoding_of(chosen, text).sources[0].text[:_MOST_STAGE_CHARS]
    if len(shown) < len(text):
        st.caption(_("The first {shown} characters of the text.").format(shown=len(shown)))
    found = stages_of(chosen, shown)
    special = frozenset(found.special)
    for number, stage in enumerate(found.steps, start=1):
        with st.container(border=True, gap="small"):
            _stage(number, stage, special)


def _stage(number: int, stage: Stage, special: frozenset[int]) -> None:
    mark = "" if stage.changed else " · " + _("changed nothing here")
    st.markdown(f"**{number}. {_(wording.STAGES[stage.kind])}**{mark}")
    st.caption(_explanation(stage))
    if stage.changed:
        chips = [
            Chip(
                visible(part.text),
                () if part.id is None else (part.id,),
                part.start,
                part.end,
                special=part.id in special,
            )
            for part in stage.parts
        ]
        label = _("The text after step {number}").format(number=number)
        token_chips(chips, text=None, label=label, key=f"tokenizer_stage_{number}")


def _explanation(stage: Stage) -> str:
    """Say what the component does, and name it with its settings as tokenizer.json does."""
    if stage.component is None:
        return _(wording.NONE[stage.kind])
    settings = ", ".join(f"{name}={value!r}" for name, value in stage.settings.items())
    does = wording.COMPONENTS.get(stage.component)
    named = escape_markdown(f"{stage.component}({settings})" if settings else stage.component)
    return f"{_(does)}  \n{named}" if does else named
