"""transformers' top-p, without sorting the whole vocabulary.

Its processor sorts all scores for every token, which takes long beside the forward pass of a small model. But the
tokens that stay are among the likeliest few, which are found much faster (docs/measurements.md). Where that
does not settle it (they are too many, or a sum is so near to p that rounding decides), the processor itself is asked:
so what is cut is always what it cuts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import LogitsProcessorList, TopPLogitsWarper

_MOST_KEPT: Final = 1024
_ROUNDING: Final = 1e-6


def with_fast_top_p(processors: LogitsProcessorList) -> LogitsProcessorList:
    """Return the same processors, the one for top-p replaced by a faster one."""
    from transformers import LogitsProcessorList, TopPLogitsWarper

    return LogitsProcessorList(
        FastTopP(processor) if type(processor) is TopPLogitsWarper else processor for processor in processors
    )


class FastTopP:
    """Cuts what `TopPLogitsWarper` cuts, for one text.

    Attributes
    ----------
    asked
        How often the processor itself had to be asked.
    """

    def __init__(self, exact: TopPLogitsWarper) -> None:
        self._exact = exact
        self.asked = 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the scores, `[1, token]`, minus infinity outside the nucleus."""
        best, order = scores[0].topk(min(_MOST_KEPT, scores.shape[-1]))
        probability = (best.double() - scores[0].double().logsumexp(dim=-1)).exp()
        better = probability.cumsum(dim=-1) - probability  # how much is likelier than each token
        kept = int((better < self._exact.top_p).sum())
        settled = (
            kept < len(best)
            and bool(((better - self._exact.top_p).abs() > _ROUNDING).all())
            and bool(best[kept - 1] > best[kept])  # of equal tokens, the order of a sort decides
        )
        if not settled:
            self.asked += 1
            exact: Tensor = self._exact(input_ids, scores)
            return exact
        cut = scores.new_full(scores.shape, self._exact.filter_value)
        cut[0, order[:kept]] = best[:kept]
        return cut
