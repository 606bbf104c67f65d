"""A text cut into the tokens of a model, ready to be shown and shuffled. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from components.models.tokenization import SharedTokenizer


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


def words_of(tokenizer: SharedTokenizer, text: str, *, most_tokens: int) -> Words:
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
