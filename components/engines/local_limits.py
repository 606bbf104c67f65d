"""What the engines in this process have in common: how a request becomes a run of bounded length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.core.errors import Reason
from components.core.i18n import N_
from components.engines.contract import FinishReason, Request
from components.engines.errors import ContextTooLong, OutOfRange

SEATS: Final = 8
MOST_NEW_TOKENS: Final = 512
MOST_CANDIDATES: Final = 100

NO_CHAT_TEMPLATE: Final = Reason(N_("This model was not trained on conversations: it has no chat template."))
ONE_ANSWER: Final = Reason(
    N_("Here a run gives one answer; run it again with another seed, or compare settings side by side.")
)


@dataclass(frozen=True, kw_only=True)
class FittedRequest:
    """A request that can be run.

    Attributes
    ----------
    ids
        What the model reads, without the request's `prefix`.
    new_tokens
        How many tokens it may write.
    limit
        Why not more.
    """

    request: Request
    ids: tuple[int, ...]
    new_tokens: int
    limit: FinishReason

    @property
    def input_tokens(self) -> int:
        """Tokens the model reads before it writes one."""
        return len(self.ids) + len(self.request.prefix)


def fit_request(
    request: Request, ids: tuple[int, ...], *, vocabulary: int, positions: int | None, apart: bool = False
) -> FittedRequest:
    """Fit a request into the positions of a model.

    Parameters
    ----------
    ids
        The prompt.
    vocabulary
        How many tokens there are to choose from.
    positions
        How many tokens the model can look at; None if there is no limit.
    apart
        An encoder reads the prompt in positions of its own, the answer starts with one token in the decoder's.

    Raises
    ------
    ContextTooLong
        If there is no room for a single new token.
    OutOfRange
        If the request's `prefix` has an id that is no token.
    """
    if any(not 0 <= token < vocabulary for token in request.prefix):
        raise OutOfRange(setting="prefix", value=list(request.prefix), allowed=f"0 – {vocabulary - 1}")
    wanted = request.new_tokens
    if positions is None:
        return FittedRequest(request=request, ids=ids, new_tokens=wanted, limit="length")
    used = len(request.prefix) + (1 if apart else len(ids))
    if max(used, len(ids)) >= positions:
        raise ContextTooLong(tokens=max(used, len(ids)), most=positions)
    room = positions - used
    limit: FinishReason = "length" if wanted <= room else "context"
    return FittedRequest(request=request, ids=ids, new_tokens=min(wanted, room), limit=limit)
