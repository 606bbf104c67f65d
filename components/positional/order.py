"""The order experiment: the words of a sentence are shuffled, and the model's outputs compared.

Attention is a weighted average over a set, and everything else in a Transformer works on one token at a time.
So without positions an encoder gives each word exactly the vector it gave it in the old order. With positions it
does not.

"Without" means that every token enters as its word vector alone, with no position vector added. A sentence is compared
with its own shuffled copy under equal conditions, so it does not matter that the network was never trained on such
input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.core.errors import VisitorError
from components.core.i18n import N_
from components.models.tokenization import SharedTokenizer
from components.positional.settings import FloatArray, IntArray

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


class NoPositionTable(VisitorError):
    """The model adds no learned positions to its input, so there is nothing to leave out. Value: `model`."""

    template = N_("“{model}” has no learned position table that could be left out.")
    advice = N_("Choose a model of the BERT family.")


@dataclass(frozen=True, kw_only=True)
class OrderEffect:
    """What shuffling did to the last hidden state of each token.

    Attributes
    ----------
    order
        `[place]`: which token of the original sentence stands there after shuffling.
    with_positions, without_positions
        `[token]`, tokens in their original order: length of the difference between the two output vectors of
        the same token, as a share of the length of the original one. 0: the token noticed nothing.
    """

    order: IntArray
    with_positions: FloatArray
    without_positions: FloatArray


def shuffled_order(words: Sequence[int | None], *, seed: int) -> IntArray:
    """Shuffle whole words; tokens of one word stay together and in order.

    Parameters
    ----------
    words
        For each token, which word it belongs to, as `word_ids` of a tokenizer says it; None for [CLS] and
        [SEP], which stay where they are at the two ends.

    Returns
    -------
    `[place]`: the token that comes to stand there. Never the original order, unless there are fewer than two
    words.
    """
    groups: dict[int, list[int]] = {}
    for token, word in enumerate(words):
        if word is not None:
            groups.setdefault(word, []).append(token)
    old = list(groups.values())
    shuffle = np.random.default_rng(seed).permutation(len(old))
    if (shuffle == np.arange(len(old))).all():
        shuffle = np.roll(shuffle, 1)
    moving = iter([token for group in shuffle for token in old[group]])
    placed = [token if word is None else next(moving) for token, word in enumerate(words)]
    return np.array(placed, dtype=np.intp)


def order_between(ids: Sequence[int], others: Sequence[int]) -> IntArray:
    """Return which token of the first text stands at each place of the second, a text of the same tokens.

    Raises
    ------
    ValueError
        If the texts have other tokens.
    """
    if sorted(ids) != sorted(others):
        raise ValueError(f"tokens {list(ids)} and {list(others)} are not the same in another order")
    places: dict[int, list[int]] = {}
    for place, token_id in enumerate(ids):
        places.setdefault(token_id, []).append(place)
    return np.array([places[token_id].pop(0) for token_id in others], dtype=np.intp)


def order_effect(model: PreTrainedModel, ids: Sequence[int], order: IntArray) -> OrderEffect:
    """Run the sentence and its shuffled copy through the model, with and without positions.

    Parameters
    ----------
    model
        Any model that adds a learned position table to its input embeddings. It is only read: other sessions
        may be using it at this moment.
    ids
        `[token]`, special tokens included.
    order
        As `shuffled_order` gives it.

    Raises
    ------
    NoPositionTable
        The model uses rotary, ALiBi or relative positions.
    """
    import torch  # loads in seconds; only this experiment needs it

    base = model.base_model
    with torch.inference_mode():
        words = base.get_input_embeddings()(torch.tensor(list(ids), device=model.device))  # [token, dimension]
        both = torch.stack([words, words[torch.from_numpy(order)]])  # [version, token, dimension]
        # The model adds the position vectors to whatever it is given, also to `inputs_embeds`. To leave them
        # out we take them off beforehand. Zeroing the table instead would change a model that every session
        # shares, even with torch.func.functional_call, which swaps the weights in place while it runs.
        batch = torch.cat([both, both - _position_vectors(model, len(words))])
        states = base(inputs_embeds=batch).last_hidden_state.double().cpu().numpy()
    with_original, with_shuffled, without_original, without_shuffled = states
    place = np.argsort(order)  # [token]: where each token went
    return OrderEffect(
        order=order,
        with_positions=_relative_change(with_original, with_shuffled[place]),
        without_positions=_relative_change(without_original, without_shuffled[place]),
    )


def _position_vectors(model: PreTrainedModel, tokens: int) -> torch.Tensor:
    """Return what the model adds to the first `tokens` tokens: `[token, dimension]`."""
    from torch import nn

    for name, module in model.base_model.named_modules():
        if name.rpartition(".")[2] in {"position_embeddings", "wpe"} and isinstance(module, nn.Embedding):
            # RoBERTa counts from padding_idx + 1: the rows before belong to the padding.
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            return module.weight[first : first + tokens]
    raise NoPositionTable(model=model.config.name_or_path or model.config.model_type)


def _relative_change(before: FloatArray, after: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(after - before, axis=-1) / np.linalg.norm(before, axis=-1))


@dataclass(frozen=True, kw_only=True)
class Words:
    """The tokens of a text, special tokens included.

    Attributes
    ----------
    ids
        `[token]`: their numbers in the vocabulary.
    labels
        `[token]`: what each is called on screen: the characters it stands for, with spaces visible.
    word_of_token
        `[token]`: which word each belongs to, None for special tokens.
    """

    ids: tuple[int, ...]
    labels: tuple[str, ...]
    word_of_token: tuple[int | None, ...]


def read_words(tokenizer: SharedTokenizer, text: str, *, most_tokens: int) -> Words:
    """Cut a text; of a longer one than the model can read, only the first `most_tokens` are kept."""
    # A lone surrogate cannot be written in UTF-8 and would make the tokenizer raise.
    readable = text.encode("utf-8", "replace").decode("utf-8")
    encoding = tokenizer.encode(readable)
    rows = zip(encoding.tokens, encoding.offsets, encoding.special_tokens_mask, strict=True)
    labels = [token if special else _visible(readable[start:end]) for token, (start, end), special in rows]
    return Words(
        ids=tuple(encoding.ids[:most_tokens]),
        labels=tuple(labels[:most_tokens]),
        word_of_token=tuple(encoding.word_ids[:most_tokens]),
    )


def _visible(piece: str) -> str:
    return piece.replace(" ", "·").replace("\n", "↵").replace("\t", "⇥")
