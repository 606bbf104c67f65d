"""What the board shows: rows from the scores down to the embedding, columns of tokens, each cell read in four ways."""

from __future__ import annotations

import math
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from components.core.i18n import _
from components.core.text import sanitize
from components.core.units import Signed
from components.core.visible import visible
from components.inside import link
from components.inside.intervention import Changed, SwapTable
from components.inside.lens import Lens
from components.inside.reading import Pass, attention_row
from components.models.inputs import Token
from components.models.loaders import LoadedModel
from components.models.sublayers import EMBEDDING
from components.models.tokenization import SharedTokenizer
from components.ui.tensor_view import packing
from components.ui.tensor_view.packing import Face

MOST_LAYERS: Final = 14
"""Of a board that is not folded."""
LAYERS_A_GROUP: Final = 5
MOST_NOTES: Final = 1_500
"""Cells whose five best guesses are said; of more, only the best one is."""
MOST_LOOKS: Final = 3
LEAST_LOOK: Final = 0.3
MOST_LABEL_CHARACTERS: Final = 14
_PER_MILLE: Final = 0.001


def name_row(row: str) -> str:
    """Return what a row is called on the screen."""
    if row == link.SCORES:
        return _("scores")
    if row == EMBEDDING:
        return _("embedding")
    part, layer = row.split(".")[:2]
    names = {
        "attention": _("L{layer} attention"),
        "cross": _("L{layer} cross-attention"),
        "mlp": _("L{layer} MLP"),
    }
    return names[part].format(layer=layer)


def name_part(part: str) -> str:
    """Return what a row or a head is called on the screen."""
    pieces = part.split(".")
    if len(pieces) == 3:
        return _("L{layer} head {head}").format(layer=pieces[1], head=pieces[2])
    return name_row(part)


def rows_from_the_top(done: Pass) -> tuple[str, ...]:
    """Return the rows of the board, top to bottom."""
    return (link.SCORES, *reversed(done.rows))


_written: Final[WeakKeyDictionary[SharedTokenizer, dict[tuple[int, bool], str]]] = WeakKeyDictionary()
"""Tokens as they are read: a board and what is beside it have hundreds, and most are common words."""


def write_token(loaded: LoadedModel, token_id: int, *, is_short: bool = True) -> str:
    """Return a token as it is read; a space before it, which most words have, is only written where there is room."""
    known = _written.setdefault(loaded.tokenizer, {})
    if (token_id, is_short) not in known:
        known[token_id, is_short] = _write(loaded, token_id, is_short=is_short)
    return known[token_id, is_short]


def _write(loaded: LoadedModel, token_id: int, *, is_short: bool) -> str:
    text = loaded.tokenizer.decode([token_id])
    piece = str(loaded.tokenizer.tokens([token_id])[0] or "")
    if piece.startswith("##") or not text:
        text = piece
    shown = visible(sanitize(text).text.removeprefix(" ") if is_short and text != " " else sanitize(text).text)
    return shorten(shown)


def shorten(text: str) -> str:
    """Return a label that fits into a cell."""
    return text if len(text) <= MOST_LABEL_CHARACTERS else text[: MOST_LABEL_CHARACTERS - 1] + "…"


def label_tokens(done: Pass) -> list[packing.Token]:
    """Return the columns."""
    return [packing.Token(_label(done.loaded, token), token.special) for token in done.tokens]


def _label(loaded: LoadedModel, token: Token) -> str:
    return shorten(visible(token.text.removeprefix(" ") or token.text)) if token.text else write_token(loaded, token.id)


def label_rows(done: Pass) -> list[packing.Token]:
    """Return the rows, top to bottom; of a deep model with the group of layers that they are folded into."""
    folds = folds_layers(done)
    last = max(int(row.split(".")[1]) for row in done.rows[1:])
    return [packing.Token(name_row(row), group=_group(row, last) if folds else None) for row in rows_from_the_top(done)]


def folds_layers(done: Pass) -> bool:
    """Return whether a model has too many layers for one screen."""
    return len(done.rows) > 2 * MOST_LAYERS + 1


def _group(row: str, last: int) -> str | None:
    if "." not in row:
        return None
    first = int(row.split(".")[1]) // LAYERS_A_GROUP * LAYERS_A_GROUP
    return _("layers {first}–{last}").format(first=first, last=min(first + LAYERS_A_GROUP - 1, last))


def read_faces(done: Pass, lens: Lens, word: int) -> list[Face]:
    """Return the four ways to read the board. The first watched token of the lens is the watched word."""
    guesses = _from_the_top(lens.token_ids[..., 0])
    names = {id_: write_token(done.loaded, id_) for id_ in np.unique(guesses).tolist()}
    best, watched = _from_the_top(lens.probabilities[..., 0]), _from_the_top(lens.watched_probabilities[..., 0])
    ranks, added = _from_the_top(lens.watched_ranks), _from_the_top(lens.added_norms)
    added[0] = 0.0  # the scores add nothing to the stream
    spoken = write_token(done.loaded, word)
    vocabulary = done.vocabulary
    sizes = added[added > 0]  # a part that is off adds nothing
    smallest, largest = (float(sizes.min()), float(sizes.max())) if sizes.size else (0.0, 1.0)
    return [
        Face(
            "guess",
            _("best guess"),
            best,
            best,
            0.0,
            1.0,
            [names[id_] for id_ in guesses.ravel().tolist()],
            _("{row}, at “{column}”: “{text}” {value}"),
            3,
        ),
        Face(
            "probability",
            _("probability of “{word}”").format(word=spoken),
            watched,
            watched,
            0.0,
            1.0,
            [write_share(share) for share in watched.ravel().tolist()],
            _say(_("{row}, at “{column}”: probability of “{word}” {value}"), spoken),
            4,
        ),
        Face(
            "rank",
            _("its rank"),
            ranks,
            _logarithmic(ranks, float(vocabulary), 1.0),
            float(vocabulary),
            1.0,
            [f"{rank:,}" for rank in ranks.ravel().tolist()],
            _say(_("{row}, at “{column}”: “{word}” has rank {value}"), spoken),
            0,
        ),
        Face(
            "added",
            _("size added"),
            added,
            _logarithmic(added, smallest, largest),  # at the first token some parts add thirty times what others do
            smallest,
            largest,
            ["–" if place < added.shape[1] else f"{size:.1f}" for place, size in enumerate(added.ravel().tolist())],
            _("{row}, at “{column}”: adds a vector of length {value}"),
            1,
            fades=False,  # no reading by the last layer
        ),
    ]


def _logarithmic(values: NDArray[Any], lowest: float, highest: float) -> NDArray[Any]:
    """Return where positive values lie between two bounds by their logarithms, at the same bounds."""
    if lowest in (0.0, highest):
        return values
    inside = values.clip(min(lowest, highest), max(lowest, highest))
    share: NDArray[Any] = np.log(inside / lowest) / math.log(highest / lowest)
    return lowest + (highest - lowest) * share


def _say(sentence: str, word: str) -> str:
    """Put the watched word into a sentence whose other names the browser fills in."""
    return sentence.replace("{word}", word.replace("{", "(").replace("}", ")"))


def write_share(share: float) -> str:
    """Return a probability as a short percentage."""
    if share < _PER_MILLE / 2:
        return "0%" if share == 0 else "<0.1%"
    return f"{share:.1%}" if share < 0.01 or share > 0.99 else f"{share:.0%}"


def write_notes(done: Pass, lens: Lens) -> list[str]:
    """Return the best guesses of each cell in words, or nothing where there are too many cells."""
    if lens.added_norms.size > MOST_NOTES:
        return []
    ids, shares = _from_the_top(lens.token_ids), _from_the_top(lens.probabilities)
    names = {id_: write_token(done.loaded, id_) for id_ in np.unique(ids).tolist()}
    return [
        ", ".join(f"{names[id_]} {write_share(share)}" for id_, share in zip(of_cell, of_share, strict=True))
        for of_cell, of_share in zip(
            ids.reshape(-1, ids.shape[-1]).tolist(), shares.reshape(-1, shares.shape[-1]).tolist(), strict=True
        )
    ]


def find_looks(done: Pass) -> list[list[tuple[int, float]]]:
    """Return of each cell which tokens below it some head looks at most, row by row from the top."""
    weights = {attention_row(each): each.weights[0] for each in done.layers if each.kind != "cross"}
    tokens = len(done.tokens)
    found: list[list[tuple[int, float]]] = []
    for row in rows_from_the_top(done):
        if row not in weights:
            found += [[] for _each in range(tokens)]
            continue
        strongest = weights[row].amax(dim=0).float().cpu().numpy()
        np.fill_diagonal(strongest, 0.0)  # a look at itself is no arc
        order = np.argsort(-strongest, axis=-1, kind="stable")[:, :MOST_LOOKS]
        found += [
            [
                (int(key), round(float(strongest[query, key]), 3))
                for key in order[query]
                if strongest[query, key] >= LEAST_LOOK
            ]
            for query in range(tokens)
        ]
    return found


def find_pale_cells(done: Pass) -> list[bool]:
    """Return which cells are of early layers, which the last layer's output was not made to read."""
    layers = max(int(row.split(".")[1]) for row in done.rows[1:]) + 1
    tokens = len(done.tokens)
    return [
        is_early
        for row in rows_from_the_top(done)
        for is_early in [row != link.SCORES and (row == EMBEDDING or int(row.split(".")[1]) < layers // 2)] * tokens
    ]


def _from_the_top(values: NDArray[Any]) -> NDArray[Any]:
    """Return `[row, ...]` bottom to top as rows top to bottom, with the scores above: what the last row says."""
    turned = values[::-1]
    return np.concatenate([turned[:1], turned])


def read_change_faces(done: Pass, changed: Changed, word: int) -> list[Face]:
    """Return how a board with a change is read: what changed, and what it says now."""
    guess, probability, *_others = read_faces(done, changed.after, word)
    differences = _from_the_top(changed.differences[..., 0])
    largest = max(float(np.abs(differences).max()), 0.01)
    difference = Face(
        "difference",
        _("change of “{word}”").format(word=write_token(done.loaded, word)),
        differences,
        differences,
        -largest,
        largest,
        ["" if value == 0 else f"{Signed(100 * value):+.0f}" for value in differences.ravel().tolist()],
        _("{row}, at “{column}”: change {value}"),
        4,
    )
    return [guess, difference, probability]


def find_untouched_cells(changed: Changed) -> list[bool]:
    """Return which cells a change cannot reach; they are the same bit for bit."""
    return [not is_reached for is_reached in _from_the_top(changed.cone).ravel().tolist()]


def read_swap_faces(done: Pass, table: SwapTable) -> list[Face]:
    """Return how the table of all swaps is read: who answers, and the probabilities of both answers."""
    answers = (table.other_answer, table.answer)
    names = [write_token(done.loaded, each) for each in answers]
    shares = [table.other_probabilities[::-1], table.answer_probabilities[::-1]]
    said = _("Swapped after {row}, at “{column}”: “{word}” {value}")
    return [
        Face(
            name,
            _("probability of “{word}”").format(word=word),
            share,
            share,
            0.0,
            1.0,
            [write_share(each) for each in share.ravel().tolist()],
            _say(said, word),
            4,
        )
        for name, word, share in zip(("other", "own"), names, shares, strict=True)
    ]
