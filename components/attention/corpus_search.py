"""Find sentences in which a head does something similar, as exBERT does (Hoover et al. 2020, arXiv 1910.05276).

What a head says at a word is its output there, the average of the values it looks at. Two words at which a head says
nearly the same are neighbours by the cosine of these vectors. The corpus is read once a model; for the built-in models
that was done when they were built (`python -m components.attention.corpus_search MODEL...`).

A cosine alone says little, since some heads say nearly the same everywhere: `usual_cosine` is the median over all words
of the corpus, the number to compare with.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.attention.head_effects import outputs_of_heads
from components.models import recording
from components.models.continuation import with_start
from components.models.inputs import ModelInput, forward_without_scores, read
from components.models.loaders import LoadedModel
from components.models.recording import Kind, LayerRecord

CORPUS: Final = Path(__file__).parent / "corpus"
_BYTE: Final = 127


@dataclass(frozen=True, eq=False)
class CorpusIndex:
    """What every head says at every word of a corpus.

    Attributes
    ----------
    sentences
        The corpus; a word is a token that is not special.
    sentence_of, start, end
        Of each word `[word]`: its sentence, and its characters `[start, end)` there.
    vectors
        `[layer, head, word, dim]`, a head's output scaled to whole numbers from -127 to 127.
    looks_at
        `[layer, head, word]`, the word that gets the most weight.
    weights
        `[layer, head, word]`, that weight in 255ths.
    """

    kind: Kind
    sentences: tuple[str, ...]
    sentence_of: NDArray[np.int16]
    start: NDArray[np.int16]
    end: NDArray[np.int16]
    vectors: NDArray[np.int8]
    looks_at: NDArray[np.int16]
    weights: NDArray[np.uint8]


@dataclass(frozen=True)
class Match:
    """A sentence in which the head's output at one word is similar.

    Attributes
    ----------
    word, looked_at
        Characters `[start, end)` of the word and of the word it looks at most.
    weight
        Of that look, within 1/510.
    cosine
        Between what the head says here and there.
    """

    sentence: str
    word: tuple[int, int]
    looked_at: tuple[int, int]
    weight: float
    cosine: float


@dataclass(frozen=True)
class Matches:
    """The nearest sentences, nearest first, and the cosine of a word taken at random."""

    found: tuple[Match, ...]
    usual_cosine: float


def read_sentences(languages: Sequence[str]) -> tuple[str, ...]:
    """Return the sentences of the shipped corpus in these languages (ISO 639-1); it does not have all."""
    files = [CORPUS / f"sentences.{language}.txt" for language in languages]
    return tuple(line for file in files if file.is_file() for line in file.read_text(encoding="utf-8").splitlines())


def languages_of_corpus(known: Sequence[str]) -> tuple[str, ...]:
    """Return which of a model's languages the corpus has; if none, all languages of the corpus."""
    there = sorted(file.name.split(".")[1] for file in CORPUS.glob("sentences.*.txt"))
    return tuple(language for language in there if language in known) or tuple(there)


def index_corpus(
    loaded: LoadedModel,
    sentences: Sequence[str],
    *,
    checkpoint: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CorpusIndex:
    """Read a corpus with a model, one forward pass a sentence.

    Parameters
    ----------
    checkpoint
        Called before each sentence; may raise to stop.
    progress
        Called after each sentence with how many are read, and of how many.
    """
    parts: list[_Sentence] = []
    for number, sentence in enumerate(sentences):
        checkpoint()
        parts.append(_read_sentence(loaded, sentence))
        progress(number + 1, len(sentences))
    counts = [len(part.start) for part in parts]
    firsts = np.cumsum([0, *counts[:-1]])
    return CorpusIndex(
        kind=parts[0].kind,
        sentences=tuple(sentences),
        sentence_of=np.repeat(np.arange(len(parts)), counts).astype(np.int16),
        start=np.concatenate([part.start for part in parts]),
        end=np.concatenate([part.end for part in parts]),
        vectors=np.concatenate([part.vectors for part in parts], axis=2),
        looks_at=np.concatenate([part.looks_at + first for part, first in zip(parts, firsts, strict=True)], axis=2),
        weights=np.concatenate([part.weights for part in parts], axis=2),
    )


def outputs_at(loaded: LoadedModel, given: ModelInput, position: int, *, kind: Kind) -> NDArray[np.float32]:
    """Return what every head says at one position of a text, `[layer, head, dim]`."""
    outputs = outputs_of_heads(loaded, given, kind=kind)
    return np.stack([layer[position].float().cpu().numpy() for layer in outputs])


def search(
    index: CorpusIndex, output: NDArray[np.float32], layer: int, head: int, *, count: int = 10, without: str = ""
) -> Matches:
    """Return the sentences in which a head's output is most similar to `output`, `[dim]`, one word of each.

    Parameters
    ----------
    without
        The text the output comes from, which is left out.
    """
    vectors = index.vectors[layer, head].astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(output)
    cosines = np.divide(vectors @ output, norms, out=np.zeros(len(vectors), np.float32), where=norms > 0)
    found: list[Match] = []
    seen: set[int] = set()
    for word in np.argsort(-cosines, kind="stable"):
        sentence = int(index.sentence_of[word])
        if sentence in seen or index.sentences[sentence] == without:
            continue
        seen.add(sentence)
        other = int(index.looks_at[layer, head, word])
        found.append(
            Match(
                sentence=index.sentences[sentence],
                word=(int(index.start[word]), int(index.end[word])),
                looked_at=(int(index.start[other]), int(index.end[other])),
                weight=float(index.weights[layer, head, word]) / 255,
                cosine=float(cosines[word]),
            )
        )
        if len(found) == count:
            break
    return Matches(tuple(found), float(np.median(cosines)))


def shipped_index(model_id: str) -> CorpusIndex | None:
    """Return the index that was built with a built-in model; None for any other."""
    from safetensors import safe_open

    file = CORPUS / f"{model_id}.safetensors"
    if not file.is_file():
        return None
    with safe_open(file, framework="numpy") as opened:
        arrays: dict[str, Any] = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (no mapping)
        about = opened.metadata()
    return CorpusIndex(kind=about["kind"], sentences=read_sentences(about["languages"].split(",")), **arrays)


def save_index(index: CorpusIndex, file: Path, *, languages: Sequence[str]) -> None:
    """Write an index beside the corpus."""
    from safetensors.numpy import save_file

    names = ("sentence_of", "start", "end", "vectors", "looks_at", "weights")
    arrays = {name: np.ascontiguousarray(getattr(index, name)) for name in names}
    save_file(arrays, file, metadata={"kind": index.kind, "languages": ",".join(languages)})


@dataclass(frozen=True, eq=False)
class _Sentence:
    """The index of one sentence; words are counted from its first."""

    kind: Kind
    start: NDArray[np.int16]
    end: NDArray[np.int16]
    vectors: NDArray[np.int8]
    looks_at: NDArray[np.int16]
    weights: NDArray[np.uint8]


def _read_sentence(loaded: LoadedModel, sentence: str) -> _Sentence:
    given = with_start(loaded, read(loaded, sentence))
    records: dict[Kind, list[LayerRecord]] = {}
    with recording.watch(loaded.model, on_layer=lambda record: records.setdefault(record.kind, []).append(record)):
        forward_without_scores(loaded, given)
    kind: Kind = "encoder" if "encoder" in records else "decoder"
    words = [place for place, token in enumerate(given.tokens) if token.start is not None and not token.special]
    vectors, looks_at, weights = [], [], []
    for record in records[kind]:
        pattern = record.weights[0].float()  # [head, query, key]
        values = record.value[0].float().repeat_interleave(pattern.shape[0] // record.value.shape[1], dim=0)
        output = (pattern @ values)[:, words].cpu().numpy()  # [head, word, dim]
        largest = np.abs(output).max(axis=-1, keepdims=True)
        vectors.append(np.rint(output * _BYTE / np.where(largest > 0, largest, 1)).astype(np.int8))
        among_words = pattern[:, words][:, :, words].cpu().numpy()
        looks_at.append(among_words.argmax(axis=-1).astype(np.int16))
        weights.append(np.rint(among_words.max(axis=-1) * 255).astype(np.uint8))
    return _Sentence(
        kind=kind,
        start=np.array([given.tokens[place].start for place in words], np.int16),
        end=np.array([given.tokens[place].end for place in words], np.int16),
        vectors=np.stack(vectors),
        looks_at=np.stack(looks_at),
        weights=np.stack(weights),
    )


def _build(model_ids: Sequence[str]) -> None:
    from components.models import cached
    from components.models.registry import record

    for model_id in model_ids:
        languages = languages_of_corpus(record(model_id).languages)
        load = cached.causal_lm if record(model_id).architecture == "decoder" else cached.masked_lm
        index = index_corpus(load(model_id), read_sentences(languages))
        save_index(index, CORPUS / f"{model_id}.safetensors", languages=languages)


if __name__ == "__main__":
    _build(sys.argv[1:])
