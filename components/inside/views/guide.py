"""What the lesson asks, answered by the live model: the checks of its questions, and the exercise."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.units import Signed
from components.inside.arithmetic import Array, array, matrix
from components.inside.attribution import attribute
from components.inside.errors import InsideError
from components.inside.intervention import SwapTable, switch_off, tabulate_swaps
from components.inside.lens import read_lens
from components.inside.reading import Pass, find_token, read_text, run
from components.inside.stages import list_stages
from components.inside.writing import heads_push, neurons_push, push_to_scores
from components.models import cached
from components.models.errors import ModelError
from components.models.loaders import LoadedModel
from components.models.registry import DEFAULT_DECODER
from components.ui import errors
from components.ui.guide.page import Answer, Check, Verdict

FRANCE: Final = "The capital of France is"
GERMANY: Final = "The capital of Germany is"
BANKS: Final = "A river bank is not a savings bank"
COUNTRY: Final = 3
LAST: Final = 4
"""Positions in both sentences."""
LAYER: Final = 4
"""In which the answer crosses from the country to the last word."""
HEAD: Final = 7
SUSPECTS: Final = ("attention.5.10", "attention.4.7", "attention.0.11")
"""In the order of the lesson's answers."""
ROWS: Final = ("attention.3", "attention.4", "mlp.4", "attention.5")
"""In the order of the lesson's answers."""
MOST_CHARACTERS: Final = 300

CITIES: Final = (
    "Paris London Berlin Rome Madrid Tokyo Moscow Vienna Athens Cairo Dublin Prague Warsaw Lisbon Stockholm Oslo "
    "Copenhagen Helsinki Budapest Beijing Delhi Seoul Munich Milan Barcelona Hamburg Lyon Chicago Boston Toronto "
    "Sydney"
)
COUNTRIES: Final = (
    "France Germany Italy Spain Japan China Russia Scotland England Ireland Algeria Egypt India Brazil Mexico "
    "Canada Poland Greece Turkey Sweden Norway Denmark Finland Portugal Austria Hungary Iran Iraq Cuba Peru Chile "
    "Kenya Nigeria Vietnam Korea Thailand Indonesia Australia Argentina Belgium Switzerland Ukraine"
)


def judge_attempt() -> Verdict | None:
    """Let the student find two sentences whose answer crosses in an earlier layer than with capitals."""
    first, second = st.columns(2)
    with first:
        text = st.text_input(
            _("First sentence"), max_chars=MOST_CHARACTERS, key="inside_exercise_text", placeholder=FRANCE
        )
    with second:
        other = st.text_input(
            _("Second sentence"), max_chars=MOST_CHARACTERS, key="inside_exercise_other", placeholder=GERMANY
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
    pairs = zip(done.given.ids, second.given.ids, strict=True)
    places = [index for index, (mine, theirs) in enumerate(pairs) if mine != theirs]
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
    if layer < LAYER:
        return Verdict(True, said)
    return Verdict(False, f"{said} " + _("It has to cross before layer {layer}.").format(layer=LAYER))


def crossing(table: SwapTable, position: int) -> int:
    """Return the first layer after which a swap at a position no longer turns the answer.

    Parameters
    ----------
    table
        Its rows are the embedding and the end of each layer.
    """
    return int(np.flatnonzero(table.is_flipped[:, position]).max())


def _layer() -> Answer:
    table = _capitals()
    layer = crossing(table, COUNTRY)
    said = _("Berlin's probability with Germany's vector at “France” after layers 0 to {last}: {shares}.").format(
        last=len(table.rows) - 2, shares=", ".join(f"{share:.0%}" for share in table.other_probabilities[1:, COUNTRY])
    )
    return Answer(1 if layer < 2 else 2, said)


def _row() -> Answer:
    done = _read(BANKS, in_detail=True)
    first, second = _places(done, "bank")
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
    done = _read(FRANCE)
    lens = read_lens(done, [find_token(done.loaded, "Paris")])
    found = lens.rows[int(np.flatnonzero(lens.watched_ranks[:, LAST, 0] == 1)[0])]
    at = [lens.rows.index(row) for row in ROWS]
    said = _("“Paris”, read just now in these four rows: {shares}.").format(
        shares=", ".join(f"{share:.1%}" for share in lens.watched_probabilities[at, LAST, 0])
    )
    return Answer(ROWS.index(found), said)


def _share() -> Answer:
    stages = list_stages(_read(FRANCE, in_detail=True)).by_name
    row = f"attention.{LAYER}"
    query, key = (stages[f"{row}.{part}"].value[HEAD, place] for part, place in (("query", LAST), ("key", COUNTRY)))
    product = float(query @ key)
    shares = stages[f"{row}.weights"].value[HEAD, LAST]
    said = _("Computed just now: {product:.2f} / √{size} = {score:.2f}; the shares are {shares}.").format(
        product=product,
        size=len(query),
        score=product / len(query) ** 0.5,
        shares=", ".join(f"{share:.1%}" for share in shares),
    )
    return Answer(f"{shares[COUNTRY]:.0%}", said)


def _writes() -> Answer:
    done = _read(FRANCE, in_detail=True)
    pushed = heads_push(done, f"attention.{LAYER}", LAST)[HEAD].up
    said = _("What head {head} pushes up most, computed just now: {words}.").format(
        head=HEAD, words=", ".join(f"“{_word(done, token)}” {Signed(push):+.1f}" for token, push in pushed)
    )
    return Answer(_word(done, pushed[0][0]), said)


def _neuron() -> Answer:
    done = _read(FRANCE, in_detail=True)
    strongest = neurons_push(done, "mlp.5", LAST, count=1)[0]
    scores = neuron_scores(done, strongest.number)
    cities, countries = (
        [float(scores[find_token(done.loaded, word)]) for word in words.split()] for words in (CITIES, COUNTRIES)
    )
    said = _(
        "Measured just now: of {cities} cities {up} go up, of {countries} countries {down} go down. “Paris” "
        "{paris:+.1f}, “France” {france:+.1f}."
    ).format(
        cities=len(cities),
        up=sum(push > 0 for push in cities),
        countries=len(countries),
        down=sum(push < 0 for push in countries),
        paris=Signed(cities[0]),
        france=Signed(countries[0]),
    )
    if np.mean(countries) > 0:
        return Answer(2, said)
    return Answer(0 if np.mean(cities[1:]) > 0 else 1, said)


def _table() -> Answer:
    layout = _read(FRANCE).layout
    read, scored = array(layout.table.weight), array(layout.head.weight)  # type: ignore[arg-type]
    is_same = bool(np.array_equal(read, scored))
    said = _("Compared just now: of {rows} × {width} = {all} numbers {equal} are equal.").format(
        rows=f"{read.shape[0]:,}", width=read.shape[1], all=f"{read.size:,}", equal=f"{int((read == scored).sum()):,}"
    )
    return Answer(1 if is_same else 0, said)


def _swap() -> Answer:
    table, row = _capitals(), LAYER  # the end of layer 3
    paris, berlin = float(table.answer_probabilities[row, LAST]), float(table.other_probabilities[row, LAST])
    said = _("Swapped just now: “Paris” {paris:.1%}, “Berlin” {berlin:.1%}.").format(paris=paris, berlin=berlin)
    return Answer("Berlin" if table.is_flipped[row, LAST] else "Paris" if paris > 0.5 else 2, said)


def _guilty() -> Answer:
    done = _read(FRANCE, in_detail=True)
    paris, berlin = (find_token(done.loaded, word) for word in ("Paris", "Berlin"))
    direct = {each.name: each.difference for each in attribute(done, LAST, paris, berlin).effects}
    left = {
        name: float(run(done.loaded, done.given, switch_off(done.loaded, [name])).logits_at(LAST).softmax(-1)[paris])
        for name in SUSPECTS
    }
    told = "; ".join(
        _("{part}: direct effect {effect:+.2f}, without it {left:.1%}").format(
            part=name.removeprefix("attention.").replace(".", "-"), effect=Signed(direct[name]), left=left[name]
        )
        for name in SUSPECTS
    )
    worst = min(SUSPECTS, key=lambda name: left[name])
    return Answer(SUSPECTS.index(worst), _("Measured just now. {told}.").format(told=told))


def _capitals() -> SwapTable:
    done = _read(FRANCE)
    return tabulate_swaps(done, _read(GERMANY), rows=_ends(done))


def neuron_scores(done: Pass, neuron: int) -> Array:
    """Return what a neuron of the last MLP does to all scores at the last position."""
    sublayer = done.layout.sublayer("mlp.5")
    strength = float(done.trace.mixed[sublayer.row][0, LAST, neuron])
    vector = strength * matrix(sublayer.output)[neuron].astype(np.float64)
    scores: Array = push_to_scores(done, sublayer, LAST, vector[None])[0]
    return scores


def _ends(done: Pass) -> list[str]:
    """Return the rows of the embedding and of the end of each layer."""
    return [row for row in done.rows if not row.startswith("attention")]


def _cosine(done: Pass, row: str, first: int, second: int) -> float:
    one, other = (array(done.streams[row][place]).astype(np.float64) for place in (first, second))
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def _places(done: Pass, word: str) -> list[int]:
    return [index for index, token in enumerate(done.tokens) if token.text.strip() == word]


def _word(done: Pass, token_id: int) -> str:
    return escape_markdown(done.loaded.tokenizer.decode([token_id]).strip())


def _read(text: str, *, in_detail: bool = False) -> Pass:
    loaded: LoadedModel = cached.causal_lm(DEFAULT_DECODER)
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
