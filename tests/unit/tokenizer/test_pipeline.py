"""The stages, run one by one, end where `tokenizers` ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from tokenizers import Tokenizer, models

from components.tokenizer.errors import CannotEncode
from components.tokenizer.pipeline import cut_words, run_pipeline
from tests.unit.tokenizer.zoo import HOSTILE, ZOO, bert, byte_fallback_bpe, gpt2, patient, suffix_bpe, texts, unigram


@pytest.mark.parametrize("name", ZOO)
@given(text=texts)
@patient
def test_last_stage_is_what_encode_returns(name, text):
    tokenizer = ZOO[name]()
    encoding = tokenizer.encode(text)
    parts = run_pipeline(tokenizer, text)[-1].parts
    assert [part.id for part in parts] == encoding.ids
    assert [(part.start, part.end) for part in parts] == encoding.offsets


# added tokens never reach the components
@pytest.mark.parametrize("text", [text for text in HOSTILE if "[" not in text])
def test_words_of_bert_are_what_its_components_make(text):
    tokenizer = bert()
    by_components = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))
    assert [part.text for part in cut_words(tokenizer, text)] == [word for word, _offsets in by_components]


def test_each_stage_says_what_did_it_and_whether_it_changed_anything():
    stages = run_pipeline(bert(), "Café [MASK]")
    assert [(stage.kind, stage.component, stage.changed) for stage in stages] == [
        ("added tokens", None, True),
        ("normalizer", "BertNormalizer", True),
        ("pre-tokenizer", "BertPreTokenizer", True),
        ("model", "WordPiece", True),
        ("post-processor", "TemplateProcessing", True),
    ]
    assert [part.text for part in stages[1].parts] == ["cafe ", "[MASK]"]
    assert stages[1].settings["lowercase"] is True


def test_offsets_count_the_original_text_at_every_stage():
    text = "CAFÉ  naïve"
    covered = [[text[part.start : part.end] for part in stage.parts] for stage in run_pipeline(bert(), text)]
    assert covered == [[text], ["CAFÉ", "naïve"], ["CAFÉ", "naïve"], ["", "CAFÉ", "naïve", ""]]


def test_a_model_that_fails_is_reported_with_its_own_words():
    tokenizer = Tokenizer(models.WordPiece({"a": 0}, unk_token="[UNK]"))
    with pytest.raises(CannotEncode, match="UNK"):
        run_pipeline(tokenizer, "b")


def test_steps_of_a_sequence_are_shown_one_by_one():
    stages = run_pipeline(suffix_bpe(), "Été 12")
    assert [stage.component for stage in stages if stage.kind == "normalizer"] == ["NFD", "Lowercase", "StripAccents"]
    texts = ["".join(part.text for part in stage.parts) for stage in stages if stage.kind == "normalizer"]
    assert texts == ["E\u0301te\u0301 12", "e\u0301te\u0301 12", "ete 12"]
    split = [stage for stage in stages if stage.kind == "pre-tokenizer"]
    assert [[part.text for part in stage.parts] for stage in split] == [["ete", "12"], ["ete", "1", "2"]]


def test_an_absent_stage_is_named_and_changes_nothing():
    stages = run_pipeline(gpt2(), "Hi")
    assert (stages[0].kind, stages[0].component, stages[0].changed) == ("normalizer", None, False)
    stages = run_pipeline(byte_fallback_bpe(), "Hi")
    pre_tokenizer = next(stage for stage in stages if stage.kind == "pre-tokenizer")
    assert (pre_tokenizer.component, pre_tokenizer.changed) == (None, False)
    assert run_pipeline(suffix_bpe(), "hi")[-1].component is None


def test_an_added_token_that_is_looked_for_in_normalized_text_is_found_there():
    parts = cut_words(suffix_bpe(), "a NAÏVE view")
    assert [(part.text, part.start, part.end) for part in parts] == [
        ("a", 0, 1),
        ("Naïve", 2, 7),
        ("view", 8, 12),
    ]
    assert parts[1].id == suffix_bpe().token_to_id("Naïve")


def test_only_the_first_word_of_the_whole_text_gets_the_space_of_metaspace():
    assert [part.text for part in cut_words(unigram(), "a</s>b")] == ["▁a", "</s>", "b"]


def test_of_a_model_only_the_name_is_given():
    model = next(stage for stage in run_pipeline(gpt2(), "x") if stage.kind == "model")
    assert (model.component, dict(model.settings)) == ("BPE", {})
