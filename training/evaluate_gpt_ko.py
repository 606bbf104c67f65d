"""The figures of classroom-gpt-ko's card that need no training text, and what it writes after the lines of prompts_ko.txt.

    python evaluate_gpt_ko.py ../components/models/bundled/classroom-gpt-ko REVIEWS.csv

REVIEWS.csv: the project's own Korean reviews, components/fine_tuning/data/korean_film_reviews.csv.
"""
import csv
import math
import sys
import time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

torch.set_num_threads(1)
folder, reviews = sys.argv[1:]
tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).float().eval()
END = model.generation_config.eos_token_id


def loss_of(text):
    """Return the loss of a text and of its end, in nats, and how many pieces these are."""
    ids = torch.tensor([[*tokenizer(text).input_ids, END]])
    with torch.no_grad():
        logits = model(ids[:, :-1]).logits[0]
    return torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum").item(), ids.shape[1] - 1


with open(reviews, encoding="utf-8") as file:
    losses = [loss_of(row["text"]) for row in csv.DictReader(file)]
loss, pieces = (sum(column) for column in zip(*losses))
print(f"{len(losses)} reviews: perplexity {math.exp(loss / pieces):.1f}, loss {loss / pieces:.3f}, {pieces} pieces")

prompts = Path(__file__).with_name("prompts_ko.txt").read_text(encoding="utf-8").splitlines()
for prompt in prompts:
    ids = tokenizer(prompt, return_tensors="pt")
    with torch.no_grad():
        shares, best = model(**ids).logits[0, -1].softmax(-1).topk(3)
    listed = ", ".join(f"{tokenizer.decode(i)} {s:.2f}" for s, i in zip(shares.tolist(), best.tolist()))
    torch.manual_seed(0)
    sampled = model.generate(**ids, do_sample=True, temperature=0.8, top_p=0.95, top_k=0, max_new_tokens=40)
    greedy = model.generate(**ids, do_sample=False, max_new_tokens=40)
    texts = [tokenizer.decode(each[0], skip_special_tokens=True) for each in (sampled, greedy)]
    print(f"| {' | '.join(texts)} | {listed} |")

start = time.time()
ids = tokenizer("이 영화는", return_tensors="pt")
model.generate(**ids, do_sample=False, max_new_tokens=64, min_new_tokens=64)
print(f"{64 / (time.time() - start):.0f} pieces a second, one thread")
