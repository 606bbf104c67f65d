"""What the lesson asks, answered by the tokenizers themselves."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.tokenizer.chips import piece_label
from components.tokenizer.compare import bill_sentences, read_sentences
from components.tokenizer.exercise import PREDICT_WORD, Cut, judge_word
from components.tokenizer.views.selection import Selection, bert, encoding_of, gpt2, measures_of
from components.ui.guide.page import Answer, Check, Verdict

_SENTENCE: Final = "I saw the cat"
_EMOJI: Final = "👍"


def judge_attempt() -> Verdict | None:
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
    pieces = [token.token for token in encoding_of(bert(), PREDICT_WORD, special=False).tokens]
    said = _("BERT's tokenizer, asked just now, cuts it into: {pieces}.")
    return Answer(str(len(pieces)), said.format(pieces=" + ".join(f"`{piece}`" for piece in pieces)))


def _space() -> Answer:
    chosen = gpt2()
    tokens = encoding_of(chosen, _SENTENCE, special=False).tokens
    pieces = [piece_label(token.token, chosen.spelling) for token in tokens]
    said = _("GPT-2's tokenizer, asked just now: {pieces}.")
    return Answer(pieces[2], said.format(pieces=" ".join(f"`{piece}`" for piece in pieces)))


def _bytes() -> Answer:
    tokens = encoding_of(gpt2(), _EMOJI, special=False).tokens
    said = _("Its ids, read just now: {ids}. In UTF-8 it has {bytes} bytes.")
    ids = ", ".join(str(token.id) for token in tokens)
    return Answer(str(len(tokens)), said.format(ids=ids, bytes=len(_EMOJI.encode())))


def _price() -> Answer:
    chosen = gpt2()
    bills = bill_sentences(lambda text: measures_of(chosen, text), read_sentences())
    tokens = {bill.sentence.name: bill.measures.tokens for bill in bills}
    said = _("Counted just now: {english} tokens in English, {korean} in Korean.")
    return Answer(
        f"{round(tokens['Korean'] / tokens['English'])}×",
        said.format(english=tokens["English"], korean=tokens["Korean"]),
    )


def _cut(chosen: Selection) -> Cut:
    return lambda text: encoding_of(chosen, text, special=False)


CHECKS: Final[dict[str, Check]] = {"pieces": _pieces, "space": _space, "bytes": _bytes, "price": _price}
