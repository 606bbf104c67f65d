"""What a model is asked to read, tokens tied to their place in the text and ids, and the forward pass that reads it.

A text that is too long is cut, never in silence: `ModelInput.cut` says what is missing.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from components.core.text import sanitize
from components.models.errors import NothingToRead
from components.models.loaders import LoadedModel
from components.models.tracing import layout_of

if TYPE_CHECKING:
    from tokenizers import Encoding
    from torch import Tensor
    from transformers import PreTrainedModel

    from components.models.recording import Kind
    from components.models.tokenization import SharedTokenizer

MOST_TOKENS: Final = 512
MOST_CHARACTERS: Final = 20_000  # cutting into tokens takes time too; 512 tokens are rarely over 3,000 characters


@dataclass(frozen=True)
class Token:
    """One token the model reads.

    Attributes
    ----------
    id, piece
        Number in the vocabulary, and the token as the vocabulary spells it ("Ġnovel", "##able").
    text
        What it covers of the source text; the piece itself where it covers nothing.
    start, end
        Characters `[start, end)` of its text; None for tokens that are not in it. Tokens that share one character
        (an emoji in a byte-level vocabulary) have the same.
    special
        Put there for the model's sake ([CLS], [SEP], <s>); a mask is not special, it stands for a word.
    segment
        0 for the text, 1 for the second text. A special token belongs to the text before it, as in BertViz.
    word
        Number of the word it is a part of, counted over both texts; a special token is a word of its own.
    generated
        Written by the model itself.
    """

    id: int
    piece: str
    text: str
    start: int | None
    end: int | None
    special: bool
    segment: int
    word: int
    generated: bool = False


@dataclass(frozen=True)
class Cut:
    """What was left out.

    Attributes
    ----------
    tokens
        How many tokens the text had; of a text over `MOST_CHARACTERS`, those of its beginning.
    kept
        How many are read.
    characters
        How many characters at the end were not even cut into tokens; mostly 0.
    limit_of_model
        True if the model itself cannot read more, False if this page does not show more.
    """

    tokens: int
    kept: int
    characters: int
    limit_of_model: bool


@dataclass(frozen=True)
class ModelInput:
    """Everything a forward pass needs.

    Attributes
    ----------
    tokens
        What the encoder, or the decoder alone, reads.
    target
        What the decoder of an encoder-decoder reads: its start token and what it has written so far. Else empty.
    type_ids
        Segment number the model gets for each token (BERT).
    cut, target_cut
        What was left out of either, None if nothing.
    """

    tokens: tuple[Token, ...]
    type_ids: tuple[int, ...]
    target: tuple[Token, ...] = ()
    cut: Cut | None = None
    target_cut: Cut | None = None

    @property
    def ids(self) -> tuple[int, ...]:
        """What the model reads."""
        return tuple(token.id for token in self.tokens)

    @property
    def target_ids(self) -> tuple[int, ...]:
        """What the decoder of an encoder-decoder reads."""
        return tuple(token.id for token in self.target)

    def tokens_of(self, kind: Kind) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """Return the tokens that look (queries) and those that are looked at (keys) in one kind of attention."""
        own = self.target or self.tokens
        return (self.tokens if kind == "encoder" else own), (own if kind == "decoder" else self.tokens)

    def with_token(self, position: int, token: Token) -> ModelInput:
        """Return the same input with another token at one position."""
        return replace(self, tokens=(*self.tokens[:position], token, *self.tokens[position + 1 :]))


def read(loaded: LoadedModel, text: str, pair: str | None = None) -> ModelInput:
    """Cut a text, or two as one input, into tokens.

    Lone surrogates, which no tokenizer can read, become U+FFFD.

    Raises
    ------
    NothingToRead
        If that leaves no token.
    """
    texts = [sanitize(each, most_characters=MOST_CHARACTERS).text for each in (text, pair) if each is not None]
    encoding = loaded.tokenizer.encode(texts[0], texts[1] if len(texts) > 1 else None)
    tokens = tokens_of(encoding, texts, loaded.tokenizer)
    if not tokens:
        raise NothingToRead()
    longest, limit_of_model = token_limit(loaded)
    kept = _kept(tokens, longest)
    characters = sum(max(0, len(each) - MOST_CHARACTERS) for each in (text, pair or ""))
    cut = Cut(len(tokens), len(kept), characters, limit_of_model) if characters or len(kept) < len(tokens) else None
    return ModelInput(
        tokens=tuple(tokens[index] for index in kept),
        type_ids=tuple(encoding.type_ids[index] for index in kept),
        cut=cut,
    )


def tokens_of(encoding: Encoding, texts: Sequence[str], tokenizer: SharedTokenizer) -> list[Token]:
    """Return the tokens of what the tokenizer made of one or two texts."""
    special = special_ids(tokenizer)
    words: dict[tuple[int, int], int] = {}
    tokens: list[Token] = []
    segment = word = 0
    for index, (id_, piece, (start, end)) in enumerate(spelled(encoding, tokenizer)):
        sequence, own_word = encoding.sequence_ids[index], encoding.word_ids[index]
        if sequence is not None:
            segment = sequence
        # Words are numbered anew in each text; a token of no word counts as one.
        key = (-1, index) if own_word is None or id_ in special else (segment, own_word)
        word = words.setdefault(key, len(words))
        inside = sequence is not None and end > start
        tokens.append(
            Token(
                id=id_,
                piece=piece,
                text=texts[segment][start:end] if inside else piece,
                start=start if inside else None,
                end=end if inside else None,
                special=id_ in special,
                segment=segment,
                word=word,
            )
        )
    return tokens


def spelled(encoding: Encoding, tokenizer: SharedTokenizer) -> list[tuple[int, str, tuple[int, int]]]:
    """Return id, spelling in the vocabulary and `[start, end)` of each token.

    A mask may take the space before it along, as XLM-R's does. It is spelled and placed without.
    """
    columns = zip(encoding.ids, encoding.tokens, encoding.offsets, strict=True)
    mask = mask_id(tokenizer)
    if mask is None:
        return list(columns)
    [name] = tokenizer.tokens([mask])
    return [
        (id_, name or piece, (max(start, end - len(name or piece)), end)) if id_ == mask else (id_, piece, (start, end))
        for id_, piece, (start, end) in columns
    ]


def token_limit(loaded: LoadedModel) -> tuple[int, bool]:
    """Return how many tokens are read at most, and whether that is the model's own limit."""
    config = loaded.model.config
    own = getattr(config, "max_position_embeddings", None)
    table = next((m for n, m in loaded.model.named_modules() if n.endswith("position_embeddings")), None)
    padding = getattr(table, "padding_idx", None)
    if isinstance(own, int) and padding is not None:
        own -= padding + 1  # RoBERTa counts positions from the one after its padding id
    return (own, True) if isinstance(own, int) and own < MOST_TOKENS else (MOST_TOKENS, own == MOST_TOKENS)


def special_ids(tokenizer: SharedTokenizer) -> frozenset[int]:
    """Return the ids of special tokens, the mask not among them."""
    with tokenizer.lock:
        added = tokenizer.raw.get_added_tokens_decoder()
    return frozenset(id_ for id_, token in added.items() if token.special) - {mask_id(tokenizer)}


def mask_id(tokenizer: SharedTokenizer) -> int | None:
    """Return the id of the token that stands for a hidden word, None where there is none."""
    ids = (tokenizer.token_id(name) for name in ("[MASK]", "<mask>"))
    return next((id_ for id_ in ids if id_ is not None), None)


def token_of_id(loaded: LoadedModel, token_id: int, *, like: Token) -> Token:
    """Return a token by its id to put in the place of another."""
    piece = loaded.tokenizer.tokens([token_id])[0] or ""
    special = token_id in special_ids(loaded.tokenizer)
    text = text_of_id(loaded.tokenizer, token_id)
    return replace(like, id=token_id, piece=piece, text=text, start=None, end=None, special=special)


def text_of_id(tokenizer: SharedTokenizer, token_id: int) -> str:
    """Return the text of a token alone; its piece where it has none, or only a part of a character."""
    text = tokenizer.decode([token_id])
    return text if text and "\ufffd" not in text else tokenizer.tokens([token_id])[0] or ""


def _kept(tokens: Sequence[Token], longest: int) -> list[int]:
    """Return the indices that are read: all special tokens, and the longer text loses its end first."""
    ordinary = {
        segment: [i for i, t in enumerate(tokens) if t.segment == segment and not t.special] for segment in (0, 1)
    }
    for _ in range(len(tokens) - longest):
        longer = max(ordinary.values(), key=len)
        if not longer:
            break
        longer.pop()
    kept = {index for indices in ordinary.values() for index in indices}
    return [i for i, token in enumerate(tokens) if token.special or i in kept][:longest]


def arguments(loaded: LoadedModel, given: ModelInput) -> dict[str, Tensor]:
    """Return the tensors the model takes, each `[1, token]`."""
    import torch

    def row(ids: tuple[int, ...]) -> Tensor:
        return torch.tensor([ids], dtype=torch.long, device=loaded.device)

    config = loaded.model.config
    tensors = {"input_ids": row(given.ids), "attention_mask": row((1,) * len(given.tokens))}
    if getattr(config, "type_vocab_size", 0) > 1:  # RoBERTa has one segment, and an index of 1 would be out of range
        tensors["token_type_ids"] = row(given.type_ids)
    if config.is_encoder_decoder:
        tensors["decoder_input_ids"] = row(given.target_ids)
    return tensors


def forward(loaded: LoadedModel, given: ModelInput, **wanted: Any) -> Any:  # noqa: ANN401 (each architecture has its own)
    """Run the model once, without a cache and without gradients."""
    import torch

    with torch.inference_mode():
        return loaded.model(**arguments(loaded, given), use_cache=False, **wanted)


def forward_without_scores(loaded: LoadedModel, given: ModelInput) -> Any:  # noqa: ANN401 (each architecture has its own)
    """Run the model once for what is recorded on the way."""
    import torch

    with torch.inference_mode():
        return body_of(loaded)(**arguments(loaded, given), use_cache=False)


def body_of(loaded: LoadedModel) -> Any:  # noqa: ANN401 (each architecture has its own)
    """Return the model without its output layer, the dearest part of a short text; an encoder-decoder as it is."""
    return loaded.model if loaded.model.config.is_encoder_decoder else loaded.model.base_model


def scores_at(loaded: LoadedModel, texts: Sequence[ModelInput], position: int) -> Tensor:
    """Run the model once on texts of the same length, and return the scores at one position, `[text, vocabulary]`."""
    import torch

    inputs = [arguments(loaded, given) for given in texts]
    together = {name: torch.cat([each[name] for each in inputs]) for name in inputs[0]}
    return scores_at_places(loaded, together, [(text, position) for text in range(len(texts))])


def scores_at_places(loaded: LoadedModel, inputs: Mapping[str, Tensor], places: Sequence[tuple[int, int]]) -> Tensor:
    """Run the model once and return the scores at some places (row, position), `[place, vocabulary]`.

    Where the architecture allows it, the output layer reads no other positions.
    """
    import torch

    rows, positions = torch.tensor(places, dtype=torch.long, device=loaded.device).view(len(places), 2).T
    kept, place_in_kept = positions.unique(return_inverse=True)
    keep = keep_scores(loaded.model, kept)
    layout = layout_of(loaded.model) if loaded.traceable and not keep else None
    with torch.inference_mode():
        if layout is not None and layout.is_post_norm:  # elsewhere the last hidden state has its last norm already
            return layout.read_out(body_of(loaded)(**inputs, use_cache=False).last_hidden_state[rows, positions])
        logits: Tensor = loaded.model(**inputs, use_cache=False, **keep).logits
    return logits[rows, place_in_kept if keep else positions]


def keep_scores(model: PreTrainedModel, positions: int | Tensor) -> dict[str, Any]:
    """Return the argument that keeps the scores of so many last positions, or of these, if a model has one."""
    has = "logits_to_keep" in inspect.signature(model.forward).parameters
    return {"logits_to_keep": positions} if has else {}
