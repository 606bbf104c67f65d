"""What a visitor takes home from the attention page: the numbers of the view, and a notebook that recomputes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.attention.head_effects import HeadEffect
from components.attention.head_ranking import HeadRanking
from components.attention.labels import LEAST_LEAD, LEAST_SHARE, LEVEL, corrected_p, labels
from components.attention.metrics import head_metrics
from components.attention.record import Attention, AttentionRecord
from components.attention.roles import REPEAT_LENGTHS, SEED, SETS, HeadRoles
from components.attention.rollout import rollout
from components.attention.statistics import CONFIDENCE
from components.attention.token_importance import Agreement
from components.core import intervals
from components.models.inputs import ModelInput, Token
from components.models.recording import Kind
from components.models.records import Task, is_bundled
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")
MOST_TOKENS_OF_ALL_HEADS: Final = 64
LANGUAGE_MODELS: Final[dict[Task, str]] = {"fill-mask": "masked-lm", "text-generation": "causal-lm"}
"""The tasks whose prediction a notebook can measure, with the tag of the cell that loads such a model. An
encoder-decoder's prediction needs two texts."""


@dataclass(frozen=True)
class ViewExport:
    """What one view adds to the export.

    Attributes
    ----------
    keep
        Tags of the notebook's cells that compute it.
    parameters
        What these cells need to know.
    numbers
        Computes the same for the exported data, by the key in `result`.
    """

    keep: tuple[str, ...] = ()
    parameters: Mapping[str, object] | None = None
    numbers: Callable[[], dict[str, Any]] = dict


def result(record: AttentionRecord, *, kind: Kind, layer: int, head: int) -> dict[str, Any]:
    """Return the tokens, the weights, the numbers of every head, and rollout.

    `attention[layer][head][query][key]` holds every head up to `MOST_TOKENS_OF_ALL_HEADS` tokens, else only the
    chosen one; `layers` and `heads_of` say which. `rollout` is missing for cross-attention, `sink_share` (what is
    missing in each row) where the model has no sink beside the tokens.
    """
    attention = record.of(kind)
    layers, heads = _heads_in_result(attention, layer, head)
    numbers: dict[str, Any] = {
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
        numbers["sink_share"] = [[attention.sink_share[each, one].tolist() for one in heads] for each in layers]
    if kind != "cross":
        numbers["rollout"] = rollout(attention)[-1].tolist()
    return numbers


def script(
    weights: str,
    given: ModelInput,
    attention: Attention,
    *,
    text: str,
    text_b: str | None,
    layer: int,
    head: int,
    view: ViewExport,
) -> str:
    """Return the notebook of a view in percent format. Its `result` equals the exported numbers.

    Parameters
    ----------
    weights
        Where transformers finds the model (see `loadable_name`).
    given
        What the model read, as it was read: cut where the text was too long, and with what the model wrote itself.
    """
    kind, has_sink = attention.kind, attention.sink_share is not None
    inputs: dict[str, list[int]] = {"input_ids": list(given.ids)}
    if given.target:
        inputs["decoder_input_ids"] = list(given.target_ids)
    elif any(given.type_ids):
        inputs["token_type_ids"] = list(given.type_ids)
    target = "decoder_input_ids" if given.target else "input_ids"
    layers, heads = _heads_in_result(attention, layer, head)
    parameters = {
        "MODEL": weights,
        "TEXT": text,
        "TEXT_B": text_b,
        "LAYER": layer,
        "HEAD": head,
        "INPUTS": inputs,
        "KIND": kind,
        "ATTENTIONS": f"{kind}_attentions" if given.target else "attentions",
        "QUERIES": "input_ids" if kind == "encoder" else target,
        "KEYS": target if kind == "decoder" else "input_ids",
        "SENTENCE_B_START": given.type_ids.index(1) if kind == "encoder" and 1 in given.type_ids else None,
        "HAS_SINK": has_sink,
        "LAYERS": layers,
        "HEADS": heads,
    }
    keep = [
        *(["bundled"] if is_bundled(weights) else []),
        "cross" if kind == "cross" else "self",
        "sink" if has_sink else "no-sink",
        *view.keep,
    ]
    return render(NOTEBOOK, parameters | dict(view.parameters or {}), keep=keep)


def export_course_call() -> ViewExport:
    """Draw BertViz's neuron view with the call of the course."""
    return ViewExport(keep=("neuron",))


def export_roles(measure: Callable[[], HeadRoles]) -> ViewExport:
    """Measure the roles of all heads, with interval and p value, and name the heads that earn it."""
    parameters = {
        "SEED": SEED,
        "SETS": SETS,
        "LENGTHS": list(REPEAT_LENGTHS),
        "LEVEL": LEVEL,
        "LEAST_SHARE": LEAST_SHARE,
        "LEAST_LEAD": LEAST_LEAD,
        "CONFIDENCE": CONFIDENCE,
    }
    return ViewExport(("metrics",), parameters, lambda: {"roles": roles_result(measure())})


def export_importance(measure: Callable[[], Agreement], *, task: Task, position: int, with_flow: bool) -> ViewExport:
    """Say what each token means for one position: by mean attention, rollout, flow, and the effect of hiding it."""
    keep = ("rollout", LANGUAGE_MODELS[task], *(["flow"] if with_flow else []))
    return ViewExport(keep, {"POSITION": position}, lambda: {"importance": _importance(measure(), position)})


def export_ablation(
    effect: HeadEffect, ranking: HeadRanking | None, *, task: Task, donors: Collection[ModelInput]
) -> ViewExport:
    """Switch heads off and measure what becomes of the prediction; rank all heads, where that was measured.

    Parameters
    ----------
    donors
        The texts that are resampled from; none for another replacement.
    """
    parameters: dict[str, object] = {
        "POSITION": effect.position,
        "OFF": [list(head) for head in effect.heads],
        "REPLACEMENT": effect.replacement,
        "DONORS": [list(each.ids) for each in donors],
    }
    numbers = {"ablation": _ablation(effect)}
    keep: tuple[str, ...] = ("ablation", LANGUAGE_MODELS[task])
    if ranking is not None:
        keep += ("ranking",)
        numbers["ranking"] = _ranking(ranking)
        parameters["TEXTS"] = numbers["ranking"]["texts"]
    return ViewExport(keep, parameters, lambda: numbers)


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


def _heads_in_result(attention: Attention, layer: int, head: int) -> tuple[list[int], list[int]]:
    """Return the layers and heads whose weights are exported: all of a short text, else the chosen one."""
    if max(attention.weights.shape[2:]) > MOST_TOKENS_OF_ALL_HEADS:
        return [layer], [head]
    return list(range(attention.layers)), list(range(attention.heads))


def _importance(found: Agreement, position: int) -> dict[str, Any]:
    return {
        "position": position,
        **{name: [_number(value) for value in rated] for name, rated in found.values.items()},
        "rank_correlations": {
            "methods": list(found.values),
            "tokens": found.tokens_compared,
            **{name: _rows(getattr(found.ranks, name)) for name in ("spearman", "low", "high", "p_value")},
        },
    }


def _ablation(effect: HeadEffect) -> dict[str, Any]:
    return {
        "heads": [list(head) for head in effect.heads],
        "replacement": effect.replacement,
        "position": effect.position,
        "kl_nats": effect.kl_nats,
        "tokens": [
            {"id": change.id, "token": change.piece, "before": change.before, "after": change.after}
            for change in effect.changes
        ],
    }


def _ranking(ranking: HeadRanking) -> dict[str, Any]:
    low, high = ranking.interval
    between = ranking.between_texts
    return {
        "replacement": ranking.replacement,
        "seed": intervals.SEED,
        "texts": [
            {"ids": list(given.ids), "position": position, "own": given is ranking.inputs[-1]}
            for given, position in zip(ranking.inputs, ranking.positions, strict=True)
        ],
        "kl_nats": ranking.kl_nats.tolist(),
        "mean": ranking.mean.tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "first_share": ranking.first_share.tolist(),
        "spearman_between_texts": {"mean": between.mean, "lowest": between.lowest, "highest": between.highest},
        "spearman_own_text": ranking.own_agreement,
    }


def _rows(matrix: NDArray[np.float64]) -> list[list[float | None]]:
    return [[_number(value) for value in row] for row in matrix]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _token(index: int, token: Token) -> dict[str, Any]:
    return {"index": index, "id": token.id, "token": token.piece, "special": token.special}
