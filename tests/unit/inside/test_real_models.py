"""What the built-in models show: each fact is computed here from the weights, none is copied from the page."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from components.inside import lens as lens_module
from components.inside.attribution import MOST_ERROR, attribute
from components.inside.intervention import compare, list_parts, switch_off, tabulate_swaps
from components.inside.lens import read_lens
from components.inside.reading import find_token, predicted_position, read_text, run
from components.models.inputs import forward

pytestmark = pytest.mark.real_model

FRANCE, GERMANY = "The capital of France is", "The capital of Germany is"
SEOUL = "대한민국의 수도는 어디입니까?"


@pytest.fixture(scope="module")
def france(classroom_gpt2):
    return run(classroom_gpt2, read_text(classroom_gpt2, FRANCE), in_detail=True)


@pytest.fixture(scope="module")
def paris(classroom_gpt2):
    return find_token(classroom_gpt2, "Paris")


@pytest.fixture(scope="module")
def berlin(classroom_gpt2):
    return find_token(classroom_gpt2, "Berlin")


def words(loaded, ids):
    return [loaded.tokenizer.decode([int(each)]).strip() for each in ids]


def test_the_answer_appears_in_the_attention_of_layer_4(classroom_gpt2, paris):
    done = run(classroom_gpt2, read_text(classroom_gpt2, FRANCE))
    lens = read_lens(done, [paris])
    last = {row: number for number, row in enumerate(lens.rows)}
    shares, ranks = lens.watched_probabilities[:, -1, 0], lens.watched_ranks[:, -1]
    expected = {
        "embedding": (0.000, 2508),
        "mlp.0": (0.000, 1503),
        "mlp.1": (0.000, 694),
        "mlp.2": (0.000, 1135),
        "mlp.3": (0.001, 123),
        "attention.4": (0.238, 1),
        "mlp.4": (0.143, 2),
        "attention.5": (0.655, 1),
        "mlp.5": (0.907, 1),
    }
    for row, (share, rank) in expected.items():
        assert shares[last[row]] == pytest.approx(share, abs=6e-4), row
        assert ranks[last[row]] == rank, row
    best = {row: words(classroom_gpt2, lens.token_ids[last[row], -1]) for row in lens.rows}
    assert best["embedding"][0] == "is"
    assert best["mlp.0"][0] == "a"
    assert best["mlp.3"][:3] == ["indeed", "called", "the"]
    assert best["attention.4"][:4] == ["Paris", "French", "the", "Berlin"]
    assert best["mlp.4"][:3] == ["the", "Paris", "called"]
    assert best["attention.5"][:2] == ["Paris", "France"]
    assert lens.probabilities[last["attention.5"], -1, 1] == pytest.approx(0.21, abs=5e-3)


def test_the_lens_is_found_again_by_numpy_from_the_weights(classroom_gpt2, france, paris):
    """Norm and output layer written down once more, over the streams that the blocks hand out."""
    body = classroom_gpt2.model.transformer
    gain, shift = (part.detach().numpy().astype(np.float64) for part in (body.ln_f.weight, body.ln_f.bias))
    table = body.wte.weight.detach().numpy().astype(np.float64)
    lens = read_lens(france, [paris])
    for number, row in enumerate(lens.rows):
        vector = france.streams[row][-1].numpy().astype(np.float64)
        normed = (vector - vector.mean()) / np.sqrt(vector.var() + body.ln_f.eps) * gain + shift
        scores = table @ normed
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        assert lens.watched_probabilities[number, -1, 0] == pytest.approx(shares[paris], abs=1e-5), row
        assert lens.token_ids[number, -1, 0] == scores.argmax()


def test_who_looked_at_france(france):
    weights = {record.layer: record.weights[0] for record in france.layers}
    assert float(weights[4][7, -1, 3]) == pytest.approx(0.95, abs=5e-3)
    assert float(weights[5][10, -1, 3]) == pytest.approx(0.83, abs=5e-3)


def test_who_wrote_paris(france, paris, berlin):
    found = attribute(france, 4, paris, berlin)
    assert abs(found.missing) <= MOST_ERROR

    def of_row(row):
        return sum(each.difference for each in found.effects if each.name == row or each.name.startswith(f"{row}."))

    single = {each.name: each.difference for each in found.effects}
    assert of_row("attention.4") == pytest.approx(3.0, abs=0.05)
    assert single["attention.4.7"] == pytest.approx(1.75, abs=5e-3)
    assert of_row("attention.5") == pytest.approx(4.2, abs=0.05)
    assert single["attention.5.10"] == pytest.approx(3.56, abs=5e-3)
    assert single["mlp.5"] == pytest.approx(1.9, abs=0.05)
    named = ("attention.4", "attention.5", "mlp.5")
    assert max(abs(of_row(row)) for row in france.rows if row not in named) <= 0.7


def test_the_answer_travels_from_the_country_to_the_last_word(classroom_gpt2, paris, berlin):
    done, other = (run(classroom_gpt2, read_text(classroom_gpt2, text)) for text in (FRANCE, GERMANY))
    ends = ["embedding", *(f"mlp.{layer}" for layer in range(6))]
    table = tabulate_swaps(done, other, rows=ends)
    assert (table.answer, table.other_answer) == (paris, berlin)
    at_france = [(0.97, 0.00)] * 3 + [(0.97, 0.00), (0.97, 0.00), (0.14, 0.72), (0.00, 0.91)]
    at_is = [(0.00, 0.91), (0.00, 0.91), (0.00, 0.92), (0.00, 0.92), (0.00, 0.93), (0.16, 0.49), (0.97, 0.00)]
    for position, expected in ((3, at_france), (4, at_is)):
        shares = zip(table.other_probabilities[:, position], table.answer_probabilities[:, position], strict=True)
        for row, found, said in zip(ends, shares, expected, strict=True):
            assert found == pytest.approx(said, abs=6e-3), (row, position)
    assert table.is_flipped[:, 3].tolist() == [True] * 5 + [False] * 2
    assert table.is_flipped[:, 4].tolist() == [False] * 6 + [True]
    assert table.is_same[:, :3].all()


@pytest.mark.parametrize(
    ("text", "other", "answers"),
    [
        ("The opposite of hot is", "The opposite of big is", ("cold", "small")),
        ("The capital of Japan is", "The capital of Italy is", ("Tokyo", "Rome")),
    ],
)
def test_the_same_crossing_with_other_words(classroom_gpt2, text, other, answers):
    done, second = (run(classroom_gpt2, read_text(classroom_gpt2, each)) for each in (text, other))
    ends = ["embedding", *(f"mlp.{layer}" for layer in range(6))]
    table = tabulate_swaps(done, second, rows=ends)
    assert tuple(words(classroom_gpt2, (table.answer, table.other_answer))) == answers
    word, last = 3, 4
    assert table.is_flipped[:5, word].all()
    assert not table.is_flipped[6, word]
    assert not table.is_flipped[:5, last].any()
    assert table.is_flipped[6, last]


@pytest.mark.parametrize(
    ("parts", "left", "within"),
    [
        (["attention.5.10"], 0.82, 5e-3),
        ([f"attention.4.{head}" for head in range(12)], 0.61, 5e-3),
        (["attention.0.11"], 0.001, 5e-4),
    ],
)
def test_the_head_that_looked_guilty_matters_less_than_one_at_the_bottom(classroom_gpt2, paris, parts, left, within):
    done = run(classroom_gpt2, read_text(classroom_gpt2, FRANCE))
    changed = compare(done, switch_off(classroom_gpt2, parts), watched=[paris])
    assert float(changed.after.watched_probabilities[-1, -1, 0]) == pytest.approx(left, abs=within)
    assert changed.noise_floor.kl_nats < 1e-6 < changed.kl_nats


def test_bert_is_read_at_its_mask(classroom_bert):
    done = run(classroom_bert, read_text(classroom_bert, "The capital of France is [MASK]."), in_detail=True)
    where = predicted_position(classroom_bert, done.given)
    assert done.tokens[where].piece == "[MASK]"
    best, second = done.logits[where].topk(2).indices.tolist()
    lens = read_lens(run(classroom_bert, done.given), [best, second])
    assert lens.rows[-1] == "mlp.5"
    assert lens.token_ids[-1, where, :2].tolist() == [best, second]
    assert lens.watched_ranks[-1, where] == 1
    assert abs(attribute(done, where, best, second).missing) <= MOST_ERROR


def test_in_korean_too_the_answer_travels_from_the_country_to_the_end(classroom_gpt_ko):
    """The limits of the Korean lesson lead to this table."""
    texts = (SEOUL, SEOUL.replace("대한민국", "일본"))
    done, other = (run(classroom_gpt_ko, read_text(classroom_gpt_ko, text)) for text in texts)
    table = tabulate_swaps(done, other, rows=["embedding", *(f"mlp.{layer}" for layer in range(6))])
    assert [table.answer, table.other_answer] == [find_token(classroom_gpt_ko, name) for name in ("서울", "도쿄")]
    country, last = 1, len(done.tokens) - 1
    assert table.is_flipped[:5, country].all()
    assert table.is_flipped[-1].nonzero()[0].tolist() == [last]
    assert not table.is_flipped[:5, last].any()


def test_the_korean_decoder_is_read_at_its_end(classroom_gpt_ko):
    done = run(classroom_gpt_ko, read_text(classroom_gpt_ko, SEOUL), in_detail=True)
    assert done.tokens[0].piece == "[CLS]"
    where = predicted_position(classroom_gpt_ko, done.given)
    assert where == len(done.tokens) - 1
    best, second = done.logits[where].topk(2).indices.tolist()
    assert best == find_token(classroom_gpt_ko, "서울")
    lens = read_lens(run(classroom_gpt_ko, done.given), [best, second])
    assert lens.watched_ranks[0, where] > 100, "the table has no answer"
    assert lens.watched_ranks[-1, where] == 1
    assert abs(attribute(done, where, best, second).missing) <= MOST_ERROR
    assert all(float(layer.weights.triu(1).abs().max()) == 0 for layer in done.layers), "no look to the right"


@pytest.mark.parametrize("name", ["classroom_gpt2", "classroom_bert", "classroom_gpt_ko"])
def test_the_last_row_and_an_open_gate_are_bit_for_bit_the_models(request, name):
    loaded = request.getfixturevalue(name)
    text = {"classroom_gpt2": FRANCE, "classroom_bert": f"{FRANCE} [MASK].", "classroom_gpt_ko": SEOUL}[name]
    done = run(loaded, read_text(loaded, text))
    assert torch.equal(done.logits, forward(loaded, done.given).logits[0])
    with torch.inference_mode():
        assert torch.equal(done.layout.read_out(done.streams[done.rows[-1]][None])[0], done.logits)
    again = run(loaded, done.given, switch_off(loaded, list_parts(loaded), gate=1.0))
    assert torch.equal(again.logits, done.logits)


@pytest.mark.parametrize("tokens", [1, 2, 5, 7, 8, 13, 16, 40])
@pytest.mark.parametrize("on_a_processor_that_rounds_parts_in_another_way", [False, True])
def test_the_last_row_of_the_lens_is_read_as_the_model_reads_it_bit_for_bit(
    classroom_gpt2, monkeypatch, tokens, on_a_processor_that_rounds_parts_in_another_way
):
    if on_a_processor_that_rounds_parts_in_another_way:
        monkeypatch.setattr(lens_module, "_has_the_bits_in_parts", lambda *_: False)
    read = []
    scores_of = lens_module._Reading._scores

    def note(self, start):
        found = scores_of(self, start)
        if len(found) == 1:
            read.append(found[0].clone())
        return found

    monkeypatch.setattr(lens_module._Reading, "_scores", note)
    whole = read_text(classroom_gpt2, " ".join([FRANCE] * 10))
    given = read_text(classroom_gpt2, classroom_gpt2.tokenizer.decode(whole.ids[:tokens]))
    assert len(given.tokens) == tokens
    read_lens(run(classroom_gpt2, given), [0, 1])
    assert torch.equal(torch.cat(read, dim=-1), forward(classroom_gpt2, given).logits[0])


def test_the_first_picture_of_32_tokens_is_cheap(classroom_gpt2):
    """In seconds of computing, so that a busy machine does not decide; 2 s is the limit on two cores."""
    words_ = " ".join(["The capital of France is Paris, and the capital of Germany is Berlin"] * 4)
    ids = read_text(classroom_gpt2, words_)
    given = read_text(classroom_gpt2, classroom_gpt2.tokenizer.decode(ids.ids[:32]))
    assert len(given.tokens) == 32
    start = time.process_time()
    done = run(classroom_gpt2, given)
    read_lens(done, done.logits[-1].topk(5).indices.tolist())
    assert time.process_time() - start < 4.0
