"""What the lesson asks, answered by the live model: the checks of its questions, and the exercise."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown, quote
from components.core.units import Signed
from components.inside.arithmetic import Array, array, matrix
from components.inside.attribution import attribute
from components.inside.errors import InsideError
from components.inside.intervention import SwapTable, switch_off, tabulate_swaps
from components.inside.lens import read_lens
from components.inside.lesson_examples import lesson_examples
from components.inside.reading import Pass, find_token, read_text, run
from components.inside.stages import list_stages
from components.inside.writing import heads_push, neurons_push, push_to_scores
from components.models import cached
from components.models.errors import ModelError
from components.models.loaders import LoadedModel
from components.ui import errors
from components.ui.guide.page import Answer, Check, Verdict

MOST_CHARACTERS: Final = 300


def judge_attempt() -> Verdict | None:
    """Let the student find two sentences whose answer crosses in an earlier layer than with capitals."""
    asked = lesson_examples()
    first, second = st.columns(2)
    with first:
        text = st.text_input(
            _("First sentence"), max_chars=MOST_CHARACTERS, key="inside_exercise_text", placeholder=asked.first.text
        )
    with second:
        other = st.text_input(
            _("Second sentence"), max_chars=MOST_CHARACTERS, key="inside_exercise_other", placeholder=asked.second.text
        )
    if not text.strip() or not other.strip():
        return None
    try:
        return judge_pair(text, other)
    except (InsideError, ModelError) as error:
        errors.show(error, is_fault=not isinstance(error, InsideError))
        return None


def judge_pair(text: str, other: str) -> Verdict:
    """Say in which layer the answer crosses from the token in which two sentences differ to the last one.

    Raises
    ------
    InsideError
        If their vectors cannot be swapped, or both have the same answer.
    """
    done, second = _read(text), _read(other)
    table = tabulate_swaps(done, second, rows=_ends(done))
    places = _differing(done, second)
    said = _("“{text}”: “{answer}”. “{other}”: “{other_answer}”.").format(
        text=escape_markdown(text.strip()),
        answer=_word(done, table.answer),
        other=escape_markdown(other.strip()),
        other_answer=_word(done, table.other_answer),
    )
    place, *further = places
    if further:
        note = _("They differ in {count} tokens; let them differ in one.").format(count=len(places))
        return Verdict(False, f"{said} {note}")
    if place == table.position:
        return Verdict(False, f"{said} " + _("They differ in the last token, so that nothing has to cross."))
    layer = crossing(table, place)
    token = escape_markdown(done.tokens[place].text.strip())
    said += " " + (
        _("A swap at “{token}” turns the answer in the embedding only: it crosses in layer 0.").format(token=token)
        if layer == 0
        else _(
            "A swap at “{token}” turns the answer until the end of layer {last}: it crosses in layer {layer}."
        ).format(token=token, last=layer - 1, layer=layer)
    )
    earlier_than = lesson_examples().layer
    if layer < earlier_than:
        return Verdict(True, said)
    return Verdict(False, f"{said} " + _("It has to cross before layer {layer}.").format(layer=earlier_than))


def crossing(table: SwapTable, position: int) -> int:
    """Return the first layer after which a swap at a position no longer turns the answer.

    Parameters
    ----------
    table
        Its rows are the embedding and the end of each layer.
    """
    return int(np.flatnonzero(table.is_flipped[:, position]).max())


def _layer() -> Answer:
    asked, done, table = lesson_examples(), _first_pass(), _capitals()
    place = _country(done)
    layer = crossing(table, place)
    said = _(
        "Probability of “{answer}” with the vector of “{other}” at “{country}” after layers 0 to {last}: {shares}."
    ).format(
        answer=asked.second.answer,
        other=asked.second.country,
        country=asked.first.country,
        last=len(table.rows) - 2,
        shares=", ".join(f"{share:.0%}" for share in table.other_probabilities[1:, place]),
    )
    return Answer(1 if layer < 2 else 2, said)


def _row() -> Answer:
    homonym = lesson_examples().homonym
    done = _read(homonym.text, in_detail=True)
    first, second = (index for index, token in enumerate(done.tokens) if token.text.strip() == homonym.word)
    rows = list_stages(done).by_name["token_vectors"].value
    is_same = bool(np.array_equal(rows[first], rows[second]))
    ends = _ends(done)[1:]
    said = _("Compared just now: {equal} of {all} numbers are equal. Cosine of the two vectors {cosines}.").format(
        equal=int((rows[first] == rows[second]).sum()),
        all=len(rows[first]),
        cosines=", ".join(
            _("after layer {layer}: {cosine:.2f}").format(layer=layer, cosine=_cosine(done, row, first, second))
            for layer, row in enumerate(ends)
            if layer in {0, len(ends) - 1}
        ),
    )
    return Answer(0 if is_same else 1, said)


def _first() -> Answer:
    asked, done = lesson_examples(), _first_pass()
    lens = read_lens(done, [find_token(done.loaded, asked.first.answer)])
    found = lens.rows[int(np.flatnonzero(lens.watched_ranks[:, -1] == 1)[0])]
    at = [lens.rows.index(row) for row in asked.rows]
    said = _("“{word}”, read just now in these four rows: {shares}.").format(
        word=asked.first.answer, shares=", ".join(f"{share:.1%}" for share in lens.watched_probabilities[at, -1, 0])
    )
    return Answer(asked.rows.index(found), said)


def _share() -> Answer:
    looks, done = lesson_examples().looks, _first_pass(in_detail=True)
    stages, country = list_stages(done).by_name, _country(done)
    query = stages[f"{looks.row}.query"].value[looks.head, -1]
    product = float(query @ stages[f"{looks.row}.key"].value[looks.head, country])
    shares = stages[f"{looks.row}.weights"].value[looks.head, -1]
    said = _("Computed just now: {product:.2f} / √{size} = {score:.2f}; the shares are {shares}.").format(
        product=product,
        size=len(query),
        score=product / len(query) ** 0.5,
        shares=", ".join(f"{share:.1%}" for share in shares),
    )
    return Answer(f"{shares[country]:.0%}", said)


def _writes() -> Answer:
    writes, done = lesson_examples().writes, _first_pass(in_detail=True)
    pushed = heads_push(done, writes.row, _last(done))[writes.head].up
    said = _("What head {head} pushes up most, computed just now: {words}.").format(
        head=writes.head, words=", ".join(f"{quote(_word(done, token))} {Signed(push):+.1f}" for token, push in pushed)
    )
    return Answer(_word(done, pushed[0][0]), said)


def _neuron() -> Answer:
    asked, done = lesson_examples(), _first_pass(in_detail=True)
    strongest = neurons_push(done, asked.mlp, _last(done), count=1)[0]
    scores = neuron_scores(done, asked.mlp, strongest.number)
    push = {
        word: float(scores[find_token(done.loaded, word)]) for word in (*asked.cities.split(), *asked.countries.split())
    }
    # the answer itself proves nothing about cities, and the softmax ignores what all tokens get alike
    cities = [push[word] for word in asked.cities.split() if word != asked.first.answer]
    countries = [push[word] for word in asked.countries.split()]
    of_cities, of_countries, of_all = (float(np.mean(each)) for each in (cities, countries, scores))
    said = _(
        "Measured just now, the mean push: {cities} other cities {of_cities:+.1f}, {countries} countries "
        "{of_countries:+.1f}, all {tokens} tokens {of_all:+.1f}. “{answer}” {answer_push:+.1f}, “{country}” "
        "{country_push:+.1f}."
    ).format(
        cities=len(cities),
        of_cities=Signed(of_cities),
        countries=len(countries),
        of_countries=Signed(of_countries),
        tokens=f"{len(scores):,}",
        of_all=Signed(of_all),
        answer=asked.first.answer,
        answer_push=Signed(push[asked.first.answer]),
        country=asked.first.country,
        country_push=Signed(push[asked.first.country]),
    )
    if of_countries >= of_cities:
        return Answer(2, said)
    return Answer(0 if of_cities > of_all else 1, said)


def _table() -> Answer:
    layout = _first_pass().layout
    read, scored = array(layout.table.weight), array(layout.head.weight)  # type: ignore[arg-type]
    is_same = bool(np.array_equal(read, scored))
    said = _("Compared just now: of {rows} × {width} = {all} numbers {equal} are equal.").format(
        rows=f"{read.shape[0]:,}", width=read.shape[1], all=f"{read.size:,}", equal=f"{int((read == scored).sum()):,}"
    )
    return Answer(1 if is_same else 0, said)


def _swap() -> Answer:
    asked, table = lesson_examples(), _capitals()
    row = asked.layer  # the rows begin with the embedding, so this is the end of the layer before
    own, other = float(table.answer_probabilities[row, -1]), float(table.other_probabilities[row, -1])
    said = _("Swapped just now: “{word}” {share:.1%}, “{other_word}” {other_share:.1%}.").format(
        word=asked.first.answer, share=own, other_word=asked.second.answer, other_share=other
    )
    if table.is_flipped[row, -1]:
        return Answer(asked.second.answer, said)
    return Answer(asked.first.answer if own > 0.5 else 2, said)


def _guilty() -> Answer:
    asked, done = lesson_examples(), _first_pass(in_detail=True)
    answer, other = (find_token(done.loaded, each.answer) for each in (asked.first, asked.second))
    direct = {each.name: each.difference for each in attribute(done, _last(done), answer, other).effects}
    left = {
        name: float(
            run(done.loaded, done.given, switch_off(done.loaded, [name])).logits_at(_last(done)).softmax(-1)[answer]
        )
        for name in asked.suspects
    }
    told = "; ".join(
        _("{part}: direct effect {effect:+.2f}, without it {left:.1%}").format(
            part=name.removeprefix("attention.").replace(".", "-"), effect=Signed(direct[name]), left=left[name]
        )
        for name in asked.suspects
    )
    worst = min(asked.suspects, key=lambda name: left[name])
    return Answer(asked.suspects.index(worst), _("Measured just now. {told}.").format(told=told))


def _capitals() -> SwapTable:
    done = _first_pass()
    return tabulate_swaps(done, _read(lesson_examples().second.text), rows=_ends(done))


def neuron_scores(done: Pass, row: str, neuron: int) -> Array:
    """Return what a neuron of an MLP does to all scores at the last position."""
    sublayer = done.layout.sublayer(row)
    strength = float(done.trace.mixed[row][0, -1, neuron])
    vector = strength * matrix(sublayer.output)[neuron].astype(np.float64)
    scores: Array = push_to_scores(done, sublayer, _last(done), vector[None])[0]
    return scores


def _first_pass(*, in_detail: bool = False) -> Pass:
    return _read(lesson_examples().first.text, in_detail=in_detail)


def _country(done: Pass) -> int:
    """Return the position in which the two sentences of the lesson differ."""
    [place] = _differing(done, _read(lesson_examples().second.text))
    return place


def _differing(done: Pass, other: Pass) -> list[int]:
    pairs = zip(done.given.ids, other.given.ids, strict=True)
    return [index for index, (mine, theirs) in enumerate(pairs) if mine != theirs]


def _last(done: Pass) -> int:
    return len(done.tokens) - 1


def _ends(done: Pass) -> list[str]:
    """Return the rows of the embedding and of the end of each layer."""
    return [row for row in done.rows if not row.startswith("attention")]


def _cosine(done: Pass, row: str, first: int, second: int) -> float:
    one, other = (array(done.streams[row][place]).astype(np.float64) for place in (first, second))
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def _word(done: Pass, token_id: int) -> str:
    return escape_markdown(done.loaded.tokenizer.decode([token_id]).strip())


def _read(text: str, *, in_detail: bool = False) -> Pass:
    loaded: LoadedModel = cached.causal_lm(lesson_examples().model)
    return run(loaded, read_text(loaded, text), in_detail=in_detail)


CHECKS: Final[dict[str, Check]] = {
    "layer": _layer,
    "row": _row,
    "first": _first,
    "share": _share,
    "writes": _writes,
    "neuron": _neuron,
    "table": _table,
    "swap": _swap,
    "guilty": _guilty,
}
