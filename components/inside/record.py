"""The exported data of the page: tokens, lens, attribution, the final prediction, and what an intervention changed."""

from __future__ import annotations

from typing import Any

from components.inside.attribution import Attribution
from components.inside.intervention import Changed
from components.inside.lens import Lens, best_guesses
from components.inside.reading import Pass

Result = dict[str, Any]


def build_result(
    done: Pass, lens: Lens, attribution: Attribution, *, position: int, changed: Changed | None = None
) -> Result:
    """Return the exported data.

    `lens[row][position]` follows the first watched token; its rows are in the order of `rows`. With an intervention,
    `changed` is the lens after it in the same form, and `noise_floor` what rounding alone would do.

    Raises
    ------
    ValueError
        If a lens was not read row by row.
    """
    pieces = dict(zip(_ids(lens, changed), done.loaded.tokenizer.tokens(_ids(lens, changed)), strict=True))
    result: Result = {
        "tokens": [
            {"index": index, "id": token.id, "token": token.piece, "special": token.special}
            for index, token in enumerate(done.tokens)
        ],
        "rows": list(lens.rows),
        "position": position,
        "watched": {"token_id": attribution.watched, "other_id": attribution.other},
        "lens": _cells(lens, pieces),
        "attribution": [
            {
                "part": effect.part,
                "name": effect.name,
                "layer": effect.layer,
                "head": effect.head,
                "to_watched": effect.to_watched,
                "to_other": effect.to_other,
                "difference": effect.difference,
            }
            for effect in attribution.effects
        ],
        "final": {
            "logits_top": [
                {"token_id": id_, "token": done.loaded.tokenizer.tokens([id_])[0], "logit": logit, "prob": share}
                for id_, logit, share in best_guesses(done, position)
            ]
        },
    }
    if changed is not None:
        result["changed"] = _cells(changed.after, pieces)
        result["noise_floor"] = {
            "kl_nats": changed.noise_floor.kl_nats,
            "probability": changed.noise_floor.probability,
        }
    return result


def _ids(lens: Lens, changed: Changed | None) -> list[int]:
    ids = set(lens.token_ids[..., 0].ravel().tolist())
    if changed is not None:
        ids |= set(changed.after.token_ids[..., 0].ravel().tolist())
    return sorted(ids)


def _cells(lens: Lens, pieces: dict[int, str | None]) -> list[list[dict[str, Any]]]:
    divergences = lens.kl_final_nats
    if divergences is None:
        raise ValueError("exported data need a lens that was read row by row: read_lens(..., row_by_row=True)")
    rows, positions = divergences.shape
    return [
        [
            {
                "token_id": int(lens.token_ids[row, position, 0]),
                "token": pieces[int(lens.token_ids[row, position, 0])],
                "prob": float(lens.probabilities[row, position, 0]),
                "watched_prob": float(lens.watched_probabilities[row, position, 0]),
                "watched_rank": int(lens.watched_ranks[row, position]),
                "kl_final": float(divergences[row, position]),
            }
            for position in range(positions)
        ]
        for row in range(rows)
    ]
