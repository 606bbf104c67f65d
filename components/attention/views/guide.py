"""What the lesson asks, answered by the live model: the checks of its questions, and the exercise."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from components.attention import link
from components.attention.capture import capture_input
from components.attention.compare import with_mask
from components.attention.corpus_search import outputs_at, read_sentences, search, shipped_index
from components.attention.counterfactuals import swap_words
from components.attention.errors import AttentionError
from components.attention.head_effects import Head, head_effect
from components.attention.known_heads import PRONOUN_HEAD
from components.attention.lesson_examples import (
    Look,
    LooksBack,
    TokenKind,
    begins_word,
    count_looks_back,
    examples,
    name_token,
)
from components.attention.record import Attention
from components.attention.state import Reading, capture_text, load_model
from components.attention.views.guided import story_test
from components.attention.views.neighbours import COUNT
from components.core.i18n import _, language
from components.core.text import escape_markdown, quote
from components.models.errors import ModelError
from components.models.registry import DEFAULT_DECODER
from components.ui import errors
from components.ui.guide.page import Answer, Check, Verdict
from components.ui.session import checkpoint

ENOUGH: Final = 0.8
"""What the exercise about the first tokens of words asks for."""
STORY: Final = "The capital of France is"
STORY_LAYER: Final = 4
SUSPECTS: Final[tuple[Head, ...]] = ((4, 7), (4, 8), (5, 10))
"""Heads of the built-in decoder that look from " is" to " France"."""


def _first_look() -> Answer:
    asked = examples().first
    attention = _read(asked.model, asked.text)
    row = _places(attention, asked.looks)[0]
    shares = attention.of_head(asked.layer, asked.head)[row]
    order = shares.argsort()[::-1]
    best = [f"{name_token(attention.key_tokens[index])} {shares[index]:.2f}" for index in order[:4]]
    return Answer(
        name_token(attention.key_tokens[int(order[0])]),
        _("Measured just now: {weights}.").format(weights=", ".join(best)),
    )


def _head_for_france() -> Answer:
    shares = _story_shares()[STORY_LAYER]
    order = shares.argsort()[::-1]
    said = _("What “is” gives “France” in layer {layer}: {shares}.").format(
        layer=STORY_LAYER, shares=", ".join(f"{head}: {shares[head]:.0%}" for head in order[:4])
    )
    return Answer(str(int(order[0])), said)


def _with_one_hidden() -> Answer:
    asked = examples().hidden
    model, before = load_model(asked.model), capture_text(Reading(asked.model, asked.text, None))
    hidden = _places(before.main, asked.hides)[0]
    after = capture_input(model, with_mask(model, before.input, hidden)).main
    row = _places(after, asked.looks)[-1]
    shares = after.of_head(asked.layer, asked.head)[row]
    best = int(shares.argmax())
    word = name_token(after.key_tokens[best])
    said = _("“{looks}” gives “{word}” {before:.2f} with “{hidden}” and {after:.2f} without it.").format(
        looks=asked.looks,
        word=escape_markdown(word),
        hidden=asked.hides,
        before=before.main.of_head(asked.layer, asked.head)[row, best],
        after=shares[best],
    )
    return Answer(word, f"{said} {_counted(asked, examples().particles)}".strip())


def _counted(asked: Look, particles: frozenset[str]) -> str:
    """Return what many sentences say of the story, since one proves nothing."""
    if particles:
        return _describe_looks_back(asked.model, asked.layer, asked.head, particles)
    tested = story_test(asked.model, "pronoun")
    if tested is None:
        return ""
    head = tested.of(asked.layer, asked.head)
    return _(
        "In {texts} sentences, each also with its nouns swapped, the head gives the larger share to the "
        "first noun in {place}, and to the noun that “it” means in {word}. By place alone it would be "
        "{texts} and {half}, by meaning alone {half} and {texts}."
    ).format(texts=head.texts, place=head.by_place, word=head.group_by_word, half=head.texts // 2)


def _describe_looks_back(model_id: str, layer: int, head: int, particles: frozenset[str]) -> str:
    sentences = read_sentences([language()])
    with st.spinner(_("Measuring on {count} sentences").format(count=len(sentences))):
        counts = _looks_back(model_id, sentences, layer, head, particles)
    return _(
        "In {sentences} sentences the token before gets most from {particle} of {particles} particles, {inside} of "
        "{insides} other tokens inside words and {beginning} of {beginnings} tokens that begin a word."
    ).format(
        sentences=len(sentences),
        particle=counts["particle"].back,
        particles=counts["particle"].tokens,
        inside=counts["inside"].back,
        insides=counts["inside"].tokens,
        beginning=counts["beginning"].back,
        beginnings=counts["beginning"].tokens,
    )


@st.cache_data(max_entries=4, show_spinner=False)
def _looks_back(
    model_id: str, sentences: tuple[str, ...], layer: int, head: int, particles: frozenset[str]
) -> dict[TokenKind, LooksBack]:
    return count_looks_back(
        load_model(model_id), sentences, layer=layer, head=head, particles=particles, checkpoint=checkpoint
    )


def _pronouns_found() -> Answer:
    reading = Reading(link.MODEL.default, link.TEXT.default, None)
    record, model = capture_text(reading), load_model(link.MODEL.default)
    index = shipped_index(link.MODEL.default)
    if index is None:
        raise RuntimeError("the built-in encoder comes with an index of its corpus")
    output = outputs_at(model, record.input, _places(record.main, "it")[0], kind=record.main.kind)[PRONOUN_HEAD]
    found = search(index, output, *PRONOUN_HEAD, count=COUNT, without=reading.text).found
    words = [match.sentence[slice(*match.word)].strip() for match in found]
    said = _("The words in bold, found just now: {words}.").format(
        words=", ".join(quote(escape_markdown(word)) for word in words)
    )
    return Answer(str(sum(word.lower() == "it" for word in words)), said)


def _head_that_counts() -> Answer:
    given = capture_text(Reading(DEFAULT_DECODER, STORY, None)).input
    position = len(given.tokens) - 1
    after: dict[Head, float] = {}
    for head in SUSPECTS:
        effect = head_effect(load_model(DEFAULT_DECODER), given, [head], kind="decoder", position=position)
        best = effect.most_likely[0]
        after[head] = best.after
    shares = _story_shares()
    told = "; ".join(
        _("{head}: share {share:.0%}, then {after:.1%}").format(
            head=f"{head[0]}-{head[1]}", share=shares[head], after=value
        )
        for head, value in after.items()
    )
    said = _("“{token}” has {before:.1%}. With one head off: {told}.").format(
        token=best.piece.replace("Ġ", ""), before=best.before, told=told
    )
    layer, head_number = min(after, key=lambda head: after[head])
    return Answer(f"{layer}-{head_number}", said)


def _story_shares() -> np.ndarray:
    """Return what the last token gives "France" in each layer and head of the built-in decoder."""
    attention = capture_text(Reading(DEFAULT_DECODER, STORY, None)).main
    [place] = [index for index, token in enumerate(attention.key_tokens) if token.text.strip() == "France"]
    shares: np.ndarray = attention.weights[:, :, -1, place]
    return shares


def judge_attempt() -> Verdict | None:
    """Draw the exercise of the visitor's language, and judge the sentence that the student wrote."""
    asked = examples()
    sentence = st.text_input(
        _("Your sentence"), max_chars=300, key="attention_exercise", placeholder=asked.hidden.text, width=520
    )
    if not sentence.strip():
        return None
    try:
        if asked.particles:
            return judge_beginnings(_read(asked.hidden.model, sentence), asked.hidden, sentence)
        model_id = link.MODEL.default
        return verdict(_read(model_id, sentence), _read(model_id, swap_words(sentence, "cat", "mat")), sentence)
    except (AttentionError, ModelError) as error:
        errors.show(error)
        return None


def judge_beginnings(attention: Attention, asked: Look, sentence: str) -> Verdict:
    """Say whether a token that begins a word gives the token before it more than `ENOUGH`."""
    tokens, weights = attention.key_tokens, attention.of_head(asked.layer, asked.head)
    shares = {
        f"{name_token(tokens[index - 1])} ← {name_token(tokens[index])}": float(weights[index, index - 1])
        for index in range(2, len(tokens))
        if begins_word(tokens[index])
    }
    said = f"{quote(escape_markdown(sentence))}: "
    if not shares:
        return Verdict(False, said + _("The sentence needs at least two words."))
    told = ", ".join(f"{escape_markdown(pair)} {share:.2f}" for pair, share in shares.items())
    evidence = said + _("what the first token of each word gives the token before it: {shares}.").format(shares=told)
    if max(shares.values()) > ENOUGH:
        return Verdict(True, evidence)
    return Verdict(False, f"{evidence} " + _("None is above {enough}.").format(enough=ENOUGH))


def verdict(attention: Attention, swapped: Attention, sentence: str) -> Verdict:
    """Say whether "it" gives a later "mat" more than "cat", and what it gives them with the two words swapped."""
    places = {word: _places(attention, word) for word in ("cat", "mat", "it")}
    missing = [word for word, found in places.items() if not found]
    said = f"{quote(escape_markdown(sentence))}: "
    if missing:
        return Verdict(
            False,
            said + _("Your sentence needs “cat”, “mat” and “it”; missing: {words}.").format(words=", ".join(missing)),
        )
    if places["cat"][0] > places["mat"][0]:
        return Verdict(False, said + _("Let “cat” come before “mat”: otherwise “mat” is simply the first noun."))
    cat, mat = _from_it(attention)
    swapped_cat, swapped_mat = _from_it(swapped)
    evidence = said + _(
        "“it” gives “mat” {mat:.2f} and “cat” {cat:.2f}. With the two words swapped: “mat” {swapped_mat:.2f}, “cat” "
        "{swapped_cat:.2f}."
    ).format(mat=mat, cat=cat, swapped_mat=swapped_mat, swapped_cat=swapped_cat)
    if mat > cat:
        return Verdict(True, evidence)
    return Verdict(False, f"{evidence} " + _("Change what happens between the two, or what is said of “it”."))


def _from_it(attention: Attention) -> tuple[float, float]:
    """Return what the last "it" gives all "cat" and all "mat"."""
    row = attention.of_head(*PRONOUN_HEAD)[_places(attention, "it")[-1]]
    cat, mat = (float(sum(row[index] for index in _places(attention, word))) for word in ("cat", "mat"))
    return cat, mat


def _read(model_id: str, text: str) -> Attention:
    return capture_text(Reading(model_id, text, None)).main


def _places(attention: Attention, word: str) -> list[int]:
    return [index for index, token in enumerate(attention.key_tokens) if name_token(token) == word]


CHECKS: Final[dict[str, Check]] = {
    "it": _first_look,
    "france": _head_for_france,
    "tired": _with_one_hidden,
    "pronouns": _pronouns_found,
    "off": _head_that_counts,
}
