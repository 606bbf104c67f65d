"""Tokenizers of every kind for the tests: the embedded ones, and small ones trained here."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from components.tokenizer.encode import Encoding, encode

BUNDLED = Path(__file__).parents[3] / "components" / "models" / "bundled"

CORPUS = [
    "I read a good novel. The novel was unbelievably good, and I read it twice.",
    "She reads; he read; they were reading the newest readings of the old news.",
    "나는 좋은 소설을 읽었다. 그 소설은 정말 좋았다.",
    "私は良い小説を読みました。 naïve café — déjà vu! 12345 67890",
    "for page in novel: read(page)\n\tprint('good', page)",
    "low lower lowest new newer newest wide wider widest",
] * 4

HOSTILE = [
    "",
    " ",
    "\n\t \r\n",
    "\0",
    "a\0b\x07",
    "👍🏽 👨‍👩‍👧‍👦 🇰🇷",
    "e\u0301 \u0301 \u0301\u0301x",
    "한국어 각 \u1100\u1161\u11a8",
    "שלום مرحبا \u202eabc\u202c",
    "\u200b\u200d\ufeff\u00ad",
    "<unk> [UNK] [MASK]x <|endoftext|><|endoftext|> ##able ▁ Ġ </w> <0x41>",
    "  [MASK]  x[MASK] naïve Naïve",
    "unaffable unbelievablest " + "z" * 101,
    "\U0010ffff\ufffd",
    "नमस्ते ก็ ཀྵ",
    "A" * 150,
]

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(st.sampled_from("readingnovl wsted.▁<>0x[]#é한글 \n👍\u0301"), max_size=60),
)

patient = settings(deadline=None)  # the first example pays for reading or training a tokenizer


def cut_by(tokenizer: Tokenizer) -> Callable[[str], Encoding]:
    """Encode texts without inserted tokens, as the page's views have it done."""
    return partial(encode, tokenizer, add_special_tokens=False)


@cache
def bert() -> Tokenizer:
    """The embedded BERT's tokenizer."""
    return Tokenizer.from_file(str(BUNDLED / "classroom-bert" / "tokenizer.json"))


@cache
def gpt2() -> Tokenizer:
    """The embedded GPT-2's tokenizer."""
    return Tokenizer.from_file(str(BUNDLED / "classroom-gpt2" / "tokenizer.json"))


@cache
def e5() -> Tokenizer:
    """The embedded E5's tokenizer, a Unigram model."""
    return Tokenizer.from_file(str(BUNDLED / "classroom-e5-ko" / "tokenizer.json"))


@cache
def byte_level_bpe() -> Tokenizer:
    """Like RoBERTa: byte-level, offsets trimmed, a mask token that takes the space before it along."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True), AddedToken("<r>", rstrip=True)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    return tokenizer


@cache
def whole_words_bpe() -> Tokenizer:
    """Like Llama 3: a word of the vocabulary is taken whole even where the merges would not make it."""
    state = json.loads(byte_level_bpe().to_str())
    state["model"]["ignore_merges"] = True
    state["model"]["merges"] = state["model"]["merges"][::3]
    made = {"".join(pair) for pair in state["model"]["merges"]}
    known = made | {piece for pair in state["model"]["merges"] for piece in pair}
    assert known <= set(state["model"]["vocab"])
    return Tokenizer.from_str(json.dumps(state))


@cache
def suffix_bpe() -> Tokenizer:
    """Like GPT-1: characters, `</w>` at the end of a word, rewritten by a sequence of normalizers."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.Sequence([normalizers.Lowercase(), normalizers.StripAccents()])]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(individual_digits=True)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<unk>"], end_of_word_suffix="</w>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens([AddedToken("Naïve", normalized=True), AddedToken("new", single_word=True)])
    return tokenizer


@cache
def prefix_bpe() -> Tokenizer:
    """BPE with BERT's mark on pieces inside a word, unknown characters fused."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", continuing_subword_prefix="##", fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=250, special_tokens=["<unk>"], continuing_subword_prefix="##", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


@cache
def byte_fallback_bpe() -> Tokenizer:
    """Like Llama 2: no pre-tokenizer, spaces as `▁`, unknown characters in bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=250, show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    pieces = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *model["vocab"]]
    tokenizer = Tokenizer(
        models.BPE(
            {piece: id_ for id_, piece in enumerate(pieces)},
            [tuple(pair) for pair in model["merges"]],
            unk_token="<unk>",
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A",
        pair="<s> $A <s>:1 $B:1",
        special_tokens=[("<s>", tokenizer.token_to_id("<s>"))],
    )
    return tokenizer


@cache
def wordpiece() -> Tokenizer:
    """A small WordPiece that keeps case and knows few characters."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=200, special_tokens=["[UNK]", "[MASK]"], limit_alphabet=60, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


@cache
def unigram() -> Tokenizer:
    """Like T5: a Unigram that prepends a space to the first word only."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=["<unk>", "</s>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
    )
    return tokenizer


@cache
def byte_fallback_unigram() -> Tokenizer:
    """A Unigram that spells unknown characters in bytes, except those whose bytes it lacks."""
    model = json.loads(unigram().to_str())["model"]
    pieces = [(piece, score) for piece, score in model["vocab"]]
    pieces += [(f"<0x{byte:02X}>", -20.0) for byte in range(0xF0)]
    tokenizer = Tokenizer(models.Unigram(pieces, model["unk_id"], byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return tokenizer


@cache
def wordlevel() -> Tokenizer:
    """A word list."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(vocab_size=60, special_tokens=["[UNK]"], show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


ZOO = {
    make.__name__: make
    for make in (
        bert,
        gpt2,
        byte_level_bpe,
        whole_words_bpe,
        suffix_bpe,
        prefix_bpe,
        byte_fallback_bpe,
        wordpiece,
        unigram,
        e5,
        byte_fallback_unigram,
        wordlevel,
    )
}
