"""What the page shows now, and what is remembered of it.

The caches are keyed on ids and text. What they return is shared between sessions, so nobody may change it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Final

import streamlit as st
from cachetools import LRUCache
from cachetools import cached as remembered

from components.attention import link
from components.attention.capture import capture, capture_input
from components.attention.record import Attention, AttentionRecord
from components.attention.token_labels import token_labels
from components.core.parameters import Number, Parameter
from components.models import cached
from components.models.errors import ModelError
from components.models.loaders import LoadedModel, task_of
from components.models.records import ModelRecord
from components.models.registry import record
from components.models.shape import ModelShape, model_shape
from components.models.store import local_folder
from components.ui import links
from components.ui.model_picker import model_in_use
from components.ui.session import checkpoint

MOST_BYTES: Final = 256 * 2**20
"""Of all texts that are remembered: thousands of a sentence each, three of 512 tokens; or one that is larger."""


@dataclass(frozen=True)
class Reading:
    """What was asked to be read.

    Attributes
    ----------
    text_b
        The second text: of a pair, or what an encoder-decoder is made to write. None without one.
    new_tokens
        How many tokens a decoder goes on with the text.
    """

    model_id: str
    text: str
    text_b: str | None
    new_tokens: int = 0


@dataclass(frozen=True, eq=False)
class ViewState:
    """What every view starts from.

    Attributes
    ----------
    shape
        Of the model, for the bounds of layer and head.
    layer, head
        The chosen head, within the bounds of `attention`.
    """

    reading: Reading
    model: ModelRecord
    shape: ModelShape
    record: AttentionRecord
    attention: Attention
    layer: int
    head: int

    @property
    def query_labels(self) -> list[str]:
        """One label a query."""
        return token_labels(self.attention.query_tokens)

    @property
    def key_labels(self) -> list[str]:
        """One label a key."""
        return token_labels(self.attention.key_tokens)

    @property
    def second_from(self) -> int | None:
        """Where the second text of a pair begins, None without a pair."""
        segments = [token.segment for token in self.attention.key_tokens]
        return segments.index(1) if self.attention.kind == "encoder" and 1 in segments else None


def load_model(model_id: str) -> LoadedModel:
    """Return a model, with the output layer it was trained with."""
    load = {
        "fill-mask": cached.masked_lm,
        "text-generation": cached.causal_lm,
        "text2text-generation": cached.seq2seq_lm,
    }
    model = record(model_id)
    task = task_of(model, local_folder(model))
    return load.get(task or "", cached.encoder)(model_id)


# a text that is larger is remembered alone: the page asks for it several times in each run
_texts: Final[LRUCache[tuple[Reading], AttentionRecord]] = LRUCache(
    MOST_BYTES, lambda record: min(record.size_bytes, MOST_BYTES)
)


@remembered(_texts, condition=Condition())  # the condition: who asks for what is being captured waits for it
def capture_text(reading: Reading) -> AttentionRecord:
    """Return the attention of a text. See `components.attention.capture.capture` for what it raises."""
    model = load_model(reading.model_id)
    is_answer = model.model.config.is_encoder_decoder
    return capture(
        model,
        reading.text,
        None if is_answer else reading.text_b,
        target=reading.text_b if is_answer else None,
        new_tokens=reading.new_tokens,
        checkpoint=checkpoint,
    )


def is_captured(reading: Reading) -> bool:
    """Return whether the attention of a text is at hand, for now."""
    return capture_text.cache_key(reading) in capture_text.cache


def shape_in_use() -> ModelShape:
    """Return the shape of the model the page will show: the chosen one, or the embedded one while it is not here."""
    links.read(link.PAGE, (link.MODEL,))
    return _shape_of(model_in_use(link.PAGE, link.MODEL).id)


def _chosen_shape() -> ModelShape:
    return _shape_of(str(st.session_state.get(link.MODEL.name, link.MODEL.default)))


def _shape_of(model_id: str) -> ModelShape:
    try:
        return model_shape(local_folder(record(model_id)))
    except ModelError:  # the model menu says what is wrong with it
        return model_shape(local_folder(record(link.MODEL.default)))


@dataclass(frozen=True)
class _OfShape(Number):
    """Layer or head, within the bounds of the model that is chosen when it is asked.

    A card of the guide sets the model and the head at once, and a visitor may then choose a smaller model.
    """

    of: Callable[[ModelShape], Number]

    def problem(self, written: str) -> str | None:
        """Return what is allowed if the value in a link is not allowed, else None."""
        return self.of(_chosen_shape()).problem(written)

    def parse(self, written: str) -> float:
        """Return the value as its widget holds it; a card's default that the model does not have is its last one."""
        number = self.of(_chosen_shape())
        return min(number.parse(written), number.most)


def parameters_in_use() -> tuple[Parameter, ...]:
    """Return what the link may say for the model that is chosen when it is asked."""
    shape = shape_in_use()
    *others, _layer, _head = link.parameters(shape)
    numbers = ((of(shape), of) for of in (link.layer_of, link.head_of))
    return (*others, *(_OfShape(each.name, each.least, each.most, each.default, of) for each, of in numbers))


def in_full(record: AttentionRecord, model_id: str) -> AttentionRecord:
    """Return the record of a text in full precision: what the exports contain."""
    if not any(record.of(kind).is_half for kind in record.kinds):
        return record
    return capture_input(load_model(model_id), record.input, in_full=True)


def go_to(shape: ModelShape, **values: object) -> None:
    """Set the page's link parameters: the callback of every "open this head"."""
    links.set_up(link.PAGE, link.parameters(shape), {name: str(value) for name, value in values.items()})
