"""Direct attribution: what every head, MLP, bias and the embedding add to one word more than to another."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.units import Signed
from components.inside import board, link
from components.inside.attribution import Attribution, Effect
from components.inside.reading import predicted_position
from components.inside.state import Request, Watched, attribution_of, load_model, pass_of
from components.ui import links
from components.ui.tensor_view.component import label, sentences, tensor_view
from components.ui.tensor_view.packing import Face, Scene, Selection, pack_faces

KEY: Final = "inside_effects"
MOST_NAMED: Final = 5


def draw_effects(request: Request, watched: Watched) -> None:
    """Draw the view."""
    done = pass_of(request)
    loaded = load_model(request.model_id)
    position = predicted_position(done.loaded, done.given)
    word, against = (board.write_token(loaded, each) for each in (watched.word, watched.against))
    st.text_input(
        _("Compared with"),
        placeholder=against,
        width=200,
        help=_("One word, one token. Empty: the second text's answer, or the model's next best word."),
        **links.bound(link.PAGE, link.AGAINST),
    )
    attribution = attribution_of(request, watched, position)
    strongest = sorted(attribution.effects, key=lambda effect: -abs(effect.difference))[:MOST_NAMED]
    st.markdown(
        _("Largest direct effects on the score of **{word}**, compared with that of **{against}**: {parts}.").format(
            word=escape_markdown(word),
            against=escape_markdown(against),
            parts=", ".join(f"{name_effect(effect)} {Signed(effect.difference):+.2f}" for effect in strongest),
        )
    )
    _draw_table(attribution)
    total = sum(effect.difference for effect in attribution.effects)
    st.markdown(
        _("Sum of all parts: **{sum:.3f}**. Difference of the two scores in the model: **{scores:.3f}**.").format(
            sum=total, scores=attribution.difference
        )
    )
    st.caption(
        _(
            "Frozen: the scale of the final norm ({norm}), as it is for this text. Left out: what a part does through "
            "later parts. A large direct effect does not mean that the answer needs this part: switch it off to see."
        ).format(norm=type(done.layout.final_norm or done.layout.sublayers[-1].norm_out).__name__)
    )


def _draw_table(attribution: Attribution) -> None:
    values, rows, columns = tabulate_effects(attribution)
    largest = max(float(np.abs(values).max()), 0.01)
    face = Face(
        "effects",
        _("direct effect"),
        values,
        values,
        -largest,
        largest,
        ["" if value == 0 else f"{Signed(value):+.2f}" for value in values.ravel().tolist()],
        _("{row}, {column}: {value}"),
        3,
    )
    tensor_view(
        Scene(
            kind="board",
            title=_("Direct effect of each part on the difference of the two scores"),
            body=pack_faces([face]),
            rows=label(rows),
            columns=label(columns),
            row_title=_("layer"),
            column_title=_("part"),
            words=sentences(KEY) | {"cell": face.cell},
            modes=[(face.name, face.label)],
            faces=[face],
            reports="never",
        ),
        key=KEY,
        selected=Selection(mode=face.name),
    )


def name_effect(effect: Effect) -> str:
    """Return what a part is called on the screen."""
    if effect.part == "embedding":
        return _("embedding")
    if effect.part == "bias":
        row = ".".join(effect.name.split(".")[:2])
        return _("bias of {part}").format(part=board.name_row(row) if effect.layer is not None else _("the output"))
    return board.name_part(effect.name)


def tabulate_effects(attribution: Attribution) -> tuple[NDArray[np.float64], list[str], list[str]]:
    """Return the differences as a table, `[row, column]`, and its labels: layers from the top, heads, MLP, biases."""
    effects = attribution.effects
    layers = max(effect.layer or 0 for effect in effects) + 1
    heads = max((effect.head or 0) for effect in effects) + 1
    kinds = ["attention", *(["cross"] if any(effect.part == "cross" for effect in effects) else [])]
    columns = [*(_("head {head}").format(head=head) for head in range(heads)), _("MLP"), _("biases"), _("embedding")]
    rows = [(kind, layer) for layer in range(layers - 1, -1, -1) for kind in reversed(kinds)]
    values = np.zeros((len(rows) + 2, len(columns)))
    for effect in effects:
        if effect.layer is None:
            row = len(rows) + 1 if effect.part == "embedding" else 0
        else:
            kind = "cross" if effect.name.startswith("cross") else "attention"
            row = rows.index((kind, effect.layer)) + 1
        column = {"mlp": heads, "bias": heads + 1, "embedding": heads + 2}.get(effect.part, effect.head or 0)
        values[row, column] += effect.difference
    names = [
        board.name_row(f"{kind}.{layer}") if len(kinds) > 1 else _("L{layer}").format(layer=layer)
        for kind, layer in rows
    ]
    return values, [_("output"), *names, _("embedding")], columns
