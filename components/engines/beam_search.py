"""Run transformers' own beam search and watch it.

Two observers sit in the search: one last among the logits processors, where it sees each running beam and the
scores of its next tokens; one among the stopping criteria, where it sees the candidates taken from all beams
together. So the tree is the search itself: nothing is searched a second time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

from components.engines.beam_tree import BeamTree, Node, hypothesis, path
from components.engines.contract import Checkpoint, Request
from components.engines.preparation import Prepared, end_ids, generation_config, prepare
from components.models.queue import POLL_SECONDS

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

Ids = tuple[int, ...]

# Beam sampling draws from PyTorch's shared source of chance: one search at a time, or their seeds would mix.
_shared_chance: Final = Lock()


def beam_search(
    model: PreTrainedModel, ids: Sequence[int], request: Request, *, new_tokens: int, checkpoint: Checkpoint
) -> BeamTree:
    """Run a beam search and return what it considered and found.

    Parameters
    ----------
    model
        A causal or an encoder-decoder language model.
    ids
        What it reads: the prompt, without the request's `prefix`.
    request
        With more than one beam.
    new_tokens
        How many tokens a sequence may get.
    checkpoint
        Called before the first forward pass and after each one.

    Notes
    -----
    A sampling search draws twice as many candidates as it keeps beams. Where filters leave fewer, transformers fills up
    with candidates that have no chance, and drops them as soon as there are others; they are no part of the tree.
    """
    config = generation_config(model, request, new_tokens=new_tokens)
    with _chance(model, request, checkpoint):
        checkpoint()
        prepared = prepare(model, ids, config, written=request.prefix)
        observer = _Observer(
            beams=request.beams,
            draws=request.draws,
            ends=end_ids(model),
            last_step=new_tokens - 1,
            checkpoint=checkpoint,
        )
        found = _search(model, prepared, observer)
    nodes = observer.judged_nodes()
    ended = {path(nodes, index): index for index, node in enumerate(nodes) if node.fate == "ended"}
    # Each row is padded behind its end token.
    results = dict.fromkeys(_cut_behind_end(row, observer.ends) for row in found)
    return BeamTree(
        beams=request.beams,
        length_penalty=config.length_penalty,
        nodes=tuple(nodes),
        results=tuple(
            hypothesis(nodes, ended[tokens], length_penalty=config.length_penalty)
            for tokens in results
            if tokens in ended
        ),
    )


def _search(model: PreTrainedModel, prepared: Prepared, observer: _Observer) -> list[list[int]]:
    """Return the new tokens of each result, `[result, position]`, best first."""
    import torch

    prepared.processors.append(observer.see_beams)
    prepared.criteria.append(observer.see_candidates)
    with torch.inference_mode():
        sequences: Tensor = model._beam_search(
            prepared.ids,
            logits_processor=prepared.processors,
            stopping_criteria=prepared.criteria,
            generation_config=prepared.config,
            **prepared.inputs,
        )
    rows: list[list[int]] = sequences[:, prepared.ids.shape[1] :].tolist()
    return rows


@dataclass
class _Observer:
    """Looks on while a search runs, and remembers its candidates.

    Attributes
    ----------
    last_step
        The step after which sequences are as long as they may be.
    """

    beams: int
    draws: bool
    ends: frozenset[int]
    last_step: int
    checkpoint: Callable[[], None]
    _nodes: list[Node] = field(default_factory=list)
    _at: dict[Ids, int | None] = field(default_factory=dict)  # the node of each sequence; the prompt has none
    _running: list[Ids] = field(default_factory=list)
    _ran: set[Ids] = field(default_factory=set)
    _logprobs: list[Tensor] = field(default_factory=list)
    _step: int = 0

    def see_beams(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Stand last among the processors: the beams that are running, and what their next tokens would add."""
        self._running = [tuple(row) for row in input_ids.tolist()]
        self._ran.update(self._running)
        self._logprobs = list(scores)
        if not self._at:
            self._at = dict.fromkeys(self._running)
            if self.draws:
                # The other beams are copies of the first without a chance, and so is what they are filled up with.
                self._logprobs = [scores[0].masked_fill(scores[0].softmax(-1) == 0, -math.inf)]
        return scores

    def see_candidates(self, input_ids: Tensor, scores: object, **_: object) -> Tensor:
        """Stand among the stopping criteria, and stop nothing."""
        import torch

        self.checkpoint()
        for rank, sequence in enumerate(input_ids.tolist()):
            self._add(tuple(sequence), rank)
        self._step += 1
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

    def judged_nodes(self) -> list[Node]:
        """Return the candidates, now that it is known which of them became beams."""
        nodes = list(self._nodes)
        for sequence in filter(self._lives, self._ran):
            index = self._at[sequence]
            if index is not None:
                nodes[index] = replace(nodes[index], fate="running")
        return nodes

    def _lives(self, sequence: Ids) -> bool:
        """Whether a beam is more than a filling: it was drawn by its chance, and has not ended."""
        if sequence not in self._at:
            return False
        index = self._at[sequence]
        return index is None or self._nodes[index].token not in self.ends

    def _add(self, sequence: Ids, rank: int) -> None:
        beam, token = sequence[:-1], sequence[-1]
        if not self._lives(beam):
            return
        # At the first step all beams are the prompt; the search itself rules out all but the first of them.
        logprob = float(self._logprobs[self._running.index(beam)][token])
        if math.isinf(logprob) or sequence in self._at:
            return
        parent = self._at[beam]
        # subtle: a sequence ends only if it is among the best `beams`. The search looks at twice as many, so that it
        # can go on if all of the best end; an end token further down the list is no result.
        ended = rank < self.beams and (token in self.ends or self._step == self.last_step)
        self._at[sequence] = len(self._nodes)
        self._nodes.append(
            Node(
                parent=parent,
                step=self._step,
                rank=rank,
                token=token,
                logprob=logprob,
                score=logprob + (0.0 if parent is None else self._nodes[parent].score),
                fate="ended" if ended else "dropped",
            )
        )


def _cut_behind_end(row: Sequence[int], ends: frozenset[int]) -> Ids:
    for position, token in enumerate(row):
        if token in ends:
            return tuple(row[: position + 1])
    return tuple(row)


@contextmanager
def _chance(model: PreTrainedModel, request: Request, checkpoint: Checkpoint) -> Iterator[None]:
    """Seed PyTorch's shared source of chance for a search that draws, and give it back as it was."""
    import torch

    if not request.draws:
        yield
        return
    while not _shared_chance.acquire(timeout=POLL_SECONDS):
        checkpoint()
    try:
        with torch.random.fork_rng(devices=[model.device] if model.device.type == "cuda" else []):
            if request.seed is None:
                torch.seed()
            else:
                torch.manual_seed(request.seed)
            yield
    finally:
        _shared_chance.release()
