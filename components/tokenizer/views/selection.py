"""Which tokenizer the page shows, and everything it is asked for, computed once and kept.

The cached functions are keyed on the tokenizer's key and the text; the tokenizer itself travels beside the key.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.i18n import _
from components.core.text import escape_markdown
from components.models import cached
from components.models.byte_alphabet import Spelling
from components.models.errors import ModelError
from components.models.records import ModelRecord
from components.models.registry import DEFAULT_DECODER, DEFAULT_ENCODER, record
from components.models.shape import read_config
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer
from components.tokenizer.analysis import Analysis, LocalAnalysis, Stages
from components.tokenizer.chips import Group, group_label, group_tokens
from components.tokenizer.encode import Encoding, Measures, input_names
from components.tokenizer.isolation.analysis import Asker, IsolatedAnalysis
from components.tokenizer.isolation.pool import TokenizerFile
from components.tokenizer.link import MODEL, PAGE
from components.tokenizer.pipeline import Part
from components.tokenizer.trace import WordTrace
from components.ui import errors
from components.ui.model_picker import model_picker
from components.ui.session import checkpoint, session
from components.ui.token_chips import Chip

_USED: Final = "_tokenizer_pasted_and_used"
"""In the session: the fingerprint of the pasted text that the visitor wanted used."""

_KEPT_ENCODINGS: Final = 16
_KEPT_SPECS: Final = 6  # the tables of a large vocabulary take much memory


@dataclass(frozen=True)
class Selection:
    """The tokenizer on the screen.

    Attributes
    ----------
    key
        Names it in caches: a model id, or the fingerprint of an uploaded file.
    analysis
        What the tokenizer is asked through: in this process for a model of the menu, in a child process for a file that
        a visitor brought.
    spelling
        How its vocabulary spells bytes.
    model
        None for an uploaded file.
    """

    key: str
    title: str
    analysis: Analysis
    spelling: Spelling
    model: ModelRecord | None

    @property
    def input_names(self) -> tuple[str, ...]:
        """Which lists its `tokenizer(text)` prints."""
        if self.model is None:
            return input_names({})
        folder = local_folder(self.model)
        path = folder / "tokenizer_config.json"
        settings: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
        return input_names(settings, model_type=read_config(folder).get("model_type"))


def select_model(model_id: str) -> Selection:
    """Return a model's tokenizer. Raises `ModelError` as `cached.tokenizer`."""
    model = record(model_id)
    analysis = _local_analysis(model_id, cached.tokenizer(model_id))
    return Selection(model_id, model.title, analysis, analysis.spelling(), model)


@st.cache_resource(max_entries=_KEPT_SPECS, show_spinner=False)
def _local_analysis(model_id: str, _tokenizer: SharedTokenizer) -> LocalAnalysis:
    return LocalAnalysis(_tokenizer)


def bert() -> Selection:
    """Return the embedded BERT's tokenizer."""
    return select_model(DEFAULT_ENCODER)


def gpt2() -> Selection:
    """Return the embedded GPT-2's tokenizer."""
    return select_model(DEFAULT_DECODER)


def pick_tokenizer(text: str, notices: DeltaGenerator) -> Selection:
    """Draw the model menu and the upload under it, and return the tokenizer to show on a text.

    What is wrong with a file that was brought is said in `notices`, which an open popover must not cover.
    """
    model = model_picker(PAGE, MODEL)
    with st.popover(_("Your own tokenizer.json"), icon=":material/upload_file:", width="stretch"):
        st.markdown(_("Every tokenizer of the Hugging Face library can be saved as one file, tokenizer.json."))
        file = st.file_uploader(_("Upload it"), type=["json"], key="tokenizer_upload")
        pasted = _pasted()
    data = file.getvalue() if file is not None else pasted
    if data:
        with notices, errors.shown_in_place():
            chosen = _brought(data)
            encoding_of(chosen, text)
            measures_of(chosen, text)
            st.caption(
                _("You see the tokenizer.json you brought. Remove it to go back to {model}.").format(
                    model=escape_markdown(model.title)
                )
            )
            return chosen
    try:
        return select_model(model.id)
    except ModelError as error:
        errors.show(error)
        return bert()


def _pasted() -> bytes:
    """Draw the box and its button, and return what is in the box if the button was pressed on exactly that.

    A tab that reconnects sends the text of its boxes again, but no click: after a restart nothing runs by itself.
    """
    written = st.text_area(_("Or paste its content"), key="tokenizer_pasted", height=120)
    data = written.strip().encode("utf-8", "replace")
    digest = hashlib.sha256(data).hexdigest()
    if st.button(_("Use the pasted text"), key="tokenizer_use_pasted"):
        st.session_state[_USED] = digest
    if not data or st.session_state.get(_USED) != digest:
        return b""
    return data


def _brought(data: bytes) -> Selection:
    file = TokenizerFile.of(data)
    analysis = IsolatedAnalysis(file, asker())
    return Selection(file.digest, "tokenizer.json", analysis, analysis.spelling(), None)


def asker() -> Asker:
    """Return this session as one that asks child processes."""
    return Asker(session(), checkpoint)


def encoding_of(chosen: Selection, text: str, pair: str | None = None, *, special: bool = True) -> Encoding:
    """Encode a text. Raises as `Analysis.encode`."""
    return _encoding(chosen.key, text, pair, special, chosen)


@st.cache_resource(max_entries=_KEPT_ENCODINGS, show_spinner=False)
def _encoding(key: str, text: str, pair: str | None, special: bool, _chosen: Selection) -> Encoding:
    return _chosen.analysis.encode(text, pair, special)


def groups_of(chosen: Selection, text: str) -> tuple[Group, ...]:
    """Encode a text and group its tokens by characters. Raises as `Analysis.encode`."""
    return _groups(chosen.key, text, chosen)


@st.cache_resource(max_entries=_KEPT_ENCODINGS, show_spinner=False)
def _groups(key: str, text: str, _chosen: Selection) -> tuple[Group, ...]:
    return group_tokens(encoding_of(_chosen, text))


def measures_of(chosen: Selection, text: str) -> Measures:
    """Count tokens and check the round trip of a text. Raises as `Analysis.measure`."""
    return _measures(chosen.key, text, chosen)


@st.cache_resource(max_entries=4 * _KEPT_ENCODINGS, show_spinner=False)
def _measures(key: str, text: str, _chosen: Selection) -> Measures:
    return _chosen.analysis.measure(text)


def stages_of(chosen: Selection, text: str) -> Stages:
    """Take a text through all stages. Raises as `Analysis.stages`."""
    return _stages(chosen.key, text, chosen)


@st.cache_resource(max_entries=_KEPT_ENCODINGS, show_spinner=False)
def _stages(key: str, text: str, _chosen: Selection) -> Stages:
    return _chosen.analysis.stages(text)


def words_of(chosen: Selection, text: str) -> tuple[Part, ...]:
    """Return the words that can be traced. Raises as `Analysis.words`."""
    return _words(chosen.key, text, chosen)


@st.cache_resource(max_entries=_KEPT_ENCODINGS, show_spinner=False)
def _words(key: str, text: str, _chosen: Selection) -> tuple[Part, ...]:
    return _chosen.analysis.words(text)


def trace_of(chosen: Selection, word: str) -> WordTrace:
    """Trace one of these words. Raises as `Analysis.trace`."""
    return _trace(chosen.key, word, chosen)


@st.cache_resource(max_entries=_KEPT_ENCODINGS, show_spinner=False)
def _trace(key: str, word: str, _chosen: Selection) -> WordTrace:
    return _chosen.analysis.trace(word)


def make_chip(group: Group, spelling: Spelling, *, marked: bool = False) -> Chip:
    """Return the chip of a group of tokens."""
    placed = group.sequence is not None
    return Chip(
        group_label(group, spelling),
        tuple(token.id for token in group.tokens),
        group.start if placed else None,
        group.end if placed else None,
        special=group.tokens[0].special,
        marked=marked,
    )
