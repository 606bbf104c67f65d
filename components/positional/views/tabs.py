"""The views below the table: waves, checked claims, word plus position, the schemes compared, the shuffle."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import streamlit as st

from components.core.i18n import N_, _
from components.core.text import escape_markdown
from components.models import cached
from components.models.errors import ModelError
from components.models.input_embeddings import input_embeddings
from components.models.loaders import LoadedModel
from components.models.records import ModelRecord
from components.models.registry import record
from components.models.shape import model_shape
from components.models.store import local_folder
from components.positional import figures, matrices, wording
from components.positional.addition import Addition, own_addition, part_lengths, sinusoidal_addition
from components.positional.claims import Checks, check_claims
from components.positional.link import MODEL, PAGE, TAB, TEXT
from components.positional.matrices import Matrix
from components.positional.order import (
    NoPositionTable,
    OrderEffect,
    Words,
    order_between,
    order_effect,
    read_words,
    shuffled_order,
)
from components.positional.rotary import random_vectors, rotary_scores
from components.positional.schemes import SCHEMES, Encoding, Scheme, Selection, encode
from components.positional.settings import FloatArray
from components.positional.similarity import first_rise
from components.positional.sinusoidal import follow_dimension, sinusoidal
from components.positional.wording import USERS
from components.ui import charts, errors, links
from components.ui.open_tab import draw_open_view
from components.ui.tensor_view.component import matrix_view
from components.ui.text_fit import warn_of_unread_text

_ADDED_DIMENSIONS: Final = 8
_MOST_CURVES: Final = 6
_VISIBLE_SPREAD: Final = 1e-6


def draw_views(chosen: Selection, encoding: Encoding) -> None:
    """Draw the view that is open."""
    views = {
        "waves": (N_("Waves and vectors"), _waves),
        "claims": (N_("Why it works"), _claims),
        "addition": (N_("Word + position"), _addition),
        "comparison": (N_("Four schemes"), _comparison),
        "shuffle": (N_("Shuffle the words"), _shuffle),
    }
    draws = {name: (title, partial(draw, chosen, encoding)) for name, (title, draw) in views.items()}
    draw_open_view(PAGE, TAB, draws)


@st.cache_resource(max_entries=16, show_spinner=False)
def encoding_of(chosen: Selection, head: int = 0) -> Encoding:
    """Return the table of a selection whose model is on this machine. Raises as `encode`."""
    return encode(chosen, local_folder(record(chosen.model)), head=head)


@st.cache_resource(max_entries=32, show_spinner=False)
def _checks_of(chosen: Selection, offset: int) -> Checks:
    return check_claims(encoding_of(chosen), offset=offset, base=chosen.base, layout=chosen.layout)


def draw_matrix(matrix: Matrix, *, key: str, height_px: int | None = None, has_numbers: bool = False) -> None:
    """Draw a matrix in the browser; without a height its cells are square."""
    matrix_view(
        matrix.values,
        key=key,
        title=matrix.alt,
        rows=matrix.rows,
        columns=matrix.columns,
        row_title=matrix.row_title,
        column_title=matrix.column_title,
        lowest=-matrix.limit,
        highest=matrix.limit,
        cell=matrix.cell,
        notes=matrix.notes,
        height_px=height_px,
        has_numbers=has_numbers,
    )


@st.fragment
def _waves(chosen: Selection, encoding: Encoding) -> None:
    rows, columns = encoding.matrix.shape
    biases = chosen.scheme == "alibi"
    left, right = st.columns(2, gap="large")
    with left:
        picked = st.multiselect(
            _("Heads to follow") if biases else _("Dimensions to follow"),
            range(columns),
            default=sorted({0, columns // 8, columns // 4, columns // 2}),
            max_selections=_MOST_CURVES,
            key=f"positional_columns_{chosen.scheme}_{columns}",
        )
    with right:
        row = st.slider(
            _("Distance") if biases else _("Position"), 0, rows - 1, min(5, rows - 1), key=f"positional_row_{rows}"
        )
    with left:
        if picked:
            _follow(chosen, encoding, picked, row)
    with right:
        if chosen.scheme in ("sinusoidal", "rotary"):
            dials = figures.draw_dials(encoding, chosen.layout, position=row)
            charts.draw(dials, key="positional_dials")
        vector = figures.draw_vector(encoding, row)
        charts.draw(vector, key="positional_vector")
        st.caption(_(wording.VECTOR_NOTES[chosen.scheme]))


def _follow(chosen: Selection, encoding: Encoding, picked: list[int], row: int) -> None:
    rows, columns = encoding.matrix.shape
    if chosen.scheme == "sinusoidal":
        waves = sinusoidal(d_model=columns, length=rows, base=chosen.base, layout=chosen.layout)
        drawn = figures.draw_waves([follow_dimension(waves, dimension) for dimension in picked], position=row)
    else:
        drawn = figures.draw_columns(encoding, picked, position=row)
    charts.draw(drawn, key="positional_waves")


@st.fragment
def _claims(chosen: Selection, encoding: Encoding) -> None:
    rows = len(encoding.matrix)
    st.markdown(
        _(
            "Each sentence is checked with the numbers of the table above. Change the settings and see what "
            "holds. An error such as 1e-15 (0.000000000000001) is rounding: a computer keeps about 16 digits."
        )
    )
    offset = 0
    if chosen.scheme != "alibi":
        offset = st.slider(_("Shift by k positions"), 0, rows - 1, min(5, rows - 1), key=f"positional_shift_{rows}")
    checks = _checks_of(chosen, offset)
    for claim in checks.claims:
        said = wording.describe_claim(claim, checks=checks, positions=rows, base=chosen.base)
        st.markdown(f"{wording.verdict_badge(claim)} **{said.claim}**  \n{said.finding}")
    left, right = st.columns(2, gap="large")
    if checks.shift is not None:
        with left:
            title = _("The matrix of a shift by {k}").format(k=offset)
            shift = matrices.describe_rotation(checks.shift.matrix, chosen.layout, offset=offset)
            if len(shift.rows) < len(checks.shift.matrix):
                title += _(" ({n} of {d} dimensions)").format(n=len(shift.rows), d=len(checks.shift.matrix))
            st.markdown(f"**{title}**")
            draw_matrix(shift, key="positional_rotation")
    with left if checks.shift is None else right:
        profile = encoding.by_offset
        curve = figures.draw_similarity(encoding, rise=None if chosen.scheme == "alibi" else first_rise(profile.mean))
        charts.draw(curve, key="positional_similarity")
        if profile.spread.max() > _VISIBLE_SPREAD:
            st.caption(_("Line: the mean over all positions. Band: from the lowest to the highest."))


@st.fragment
def _addition(chosen: Selection, encoding: Encoding) -> None:
    del encoding  # the sum is as wide as the model's own vectors, whatever the table above shows
    if chosen.scheme in ("rotary", "alibi"):
        note = _("{scheme} adds nothing to the word's vector. Choose Sinusoidal or Learned above to see a sum.")
        st.info(note.format(scheme=_(wording.NAMES[chosen.scheme])))
        return
    words = _words(chosen.model, _text(chosen.model))
    if not words.ids:
        st.info(_("Type some words."))
        return
    place = st.pills(
        _("Token"),
        range(len(words.ids)),
        default=min(1, len(words.ids) - 1),
        required=True,
        format_func=lambda token: f"{token}: {escape_markdown(words.labels[token])}",
        key=f"positional_token_{len(words.ids)}",
    )
    model = record(chosen.model)
    inputs = input_embeddings(local_folder(model), words.ids)
    sinusoids = chosen.scheme == "sinusoidal"
    added = sinusoidal_addition(inputs, place, base=chosen.base) if sinusoids else own_addition(inputs, place)
    if added is None:
        errors.show(NoPositionTable(model=model.title))
        return
    start = st.slider(_("First dimension shown"), 0, len(added.total) - _ADDED_DIMENSIONS, 0, _ADDED_DIMENSIONS)
    title = _("“{token}” at position {p}, dimensions {first} to {last}").format(
        token=escape_markdown(words.labels[place]), p=place, first=start, last=start + _ADDED_DIMENSIONS - 1
    )
    limit = float(abs(added.total[start : start + _ADDED_DIMENSIONS]).max())
    st.markdown(f"**{title}**")
    parts = matrices.describe_addition(_parts(added, place), start=start, count=_ADDED_DIMENSIONS, limit=limit)
    draw_matrix(parts, key="positional_addition", has_numbers=True)
    sizes = {name: f"{size:.2f}" for name, size in part_lengths(added).items()}
    st.markdown(
        _(wording.SINUSOIDAL_SUM if sinusoids else wording.OWN_SUM).format(
            model=escape_markdown(model.title),
            scale=f"{added.scale:.1f}",
            unscaled=f"{part_lengths(added)['word'] / added.scale:.2f}",
            **sizes,
        )
    )


def _parts(added: Addition, place: int) -> Mapping[str, FloatArray]:
    word = _("word") if added.scale == 1 else _("word × {scale:.1f}").format(scale=added.scale)
    rows = {
        word: added.word,
        _("+ segment"): added.segment,
        _("+ position {p}").format(p=place): added.position,
        _("= sum"): added.total,
        _("after LayerNorm"): added.normalised,
    }
    return {name: part for name, part in rows.items() if part is not None}


@st.fragment
def _comparison(chosen: Selection, encoding: Encoding) -> None:
    del encoding  # all four are computed here
    learner = _learner(record(chosen.model))
    heads = model_shape(local_folder(learner)).heads
    head = st.slider(_("ALiBi head"), 0, heads - 1, min(3, heads - 1), width=320) if heads > 1 else 0
    names = {scheme: _(wording.NAMES[scheme]) for scheme in SCHEMES}
    names["learned"] = _("Learned ({model})").format(model=learner.title)
    names["alibi"] = _("ALiBi (head {head})").format(head=head)
    encodings = {
        scheme: encoding_of(_variant(chosen, scheme, learner.id), head if scheme == "alibi" else 0)
        for scheme in SCHEMES
    }
    with st.grid(4, min_column_width=230):
        for scheme, each in encodings.items():
            with st.container():
                st.markdown(f"**{escape_markdown(names[scheme])}**")
                draw_matrix(matrices.describe_pairs(each, names[scheme]), key=f"positional_pairs_{scheme}")
    st.caption(_(wording.CLOSENESS_NOTE))
    left, right = st.columns(2, gap="large")
    with left:
        curves = figures.draw_distance_curves(encodings, names)
        charts.draw(curves, key="positional_distance")
    with right:
        _products(chosen)
    st.subheader(_("Which model does what"))
    st.markdown(
        _("**BERT and GPT-2 do not use sinusoids.** They learned a table; the Transformer of 2017 computed one.")
    )
    st.markdown(_users_table())


def _learner(model: ModelRecord) -> ModelRecord:
    learned = model_shape(local_folder(model)).position_scheme == "learned"
    return model if learned else record(links.default_of(PAGE, MODEL))


def _variant(chosen: Selection, scheme: Scheme, model: str) -> Selection:
    return Selection(
        scheme=scheme,
        d_model=chosen.d_model,
        length=chosen.length,
        base=chosen.base,
        layout=chosen.layout,
        model=model,
    )


def _products(chosen: Selection) -> None:
    """Show what turning does to one query-key product."""
    same = _("The same vector twice")
    kinds = [same, *(_("Two random vectors ({seed})").format(seed=seed) for seed in (1, 2, 3))]
    kind = st.selectbox(_("Query and key"), range(len(kinds)), format_func=kinds.__getitem__)
    query, key = random_vectors(chosen.d_model, seed=kind)
    scores = rotary_scores(
        query, query if kind == 0 else key, length=chosen.length, base=chosen.base, layout=chosen.layout
    )
    drawn = figures.draw_products(scores)
    charts.draw(drawn, key="positional_products")


def _users_table() -> str:
    # Three columns: a fourth for the papers would not fit on a phone.
    head = f"| {_('Scheme')} | {_('What happens')} | {_('Models')} |\n|---|---|---|"
    rows = (
        f"| **{_(wording.NAMES[scheme])}** {wording.SOURCES[scheme]} | {_(wording.METHODS[scheme])} | "
        f"{', '.join(family.name for family in USERS[scheme])} |"
        for scheme in SCHEMES
    )
    return "\n".join([head, *rows])


@st.fragment
def _shuffle(chosen: Selection, encoding: Encoding) -> None:
    del encoding
    model = record(chosen.model)
    st.markdown(_(wording.SHUFFLE_LEAD).format(model=escape_markdown(model.title)))
    text = _text(chosen.model)
    seed = int(st.number_input(_("Shuffle number"), 1, 1000, 1, width=160))
    words = _words(chosen.model, text)
    if len({word for word in words.word_of_token if word is not None}) < 2:
        st.info(_("Type at least two words."))
        return
    _show_effect(model, words, text, seed)


def _show_effect(model: ModelRecord, words: Words, text: str, seed: int) -> None:
    try:
        with st.spinner(_("The model reads both versions.")):
            effect = effect_of(model.id, text, seed)
    except (ModelError, NoPositionTable) as error:
        errors.show(error)
        return
    shuffled = " ".join(words.labels[token] for token in effect.order)
    st.markdown(_("Original: {original}  \nShuffled: {shuffled}").format(
        original=escape_markdown(" ".join(words.labels)), shuffled=escape_markdown(shuffled)
    ))  # fmt: skip
    drawn = figures.draw_order(effect, words.labels)
    charts.draw(drawn, key="positional_order")
    st.markdown(wording.describe_shuffle(effect, decoder=model.architecture == "decoder"))


@st.cache_resource(max_entries=32, show_spinner=False)
def effect_of(model_id: str, text: str, seed: int) -> OrderEffect:
    """Return what shuffling a text does in a model. Raises `ModelError`, `NoPositionTable`."""
    loaded = _loaded(model_id)
    words = _words(model_id, text)
    return order_effect(loaded.model, words.ids, shuffled_order(words.word_of_token, seed=seed))


@st.cache_resource(max_entries=4, show_spinner=False)
def effect_between(model_id: str, text: str, other: str) -> OrderEffect:
    """Return what differs between two texts of the same tokens. Raises as `effect_of`, and as `order_between`."""
    ids, others = (_words(model_id, each).ids for each in (text, other))
    return order_effect(_loaded(model_id).model, ids, order_between(ids, others))


def _loaded(model_id: str) -> LoadedModel:
    return cached.causal_lm(model_id) if record(model_id).architecture == "decoder" else cached.encoder(model_id)


def _words(model_id: str, text: str) -> Words:
    most = model_shape(local_folder(record(model_id))).positions or 512
    return read_words(cached.tokenizer(model_id), text, most_tokens=most)


def _text(model_id: str) -> str:
    text: str = st.text_input(_("Text"), max_chars=TEXT.most_chars, **links.bound(PAGE, TEXT))
    warn_of_unread_text(record(model_id), text, (PAGE, MODEL))
    return text
