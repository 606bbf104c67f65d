"""What a visitor takes home from this page: the numbers of the view, and a notebook that recomputes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from components.masked_language.game import DRAWS, MASKED, REPLACED, SHARE, Game, accuracy, mean_loss_nats
from components.masked_language.gaps import MOST_GAPS, Candidate, Gap, Step
from components.masked_language.reading import Reading
from components.masked_language.surprise import Surprises
from components.models.records import is_bundled
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")


def result(
    reading: Reading,
    *,
    found: Sequence[Gap],
    steps: Sequence[Step],
    game: Game | None,
    surprises: Surprises | None,
    others: Mapping[str, Sequence[Gap]],
) -> dict[str, object]:
    """Return `{tokens, gaps, steps, game, surprise, models}`.

    Parameters
    ----------
    others
        The gaps as other models fill them, by the id of the model.
    """
    return {
        "tokens": [
            {"index": index, "id": token.id, "token": token.piece} for index, token in enumerate(reading.tokens)
        ],
        "gaps": _gaps(found),
        "steps": [{"position": step.position, **_candidate(step.chosen)} for step in steps],
        "game": None if game is None else _game(game),
        "surprise": None if surprises is None else _surprises(surprises),
        "models": {model_id: _gaps(filled) for model_id, filled in others.items()},
    }


def script(
    weights: str,
    reading: Reading,
    *,
    game_ids: Sequence[int],
    surprise_ids: Sequence[int],
    top: int,
    seed: int,
    others: Mapping[str, tuple[str, Sequence[int]]],
) -> str:
    """Return the notebook of a view in percent format. Its `result` equals the exported numbers.

    Parameters
    ----------
    weights
        Where transformers finds the model (see `loadable_name`).
    game_ids, surprise_ids
        The part of the reading that the game and the measure of surprise read.
    others
        The models beside it: where transformers finds each and the ids it read, by the name in the result.
    """
    parameters = {
        "MODEL": weights,
        "TEXT": reading.text,
        "TOP": top,
        "SEED": seed,
        "IDS": list(reading.ids),
        "MOST_GAPS": MOST_GAPS,
        "GAME_IDS": list(game_ids),
        "SHARE": SHARE,
        "MASKED": MASKED,
        "REPLACED": REPLACED,
        "DRAWS": DRAWS,
        "SURPRISE_IDS": list(surprise_ids),
        "OTHERS": {name: [other, list(ids)] for name, (other, ids) in others.items()},
    }
    keep = {
        "bundled": is_bundled(weights),
        "others": bool(others),
        "bundled-others": any(is_bundled(other) for other, _ids in others.values()),
    }
    return render(NOTEBOOK, parameters, keep=[tag for tag, wanted in keep.items() if wanted])


def _gaps(found: Sequence[Gap]) -> list[dict[str, object]]:
    return [{"position": gap.position, "candidates": [_candidate(each) for each in gap.candidates]} for gap in found]


def _candidate(candidate: Candidate) -> dict[str, object]:
    return {"id": candidate.id, "token": candidate.piece, "probability": candidate.probability}


def _game(game: Game) -> dict[str, object]:
    return {
        "ids": list(game.corruption.ids),
        "guesses": [
            {
                "position": guess.position,
                "fate": guess.fate,
                "truth": guess.truth_id,
                "guess": guess.best.id,
                "loss_nats": guess.loss_nats,
                "rank": guess.rank,
            }
            for guess in game.guesses
        ],
        "all_draws": {
            "tokens": len(game.every),
            "loss_nats": mean_loss_nats(game.every),
            "accuracy": accuracy(game.every),
        },
    }


def _surprises(found: Surprises) -> dict[str, object]:
    return {
        "nats": {str(token.position): token.nats for token in found.tokens},
        "pseudo_perplexity": found.pseudo_perplexity,
    }
