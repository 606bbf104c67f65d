"""What the lesson asks, answered by the built-in model: the predictions and the exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import streamlit as st

from components.core.errors import VisitorError
from components.core.i18n import _
from components.core.text import escape_markdown
from components.engines.contract import Request, Strategy, Token
from components.engines.distribution import next_scores
from components.engines.offers import offer
from components.engines.runs import generate
from components.engines.samplers import FloatArray, softmax
from components.engines.transformers_engine import load_writer
from components.generation import link
from components.generation.engine_cache import OpenEngine, open_model
from components.generation.lesson_examples import examples
from components.generation.questions import (
    SEEDS,
    TOP_P,
    compare_repeats,
    count_texts,
    nearest,
    nucleus,
    text_bits,
    with_seeds,
)
from components.generation.request_builder import uses
from components.generation.state import current_request, open_again
from components.generation.views.anatomy import TIMES
from components.generation.wording import STRATEGIES
from components.models import cached
from components.ui import errors
from components.ui.guide.page import Answer, Check, Verdict
from components.ui.session import checkpoint, session

_COMPARED_TOKENS: Final = 24


def judge_attempt() -> Verdict | None:
    """Let the student try the settings of the page with a few seeds."""
    if not st.button(_("Try my settings with {count} seeds").format(count=len(SEEDS)), key="generation_check"):
        return None
    opened = open_again()
    if opened is None:
        return Verdict(False, _("No model is open here. Choose one above."))
    request = current_request(opened)
    if not uses("seed", request.strategy):
        return Verdict(False, _("This strategy draws nothing, so no seed can change it. Find settings for “Sample”."))
    try:
        with st.spinner(_("Writing with {count} seeds").format(count=len(SEEDS))):
            tried = with_seeds(opened.metered, request, checkpoint=checkpoint, session=session())
    except VisitorError as error:
        errors.show(error)
        return None
    evidence = _("{seeds} seeds gave {count} different texts. One begins: “{text}”").format(
        seeds=len(SEEDS), count=tried.different, text=escape_markdown(tried.texts[0])
    )
    return Verdict(tried.different == 1, evidence)


def _built_in() -> OpenEngine:
    return open_model(offer(link.ENGINE.default), examples().model)


def _next_scores(prompt: str) -> FloatArray:
    model_id = examples().model
    return next_scores(load_writer(model_id).model, cached.tokenizer(model_id).encode(prompt).ids)


def _drawn(prompt: str) -> Request:
    return Request(prompt=prompt, strategy="sample", temperature=0.8, top_p=0.95)


def _write(request: Request) -> list[Token]:
    stream = generate(_built_in().metered, replace(request, candidates=1), checkpoint, session=session())
    return [event for event in stream if isinstance(event, Token)]


def _nucleus() -> Answer:
    prompt = examples().top_p
    found = nucleus(_next_scores(prompt))
    said = _("Counted just now: top-p {p} keeps {kept} of {all} tokens after “{prompt}”.")
    return Answer(
        found.option, said.format(p=TOP_P, kept=f"{found.kept:,}", all=f"{found.vocabulary:,}", prompt=prompt)
    )


def _others() -> Answer:
    asked = examples().draws
    likeliest = float(softmax(_next_scores(asked.prompt).astype(np.float64)).max())
    others = TIMES * (1 - likeliest)
    said = _(
        "Computed just now: the likeliest token has {share:.1%}, so {count:.0f} of {times} draws are expected to "
        "differ."
    )
    return Answer(nearest(others, asked.options), said.format(share=likeliest, count=others, times=TIMES))


def _seeds() -> Answer:
    request = _drawn(examples().seeds)
    tried = with_seeds(_built_in().metered, request, checkpoint=checkpoint, session=session())
    said = _("Written just now with {seeds} seeds: {count} different texts.")
    return Answer(count_texts(tried), said.format(seeds=len(SEEDS), count=tried.different))


def _repeats() -> Answer:
    asked = examples().greedy
    written = _write(Request(prompt=asked.prompt, strategy="greedy", max_new_tokens=asked.tokens))
    found = compare_repeats(written, asked.phrase)
    options = ("falls", "stays", "rises")
    said = _("Measured just now: {first:.1f} bits the first time, {second:.1f} bits the second time.")
    return Answer(options.index(found.change), said.format(first=found.first, second=found.second))


def _likeliest() -> Answer:
    prompt = examples().search
    searches: Mapping[Strategy, Request] = {
        "greedy": Request(prompt=prompt, strategy="greedy"),
        "sample": replace(_drawn(prompt), seed=0),
        "beam": Request(prompt=prompt, strategy="beam", num_beams=4),
    }
    bits = {
        name: text_bits(_write(replace(request, max_new_tokens=_COMPARED_TOKENS))) for name, request in searches.items()
    }
    best = min(bits, key=bits.__getitem__)
    measured = ", ".join(f"{_(STRATEGIES[name])} {value:.1f}" for name, value in bits.items())
    said = _("Surprise of each text in bits, measured just now (fewer means likelier): {measured}.")
    return Answer(_(STRATEGIES[best]), said.format(measured=measured))


CHECKS: Final[dict[str, Check]] = {
    "nucleus": _nucleus,
    "others": _others,
    "seeds": _seeds,
    "repeats": _repeats,
    "likeliest": _likeliest,
}
