"""The figures of classroom-bert-ko's card that need no training text: the 20 gaps of cloze_ko.txt.

    python evaluate_ko.py ../components/models/bundled/classroom-bert-ko

A gap is one piece of the vocabulary. It is right if the piece is an answer or begins one: "파" for "파리".
"""
import sys
from pathlib import Path

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

folder = sys.argv[1]
tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForMaskedLM.from_pretrained(folder).eval()
first = five = 0
lines = Path(__file__).with_name("cloze_ko.txt").read_text(encoding="utf-8").splitlines()
for line in lines:
    sentence, answers = line.split("\t")
    ids = tokenizer(sentence, return_tensors="pt")
    with torch.no_grad():
        shares = model(**ids).logits[0, ids["input_ids"][0] == tokenizer.mask_token_id][0].softmax(-1)
    values, best = shares.topk(5)
    pieces = [piece.removeprefix("▁") for piece in tokenizer.convert_ids_to_tokens(best.tolist())]
    right = [piece != "" and any(answer.startswith(piece) for answer in answers.split(",")) for piece in pieces]
    first, five = first + right[0], five + any(right)
    shown = ", ".join(f"{piece or '▁'} {value:.2f}" for piece, value in zip(pieces, values.tolist()))
    print(f"| {sentence} | {shown} | {answers} | {'top-1' if right[0] else 'top-5' if any(right) else 'miss'} |")
print(f"top-1 {first}/{len(lines)}, top-5 {five}/{len(lines)}")
