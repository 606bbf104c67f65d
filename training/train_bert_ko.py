"""Makes classroom-bert-ko: the encoder of classroom-e5-ko, trained further with masked words of Korean texts.

    python train_bert_ko.py SECONDS --korean korean.json --out bert-ko [--init bert-ko] [--device cuda]

Run it again with the same --state and it goes on. The learning rate stays until the last part of SECONDS (--cooldown),
in which it falls to 0.
"""
import argparse
import json
import os
import time

import torch
import torch.nn.functional as F
from checkpoints import resume, save
from korean_texts import KoreanTexts, padded
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, BertModel

FIRST_ORDINARY, MASK = 5, 4           # ids 0 to 4 are [PAD] [UNK] [CLS] [SEP] [MASK]
HIDDEN = 0.3

a = argparse.ArgumentParser()
a.add_argument("seconds", type=float)
a.add_argument("--korean", required=True)
a.add_argument("--base", default="../components/models/bundled/classroom-e5-ko")
a.add_argument("--init", help="go on from this model instead of the encoder of --base")
a.add_argument("--out", default="bert-ko")
a.add_argument("--state", default="state.pt")
a.add_argument("--device", default="cpu")
a.add_argument("--threads", type=int, default=2)
a.add_argument("--tokens", type=int, default=2048, help="of a batch")
a.add_argument("--rate", type=float, default=5e-4)
a.add_argument("--cooldown", type=float, default=0.8)
a.add_argument("--frozen", type=int, default=4, help="so many of the lowest layers stay as they are")
a.add_argument("--statements", type=int, default=20, help="how often a round has each statement")
args = a.parse_args()
torch.set_num_threads(args.threads)

tokenizer = AutoTokenizer.from_pretrained(args.base)
texts = KoreanTexts(args.korean, tokenizer)
held_out = texts.held_out["reviews"] + texts.held_out["chat"]


def new_model():
    """Return the encoder with a new output layer that begins as the identity, tied to the embeddings."""
    config = BertConfig.from_pretrained(args.base)
    config.architectures, config.hidden_dropout_prob, config.attention_probs_dropout_prob = ["BertForMaskedLM"], 0.0, 0.0
    made = BertForMaskedLM(config)
    base = BertModel.from_pretrained(args.base, add_pooling_layer=False, dtype=torch.float32)
    made.bert.load_state_dict(base.state_dict(), strict=False)
    made.cls.predictions.transform.dense.weight.data.copy_(torch.eye(config.hidden_size))
    made.cls.predictions.transform.dense.bias.data.zero_()
    made.tie_weights()
    return made


model = BertForMaskedLM.from_pretrained(args.init, dtype=torch.float32) if args.init else new_model()
model = model.to(args.device).train()
for layer in model.bert.encoder.layer[:args.frozen]:
    layer.requires_grad_(False)
if args.frozen:
    for part in ("position_embeddings", "token_type_embeddings", "LayerNorm"):
        getattr(model.bert.embeddings, part).requires_grad_(False)


def hide(ids, share):
    """Choose pieces: of these 80% become [MASK], 10% another piece, 10% stay. Returns what the model reads, and where."""
    ordinary = ids >= FIRST_ORDINARY
    count = max(16, int(share * int(ordinary.sum())))
    order = torch.where(ordinary, torch.rand(ids.shape, device=ids.device), 2.0).flatten().argsort()[:count]
    chosen = torch.zeros(ids.numel(), dtype=torch.bool, device=ids.device)
    chosen[order] = True
    chosen = chosen.view(ids.shape) & ordinary
    lot, read = torch.rand(ids.shape, device=ids.device), ids.clone()
    read[chosen & (lot < 0.8)] = MASK
    other = chosen & (lot >= 0.8) & (lot < 0.9)
    read[other] = torch.randint(FIRST_ORDINARY, len(tokenizer), (int(other.sum()),), device=ids.device)
    return read, chosen


@torch.no_grad()
def measure(count):
    """Return top-1, top-5 and loss on held-out texts, 15% of the pieces hidden, always the same ones."""
    model.eval()
    drawn = torch.Generator().manual_seed(1)
    drawn_texts = [held_out[k] for k in torch.randperm(len(held_out), generator=drawn)[:count].tolist()]
    right = five = pieces = loss = 0
    for at in range(0, count, 40):
        ids = padded(drawn_texts[at:at + 40], args.device)
        chosen = (torch.rand(ids.shape, generator=drawn).to(ids.device) < 0.15) & (ids >= FIRST_ORDINARY)
        logits = model(input_ids=ids.masked_fill(chosen, MASK), attention_mask=(ids != 0).long()).logits[chosen].float()
        best = logits.topk(5).indices == ids[chosen][:, None]
        right, five, pieces = right + int(best[:, 0].sum()), five + int(best.any(1).sum()), pieces + len(best)
        loss += F.cross_entropy(logits, ids[chosen], reduction="sum").item()
    model.train()
    return {"top1": right / pieces, "top5": five / pieces, "loss": loss / pieces, "masked_pieces": pieces}


def write_tokenizer(folder):
    """Let [MASK] take the space before it, and no space begin after it: so a gap reads like the piece that was hidden."""
    path = os.path.join(folder, "tokenizer.json")
    made = json.load(open(path, encoding="utf-8"))
    made["pre_tokenizer"]["prepend_scheme"] = "first"
    for token in made["added_tokens"]:
        token["lstrip"] = token["id"] == MASK
    json.dump(made, open(path, "w", encoding="utf-8"), ensure_ascii=False, indent=2)


output = [p for name, p in model.named_parameters() if name.startswith("cls") and p.requires_grad]
rest = [p for name, p in model.named_parameters() if not name.startswith("cls") and p.requires_grad]
optimiser = torch.optim.AdamW([{"params": output, "lr": 2 * args.rate}, {"params": rest, "lr": args.rate}],
                              betas=(0.9, 0.98), weight_decay=0.01)
peaks = [group["lr"] for group in optimiser.param_groups]
step, seen = resume(args.state, model, optimiser, args.device)

start, last_save, log, running = time.time(), time.time(), [], None
for rows in texts.batches(args.tokens, args.statements):
    passed = (time.time() - start) / args.seconds
    if passed >= 1:
        break
    falling = min(1, (1 - passed) / args.cooldown) if args.cooldown else 1
    for group, peak in zip(optimiser.param_groups, peaks):
        group["lr"] = peak * min(1, (step + 1) / 150) * falling
    ids = padded(rows, args.device)
    read, chosen = hide(ids, HIDDEN)
    hidden = model.bert(input_ids=read, attention_mask=(ids != 0).long()).last_hidden_state
    loss = F.cross_entropy(model.cls(hidden[chosen]).float(), ids[chosen])
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    step, seen = step + 1, seen + int((ids != 0).sum())
    running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
    if step % 100 == 0:
        log.append({"step": step, "positions": seen, "lr": optimiser.param_groups[1]["lr"], "train": running})
        print(log[-1], flush=True)
    if time.time() - last_save > 300:
        last_save = time.time()
        save(args.state, model, optimiser, step, seen)
save(args.state, model, optimiser, step, seen)
summary = {"steps": step, "positions": seen, "seconds": round(time.time() - start), "held_out": measure(2000)}
print(summary, flush=True)
model.half().save_pretrained(args.out)
tokenizer.save_pretrained(args.out)
write_tokenizer(args.out)
json.dump({"summary": summary, "log": log}, open(os.path.join(args.out, "training-log.json"), "w"), indent=1)
