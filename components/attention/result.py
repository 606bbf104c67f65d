"""The numbers on the screen as JSON types: what the Export menu's data, notebook and script all contain."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from components.attention.inputs import Token
from components.attention.labels import corrected_p, labels
from components.attention.metrics import head_metrics
from components.attention.record import AttentionRecord
from components.attention.roles import HeadRoles
from components.attention.rollout import rollout
from components.models.recording import Kind

MOST_TOKENS_OF_ALL_HEADS: Final = 64


def result(record: AttentionRecord, *, kind: Kind, layer: int, head: int) -> dict[str, Any]:
    """Return the tokens, the weights, the numbers of every head, and rollout.

    `attention[layer][head][query][key]` holds every head up to `MOST_TOKENS_OF_ALL_HEADS` tokens, else only the
    chosen one; `layers` and `heads_of` say which. `rollout` is missing for cross-attention, `sink_share` (what is
    missing in each row) where the model has no sink beside the tokens.
    """
    attention = record.of(kind)
    is_short = max(attention.weights.shape[2:]) <= MOST_TOKENS_OF_ALL_HEADS
    layers = list(range(attention.layers)) if is_short else [layer]
    heads = list(range(attention.heads)) if is_short else [head]
    found: dict[str, Any] = {
        "kind": kind,
        "tokens": [_token(index, token) for index, token in enumerate(attention.query_tokens)],
        "key_tokens": [_token(index, token) for index, token in enumerate(attention.key_tokens)],
        "layers": layers,
        "heads_of": heads,
        "attention": [[attention.of_head(each, one).tolist() for one in heads] for each in layers],
        "precision": str(attention.weights.dtype),
        "heads": head_metrics(attention).rows(),
    }
    if attention.sink_share is not None:
        found["sink_share"] = [[attention.sink_share[each, one].tolist() for one in heads] for each in layers]
    if kind != "cross":
        found["rollout"] = rollout(attention)[-1].tolist()
    return found


def roles_result(roles: HeadRoles) -> dict[str, Any]:
    """Return what every head does on random texts: each number that decides on a name, and the names.

    `baseline` is the score where the role is absent; `gain` is score minus baseline, with its interval from `low` to
    `high` over the texts; `p_corrected` is `p` after Holm's correction over all heads and roles.
    """
    rows: list[dict[str, Any]] = []
    corrected = corrected_p(roles)
    for role, score in roles.roles.items():
        numbers = {
            "score": score.score,
            "baseline": score.baseline,
            "gain": score.gain.mean,
            "low": score.gain.low,
            "high": score.gain.high,
            "rival": score.rival,
            "p": score.gain.p,
            "p_corrected": corrected[role],
        }
        for layer, head in np.ndindex(score.rival.shape):
            measured = {name: float(values[layer, head]) for name, values in numbers.items()}
            rows.append({"role": role, "layer": layer, "head": head} | measured)
    names = [
        {"layer": one.layer, "head": one.head, "role": one.role, "stable": one.stable}
        for _head, one in sorted(labels(roles).items())
    ]
    return {"seed": roles.seed, "text_pairs": roles.texts, "scores": rows, "labels": names}


def _token(index: int, token: Token) -> dict[str, Any]:
    return {"index": index, "id": token.id, "token": token.piece, "special": token.special}
