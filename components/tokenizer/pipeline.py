"""The four stages between a text and its ids, one after the other, each with what it changed.

1. The *normalizer* rewrites characters (lower case, accents off).
2. The *pre-tokenizer* cuts the text into words, which no token will cross.
3. The *model* cuts each word into pieces of its vocabulary: `trace.py` shows how.
4. The *post-processor* puts in what the model was trained to see, such as [CLS] and [SEP].

Added tokens, such as `[MASK]`, are taken out of the text before all that. Each stage is run by the tokenizer's own
component; only their order is written here, and the search for added tokens: `tokenizers` does that inside `encode` and
offers no way to watch. The offsets of all parts count characters of the original text throughout.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import regex  # type: ignore[import-untyped]  # the package ships no types
from tokenizers import AddedToken, Encoding, PreTokenizedString, Token, Tokenizer

from components.tokenizer.errors import convert_errors

StageKind = Literal["added tokens", "normalizer", "pre-tokenizer", "model", "post-processor"]
_LONGEST_SETTING_CHARS: Final = 80


@dataclass(frozen=True)
class Part:
    """A part of the text after some stage.

    Attributes
    ----------
    text
        As it reads now: rewritten, or spelled in the vocabulary's way.
    start, end
        The characters of the original text it stands for; (0, 0) if it stands for none.
    id
        Number in the vocabulary, None for what is not a token yet.
    """

    text: str
    start: int
    end: int
    id: int | None = None


@dataclass(frozen=True)
class Stage:
    """One stage, or one step of a stage that is a sequence.

    Attributes
    ----------
    component
        Class name of the component that did it, None if the tokenizer has none for this stage.
    settings
        Its settings as in tokenizer.json, long tables left out.
    parts
        The text afterwards.
    changed
        Whether `parts` differ from those of the stage before.
    """

    kind: StageKind
    component: str | None
    settings: Mapping[str, Any]
    parts: tuple[Part, ...]
    changed: bool


def run_pipeline(tokenizer: Tokenizer, text: str) -> tuple[Stage, ...]:
    """Take a text through all stages.

    The stage "added tokens" is there only if the text holds one, every other at least once.

    Raises
    ------
    CannotEncode
        If the model fails on the text.
    """
    segments, steps = _cut_into_words(tokenizer, text)
    steps += _make_tokens(tokenizer, segments)
    stages: list[Stage] = []
    before: tuple[Part, ...] = (Part(text, 0, len(text)),) if text else ()
    for kind, component, parts in steps:
        name, settings = _describe(component)
        stages.append(Stage(kind, name, settings, parts, changed=parts != before))
        before = parts
    return tuple(stages)


def cut_words(tokenizer: Tokenizer, text: str) -> tuple[Part, ...]:
    """Return what the model is asked to cut, in the order of the text; an added token has its id already."""
    segments, _steps = _cut_into_words(tokenizer, text)
    return _parts(segments)


class _Segment:
    """A stretch of the text that goes through the stages on its own, or an added token, which is left alone.

    It is a slice of the whole text, not a string of its own: so offsets count from the beginning of the text, and a
    pre-tokenizer that treats the first word differently (Metaspace) knows whether this is it.
    """

    def __init__(self, text: str, start: int, end: int, *, added: Found | None = None) -> None:
        self.start, self.end, self.added = start, end, added
        self.pretokenized = PreTokenizedString(text)
        self.pretokenized.split(lambda _, whole: [whole[start:end]])

    def parts(self) -> Iterator[Part]:
        if self.added:
            yield Part(self.added.content, self.start, self.end, self.added.id)
            return
        for word, (start, end), _tokens in self.pretokenized.get_splits("original", "char"):
            yield Part(word, start, end)

    def narrow(self, start: int, end: int) -> None:
        """Keep only these characters of the normalized text."""
        self.pretokenized.split(lambda _, normalized: [normalized[start:end]])

    def normalized(self) -> str:
        return "".join(word for word, _offsets, _tokens in self.pretokenized.get_splits("normalized", "char"))

    def encoding(self, tokenize: Callable[[str], list[Token]]) -> Encoding:
        if self.added:
            content, id_ = self.added.content, self.added.id
            self.pretokenized.tokenize(lambda covered: [Token(id_, content, (0, len(covered.encode("utf-8"))))])
        else:
            self.pretokenized.tokenize(tokenize)
        return self.pretokenized.to_encoding(0, None)


_Step = tuple[StageKind, Any, tuple[Part, ...]]
"""What kind of step, the component that did it, and the text afterwards."""


def _cut_into_words(tokenizer: Tokenizer, text: str) -> tuple[list[_Segment], list[_Step]]:
    """Do what comes before the model."""
    steps: list[_Step] = []
    search = AddedSearch.of(tokenizer)
    segments = list(_cut(text, search.in_text(text)))
    if any(segment.added for segment in segments):
        steps.append(("added tokens", None, _parts(segments)))
    normalizers = _flat(tokenizer.normalizer)
    for normalizer in normalizers or [None]:
        _normalize(segments, [normalizer] if normalizer else [])
        steps.append(("normalizer", normalizer, _parts(segments)))
    segments = [piece for segment in segments for piece in _recut(text, segment, search, normalizers)]
    for pre_tokenizer in _flat(tokenizer.pre_tokenizer) or [None]:
        for segment in segments:
            if pre_tokenizer and not segment.added:
                pre_tokenizer.pre_tokenize(segment.pretokenized)
        steps.append(("pre-tokenizer", pre_tokenizer, _parts(segments)))
    return segments, steps


def _make_tokens(tokenizer: Tokenizer, segments: Iterable[_Segment]) -> list[_Step]:
    """Let the model cut the words, and the post-processor complete them."""
    with convert_errors():
        encoding = Encoding.merge([segment.encoding(tokenizer.model.tokenize) for segment in segments], False)
    steps: list[_Step] = [("model", tokenizer.model, _tokens(encoding, tokenizer))]
    if tokenizer.post_processor:
        encoding = tokenizer.post_processor.process(encoding, None, True)
    steps.append(("post-processor", tokenizer.post_processor, _tokens(encoding, tokenizer)))
    return steps


def _cut(text: str, found: Iterable[Found]) -> Iterator[_Segment]:
    for start, end, added in _spans(found, len(text)):
        yield _Segment(text, start, end, added=added)


def _recut(text: str, segment: _Segment, search: AddedSearch, normalizers: list[Any]) -> Iterator[_Segment]:
    """Cut a segment at the added tokens that are looked for in normalized text; drop it if nothing is left of it."""
    if segment.added:
        yield segment
        return
    normalized = segment.normalized()
    found = list(search.in_normalized(normalized))
    if not found:
        if normalized:
            yield segment
        return
    for start, end, added in _spans(found, len(normalized)):
        piece = _Segment(text, segment.start, segment.end)
        _normalize([piece], normalizers)
        piece.narrow(start, end)
        for part in piece.parts():
            piece.start, piece.end, piece.added = part.start, part.end, added
            yield piece


def _spans(found: Iterable[Found], length: int) -> Iterator[tuple[int, int, Found | None]]:
    """Yield the added tokens and what is between them, nothing empty."""
    cursor = 0
    for added in found:
        if added.start > cursor:
            yield cursor, added.start, None
        yield added.start, added.end, added
        cursor = added.end
    if cursor < length:
        yield cursor, length, None


def _normalize(segments: Iterable[_Segment], normalizers: Iterable[Any]) -> None:
    for segment in segments:
        for normalizer in normalizers:
            if not segment.added:
                segment.pretokenized.normalize(normalizer.normalize)


def _parts(segments: Iterable[_Segment]) -> tuple[Part, ...]:
    return tuple(part for segment in segments for part in segment.parts())


def _tokens(encoding: Encoding, tokenizer: Tokenizer) -> tuple[Part, ...]:
    return tuple(
        Part(tokenizer.id_to_token(id_) or token, start, end, id_)
        for id_, token, (start, end) in zip(encoding.ids, encoding.tokens, encoding.offsets, strict=True)
    )


def _flat(component: Any) -> list[Any]:  # noqa: ANN401 (the bindings give every component as Any)
    """Return the steps of a component: its own parts, and theirs, if it is a sequence; itself if not."""
    if component is None:
        return []
    if type(component).__name__ != "Sequence":
        return [component]
    return [step for part in component for step in _flat(part)]


def _describe(component: Any) -> tuple[str | None, dict[str, Any]]:  # noqa: ANN401
    """Return the class name and settings. A model is only named: its state holds the whole vocabulary."""
    if component is None:
        return None, {}
    name = type(component).__name__
    if hasattr(component, "tokenize"):
        return name, {}
    state = json.loads(component.__getstate__())
    return name, {
        key: value for key, value in state.items() if key != "type" and len(json.dumps(value)) <= _LONGEST_SETTING_CHARS
    }


_WORD_CHARACTER: Final = r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]"
_WORD_BEFORE: Final = regex.compile(rf"(?r){_WORD_CHARACTER}")
_WORD_AFTER: Final = regex.compile(_WORD_CHARACTER)
_SPACES_BEFORE: Final = regex.compile(r"(?r)\s*")
_SPACES_AFTER: Final = regex.compile(r"\s*")


@dataclass(frozen=True)
class Found:
    """An added token at characters `[start, end)` of a text."""

    id: int
    content: str
    start: int
    end: int


@dataclass(frozen=True)
class AddedSearch:
    """The added tokens of a tokenizer by what is looked for.

    Attributes
    ----------
    verbatim
        Looked for in the text as it was typed, by content.
    normalized
        Looked for in normalized text, by normalized content.
    """

    verbatim: Mapping[str, tuple[int, AddedToken]]
    normalized: Mapping[str, tuple[int, AddedToken]]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Self:
        """Read them off a tokenizer."""
        verbatim: dict[str, tuple[int, AddedToken]] = {}
        normalized: dict[str, tuple[int, AddedToken]] = {}
        for id_, token in tokenizer.get_added_tokens_decoder().items():
            if not token.normalized:
                verbatim[token.content] = id_, token
            elif tokenizer.normalizer:
                normalized[tokenizer.normalizer.normalize_str(token.content)] = id_, token
            else:
                normalized[token.content] = id_, token
        return cls(verbatim, normalized)

    def in_text(self, text: str) -> Iterator[Found]:
        """Find those that are looked for in the text as it was typed."""
        return _find(text, self.verbatim)

    def in_normalized(self, text: str) -> Iterator[Found]:
        """Find those that are looked for in normalized text; offsets count its characters."""
        return _find(text, self.normalized)


def _find(text: str, spelled: Mapping[str, tuple[int, AddedToken]]) -> Iterator[Found]:
    """Find added tokens from left to right, the longest where several begin at the same character."""
    contents = sorted(filter(None, spelled), key=len, reverse=True)
    if not contents:
        return
    free_from = 0  # where the previous token ended, the spaces it took along included
    for match in regex.finditer("|".join(map(regex.escape, contents)), text):
        id_, settings = spelled[match[0]]
        start, end = match.span()
        if settings.single_word and (_WORD_BEFORE.match(text, 0, start) or _WORD_AFTER.match(text, end)):
            continue
        if settings.lstrip and (spaces := _SPACES_BEFORE.match(text, free_from, start)):
            start = spaces.start()
        if settings.rstrip and (spaces := _SPACES_AFTER.match(text, end)):
            end = spaces.end()
        yield Found(id_, settings.content, start, end)
        free_from = end
