"""The course's own calls are the oracle: AutoTokenizer on the embedded models."""

from __future__ import annotations

import runpy

import pytest

from components.core.text import sanitize
from components.models.byte_alphabet import Spelling
from components.tokenizer.encode import encode, input_names, model_inputs
from components.tokenizer.export import collect_result, render_script
from tests.unit.tokenizer.zoo import BUNDLED, HOSTILE, ZOO, bert, byte_fallback_bpe, e5, gpt2, unigram

MODELS = {"classroom-bert": bert, "classroom-gpt2": gpt2, "classroom-e5-ko": e5}
CODE = ["'''\"\"\"\\\n# %%\nraise SystemExit", "\ud800 {x} %s"]
TEXTS = [*HOSTILE, "I read a good novel.", "Café 👍 naïve", "나는 좋은 소설을 읽었다."]


@pytest.fixture(scope="module")
def auto():
    from transformers import AutoTokenizer

    return {name: AutoTokenizer.from_pretrained(BUNDLED / name) for name in MODELS}


def names(model_id):
    import json

    return input_names(json.loads((BUNDLED / model_id / "tokenizer_config.json").read_text()))


@pytest.mark.parametrize("model_id", MODELS)
def test_what_is_printed_for_a_text_and_for_a_pair(auto, model_id):
    tokenizer = MODELS[model_id]()
    for text in TEXTS:
        for texts in ((text,), (text, "A second one.")):
            printed = list(auto[model_id](*texts).items())
            assert list(model_inputs(encode(tokenizer, *texts), names(model_id)).items()) == printed, texts


def test_bert_prints_type_ids_and_gpt2_does_not():
    assert names("classroom-bert") == ("input_ids", "token_type_ids", "attention_mask")
    assert names("classroom-gpt2") == ("input_ids", "attention_mask")


def test_a_list_in_the_config_decides():
    assert input_names({"model_input_names": ["attention_mask", "input_ids"], "tokenizer_class": "BertTokenizer"}) == (
        "input_ids",
        "attention_mask",
    )


def test_a_lone_tokenizer_json_prints_what_the_generic_class_prints():
    from transformers import PreTrainedTokenizerFast

    assert list(input_names({})) == PreTrainedTokenizerFast.model_input_names


@pytest.mark.parametrize(
    "model_type",
    ["bert", "distilbert", "electra", "mobilebert", "deberta-v2", "fnet", "gpt2", "gemma3", "t5", "roberta", "albert"],
)
def test_the_tables_of_class_names_and_model_types_are_those_of_transformers(model_type):
    import transformers
    from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

    listed = TOKENIZER_MAPPING_NAMES[model_type]
    class_name = listed if isinstance(listed, str) else next(filter(None, listed))
    expected = set(getattr(transformers, class_name).model_input_names)
    assert set(input_names({}, model_type=model_type)) == expected
    assert set(input_names({"tokenizer_class": class_name})) == expected
    assert set(input_names({"tokenizer_class": class_name + "Fast"})) == expected


@pytest.mark.parametrize("model_id", MODELS)
@pytest.mark.parametrize(
    "text", ["I read a good novel.", " ".join(HOSTILE), *CODE], ids=["plain", "hostile", "quotes", "braces"]
)
def test_the_script_leaves_the_exported_result(tmp_path, model_id, text):
    text = sanitize(text).text
    tokenizer = MODELS[model_id]()
    others = {other: encode(make(), text, add_special_tokens=False) for other, make in MODELS.items()}
    exported = collect_result(encode(tokenizer, text), names(model_id), others)
    compare = {other: str(BUNDLED / other) for other in MODELS}
    path = tmp_path / "tokenizer.py"
    path.write_text(render_script(text, str(BUNDLED / model_id), Spelling.of(tokenizer), compare), encoding="utf-8")
    assert runpy.run_path(str(path))["result"] == exported


@pytest.mark.parametrize("make", [byte_fallback_bpe, unigram], ids=lambda make: make.__name__)
@pytest.mark.parametrize("text", ["I read a nővel. 🐈", "<s> x", "☃"])
def test_the_script_of_an_uploaded_tokenizer_reads_it_beside_it(tmp_path, monkeypatch, make, text):
    tokenizer = make()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tokenizer.py").write_text(render_script(text, None, Spelling.of(tokenizer), {}), encoding="utf-8")
    exported = collect_result(encode(tokenizer, text), input_names({}), {})
    recomputed = runpy.run_path("tokenizer.py")["result"]
    assert recomputed == exported


def test_the_script_is_one_cell_per_marker():
    import jupytext

    text = render_script("\n# %%\nboom()", "x", Spelling.of(ZOO["gpt2"]()), {})
    cells = jupytext.reads(text, fmt="py:percent").cells
    assert not any(cell.source.startswith("boom") for cell in cells)
    assert cells[-1].source.startswith("result = ")
