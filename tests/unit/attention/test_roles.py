"""Roles found in heads made by hand, and none found where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.attention.errors import VocabularyTooSmall
from components.attention.labels import LEAST_SIGMAS, labels
from components.attention.repeats import REPEAT_TOKENS, RandomTexts
from components.attention.roles import head_roles, measured
from tests.unit.attention.architectures import DECODERS, ENCODERS, UNRECORDABLE, Tiny, load
from tests.unit.attention.patterns import attention, column_head, even, offset_head, random_rows

N = REPEAT_TOKENS


def texts(*, framed, count=4):
    draw, rng = RandomTexts.of(load("bert" if framed else "gpt2")), np.random.default_rng(0)
    return [draw.draw(rng, repeated=repeated) for repeated in (False, True) * count]


def roles_of(make_heads, *, kind):
    """`make_heads(text, n)` gives the patterns `[head, query, key]` of a model with one layer."""
    pairs = []
    for text in texts(framed=kind == "encoder"):
        n = len(text.given.tokens)
        pairs.append((text, attention(np.stack(make_heads(text, n))[None], kind=kind, words=text.given.tokens)))
    return measured(pairs)


def same_token_pattern(text, n, shift):
    """Looks at the place `shift` after the last occurrence of the same token, else spreads evenly."""
    ids = [token.id for token in text.given.tokens]
    pattern = even(n, causal=True)
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
    assert all(label.share == 1.0 and label.sigmas > LEAST_SIGMAS for label in found.values())


def test_each_encoder_role_is_found_in_its_head_and_no_other():
    def heads(text, n):
        return [offset_head(n, -1), offset_head(n, 1), column_head(n, 0), column_head(n, n - 1), even(n)]

    found = labels(roles_of(heads, kind="encoder"))
    roles = {head: label.role for (_, head), label in found.items()}
    assert roles == {0: "previous_token", 1: "next_token", 2: "first_token", 3: "separator"}


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_an_even_head_scores_its_chance_and_its_null_in_every_role(kind):
    roles = roles_of(lambda _, n: [even(n, causal=kind == "decoder")], kind=kind)
    for score in roles.roles.values():
        assert score.score[0, 0] == pytest.approx(score.chance, rel=1e-5)
        assert score.null_mean[0, 0] == pytest.approx(score.chance, rel=1e-5)
        assert score.sigmas[0, 0] < LEAST_SIGMAS


def test_a_near_sighted_head_is_no_previous_token_head():
    def heads(text, n):
        blurred = sum(share * offset_head(n, -back) for back, share in enumerate([0.3, 0.35, 0.2, 0.15]))
        return [blurred, 0.7 * offset_head(n, -1) + 0.3 * even(n, causal=True)]

    roles = roles_of(heads, kind="decoder")
    assert roles.roles["previous_token"].sigmas[0, 0] > LEAST_SIGMAS
    assert {head: label.role for (_, head), label in labels(roles).items()} == {1: "previous_token"}


def test_a_faint_role_is_not_named():
    def heads(text, n):
        return [share * offset_head(n, -1) + (1 - share) * even(n, causal=True) for share in (0.05, 0.5)]

    roles = roles_of(heads, kind="decoder")
    assert (roles.roles["previous_token"].sigmas > LEAST_SIGMAS).all()
    assert set(labels(roles)) == {(0, 1)}


def test_heads_of_noise_get_no_name():
    rng = np.random.default_rng(5)
    roles = roles_of(lambda _, n: list(random_rows(rng, 144, n, n, causal=True)), kind="decoder")
    assert labels(roles) == {}


def test_the_row_before_the_repeat_is_no_evidence_of_induction():
    """Row n - 1 lies on the diagonal of induction and looks at position 0, though nothing was repeated yet."""

    def heads(text, n):
        pattern = even(n, causal=True)
        pattern[N - 1] = 0
        pattern[N - 1, 0] = 1
        return [pattern]

    score = roles_of(heads, kind="decoder").roles["induction"]
    assert score.score[0, 0] == pytest.approx(score.chance, rel=1e-5)


def test_an_offset_that_a_head_always_keeps_is_no_induction():
    """It looks n - 1 back in texts without a repeat as well: the null says so."""
    score = roles_of(lambda _, n: [causal_offset(n, -(N - 1))], kind="decoder").roles["induction"]
    assert score.score[0, 0] == 1.0
    assert score.sigmas[0, 0] < 10
    repeats_only = roles_of(lambda text, n: [same_token_pattern(text, n, 1)], kind="decoder").roles["induction"]
    assert repeats_only.sigmas[0, 0] > 3 * score.sigmas[0, 0]


@pytest.mark.parametrize("framed", [True, False])
def test_random_texts_differ_everywhere_or_repeat_once_inside_their_special_tokens(framed):
    for text in texts(framed=framed):
        tokens = text.given.tokens
        ids = [token.id for token in tokens[text.begin : text.begin + 2 * N]]
        assert len(set(ids)) == (N if text.repeated else 2 * N)
        assert not text.repeated or ids[:N] == ids[N:]
        assert [token.piece for token in tokens if token.special] == (["[CLS]", "[SEP]"] if framed else [])


@pytest.mark.parametrize("name", ENCODERS + DECODERS + UNRECORDABLE + ("t5", "bart"))
def test_roles_are_measured_on_every_architecture(name):
    calls = []
    roles = head_roles(load(name), texts=2, checkpoint=lambda: calls.append(None))
    assert len(calls) == 4
    assert roles.texts == 2
    assert roles.kind == ("decoder" if name in DECODERS + UNRECORDABLE else "encoder")
    assert ("next_token" in roles.roles) == (roles.kind == "encoder")
    assert ("separator" in roles.roles) == (name in ENCODERS)
    for score in roles.roles.values():
        assert score.score.shape == score.sigmas.shape == score.rival.shape
        assert ((score.score >= 0) & (score.score <= 1)).all()


def test_a_seed_gives_the_same_numbers():
    first, second, other = (head_roles(load("gpt2"), texts=2, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.roles["induction"].score, second.roles["induction"].score)
    assert not np.array_equal(first.roles["induction"].score, other.roles["induction"].score)


def test_a_vocabulary_too_small_is_refused():
    from tokenizers import Tokenizer, models

    from components.models.tokenization import SharedTokenizer

    few = SharedTokenizer(Tokenizer(models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?")))
    with pytest.raises(VocabularyTooSmall, match="has 2 ordinary pieces; 48"):
        RandomTexts.of(replace(load("gpt2"), tokenizer=few))


@pytest.mark.real_model
@pytest.mark.parametrize("name", ["classroom_bert", "classroom_gpt2"])
def test_untrained_weights_earn_no_name(name, request):
    from components.models import recording

    trained = request.getfixturevalue(name)
    model = type(trained.model)(trained.model.config).eval()
    fresh = Tiny(model, trained.tokenizer, trained.device, recording.install(model))
    assert labels(head_roles(fresh, texts=4)) == {}


@pytest.mark.real_model
def test_the_embedded_models_earn_the_names_the_lessons_use(classroom_bert, classroom_gpt2):
    bert = {key: label.role for key, label in labels(head_roles(classroom_bert, texts=4)).items()}
    assert bert[0, 2] == "previous_token"
    assert bert[1, 8] == "next_token"
    assert bert[2, 9] == "duplicate_token"
    gpt2 = {key: label.role for key, label in labels(head_roles(classroom_gpt2, texts=4)).items()}
    assert gpt2[4, 8] == "induction"
