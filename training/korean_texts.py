"""The Korean texts of prepare_korean.py as batches of pieces, for train_bert_ko.py and train_gpt_ko.py."""
import json
import random
import zlib

import torch
from statements_ko import statements

MOST_PIECES = 96
REVIEWS, CHATS = 20_000, 6_000        # drawn anew for each round, beside the statements


def is_held_out(text):
    return zlib.crc32(text.encode()) % 100 == 0


class KoreanTexts:
    """Reviews, conversations and statements, each between [CLS] and [SEP]."""

    def __init__(self, path, tokenizer):
        corpus = json.load(open(path, encoding="utf-8"))
        self._tokenizer = tokenizer
        texts = {"reviews": [text for text, _ in corpus["reviews"]], "chat": corpus["chat"]}
        self.training = {kind: self._encode([t for t in each if not is_held_out(t)]) for kind, each in texts.items()}
        self.held_out = {kind: self._encode([t for t in each if is_held_out(t)]) for kind, each in texts.items()}
        self.statements = self._encode(statements())
        print({kind: len(each) for kind, each in self.training.items()}, len(self.statements), "statements, held out",
              {kind: len(each) for kind, each in self.held_out.items()}, flush=True)

    def _encode(self, texts):
        start, end = self._tokenizer.cls_token_id, self._tokenizer.sep_token_id
        return [[start, *each.ids[:MOST_PIECES - 2], end] for at in range(0, len(texts), 5000)
                for each in self._tokenizer._tokenizer.encode_batch(texts[at:at + 5000], add_special_tokens=False)]

    def batches(self, tokens, times):
        """Yield batches of about `tokens` pieces, of texts of nearly the same length, so that little is padding.

        `times` is how often a round has each statement.
        """
        while True:
            pool = random.sample(self.training["reviews"], REVIEWS) + random.sample(self.training["chat"], CHATS)
            pool += self.statements * times
            random.shuffle(pool)
            made = []
            for start in range(0, len(pool), 6000):
                rows = sorted(pool[start:start + 6000], key=len)
                at = 0
                while at < len(rows):
                    near_end = min(len(rows) - 1, at + tokens // len(rows[at]) * 3 // 4)
                    size = max(1, tokens // len(rows[near_end]))
                    made.append(rows[at:at + size])
                    at += size
            random.shuffle(made)
            yield from made


def padded(rows, device="cpu"):
    """Return ids [row, place], 0 where a row has ended."""
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for row, pieces in zip(ids, rows):
        row[:len(pieces)] = torch.tensor(pieces)
    return ids.to(device)
