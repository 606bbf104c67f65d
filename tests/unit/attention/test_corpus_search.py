"""Sentences in which a head does the same: found by what it says, compared with a full comparison by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.attention.capture import capture
from components.attention.corpus_search import (
    CorpusIndex,
    index_corpus,
    outputs_at,
    read_sentences,
    save_index,
    search,
    shipped_index,
)
from components.models.inputs import read
from tests.unit.attention.architectures import load

SENTENCES = ("ab cd", "cd ef")


@pytest.fixture
def index():
    vectors = np.array([[1, 0], [0, 1], [1, 1], [-1, 0]], np.int8) * 100
    return CorpusIndex(
        kind="encoder",
        sentences=SENTENCES,
        sentence_of=np.array([0, 0, 1, 1], np.int16),
        start=np.array([0, 3, 0, 3], np.int16),
        end=np.array([2, 5, 2, 5], np.int16),
        vectors=vectors[None, None],
        looks_at=np.array([[[1, 0, 3, 2]]], np.int16),
        weights=np.array([[[255, 0, 51, 0]]], np.uint8),
    )


def test_each_sentence_is_found_once_at_its_nearest_word(index):
    first, second = search(index, np.array([2.0, 0.1], np.float32), 0, 0).found
    assert (first.sentence, first.word, first.looked_at, first.weight) == ("ab cd", (0, 2), (3, 5), 1.0)
    assert (second.sentence, second.word, second.weight) == ("cd ef", (0, 2), 0.2)
    assert first.cosine == pytest.approx(2 / np.hypot(2, 0.1))


def test_the_text_itself_is_left_out_and_the_count_is_kept(index):
    assert [each.sentence for each in search(index, np.ones(2, np.float32), 0, 0, without="cd ef").found] == ["ab cd"]
    assert len(search(index, np.ones(2, np.float32), 0, 0, count=1).found) == 1


def test_a_head_that_says_nothing_is_like_no_other(index):
    silent = replace(index, vectors=np.zeros_like(index.vectors))
    assert {each.cosine for each in search(silent, np.ones(2, np.float32), 0, 0).found} == {0.0}


def test_every_model_has_its_sentences():
    assert len(read_sentences(["en"])) == len(set(read_sentences(["en"]))) >= 100
    assert not set(read_sentences(["en"])) & set(read_sentences(["ko"]))
    assert read_sentences(["xx"]) == ()


@pytest.mark.real_model
@pytest.mark.parametrize("model_id", ["classroom_bert", "classroom_gpt2"])
def test_what_is_shipped_is_what_the_model_says(model_id, request, tmp_path, monkeypatch):
    loaded = request.getfixturevalue(model_id)
    shipped = shipped_index(model_id.replace("_", "-"))
    sentences = shipped.sentences[:3]
    fresh = index_corpus(loaded, sentences)
    words = len(fresh.start)
    # another kernel may round a vector to the next whole number
    assert np.abs(shipped.vectors[:, :, :words].astype(int) - fresh.vectors).max() <= 1
    assert np.abs(shipped.weights[:, :, :words].astype(int) - fresh.weights).max() <= 1
    assert (shipped.looks_at[:, :, :words] == fresh.looks_at).mean() > 0.999
    monkeypatch.setattr("components.attention.corpus_search.CORPUS", tmp_path)
    save_index(fresh, tmp_path / "again.safetensors", languages=[])
    np.testing.assert_array_equal(shipped_index("again").vectors, fresh.vectors)


@pytest.mark.real_model
def test_the_search_finds_what_comparing_every_word_finds(classroom_bert):
    text = "The cat sat on the mat because it was tired."
    shipped = shipped_index("classroom-bert")
    output = outputs_at(classroom_bert, read(classroom_bert, text), 8, kind="encoder")[3, 1]
    best, sentence = -2.0, ""
    for candidate in shipped.sentences[:8]:
        given = read(classroom_bert, candidate)
        for place, token in enumerate(given.tokens):
            if token.special:
                continue
            other = outputs_at(classroom_bert, given, place, kind="encoder")[3, 1]
            cosine = float(other @ output / np.linalg.norm(other) / np.linalg.norm(output))
            if cosine > best:
                best, sentence = cosine, candidate
    part = replace(shipped, vectors=shipped.vectors[:, :, shipped.sentence_of < 8])
    nearest = search(part, output, 3, 1).found[0]
    assert nearest.sentence == sentence
    assert nearest.cosine == pytest.approx(best, abs=0.01)


@pytest.mark.real_model
def test_a_model_without_an_output_layer_is_searched_too(classroom_e5_ko):
    sentences = ("고양이가 매트 위에 앉았다.", "나는 책을 읽었다.")
    output = outputs_at(classroom_e5_ko, read(classroom_e5_ko, sentences[0]), 2, kind="encoder")[0, 2]
    nearest = search(index_corpus(classroom_e5_ko, sentences), output, 0, 2).found[0]
    assert nearest.sentence == sentences[0]
    assert nearest.cosine == pytest.approx(1, abs=0.01)


@pytest.mark.real_model
def test_a_model_without_an_index_has_none_and_can_be_stopped(classroom_bert):
    assert shipped_index("nobody/knows-it") is None

    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        index_corpus(classroom_bert, SENTENCES, checkpoint=stop)


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_of_an_encoder_decoder_the_encoder_reads_the_corpus(name):
    loaded, sentences = load(name), ("w1 w2 w3 w4", "w5 w6 w1")
    found = index_corpus(loaded, sentences)
    assert (found.kind, found.sentences) == ("encoder", sentences)
    output = outputs_at(loaded, capture(loaded, "w1 w2 w3 w4", target="w7 w8").input, 1, kind="encoder")[1, 0]
    nearest = search(found, output, 1, 0, count=1).found[0]
    assert nearest.sentence == sentences[0], "the same word in the same sentence is nearest"
    assert nearest.cosine == pytest.approx(1.0, abs=1e-3)
