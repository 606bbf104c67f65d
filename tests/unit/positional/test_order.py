import copy
import itertools
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from components.positional.order import NoPositionTable, order_between, order_effect, read_words, shuffled_order
from components.positional.views.guide import FILE
from components.ui.guide.lesson import lesson
from tests.unit import built_in

IDS = [2, 11, 7, 11, 30, 5, 3]
WORDS = [None, 0, 1, 2, 3, 3, None]
SMALL = {"vocab_size": 40, "max_position_embeddings": 16}
BERT = SMALL | {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}


def tiny(kind):
    """A random model: the claim is about the architecture, no training can make or break it."""
    import torch
    import transformers

    torch.manual_seed(0)
    configs = {
        "bert": lambda: transformers.BertConfig(**BERT),
        "roberta": lambda: transformers.RobertaConfig(**BERT, pad_token_id=1),
        "distilbert": lambda: transformers.DistilBertConfig(**SMALL, dim=16, hidden_dim=32, n_layers=2, n_heads=2),
        "gpt2": lambda: transformers.GPT2Config(vocab_size=40, n_positions=16, n_embd=16, n_layer=2, n_head=2),
        "llama": lambda: transformers.LlamaConfig(**BERT),
    }
    return transformers.AutoModel.from_config(configs[kind]()).eval()


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert"])
def test_without_positions_an_encoder_does_not_notice_the_shuffle(kind):
    effect = order_effect(tiny(kind), IDS, shuffled_order(WORDS, seed=1))
    assert effect.without_positions.max() < 1e-5


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert"])
def test_with_positions_every_token_notices_it(kind):
    effect = order_effect(tiny(kind), IDS, shuffled_order(WORDS, seed=1))
    # Also [CLS] and [SEP], which did not move: what they look at did.
    assert effect.with_positions.min() > 1e-4


def test_a_decoder_notices_it_even_without_positions_because_of_its_mask():
    effect = order_effect(tiny("gpt2"), IDS, shuffled_order(WORDS, seed=1))
    assert effect.without_positions.max() > 1e-3


def test_the_order_left_alone_changes_nothing():
    effect = order_effect(tiny("bert"), IDS, np.arange(len(IDS)))
    assert effect.with_positions.max() < 1e-6
    assert effect.without_positions.max() < 1e-6


def test_with_positions_is_the_plain_model():
    import torch

    model = tiny("bert")
    order = shuffled_order(WORDS, seed=1)
    effect = order_effect(model, IDS, order)
    with torch.inference_mode():
        before, after = (
            model(torch.tensor([ids])).last_hidden_state[0].numpy() for ids in (IDS, [IDS[token] for token in order])
        )
    token = 1
    moved = after[list(order).index(token)]
    assert effect.with_positions[token] == pytest.approx(
        np.linalg.norm(moved - before[token]) / np.linalg.norm(before[token]), rel=1e-4
    )


def test_the_shared_model_is_left_as_it_was():
    model = tiny("bert")
    before = copy.deepcopy(model.state_dict())
    order_effect(model, IDS, shuffled_order(WORDS, seed=1))
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all((before[name] == after[name]).all() for name in before)


def test_a_model_without_a_position_table_is_named():
    with pytest.raises(NoPositionTable, match="llama"):
        order_effect(tiny("llama"), IDS, shuffled_order(WORDS, seed=1))


@given(words=st.lists(st.integers(1, 3), min_size=2, max_size=12), seed=st.integers(0, 10_000))
def test_shuffling_keeps_every_token_the_ends_and_the_inside_of_words(words, seed):
    word_of_token = [None, *[word for word, pieces in enumerate(words) for _ in range(pieces)], None]
    order = shuffled_order(word_of_token, seed=seed)
    assert sorted(order) == list(range(len(word_of_token)))
    assert (order[0], order[-1]) == (0, len(word_of_token) - 1)
    assert list(order) != list(range(len(word_of_token)))
    for before, after in itertools.pairwise(order):
        if word_of_token[before] == word_of_token[after] is not None:
            assert after == before + 1


@pytest.mark.parametrize("words", [[], [None, None], [None, 0, 0, None]])
def test_fewer_than_two_words_cannot_be_shuffled(words):
    assert list(shuffled_order(words, seed=0)) == list(range(len(words)))


TOKENIZERS = {
    name: SharedTokenizer(load_tokenizer(local_folder(record(name)))) for name in ("classroom-bert", "classroom-gpt2")
}
HOSTILE = st.text(st.characters(codec=None, categories=None), max_size=80)


@pytest.mark.parametrize("model", TOKENIZERS)
@settings(max_examples=150, deadline=None)
@given(text=HOSTILE)
def test_any_text_can_be_cut_and_shuffled(model, text):
    words = read_words(TOKENIZERS[model], text, most_tokens=64)
    assert len(words.ids) == len(words.labels) == len(words.word_of_token) <= 64
    order = shuffled_order(words.word_of_token, seed=0)
    assert sorted(order) == list(range(len(words.ids)))


def test_pieces_of_a_word_belong_together_and_special_tokens_to_none():
    words = read_words(TOKENIZERS["classroom-bert"], "unaffable cats", most_tokens=64)
    assert words.labels[0] == "[CLS]"
    assert "".join(words.labels[1:-1]) == "unaffablecats"
    assert words.word_of_token[0] is None
    assert words.word_of_token[-1] is None
    assert len(set(words.word_of_token[1:-1])) == 2


def test_a_space_inside_a_token_is_visible():
    assert read_words(TOKENIZERS["classroom-gpt2"], "a novel", most_tokens=64).labels == ("a", "·novel")


def test_two_texts_of_the_same_tokens_are_one_order_of_the_other():
    ids, others = (101, 7, 8, 7, 102), (101, 8, 7, 7, 102)
    assert [ids[place] for place in order_between(ids, others)] == list(others)
    assert sorted(order_between(ids, others)) == [0, 1, 2, 3, 4]


def test_texts_of_other_tokens_have_no_order_between_them():
    with pytest.raises(ValueError, match="not the same"):
        order_between((1, 2), (1, 3))


@pytest.mark.real_model
def test_who_chases_whom_in_korean_is_known_by_the_positions_alone():
    """As the Korean lesson says of its two sentences."""
    asked = tomllib.loads(FILE.read_text("utf-8"))["ko"]
    loaded = built_in.load(asked["model"])
    ids, others = (read_words(loaded.tokenizer, asked[name], most_tokens=64).ids for name in ("text", "swapped"))
    effect = order_effect(loaded.model, ids, order_between(ids, others))
    assert effect.without_positions.max() < 1e-5
    assert effect.with_positions.min() > 0.03
    assert asked["text"] in [card.values.get("text") for card in lesson("positional", "ko").cards]
