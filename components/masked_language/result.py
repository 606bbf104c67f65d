"""The page's numbers as JSON types: the `result` of the exported data (public contract)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.masked_language.game import Game, accuracy, mean_loss_nats
from components.masked_language.gaps import Candidate, Gap, Step
from components.masked_language.reading import Reading
from components.masked_language.surprise import Surprises


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
