"""What the page shows right now: the texts, the model, how vectors are made and compared, and the controls for it.

The cached wrappers live here. They are keyed on ids and text; what they return is shared between sessions and never
changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components.aws.bedrock import Embedder, Purpose
from components.core.i18n import _
from components.core.text import sanitize
from components.embeddings import link, wording
from components.embeddings.bm25 import Bm25
from components.embeddings.corpus import Corpus, shipped
from components.embeddings.encode import MOST_TOKENS, Embedded, encode
from components.embeddings.pasted import Pasted, parse
from components.embeddings.pooling import FloatArray, Pooling
from components.embeddings.scores import Metric
from components.embeddings.space import Space, Vectors
from components.embeddings.views import bedrock
from components.models import cached, loaders
from components.models.loaders import LoadedModel, task_of
from components.models.records import ModelRecord
from components.models.registry import record
from components.models.store import local_folder
from components.ui import links
from components.ui.session import checkpoint

MOST_LISTS = 12


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

    def missing(self, texts: Sequence[str], purpose: Purpose) -> list[str]:
        """Return the texts it has no vectors of: on this machine none, they are computed."""
        return [] if self.bought is None else bedrock.missing(self.bought, texts, purpose)

    def vectors(self, texts: Sequence[str], purpose: Purpose) -> FloatArray:
        """Return the vectors `[text, width]` as they come. See `components.embeddings.encode.encode`."""
        if self.bought is not None:
            return bedrock.vectors(self.bought, texts, purpose)
        return embedded(self.model.id, tuple(texts)).pooled[self.pooling]


@dataclass(frozen=True, eq=False)
class Shown:
    """What every view starts from.

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
        return counted(self.corpus.texts)

    @property
    def themes(self) -> list[str | None]:
        """What each item is about, in the visitor's language; None for texts of a visitor."""
        return [_(wording.THEMES[item.theme]) if item.theme else None for item in self.corpus.items]

    @property
    def is_shipped(self) -> bool:
        """Whether these are the project's own texts, for which there are questions and themes."""
        return bool(self.corpus.questions)

    def asked(self, texts: Sequence[str]) -> FloatArray:
        """Return questions as they are compared, `[question, width]`."""
        return self.space.of(self.source.vectors(texts, "query"))


@st.cache_resource(max_entries=4 * MOST_LISTS, show_spinner=False)
def embedded(model_id: str, texts: tuple[str, ...]) -> Embedded:
    """Return texts through a model. See `components.embeddings.encode.encode` for what it raises."""
    return encode(_loaded(model_id), texts, checkpoint=checkpoint)


@st.cache_resource(max_entries=MOST_LISTS, show_spinner=False)
def counted(texts: tuple[str, ...]) -> Bm25:
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
    links.read(link.PAGE, (link.LIST,))
    return parse(st.session_state[link.LIST.name])


def corpus_of(pasted: Pasted) -> Corpus:
    """Return the visitor's texts, or the shipped ones where there are too few."""
    return shipped() if pasted.too_few else pasted.corpus


def query_in_use() -> str:
    """Return the question without lone surrogates and without spaces around it."""
    return sanitize(st.session_state[link.QUERY.name], most_characters=link.QUERY.most_chars).text.strip()


def say_what_was_cut(source: Source, corpus: Corpus) -> None:
    """Say how many texts the model could not read to their end."""
    if source.bought is None:
        cut = sum(embedded(source.model.id, corpus.texts).cut)
        if cut:
            st.info(_("Texts read up to token {most} only: {count}.").format(most=MOST_TOKENS, count=cut))
