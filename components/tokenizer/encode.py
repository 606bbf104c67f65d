"""A text and the ids a model gets for it, token by token, each tied to its place in the text.

`encode` adds to what `tokenizers` returns the three things a reader needs and it does not have: the bytes a token
stands for, the source text it covers, and whether it is there because of the text or because the model wants it.
`measure` counts them. `model_inputs` returns the dictionary that `tokenizer(text)` of transformers prints, whose
entries depend on the model: BERT was trained on pairs of sentences and reads `token_type_ids`, GPT-2 does not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from tokenizers import AddedToken, Tokenizer
from tokenizers import Encoding as RawEncoding

from components.core.text import Source, sanitize
from components.models.byte_alphabet import Spelling
from components.tokenizer.errors import TooManyTokens, convert_errors

LossCause = Literal["unknown", "first space", "spaces", "case", "letters"]


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an encoded text.

    Attributes
    ----------
    index
        Position in the encoded text.
    id, token
        Number in the vocabulary, and the piece as the vocabulary spells it.
    text
        The source text it covers, `source[start:end]`. Empty for a token that the post-processor inserted.
    bytes
        The bytes it stands for; empty where `text` is. Several tokens may share one character: their `text` is then
        the same, their bytes are not.
    start, end
        Character offsets `[start, end)` in the source text of its sequence; (0, 0) for an inserted token.
    special
        Inserted by the post-processor, or a special token that was typed out in the text.
    unknown
        Stands for text that the vocabulary cannot spell.
    type_id, sequence
        Segment number the model gets; which of the two texts it comes from (None for an inserted token).
    """

    index: int
    id: int
    token: str
    text: str
    bytes: bytes
    start: int
    end: int
    special: bool
    unknown: bool
    type_id: int
    sequence: int | None


@dataclass(frozen=True)
class Encoding:
    """An encoded text or pair of texts."""

    sources: tuple[Source, ...]
    tokens: tuple[Token, ...]
    attention_mask: tuple[int, ...]

    @property
    def ids(self) -> list[int]:
        """What the model gets."""
        return [token.id for token in self.tokens]

    @property
    def type_ids(self) -> list[int]:
        """Segment number of each token."""
        return [token.type_id for token in self.tokens]


def encode(
    tokenizer: Tokenizer,
    text: str,
    pair: str | None = None,
    *,
    add_special_tokens: bool = True,
    most_tokens: int | None = None,
) -> Encoding:
    """Encode a text, or two texts as one input.

    Texts over `core.text.MOST_CHARACTERS` are cut and lone surrogates replaced; `Encoding.sources` says so.
    The tokenizer must neither truncate nor pad: `components.models.tokenization` switches both off.

    Raises
    ------
    CannotEncode
        If the tokenizer fails, as one without an unknown piece does on a character it does not know.
    TooManyTokens
        If the text becomes more than `most_tokens`.
    """
    sources = tuple(sanitize(each) for each in (text, pair) if each is not None)
    second = sources[1].text if pair is not None else None
    with convert_errors():
        encoding = tokenizer.encode(sources[0].text, second, add_special_tokens=add_special_tokens)
    if most_tokens is not None and len(encoding) > most_tokens:
        raise TooManyTokens(most=f"{most_tokens:,}")
    spelling = Spelling.of(tokenizer)
    added = tokenizer.get_added_tokens_decoder()
    unk_token = getattr(tokenizer.model, "unk_token", None)
    tokens: list[Token] = []
    for index, (id_, spelled, (start, end), inserted, type_id, sequence) in enumerate(_columns(encoding)):
        name = tokenizer.id_to_token(id_) or spelled
        covered = "" if inserted or sequence is None else sources[sequence].text[start:end]
        typed_out = not inserted and _is_typed_out(added.get(id_), covered)
        # Unigram calls an unknown piece by its text, the other models by the name of their unknown token
        unknown = not inserted and not typed_out and (name == unk_token or name != spelled)
        verbatim = bool(inserted) or typed_out or unknown
        tokens.append(
            Token(
                index=index,
                id=id_,
                token=name,
                text=covered,
                bytes=covered.encode() if verbatim else spelling.bytes_of(spelled, covered=covered),
                start=start,
                end=end,
                special=bool(inserted) or (typed_out and added[id_].special),
                unknown=unknown,
                type_id=type_id,
                sequence=None if inserted else sequence,
            )
        )
    return Encoding(sources, tuple(tokens), tuple(encoding.attention_mask))


def _columns(encoding: RawEncoding) -> Iterator[tuple[int, str, tuple[int, int], int, int, int | None]]:
    """Yield the id, spelling, offsets, whether inserted, type id and sequence of each token."""
    return zip(
        encoding.ids,
        encoding.tokens,
        encoding.offsets,
        encoding.special_tokens_mask,
        encoding.type_ids,
        encoding.sequence_ids,
        strict=True,
    )


def _is_typed_out(added: AddedToken | None, covered: str) -> bool:
    """Whether an added token stands in the text itself (it may take the spaces around it along)."""
    return added is not None and added.content.strip().casefold() == covered.strip().casefold()


@dataclass(frozen=True)
class RoundTrip:
    """Whether `decode(encode(text))` is the text.

    Attributes
    ----------
    decoded
        What came back.
    first_difference
        Character position where the two first differ; None if they are the same.
    cause
        Why they differ, where one cause explains it all.
    """

    decoded: str
    first_difference: int | None
    cause: LossCause | None = None

    @property
    def lossless(self) -> bool:
        """Whether the text came back as it was."""
        return self.first_difference is None


@dataclass(frozen=True)
class Measures:
    """Counts over one text, without the tokens that the post-processor inserts.

    A word here is what stands between spaces: a rough measure in English, and no measure at all in Japanese, where a
    sentence has no spaces. Characters are Unicode code points, bytes those of UTF-8.
    """

    tokens: int
    words: int
    characters: int
    bytes: int
    unknown: int
    round_trip: RoundTrip

    @property
    def tokens_per_word(self) -> float | None:
        """Also called fertility. None for a text without words."""
        return self.tokens / self.words if self.words else None

    @property
    def bytes_per_token(self) -> float | None:
        """How much text a token carries. None without tokens."""
        return self.bytes / self.tokens if self.tokens else None

    @property
    def characters_per_token(self) -> float | None:
        """The same in characters."""
        return self.characters / self.tokens if self.tokens else None


def measure(tokenizer: Tokenizer, text: str, *, most_tokens: int | None = None) -> Measures:
    """Count and check the round trip of one text.

    Raises
    ------
    CannotEncode
        If the tokenizer fails on the text.
    TooManyTokens
        If the text becomes more than `most_tokens`.
    """
    encoding = encode(tokenizer, text, add_special_tokens=False, most_tokens=most_tokens)
    source = encoding.sources[0].text
    return Measures(
        tokens=len(encoding.tokens),
        words=len(source.split()),
        characters=len(source),
        bytes=len(source.encode("utf-8")),
        unknown=sum(token.unknown for token in encoding.tokens),
        round_trip=_round_trip(tokenizer, encoding, source),
    )


def _round_trip(tokenizer: Tokenizer, encoding: Encoding, source: str) -> RoundTrip:
    # special tokens are kept: an [UNK] that silently vanished would look like a perfect round trip of nothing
    decoded = tokenizer.decode(encoding.ids, skip_special_tokens=False)
    if decoded == source:
        return RoundTrip(decoded, None)
    same = (ours == theirs for ours, theirs in zip(decoded, source, strict=False))
    shorter = min(len(decoded), len(source))
    first = next((i for i, equal in enumerate(same) if not equal), shorter)
    return RoundTrip(decoded, first, _loss_cause(encoding, decoded, source))


def _loss_cause(encoding: Encoding, decoded: str, source: str) -> LossCause | None:
    """Return what explains the whole difference. Spaces beside it are not counted: most decoders set their own."""
    if any(token.unknown for token in encoding.tokens):
        return "unknown"
    if decoded == f" {source}":
        return "first space"
    back, typed = "".join(decoded.split()), "".join(source.split())
    if back == typed:
        return "spaces"
    if back == typed.lower():
        return "case"
    return "letters" if _bare(back) == _bare(typed) else None


def _bare(text: str) -> str:
    """Return a text in lower case, without accents, each Hangul syllable in its letters."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))


INPUT_NAMES: Final = ("input_ids", "token_type_ids", "attention_mask")

# transformers 5: the tokenizer classes whose `model_input_names` hold token_type_ids, and the model types that get
# one of these classes when tokenizer_config.json names none. Every other class leaves them out.
_CLASSES_WITH_TYPE_IDS: Final = frozenset(
    (
        "Bert", "Canine", "ConvBert", "DPRContextEncoder", "DPRQuestionEncoder", "Deberta", "DebertaV2", "Electra",
        "FNet", "LayoutLM", "LayoutLMv2", "Lxmert", "MarkupLM", "MobileBert", "SqueezeBert", "Tapas",
    )
)  # fmt: skip
_MODEL_TYPES_WITH_TYPE_IDS: Final = frozenset(
    (
        "bert", "bros", "canine", "convbert", "deberta", "deberta-v2", "distilbert", "dpr", "electra", "ernie", "fnet",
        "layoutlm", "layoutlmv2", "lxmert", "markuplm", "megatron-bert", "mobilebert", "nezha", "nomic_bert",
        "qdqbert", "realm", "retribert", "squeezebert", "tapas",
    )
)  # fmt: skip
_CLASSES_WITHOUT_MASK: Final = frozenset(("FNet",))


def input_names(tokenizer_config: Mapping[str, Any], *, model_type: str | None = None) -> tuple[str, ...]:
    """Return which of `INPUT_NAMES` the model's tokenizer prints.

    Parameters
    ----------
    tokenizer_config
        The content of tokenizer_config.json; `{}` where there is none, as for a lone tokenizer.json.
    model_type
        `model_type` of config.json.
    """
    listed = tokenizer_config.get("model_input_names")
    if isinstance(listed, Sequence) and not isinstance(listed, str):
        return tuple(name for name in INPUT_NAMES if name in listed)
    named = str(tokenizer_config.get("tokenizer_class") or "").removesuffix("Fast").removesuffix("Tokenizer")
    has_type_ids = named in _CLASSES_WITH_TYPE_IDS if named else model_type in _MODEL_TYPES_WITH_TYPE_IDS
    left_out = {
        "token_type_ids": not has_type_ids,
        "attention_mask": named in _CLASSES_WITHOUT_MASK or (not named and model_type == "fnet"),
    }
    return tuple(name for name in INPUT_NAMES if not left_out.get(name, False))


def model_inputs(encoding: Encoding, names: Sequence[str] = INPUT_NAMES) -> dict[str, list[int]]:
    """Return the lists by name, in the order in which transformers prints them."""
    lists = {
        "input_ids": encoding.ids,
        "token_type_ids": encoding.type_ids,
        "attention_mask": list(encoding.attention_mask),
    }
    return {name: lists[name] for name in INPUT_NAMES if name in names}
