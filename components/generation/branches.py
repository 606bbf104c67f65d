r"""The tree of answers to one prompt: each run after the first begins with tokens of another and goes its own way.

    first run      Star Trek  : | The | Next | Generation | ...
    branch at 2                      \-- Original | Series | ...

Ids, not text, are carried over: the text of a branch, tokenised afresh, need not give the tokens it was written in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from components.engines.contract import Request, Token


@dataclass(frozen=True)
class Branch:
    """One run in the tree.

    Attributes
    ----------
    parent
        Index of the run it left, None for the first.
    at
        Position of the first token that is not the parent's.
    tokens
        The whole answer, those it shares with its parent included.
    """

    parent: int | None
    at: int
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(token.text for token in self.tokens)


@dataclass(frozen=True)
class BranchTree:
    """Answers to one prompt; frozen, so that it can live in a session's state. `grow` gives a larger one."""

    branches: tuple[Branch, ...] = ()

    def grow(self, tokens: Sequence[Token], *, parent: int | None = None, at: int = 0) -> BranchTree:
        """Add a run.

        Parameters
        ----------
        tokens
            What the run streamed, its given tokens included; those take their measures from the parent.
        parent, at
            The run it left and the position where.

        Raises
        ------
        ValueError
            If the parent does not exist or has no token at this position.
        """
        if parent is not None:
            tokens = [
                _as_measured(token, old) for token, old in zip(tokens[: at + 1], self._tokens(parent, at), strict=True)
            ] + list(tokens[at + 1 :])
        return BranchTree((*self.branches, Branch(parent, at, tuple(tokens))))

    def children(self, branch: int | None) -> Iterator[int]:
        """Give the runs that left this one, or those that left none."""
        return (index for index, each in enumerate(self.branches) if each.parent == branch)

    def _tokens(self, branch: int, at: int) -> tuple[Token, ...]:
        """Return the tokens of a branch up to a position, this one included."""
        if not 0 <= branch < len(self.branches):
            raise ValueError(f"branch {branch} does not exist; there are {len(self.branches)}")
        tokens = self.branches[branch].tokens
        if not 0 <= at < len(tokens):
            raise ValueError(f"branch {branch} has no token {at}; it has {len(tokens)}")
        return tokens[: at + 1]


def branch_off(request: Request, tokens: Sequence[Token], *, at: int, alternative: int) -> Request:
    """Return the request that takes another token at one place and goes on from there.

    Parameters
    ----------
    request
        What the answer was written for.
    tokens
        The answer, as it was streamed.
    at
        Position of the token to replace.
    alternative
        The id to take instead.

    Raises
    ------
    ValueError
        If a token before that place has no id: this engine does not tell, and cannot branch.
    """
    return replace(request, prefix=(*_ids(tokens[:at]), alternative))


def go_on(request: Request, tokens: Sequence[Token]) -> Request:
    """Return the request that continues an answer where it ended. Raises ValueError as `branch_off`."""
    return replace(request, prefix=_ids(tokens))


def _ids(tokens: Sequence[Token]) -> tuple[int, ...]:
    ids = tuple(token.id for token in tokens if token.id is not None)
    if len(ids) < len(tokens):
        raise ValueError("a token of this answer has no id; continue from its text instead")
    return ids


def alternative(old: Token, token_id: int) -> Token:
    """Return the token that takes another one's place, as that one's run measured it.

    One that was not among the candidates reported there has no probability here.
    """
    logprob = next((candidate.logprob for candidate in old.candidates if candidate.id == token_id), None)
    return replace(old, text="", id=token_id, logprob=logprob)


def _as_measured(token: Token, old: Token) -> Token:
    """Return a given token with what its parent's run measured at the same place."""
    if token.id == old.id:
        return replace(token, logprob=old.logprob, entropy=old.entropy, candidates=old.candidates)
    logprob = alternative(old, -1 if token.id is None else token.id).logprob
    return replace(token, logprob=logprob, entropy=old.entropy, candidates=old.candidates)
