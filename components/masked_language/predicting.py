"""What a masked language model says about positions of a text: a probability for every entry of the vocabulary.

Each position is predicted by itself, from everything else in the text, to its left and to its right (BERT, Devlin et
al. 2019, arXiv 1810.04805). Nothing makes the predictions of two positions fit together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.models.loaders import LoadedModel

LogProbabilities = NDArray[np.float64]
"""`[position, vocabulary]`, natural logarithms."""

MOST_LOGITS_BYTES: Final = 64_000_000
_LOGIT_BYTES: Final = 4


def predictions(
    loaded: LoadedModel,
    rows: Sequence[Sequence[int]],
    positions: Sequence[Sequence[int]],
    *,
    checkpoint: Callable[[], None] = lambda: None,
) -> Iterator[LogProbabilities]:
    """Give, for each row of ids, the log-probabilities at its positions.

    Parameters
    ----------
    rows
        `[row, position]`, all of one length.
    positions
        Of each row, those that are wanted.
    checkpoint
        Called before each batch; what it raises ends the computation.
    """
    import torch

    vocabulary = loaded.model.config.vocab_size
    batch = max(1, MOST_LOGITS_BYTES // (_LOGIT_BYTES * vocabulary * max(1, len(rows[0])))) if rows else 1
    for start in range(0, len(rows), batch):
        checkpoint()
        ids = torch.tensor([list(row) for row in rows[start : start + batch]], device=loaded.device)
        with torch.inference_mode():
            logits = loaded.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
            for row, wanted in zip(logits, positions[start : start + batch], strict=True):
                # a softmax over 30,000 numbers keeps its small ones only in double precision
                yield row[list(wanted)].double().log_softmax(-1).cpu().numpy()
