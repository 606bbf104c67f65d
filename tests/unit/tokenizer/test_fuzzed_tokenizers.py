"""A thousand tokenizer.json files, from well-formed to hostile: none ends this process, and none holds it.

FUZZED_FILES=10000 tries as many: the first thousand stay the same.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter

import pytest

from components.models.errors import CorruptFile
from components.tokenizer.errors import OverLimit, TokenizerError
from components.tokenizer.isolation.pool import Pool, TokenizerFile
from components.tokenizer.isolation.worker import Limits
from tests.unit.tokenizer.hostile import LONG_TEXT, PLAIN, REPLACE, ticking
from tests.unit.tokenizer.zoo import HOSTILE

FILES = int(os.environ.get("FUZZED_FILES", "1000"))
SEED = 12
MOST_HELD_S = 1
LIMITS = Limits(memory_bytes=250_000_000, processor_s=1, wall_s=10)
QUESTIONS = ("encode", "measure", "stages", "words", "spelling", "trace")
TEXTS = [*HOSTILE, "a", "ab ba", "aaaa b", "a" * 200 + "xb", "é" * 50, "[A] a [A]b", LONG_TEXT]
PATTERNS = ["a", ".", "a*", "a+b", "a*a*b", "(a+)+$", "(?=a)", r"\s+(?!\S)|\s+", r"\p{L}+", r"(a)\1", "^$", "(("]
STRINGS = ["", "a", "aa", "a" * 50, " ", "▁", "##", "é", "\u0301", "\0", "[UNK]", "\U0010ffff", "x" * 2000]
NUMBERS = [0, 1, 2, 7, -1, 2**31, 2**32, 2**64, 1e308, -1e308, 0.5]
FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")
PLAIN_NORMALIZERS = ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel", "Odd"]
TEMPLATE = [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "a", "type_id": 1}}]
MERGES = [[], [["a", "a"]], [["a", "b"]], ["a b"], [["a"]]]
BYTES = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}
BEHAVIORS = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous", "Odd"]


class Maker:
    """Makes files by chance, always the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def file(self) -> bytes:
        parts = {
            **PLAIN,
            "added_tokens": self.some(self.added, 3),
            "normalizer": self.maybe(self.normalizer),
            "pre_tokenizer": self.maybe(self.pre_tokenizer),
            "post_processor": self.maybe(self.post_processor),
            "decoder": self.maybe(self.decoder),
            "model": self.model(),
        }
        if self.chance.random() < 0.02:
            del parts[self.pick(sorted(parts))]
        text = json.dumps(parts)
        if self.chance.random() < 0.04:
            at = self.chance.randrange(len(text))
            text = text[:at] + self.pick(["", '"', "{", "9" * 30, "\\ud800", "null", text[at:][:50]]) + text[at + 1 :]
        return text.encode()

    def pick(self, options):
        return self.chance.choice(options)

    def usual(self, options):
        """Return one of these, seldom the last, which is wrong."""
        return options[-1] if self.chance.random() < 0.03 else self.pick(options[:-1])

    def number(self):
        return self.pick(NUMBERS if self.chance.random() < 0.05 else NUMBERS[:3])

    def growing(self):
        return {"type": "Sequence", "normalizers": [REPLACE] * self.chance.randint(1, 9)}

    def flag(self):
        return self.chance.random() < 0.5

    def some(self, make, most):
        return [make() for _ in range(self.chance.randint(0, most))]

    def maybe(self, make):
        return make() if self.chance.random() < 0.6 else None

    def sequence(self, name, make):
        return {"type": "Sequence", name: [make(deep=True) for _ in range(self.chance.randint(0, 4))]}

    def pattern(self):
        return {"Regex": self.usual(PATTERNS)} if self.chance.random() < 0.5 else {"String": self.pick(STRINGS)}

    def replace(self):
        return {"type": "Replace", "pattern": self.pattern(), "content": self.pick(STRINGS)}

    def added(self):
        flags = {name: self.flag() for name in ("single_word", "lstrip", "rstrip", "normalized", "special")}
        return {"id": self.number(), "content": self.pick(["[A]", *STRINGS]), **flags}

    def normalizer(self, *, deep=False):
        if self.chance.random() < 0.005:
            return self.growing()
        if not deep and self.chance.random() < 0.5:
            return self.sequence("normalizers", self.normalizer)
        return self.pick(
            [
                self.replace(),
                {"type": self.usual(PLAIN_NORMALIZERS)},
                {"type": "Prepend", "prepend": self.pick(STRINGS)},
                {"type": "Strip", "strip_left": True, "strip_right": self.flag()},
                {"type": "Precompiled", "precompiled_charsmap": self.pick(["", "AAAA", "!"])},
                {
                    "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                    "strip_accents": self.pick([None, True]), "lowercase": True,
                },
            ]
        )  # fmt: skip

    def pre_tokenizer(self, *, deep=False):
        if not deep and self.chance.random() < 0.4:
            return self.sequence("pretokenizers", self.pre_tokenizer)
        return self.pick(
            [
                {"type": "Split", "pattern": self.pattern(), "behavior": self.usual(BEHAVIORS), "invert": False},
                {"type": self.pick(["Whitespace", "WhitespaceSplit", "BertPreTokenizer", "UnicodeScripts"])},
                {
                    "type": "ByteLevel",
                    "add_prefix_space": True,
                    "trim_offsets": True,
                    "use_regex": self.flag(),
                },
                {
                    "type": "Metaspace",
                    "replacement": self.pick(["▁", "a", "aa"]),
                    "prepend_scheme": "first",
                    "split": True,
                },
                {"type": "Punctuation", "behavior": self.usual(BEHAVIORS)},
                {"type": "Digits", "individual_digits": True},
                {"type": "CharDelimiterSplit", "delimiter": self.pick(["a", " ", ""])},
                {"type": "FixedLength", "length": self.number()},
            ]
        )

    def post_processor(self):
        single = self.some(lambda: self.pick(TEMPLATE), 4)
        ids = [self.number()] * self.pick([1, 1, 2, 5000])
        special = {"a": {"id": "a", "ids": ids, "tokens": ["a"] * self.pick([len(ids), 1])}}
        return self.pick(
            [
                {"type": "TemplateProcessing", "single": single, "pair": single, "special_tokens": special},
                {"type": "BertProcessing", "sep": ["a", self.number()], "cls": ["a", 0]},
                BYTES | {"use_regex": True},
            ]
        )

    def decoder(self):
        return self.pick(
            [
                self.replace(),
                {"type": self.pick(["ByteLevel", "ByteFallback", "Fuse"])},
                {"type": "WordPiece", "prefix": self.pick(STRINGS), "cleanup": True},
                {"type": "Strip", "content": self.pick(["a", " ", ""]), "start": self.number(), "stop": 0},
                {"type": "Sequence", "decoders": [self.replace() for _ in range(3)]},
            ]
        )

    def model(self):
        pieces = ["a", "b", "[UNK]", *{self.pick(STRINGS) for _ in range(3)}]
        vocab = {piece: number if self.chance.random() < 0.95 else self.number() for number, piece in enumerate(pieces)}
        unknown = self.usual(["[UNK]", "a", "absent", None])
        bpe = {
            "dropout": self.usual([None, None, 0.5, 1e308]), "unk_token": unknown, "fuse_unk": self.flag(),
            "continuing_subword_prefix": self.pick([None, "##", "aaa"]),
            "end_of_word_suffix": self.pick([None, "</w>"]),
            "byte_fallback": self.flag(), "merges": self.usual(MERGES),
        }  # fmt: skip
        return self.pick(
            [
                {"type": "WordLevel", "vocab": vocab, "unk_token": unknown},
                {
                    "type": "WordPiece", "vocab": vocab, "unk_token": unknown,
                    "continuing_subword_prefix": self.pick(STRINGS),
                    "max_input_chars_per_word": self.number(),
                },
                {"type": "BPE", "vocab": vocab | {"aa": 90, "ab": 91}, **bpe},
                {
                    "type": "Unigram", "unk_id": self.usual([None, 0, 2, 99]), "byte_fallback": self.flag(),
                    "vocab": [[piece, self.number()] for piece in pieces],
                },
            ]
        )  # fmt: skip

    def question(self):
        name = self.pick(QUESTIONS)
        text = self.pick(TEXTS)
        return name, *{"encode": (text, self.pick([None, "b a"]), True), "spelling": ()}.get(name, (text,))


@pytest.mark.thorough
def test_no_file_ends_this_process_or_holds_it():
    maker, pool, outcomes = Maker(SEED), Pool(LIMITS, children=1), Counter()
    with ticking() as ticks:
        for _ in range(FILES):
            file, (name, *arguments) = TokenizerFile.of(maker.file()), maker.question()
            try:
                pool.ask(name, *arguments, tokenizer=file, session="one")
            except (CorruptFile, TokenizerError) as error:
                outcomes[type(error).__name__] += 1
            else:
                outcomes["answered"] += 1
    pool.close()
    assert ticks.longest_s < MOST_HELD_S
    assert outcomes["answered"] > FILES / 10, outcomes
    stopped = sum(outcomes[kind.__name__] for kind in OverLimit.__subclasses__())
    assert stopped > 0, outcomes
