"""Roles found in heads made by hand, and none found where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers as hf

from components.attention.errors import VocabularyTooSmall
from components.attention.known_heads import known_labels
from components.attention.labels import LEAST_SHARE, LEVEL, corrected_p, labels
from components.attention.roles import REPEAT_LENGTHS, SETS, RandomTexts, head_roles, measure_roles
from components.models import recording
from tests.unit.attention.architectures import (
    DECODERS,
    ENCODERS,
    UNRECORDABLE,
    VOCABULARY,
    Tiny,
    load,
    tokenizer,
)
from tests.unit.attention.patterns import attention, column_head, even, offset_head, random_rows


def pairs_of_texts(*, framed, sets=SETS):
    draw, rng = RandomTexts.of(load("bert" if framed else "gpt2")), np.random.default_rng(0)
    return [draw.draw_pair(rng, length=length) for length in REPEAT_LENGTHS * sets]


def roles_of(make_heads, *, kind):
    """`make_heads(text, n)` gives the patterns `[head, query, key]` of a model with one layer."""

    def look(text):
        n = len(text.given.tokens)
        return text, attention(np.stack(make_heads(text, n))[None], kind=kind, words=text.given.tokens)

    pairs = pairs_of_texts(framed=kind == "encoder")
    return measure_roles([(look(without), look(repeated)) for without, repeated in pairs], sets=SETS)


def names(make_heads, *, kind="decoder"):
    return {head: label.role for (_, head), label in labels(roles_of(make_heads, kind=kind)).items()}


def same_token_pattern(text, n, shift, rest=None):
    """Looks at the place `shift` after the last occurrence of the same token, else rests (spreads evenly)."""
    ids = [token.id for token in text.given.tokens]
    pattern = even(n, causal=True) if rest is None else rest.copy()
    for query in range(n):
        earlier = [key for key in range(query) if ids[key] == ids[query]]
        if earlier:
            pattern[query] = 0
            pattern[query, earlier[-1] + shift] = 1
    return pattern


def causal_offset(n, offset):
    pattern = offset_head(n, offset)
    assert not np.triu(pattern, 1).any()
    return pattern


def test_each_decoder_role_is_found_in_its_head_and_no_other():
    def heads(text, n):
        return [
            causal_offset(n, -1),
            causal_offset(n, 0),
            column_head(n, 0),
            same_token_pattern(text, n, 0),
            same_token_pattern(text, n, 1),
            even(n, causal=True),
        ]

    found = labels(roles_of(heads, kind="decoder"))
    assert {head: label.role for (_, head), label in found.items()} == {
        0: "previous_token",
        1: "itself",
        2: "first_token",
        3: "duplicate_token",
        4: "induction",
    }
    assert all(label.score == 1.0 and label.stable and label.p < LEVEL for label in found.values())


def test_each_encoder_role_is_found_in_its_head_and_no_other():
    def heads(text, n):
        return [offset_head(n, -1), offset_head(n, 1), column_head(n, 0), column_head(n, n - 1), even(n)]

    found = labels(roles_of(heads, kind="encoder"))
    roles = {head: label.role for (_, head), label in found.items()}
    assert roles == {0: "previous_token", 1: "next_token", 2: "first_token", 3: "separator"}


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_an_even_head_gains_nothing_in_any_role(kind):
    roles = roles_of(lambda _, n: [even(n, causal=kind == "decoder")], kind=kind)
    for score in roles.roles.values():
        assert score.baseline[0, 0] == pytest.approx(score.score[0, 0], rel=1e-5)
        assert score.gain.p[0, 0] > 0.3


def test_a_near_sighted_head_is_no_previous_token_head():
    def heads(text, n):
        blurred = sum(share * offset_head(n, -back) for back, share in enumerate([0.3, 0.35, 0.2, 0.15]))
        return [blurred, 0.7 * offset_head(n, -1) + 0.3 * even(n, causal=True)]

    roles = roles_of(heads, kind="decoder")
    assert corrected_p(roles)["previous_token"][0, 0] < LEVEL
    assert {head: label.role for (_, head), label in labels(roles).items()} == {1: "previous_token"}


def test_a_faint_role_is_not_named():
    def heads(text, n):
        return [share * offset_head(n, -1) + (1 - share) * even(n, causal=True) for share in (0.05, 0.5)]

    roles = roles_of(heads, kind="decoder")
    assert (corrected_p(roles)["previous_token"] < LEVEL).all()
    assert set(labels(roles)) == {(0, 1)}


def test_heads_of_noise_get_no_name():
    rng = np.random.default_rng(5)
    roles = roles_of(lambda _, n: list(random_rows(rng, 144, n, n, causal=True)), kind="decoder")
    assert labels(roles) == {}


def test_the_row_before_the_repeat_is_no_evidence_of_induction():
    """That row lies on the diagonal of induction and looks at the first token, though nothing was repeated yet."""

    def heads(text, n):
        pattern = even(n, causal=True)
        if text.repeated:
            pattern[text.length - 1] = 0
            pattern[text.length - 1, 0] = 1
        return [pattern]

    assert roles_of(heads, kind="decoder").roles["induction"].gain.mean[0, 0] == pytest.approx(0)


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_a_distance_that_a_head_always_keeps_is_no_role_of_a_repeat(share):
    """Each looks back as far as the repeat lies in some of the texts, whatever the text is."""
    distances = [distance for length in REPEAT_LENGTHS for distance in (length, length - 1)]
    assert {23, 24} <= set(distances)

    def heads(text, n):
        return [share * causal_offset(n, -distance) + (1 - share) * even(n, causal=True) for distance in distances]

    roles = roles_of(heads, kind="decoder")
    for role in ("induction", "duplicate_token"):
        assert (roles.roles[role].gain.p >= LEVEL).all()
    assert not {label.role for label in labels(roles).values()} & {"induction", "duplicate_token"}


def test_a_distance_that_varies_with_the_text_is_no_role_of_a_repeat():
    """It lies where the repeat would, in each text, but the head looks there without a repeat as well."""
    rng = np.random.default_rng(3)

    def heads(text, n):
        anywhere = int(rng.integers(1, text.length + 1))
        return [causal_offset(n, -text.length), causal_offset(n, 1 - text.length), causal_offset(n, -anywhere)]

    assert names(heads) == {}


def test_a_fixed_distance_taken_up_only_where_something_repeats_is_no_induction():
    """It is the right distance in a quarter of the texts: the length of the repeat varies."""

    def heads(text, n):
        return [causal_offset(n, -23) if text.repeated else even(n, causal=True)]

    assert names(heads) == {}


def test_a_head_that_rests_on_the_first_token_until_something_repeats_is_named_by_the_repeat():
    def heads(text, n):
        rest = column_head(n, 0)
        return [0.3 * same_token_pattern(text, n, 1, rest) + 0.7 * rest, rest]

    found = labels(roles_of(heads, kind="decoder"))
    assert {head: label.role for (_, head), label in found.items()} == {0: "induction", 1: "first_token"}
    assert found[0, 0].gain == pytest.approx(0.3, abs=1e-6)


def test_a_role_that_only_some_sets_of_texts_show_is_not_stable():
    """The second head looks back in three of the four sets of texts, the first in all."""
    read = iter(range(2 * SETS * len(REPEAT_LENGTHS)))

    def heads(text, n):
        in_last_set = next(read) >= 2 * (SETS - 1) * len(REPEAT_LENGTHS)
        return [causal_offset(n, -1), even(n, causal=True) if in_last_set else causal_offset(n, -1)]

    found = labels(roles_of(heads, kind="decoder"))
    assert {head: (label.role, label.stable) for (_, head), label in found.items()} == {
        0: ("previous_token", True),
        1: ("previous_token", False),
    }


def test_a_role_whose_interval_reaches_below_the_least_share_is_not_stable():
    """Each set of texts has it on average, but it differs so much from text to text that the mean is not certain."""
    shares = dict(zip(REPEAT_LENGTHS, (0.04, 0.04, 0.2, 0.24), strict=True))

    def heads(text, n):
        share = shares[text.length]
        return [share * causal_offset(n, -1) + (1 - share) * even(n, causal=True)]

    (label,) = labels(roles_of(heads, kind="decoder")).values()
    assert label.low < LEAST_SHARE <= label.gain
    assert not label.stable


@pytest.mark.parametrize("framed", [True, False])
def test_random_texts_differ_everywhere_or_repeat_once_inside_their_special_tokens(framed):
    for pair in pairs_of_texts(framed=framed):
        halves = []
        for text in pair:
            tokens = text.given.tokens
            ids = [token.id for token in tokens[text.begin : text.begin + 2 * text.length]]
            assert len(set(ids)) == (text.length if text.repeated else 2 * text.length)
            assert [token.piece for token in tokens if token.special] == (["[CLS]", "[SEP]"] if framed else [])
            halves += [ids[: text.length], ids[text.length :]]
        assert halves[1] == halves[2] == halves[3]


@pytest.mark.parametrize("name", ENCODERS + DECODERS + UNRECORDABLE + ("t5", "bart"))
def test_roles_are_measured_on_every_architecture(name):
    calls = []
    roles = head_roles(load(name), sets=1, checkpoint=lambda: calls.append(None))
    assert len(calls) == 2 * len(REPEAT_LENGTHS)
    assert roles.texts == len(REPEAT_LENGTHS)
    assert roles.kind == ("decoder" if name in DECODERS + UNRECORDABLE else "encoder")
    assert ("next_token" in roles.roles) == (roles.kind == "encoder")
    assert ("separator" in roles.roles) == (name in ENCODERS)
    for score in roles.roles.values():
        assert score.score.shape == score.gain.p.shape == score.rival.shape
        assert ((score.score >= 0) & (score.score <= 1)).all()


def test_a_seed_gives_the_same_numbers():
    first, second, other = (head_roles(load("gpt2"), sets=1, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.roles["induction"].score, second.roles["induction"].score)
    assert not np.array_equal(first.roles["induction"].score, other.roles["induction"].score)


def test_a_vocabulary_too_small_is_refused():
    from tokenizers import Tokenizer, models

    from components.models.tokenization import SharedTokenizer

    few = SharedTokenizer(Tokenizer(models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?")))
    with pytest.raises(VocabularyTooSmall, match="has 2 ordinary pieces; 48"):
        RandomTexts.of(replace(load("gpt2"), tokenizer=few))


def random_network(kind, seed, *, scale=5):
    """A network with as many heads as the embedded models and random weights, by default five times as large as usual.

    As they are initialised, networks attend almost evenly; with larger weights heads differ, and some have preferences.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if kind == "encoder":
            sizes = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 384}
            model = hf.BertForMaskedLM(hf.BertConfig(**sizes, vocab_size=VOCABULARY, pad_token_id=0))
        else:
            sizes = {"n_embd": 384, "n_layer": 6, "n_head": 12, "n_inner": 384}
            config = hf.GPT2Config(**sizes, vocab_size=VOCABULARY, bos_token_id=1, eos_token_id=2)
            model = hf.GPT2LMHeadModel(config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() == 2:
                    parameter.mul_(scale)
    model = model.eval()
    return Tiny(model, tokenizer(framed=kind == "encoder"), torch.device("cpu"), recording.install(model))


def test_of_the_heads_of_networks_with_random_weights_at_most_one_in_a_hundred_has_a_name():
    """The rate that `components.attention.labels` states."""
    found = [labels(head_roles(random_network(kind, seed))) for kind in ("encoder", "decoder") for seed in range(4)]
    named = [label.role for each in found for label in each.values()]
    assert len(named) <= 8 * 72 / 100
    assert not {"induction", "duplicate_token"} & set(named)


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_untrained_weights_earn_no_name(kind):
    assert labels(head_roles(random_network(kind, seed=0, scale=1))) == {}


@pytest.mark.parametrize(("name", "stable"), [("classroom-bert", 43), ("classroom-gpt2", 12)])
def test_the_embedded_models_have_as_many_stable_names_as_is_said(name, stable):
    # A head on the border may cross it with another order of summation.
    assert sum(label.stable for label in known_labels(name).values()) == pytest.approx(stable, abs=1)


@pytest.mark.real_model
def test_the_heads_of_a_repeat_in_the_embedded_models_keep_their_names_with_another_seed(
    classroom_bert, classroom_gpt2
):
    """What is shipped was measured with the first seed."""
    roles = {(0, 2): "previous_token", (1, 8): "next_token", (2, 9): "duplicate_token"}
    for named in (known_labels("classroom-bert"), labels(head_roles(classroom_bert, seed=1))):
        assert {head: named[head].role for head in roles} == roles
        assert all(named[head].stable for head in roles)
    for named in (known_labels("classroom-gpt2"), labels(head_roles(classroom_gpt2, seed=1))):
        assert (named[4, 8].role, named[4, 8].stable) == ("induction", True)
        assert named[4, 8].low > LEAST_SHARE
