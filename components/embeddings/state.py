"""What the page shows: the texts, the model, how vectors are made and compared; and what was computed or bought.

The cached functions are keyed on ids and text. All sessions share what they return, and nobody changes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st

from components.aws.bedrock import Embedder, Purpose
from components.core.i18n import _
from components.core.text import sanitize
from components.embeddings import link, wording
from components.embeddings.corpus import Corpus, Pasted, parse_list, read_shipped
from components.embeddings.encode import Embedded, Pooling, encode
from components.embeddings.search import Bm25
from components.embeddings.similarity import FloatArray, Metric, Space, Vectors
from components.models import cached, loaders
from components.models.loaders import LoadedModel, task_of
from components.models.records import ModelRecord
from components.models.registry import record
from components.models.store import local_folder
from components.ui import links
from components.ui.session import checkpoint

MOST_LISTS: Final = 12
_MOST_BOUGHT: Final = 1_000
_BOUGHT: Final = "embeddings_bedrock_vectors"

_Key = tuple[str, Purpose | None, str]


@dataclass(frozen=True)
class Source:
    """Where vectors come from: a model on this machine, or one on Bedrock.

    Attributes
    ----------
    model
        The model of the menu.
    bought
        The model on Bedrock that stands in for it, None if none does.
    pooling
        How the model's token vectors become one; Bedrock's models do that themselves.
    """

    model: ModelRecord
    bought: Embedder | None
    pooling: Pooling

    @property
    def title(self) -> str:
        """What it is called on the screen."""
        return self.model.title if self.bought is None else self.bought.title

    def vectors(self, texts: Sequence[str], purpose: Purpose) -> FloatArray:
        """Return the vectors `[text, width]` as they come. On Bedrock, none of them may be missing."""
        if self.bought is not None:
            bought = _bought()
            return np.array([bought[_key(self.bought, text, purpose)] for text in texts], dtype=np.float64)
        return embed_texts(self.model.id, tuple(texts)).pooled[self.pooling]


@dataclass(frozen=True, eq=False)
class EmbeddedCorpus:
    """The texts with their vectors, from which every view starts.

    Attributes
    ----------
    query
        What was asked, without lone surrogates; may be blank.
    raw
        The items' vectors as they come, `[item, width]`.
    items
        The same as they are compared.
    """

    corpus: Corpus
    source: Source
    query: str
    vectors: Vectors
    metric: Metric
    raw: FloatArray
    space: Space
    items: FloatArray

    @property
    def words(self) -> Bm25:
        """The search by words over the same texts."""
        return count_words(self.corpus.texts)

    @property
    def themes(self) -> list[str | None]:
        """What each item is about, in the visitor's language; None for texts of a visitor."""
        return [_(wording.THEMES[item.theme]) if item.theme else None for item in self.corpus.items]

    @property
    def is_shipped(self) -> bool:
        """Whether these are the project's own texts, for which there are questions and themes."""
        return bool(self.corpus.questions)

    def embed_questions(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of questions as they are compared, `[question, width]`."""
        return self.space.of(self.source.vectors(texts, "query"))


@st.cache_resource(max_entries=4 * MOST_LISTS, show_spinner=False)
def embed_texts(model_id: str, texts: tuple[str, ...]) -> Embedded:
    """Return texts through a model. See `components.embeddings.encode.encode` for what it raises."""
    return encode(_loaded(model_id), texts, checkpoint=checkpoint)


@st.cache_resource(max_entries=MOST_LISTS, show_spinner=False)
def count_words(texts: tuple[str, ...]) -> Bm25:
    """Return the search by words over some texts."""
    return Bm25(texts)


def _loaded(model_id: str) -> LoadedModel:
    """Return a model without its output layer; the weights are those every page shares."""
    model = record(model_id)
    if task_of(model, local_folder(model)) == "text-generation":
        return loaders.encoder_of(cached.causal_lm(model_id))
    return cached.encoder(model_id)


def read_list() -> Pasted:
    """Return the visitor's list as the link or the field has it, before any of it is drawn."""
    links.read(link.PAGE, (link.LIST, link.TEXTS))
    return parse_list(st.session_state[link.LIST.name])


def corpus_of(pasted: Pasted) -> Corpus:
    """Return the visitor's texts, or the shipped ones where there are too few. `read_list` comes before it."""
    return shipped_texts() if pasted.too_few else pasted.corpus


def shipped_texts() -> Corpus:
    """Return the shipped texts and questions in the language that is chosen for them."""
    return read_shipped(st.session_state[link.TEXTS.name])


def query_in_use() -> str:
    """Return the question without lone surrogates and without spaces around it."""
    return sanitize(st.session_state[link.QUERY.name], most_characters=link.QUERY.most_chars).text.strip()


def find_missing(model: Embedder, texts: Sequence[str], purpose: Purpose) -> list[str]:
    """Return the texts whose vectors were not bought in this session yet, each once."""
    bought = _bought()
    return [text for text in dict.fromkeys(texts) if _key(model, text, purpose) not in bought]


def keep_bought(model: Embedder, text: str, purpose: Purpose, vector: tuple[float, ...]) -> None:
    """Keep a vector that was bought; beyond a limit the oldest one is dropped."""
    bought = _bought()
    bought[_key(model, text, purpose)] = vector
    if len(bought) > _MOST_BOUGHT:
        bought.pop(next(iter(bought)))


def _bought() -> dict[_Key, tuple[float, ...]]:
    bought: dict[_Key, tuple[float, ...]] = st.session_state.setdefault(_BOUGHT, {})
    return bought


def _key(model: Embedder, text: str, purpose: Purpose) -> _Key:
    return model.id, purpose if model.tells_purpose else None, text
