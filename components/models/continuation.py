"""A decoder goes on with a text, so that the attention of what it wrote can be captured in one pass.

Sampled with a generator of its own: PyTorch's global one is shared by all sessions, and two of them would change each
other's texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from components.core.text import sanitize
from components.models.inputs import (
    MOST_CHARACTERS,
    Cut,
    ModelInput,
    Token,
    arguments,
    special_ids,
    text_of_id,
    token_limit,
    tokens_of,
)
from components.models.loaders import LoadedModel

if TYPE_CHECKING:
    from torch import Generator, Tensor

TEMPERATURE: Final = 0.8
TOP_P: Final = 0.95


def write(
    loaded: LoadedModel,
    given: ModelInput,
    *,
    new_tokens: int,
    seed: int = 0,
    checkpoint: Callable[[], None] = lambda: None,
) -> ModelInput:
    """Return the input with up to `new_tokens` tokens more, sampled with `TEMPERATURE` and `TOP_P`.

    An encoder-decoder writes its answer into `target`. Writing ends at the model's end-of-text token (which is kept,
    so that it can be looked at) and at the longest text it can read.
    """
    import torch

    generator = torch.Generator(device="cpu").manual_seed(seed)
    is_answer = loaded.model.config.is_encoder_decoder
    given = with_start(loaded, given)
    room = token_limit(loaded)[0] - len(given.target if is_answer else given.tokens)
    ends = _end_ids(loaded)
    for _ in range(min(new_tokens, room)):
        checkpoint()
        token = _token(loaded, _sample(_next_logits(loaded, given), generator), given)
        given = _extended(given, token, is_answer=is_answer)
        if token.id in ends:
            break
    return given


def with_target(loaded: LoadedModel, given: ModelInput, text: str) -> ModelInput:
    """Return the input with a text that the decoder of an encoder-decoder is made to write."""
    shown = sanitize(text, most_characters=MOST_CHARACTERS).text
    written = tokens_of(loaded.tokenizer.encode(shown, add_special_tokens=False), [shown], loaded.tokenizer)
    limit, limit_of_model = token_limit(loaded)
    kept = written[: limit - 1]
    characters = max(0, len(text) - MOST_CHARACTERS)
    cut = Cut(len(written) + 1, len(kept) + 1, characters, limit_of_model)
    return replace(
        given,
        # The start token is the first word.
        target=(start_token(loaded), *(replace(token, word=token.word + 1) for token in kept)),
        target_cut=cut if characters or len(kept) < len(written) else None,
    )


def with_start(loaded: LoadedModel, given: ModelInput) -> ModelInput:
    """Return the input with the start of an answer where a model needs one and has none: an encoder-decoder."""
    needs_one = loaded.model.config.is_encoder_decoder and not given.target
    return replace(given, target=(start_token(loaded),)) if needs_one else given


def start_token(loaded: LoadedModel) -> Token:
    """Return what the decoder of an encoder-decoder begins every text with."""
    id_ = loaded.model.config.decoder_start_token_id
    piece = loaded.tokenizer.tokens([id_])[0] or ""
    return Token(id=id_, piece=piece, text=piece, start=None, end=None, special=True, segment=0, word=0)


def _next_logits(loaded: LoadedModel, given: ModelInput) -> Tensor:
    import torch

    # The text is read anew for every token: at most a few dozen, and a cache would have to be kept for each
    # architecture in its own way.
    with torch.inference_mode():
        logits: Tensor = loaded.model(**arguments(loaded, given), use_cache=False).logits[0, -1]
    return logits.float().cpu()


def _sample(logits: Tensor, generator: Generator) -> int:
    import torch

    probabilities, ids = (logits / TEMPERATURE).softmax(-1).sort(descending=True)
    # A token stays while the mass before it is below TOP_P, so the most likely one always does.
    probabilities[probabilities.cumsum(-1) - probabilities >= TOP_P] = 0.0
    return int(ids[torch.multinomial(probabilities, 1, generator=generator)])


def _extended(given: ModelInput, token: Token, *, is_answer: bool) -> ModelInput:
    if is_answer:
        return replace(given, target=(*given.target, token))
    return replace(given, tokens=(*given.tokens, token), type_ids=(*given.type_ids, given.type_ids[-1]))


def _token(loaded: LoadedModel, token_id: int, given: ModelInput) -> Token:
    before = given.target or given.tokens
    piece = loaded.tokenizer.tokens([token_id])[0] or ""
    text = text_of_id(loaded.tokenizer, token_id)
    special = token_id in special_ids(loaded.tokenizer)
    # As the tokenizers do: letters and digits without a space between them are one word, punctuation is its own.
    # Decoding a lone token strips SentencePiece's mark of a space, so the piece is looked at too.
    spaced = piece[:1] in ("Ġ", "▁") or text[:1].isspace()
    continues = before[-1].text[-1:].isalnum() and text[:1].isalnum() and not spaced
    starts_word = special or before[-1].special or not continues
    return Token(
        id=token_id,
        piece=piece,
        text=text,
        start=None,
        end=None,
        special=special,
        segment=before[-1].segment,
        word=before[-1].word + starts_word,
        generated=True,
    )


def _end_ids(loaded: LoadedModel) -> frozenset[int]:
    ends = loaded.model.generation_config.eos_token_id
    return frozenset([ends] if isinstance(ends, int) else ends or ())
