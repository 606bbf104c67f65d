"""What the lesson asks, answered by the tokenizers themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.tokenizer.chips import piece_label
from components.tokenizer.compare import bill_sentences, read_sentences
from components.tokenizer.exercise import Cut, Examples, examples, judge_noun, judge_word
from components.tokenizer.views.selection import Selection, bert, encoding_of, gpt2, measures_of, select_model
from components.ui.guide.page import Answer, Check, Verdict


def judge_attempt() -> Verdict | None:
    """Draw the exercise of the visitor's language, and judge what the student wrote."""
    asked = examples()
    return _judge_noun(asked) if asked.particles else _judge_word()


def _judge_noun(asked: Examples) -> Verdict | None:
    """Let the student find a noun that one particle melts into, and another does not."""
    noun = st.text_input(_("A noun; the page adds the particles"), key="tokenizer_exercise_word", width=420)
    if not noun.strip():
        return None
    attempt = judge_noun(noun, asked.particles, _cut(select_model(asked.word_model)))
    if attempt is None:
        return Verdict(
            False, _("“{noun}” is not one Korean noun in Hangul.").format(noun=escape_markdown(noun.strip()))
        )
    evidence = _("The noun alone: {noun}. With a particle: {forms}.").format(
        noun=_join(attempt.noun), forms=", ".join(map(_join, attempt.forms))
    )
    needed = (
        (len(attempt.noun) == 1, _("The noun alone should be one token.")),
        (attempt.joined, _("With no particle it becomes one token.")),
        (attempt.parted, _("With no particle a token ends where the noun ends.")),
    )
    said = [missing for is_there, missing in needed if not is_there]
    return Verdict(attempt.solved, " ".join([evidence, *said]))


def _judge_word() -> Verdict | None:
    """Let the student find a word that BERT splits and GPT-2 does not."""
    word = st.text_input(_("A word that BERT splits and GPT-2 does not"), key="tokenizer_exercise_word", width=420)
    if not word.strip():
        return None
    attempt = judge_word(word, bert=_cut(bert()), gpt2=_cut(gpt2()))
    evidence = _("BERT: {bert}. GPT-2, with the space before it: {gpt2}.").format(
        bert=" + ".join(map(escape_markdown, attempt.bert)),
        gpt2=" + ".join(escape_markdown(piece_label(piece, gpt2().spelling)) for piece in attempt.gpt2),
    )
    if attempt.unknown:
        evidence += " " + _("BERT does not split it, but turns the whole word into [UNK].")
    return Verdict(attempt.solved, evidence)


def _pieces() -> Answer:
    asked = examples()
    chosen = select_model(asked.word_model)
    pieces = [token.token for token in encoding_of(chosen, asked.word, special=False).tokens]
    said = _("The tokenizer of {model}, asked just now, cuts it into: {pieces}.")
    return Answer(str(len(pieces)), said.format(model=escape_markdown(chosen.title), pieces=_join(pieces)))


def _space() -> Answer:
    asked = examples()
    chosen = select_model(asked.spaced_model)
    tokens = encoding_of(chosen, asked.spaced, special=False).tokens
    pieces = [piece_label(token.token, chosen.spelling) for token in tokens]
    said = _("The tokenizer of {model}, asked just now: {pieces}.")
    return Answer(
        pieces[asked.spaced_token],
        said.format(model=escape_markdown(chosen.title), pieces=" ".join(f"`{piece}`" for piece in pieces)),
    )


def _bytes() -> Answer:
    letter = examples().letter
    tokens = encoding_of(gpt2(), letter, special=False).tokens
    said = _("Its ids, read just now: {ids}. In UTF-8 it has {bytes} bytes.")
    ids = ", ".join(str(token.id) for token in tokens)
    return Answer(str(len(tokens)), said.format(ids=ids, bytes=len(letter.encode())))


def _join(pieces: Iterable[str]) -> str:
    return " + ".join(f"`{piece}`" for piece in pieces)


def _price() -> Answer:
    chosen = gpt2()
    bills = bill_sentences(lambda text: measures_of(chosen, text), read_sentences())
    tokens = {bill.sentence.name: bill.measures.tokens for bill in bills}
    said = _("Counted just now: {english} tokens in English, {korean} in Korean.")
    return Answer(
        _("{times}×").format(times=round(tokens["Korean"] / tokens["English"])),
        said.format(english=tokens["English"], korean=tokens["Korean"]),
    )


def _cut(chosen: Selection) -> Cut:
    return lambda text: encoding_of(chosen, text, special=False)


CHECKS: Final[dict[str, Check]] = {"pieces": _pieces, "space": _space, "bytes": _bytes, "price": _price}
