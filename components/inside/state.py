"""What the page shows now, and what is remembered of it.

The caches are keyed on ids and text. What they return is shared between sessions, so nobody may change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Condition
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from cachetools import LRUCache
from cachetools import cached as remembered

from components.inside import link
from components.inside.attribution import Attribution, attribute
from components.inside.intervention import Changed, compare, swap, switch_off
from components.inside.lens import Lens, best_guesses, read_lens
from components.inside.reading import (
    Pass,
    before_mask,
    find_token,
    is_causal,
    predicted_position,
    read_text,
    run,
    with_mask,
)
from components.inside.stages import Stages, list_stages
from components.models import cached
from components.models.loaders import LoadedModel, task_of
from components.models.registry import record
from components.models.store import local_folder
from components.ui.session import checkpoint
from components.ui.text_fit import built_in_reader

if TYPE_CHECKING:
    from torch import Tensor

    from components.models.recording import LayerRecord
    from components.models.tracing import Trace

MOST_BYTES: Final = 256 * 2**20
"""Of all passes that are remembered: a hundred of a sentence each, four of 256 tokens; or one that is larger."""
MOST_TEXTS: Final = 256
"""Of what is read off the passes: some kilobytes each. A class writes a hundred sentences."""

VIEW: Final = "inside_view"
CELL: Final = "inside_cell"
EXPORT: Final = "inside_export"
"""What is drawn again by itself: the open view; beside the board what happens in a cell; the Export menu."""


@dataclass(frozen=True)
class Request:
    """What was asked to be read. `target` is, of an encoder-decoder, the beginning of what it writes."""

    model_id: str
    text: str
    target: str = ""


@dataclass(frozen=True)
class Watched:
    """The word that is followed and the one it is compared with, as ids."""

    word: int
    against: int

    @property
    def ids(self) -> tuple[int, int]:
        """Both, the followed word first."""
        return self.word, self.against


def load_model(model_id: str) -> LoadedModel:
    """Return a model, with the output layer it was trained with."""
    load = {"text-generation": cached.causal_lm, "text2text-generation": cached.seq2seq_lm}
    model = record(model_id)
    # a run asks dozens of times, and only a task that the registry does not know is worth a look into the files
    task = model.task or task_of(model, local_folder(model))
    return load.get(task or "", cached.masked_lm)(model_id)


_Found = dict[str, Any]
"""A pass without its model: what is remembered keeps no model in memory that is unloaded."""


def _size_bytes(found: _Found) -> int:
    # queries, keys and values can be parts of one tensor
    storages = (tensor.untyped_storage() for tensor in _tensors(**found))
    return sum({each.data_ptr(): each.nbytes() for each in storages}.values())


def _tensors(
    streams: Mapping[str, Tensor],
    added: Mapping[str, Tensor],
    trace: Trace,
    layers: Sequence[LayerRecord],
    **_others: object,
) -> Iterator[Tensor]:
    for group in (streams, added, trace.mixed, trace.normed, *trace.parts.values()):
        yield from group.values()
    for layer in layers:
        yield from (layer.weights, layer.query, layer.key, layer.value)


def _passes(most_bytes: int) -> LRUCache[tuple[Request], _Found]:
    """Return an empty memory. A larger pass is remembered alone: the page asks for it many times in each run."""
    return LRUCache(most_bytes, lambda found: min(_size_bytes(found), most_bytes))


_in_detail: Final = _passes(MOST_BYTES)
_plain: Final = _passes(MOST_BYTES // 2)


@remembered(_in_detail, condition=Condition())  # the condition: who asks for what is being read waits for it
def _read_in_detail(request: Request) -> _Found:
    return _run(request, in_detail=True)


@remembered(_plain, condition=Condition())
def _read_plainly(request: Request) -> _Found:
    return _run(request, in_detail=False)


def _run(request: Request, *, in_detail: bool) -> _Found:
    loaded = load_model(request.model_id)
    done = run(loaded, read_text(loaded, request.text, request.target), in_detail=in_detail)
    return {name: value for name, value in vars(done).items() if name != "loaded"}


def pass_of(request: Request) -> Pass:
    """Return the pass of a text, in detail. See `components.inside.reading.read_text` for what it raises."""
    return Pass(load_model(request.model_id), **_read_in_detail(request))


def plain_pass_of(request: Request) -> Pass:
    """Return the pass of a text as the model computes it by itself, which a pass with a change is compared with.

    A pass in detail computes attention the eager way, and is off by rounding.
    """
    return Pass(load_model(request.model_id), **_read_plainly(request))


def is_read(request: Request) -> bool:
    """Return whether the pass of a text is at hand, for now."""
    return _read_in_detail.cache_key(request) in _read_in_detail.cache


def stages_of(request: Request) -> Stages:
    """Return every operation of a pass: quickly listed, and not kept, since it holds on to the pass."""
    return list_stages(pass_of(request))


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def lens_of(request: Request, watched: Watched) -> Lens:
    """Return what each row would say."""
    return read_lens(pass_of(request), watched.ids, checkpoint=checkpoint)


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def _plain_lens_of(request: Request, watched: Watched) -> Lens:
    """Return what each row of the plain pass would say: one change after the other is compared with it."""
    return read_lens(plain_pass_of(request), watched.ids, checkpoint=checkpoint)


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def watched_of(request: Request, word: str, against: str, other_answer: int | None = None) -> Watched:
    """Return which words are followed.

    Parameters
    ----------
    other_answer
        The answer of a second text, which the word is compared with if nothing else is asked for.

    Raises
    ------
    NotOneToken
        If a word is not one token.
    """
    done = pass_of(request)
    best = [id_ for id_, _logit, _share in best_guesses(done, predicted_position(done.loaded, done.given))]
    watched = find_token(done.loaded, word) if word.strip() else best[0]
    if against.strip():
        other = find_token(done.loaded, against)
    elif other_answer is not None and other_answer != watched:
        other = other_answer
    else:
        other = next(id_ for id_ in best if id_ != watched)
    return Watched(watched, other)


def chosen_number(place: link.Place) -> int | None:
    """Return the token or head that was chosen, None where the page chooses."""
    number = st.session_state.get(place.name, place.default)
    return None if number == place.default else int(number)


def cell_in_use(request: Request, watched: Watched) -> tuple[str, int]:
    """Return row and position that are looked at: the chosen ones, or those that say most about the watched word."""
    done = pass_of(request)
    position = chosen_number(link.POSITION)
    if position is None or position >= len(done.tokens):
        position = predicted_position(done.loaded, done.given)
    row = str(st.session_state.get(link.ROW.name, link.ROW.default))
    if row != link.SCORES and row not in done.rows:
        row = most_telling_row(lens_of(request, watched), position)
    return row, position


def most_telling_row(lens: Lens, position: int) -> str:
    """Return the row that raises the probability of the watched word most."""
    shares = lens.watched_probabilities[:, position, 0]
    return lens.rows[int((shares[1:] - shares[:-1]).argmax()) + 1]


def head_in_use(heads: int, *, strongest: int) -> int:
    """Return the chosen head, or the strongest one."""
    head = chosen_number(link.HEAD)
    return strongest if head is None or head >= heads else head


@dataclass(frozen=True)
class Change:
    """What is changed: parts that are switched off, or one vector that comes from a second text."""

    off: tuple[str, ...] = ()
    other: Request | None = None
    row: str = ""
    position: int = 0


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def change_of(request: Request, watched: Watched, change: Change, *, row_by_row: bool = False) -> Changed:
    """Return a text with and without a change. See `swap` and `switch_off` for what it raises."""
    done = plain_pass_of(request)
    if change.other is None:
        intervention = switch_off(done.loaded, change.off)
    else:
        intervention = swap(done, plain_pass_of(change.other), change.row, change.position)
    before = None if row_by_row else _plain_lens_of(request, watched)
    return compare(done, intervention, watched=watched.ids, before=before, row_by_row=row_by_row, checkpoint=checkpoint)


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def attribution_of(request: Request, watched: Watched, position: int) -> Attribution:
    """Return the direct effects of all parts on the two words."""
    return attribute(pass_of(request), position, watched.word, watched.against)


def answer_of(request: Request) -> int:
    """Return the id of the token that a model says where it predicts."""
    done = pass_of(request)
    return best_guesses(done, predicted_position(done.loaded, done.given), count=1)[0][0]


def other_kind(request: Request) -> Request:
    """Return the same sentence for a built-in model of the other kind that has learned its language.

    That is an encoder for a decoder, and the reverse.
    """
    loaded = load_model(request.model_id)
    if is_causal(loaded):
        encoder = built_in_reader(request.text, "fill-mask").id
        return Request(encoder, with_mask(load_model(encoder), request.text))
    return Request(built_in_reader(request.text, "text-generation").id, before_mask(loaded, request.text))


def second_text(request: Request) -> Request | None:
    """Return the second text of the link, None without one."""
    text = str(st.session_state.get(link.COMPARE.name, link.COMPARE.default))
    if not text.strip():
        return None
    return Request(request.model_id, with_mask(load_model(request.model_id), text), request.target)
