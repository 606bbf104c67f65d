"""What a beam search considered, as a tree, and how length penalties rank what it found.

Built by components.engines.beam_search from the real search. Here is no torch: the page and the exports work on
this alone.

A beam's score is the sum of its tokens' log-probabilities. Finished sequences compete with

    score / length ** length_penalty        (a simpler form of Wu et al. 2016, arXiv 1609.08144, section 7)

where length counts the new tokens. Scores are negative, so dividing by more makes them better: a penalty above 0
*helps* long sequences, whatever its name says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fate = Literal["running", "ended", "dropped"]
"""`running`: a beam of the next step. `ended`: a finished sequence, which competes for the result. `dropped`: not good
enough for either."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One candidate: a token after a beam.

    Attributes
    ----------
    parent
        Index in `BeamTree.nodes` of the token before; None for a first new token.
    step
        0 for the first new token.
    rank
        0 for the best candidate of its step (when sampling: the first that was drawn).
    logprob
        Of this token after its beam, in nats, after the logits processors.
    score
        Sum of `logprob` from the first new token to this one.
    """

    parent: int | None
    step: int
    rank: int
    token: int
    logprob: float
    score: float
    fate: Fate


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """A finished sequence.

    Attributes
    ----------
    node
        Index in `BeamTree.nodes` of its last token.
    tokens
        The new tokens; an end token is one of them.
    score
        Sum of log-probabilities.
    ranked_by
        The score after the length penalty.
    """

    node: int
    tokens: tuple[int, ...]
    score: float
    ranked_by: float


@dataclass(frozen=True, kw_only=True)
class BeamTree:
    """A beam search.

    Attributes
    ----------
    nodes
        All candidates that were taken from the beams, step by step and by rank.
    results
        What `generate` returned, best first.
    """

    beams: int
    length_penalty: float
    nodes: tuple[Node, ...]
    results: tuple[Hypothesis, ...]

    def path(self, node: int) -> tuple[int, ...]:
        """Return the tokens from the first new one to this node."""
        return path(self.nodes, node)

    def ranked(self, *, length_penalty: float) -> tuple[Hypothesis, ...]:
        """Rank every sequence that ended in this search by another length penalty, best first.

        A real search with that penalty may stop at another step, so it can have found sequences that this one never
        saw.
        """
        ended = (index for index, node in enumerate(self.nodes) if node.fate == "ended")
        found = (hypothesis(self.nodes, index, length_penalty=length_penalty) for index in ended)
        return tuple(sorted(found, key=lambda each: -each.ranked_by))


def path(nodes: list[Node] | tuple[Node, ...], node: int) -> tuple[int, ...]:
    """Return the tokens from the first new one to a node."""
    tokens = []
    index: int | None = node
    while index is not None:
        tokens.append(nodes[index].token)
        index = nodes[index].parent
    return tuple(reversed(tokens))


def hypothesis(nodes: list[Node] | tuple[Node, ...], node: int, *, length_penalty: float) -> Hypothesis:
    """Return the finished sequence that ends in a node."""
    tokens = path(nodes, node)
    score = nodes[node].score
    return Hypothesis(node=node, tokens=tokens, score=score, ranked_by=score / len(tokens) ** length_penalty)
