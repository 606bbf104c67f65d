"""The numbers of an answer as JSON types: what the Export menu's data, notebook and script all contain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from components.engines.contract import Candidate, Token, Usage
from components.generation.request_builder import CANDIDATES

Spell = Callable[[Sequence[int]], Sequence[str | None]]
"""Ids -> tokens as the vocabulary writes them, such as `Ġnovel`."""


def result(text: str, tokens: Sequence[Token], usage: Usage | None, *, spell: Spell | None) -> dict[str, Any]:
    """Return the text, each step of it, and how many tokens were read and written.

    Log-probabilities and entropies are the model's own, in nats, before the sampler chain;
    `drawn_probability` is after it, and None for a token that was not drawn in this run.

    Parameters
    ----------
    spell
        Of the model's tokenizer; None where only the engine knows it: then a token is what it reads.
    """
    return {
        "text": text,
        "steps": [_step(token, spell) for token in tokens],
        "usage": None if usage is None else {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens},
    }


def _step(token: Token, spell: Spell | None) -> dict[str, Any]:
    shown = [*token.candidates[:CANDIDATES], *(each for each in token.candidates[CANDIDATES:] if each.id == token.id)]
    return {
        "token_id": token.id,
        "token": _spelled(token.id, token.text, spell),
        "logprob": token.logprob,
        "entropy": token.entropy,
        "candidates": [_candidate(each, spell, given=token.given) for each in shown],
    }


def _candidate(candidate: Candidate, spell: Spell | None, *, given: bool) -> dict[str, Any]:
    return {
        "token_id": candidate.id,
        "token": _spelled(candidate.id, candidate.text, spell),
        "logit": candidate.logit,
        "logprob": candidate.logprob,
        "drawn_probability": None if given else candidate.drawn_probability,
    }


def _spelled(token_id: int | None, text: str, spell: Spell | None) -> str | None:
    return text if spell is None or token_id is None else spell([token_id])[0]
