"""Makes classroom-gpt-ko: six layers of classroom-bert-ko, trained further to write what comes next.

    python train_gpt_ko.py SECONDS --korean korean.json --out gpt-ko [--device cuda]

A decoder is the same blocks with a causal mask. Run it again with the same --state and it goes on. The learning rate
falls to 0 over SECONDS.
"""
import argparse
import json
import os
import time

import torch
import torch.nn.functional as F
from checkpoints import resume, save
from korean_texts import KoreanTexts, padded
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, BertLMHeadModel

CLS, SEP = 2, 3                       # what a text begins and ends with
LAYERS = (0, 2, 4, 7, 9, 11)          # of the twelve, from the first to the last

a = argparse.ArgumentParser()
a.add_argument("seconds", type=float)
a.add_argument("--korean", required=True)
a.add_argument("--base", default="../components/models/bundled/classroom-bert-ko")
a.add_argument("--out", default="gpt-ko")
a.add_argument("--state", default="state-gpt.pt")
a.add_argument("--device", default="cpu")
a.add_argument("--threads", type=int, default=2)
a.add_argument("--tokens", type=int, default=1024, help="of a batch")
a.add_argument("--rate", type=float, default=5e-4)
a.add_argument("--statements", type=int, default=8, help="how often a round has each statement")
args = a.parse_args()
torch.set_num_threads(args.threads)

tokenizer = AutoTokenizer.from_pretrained(args.base)
texts = KoreanTexts(args.korean, tokenizer)


def new_model():
    """Return a decoder with some of the encoder's layers, its embeddings and its output layer."""
    config = BertConfig.from_pretrained(args.base)
    config.architectures, config.is_decoder, config.num_hidden_layers = ["BertLMHeadModel"], True, len(LAYERS)
    config.bos_token_id, config.eos_token_id = CLS, SEP
    weights = {}
    for name, tensor in BertForMaskedLM.from_pretrained(args.base, dtype=torch.float32).state_dict().items():
        before, mark, after = name.partition("encoder.layer.")
        number, _, rest = after.partition(".")
        if not mark:
            weights[name] = tensor
        elif int(number) in LAYERS:
            weights[f"{before}{mark}{LAYERS.index(int(number))}.{rest}"] = tensor
    made = BertLMHeadModel(config)
    made.load_state_dict(weights)
    made.tie_weights()
    made.generation_config.bos_token_id, made.generation_config.eos_token_id = CLS, SEP
    made.generation_config.pad_token_id = config.pad_token_id
    return made


def predictions(ids):
    """Return scores [place, piece] for what comes after each piece, and what does."""
    hidden = model.bert(input_ids=ids[:, :-1], attention_mask=(ids[:, :-1] != 0).long()).last_hidden_state
    following = ids[:, 1:]
    return model.cls(hidden[following != 0]).float(), following[following != 0]


@torch.no_grad()
def measure(rows):
    """Return the loss in nats a piece."""
    model.eval()
    rows = sorted(rows, key=len)
    loss = pieces = 0
    for at in range(0, len(rows), 40):
        scores, following = predictions(padded(rows[at:at + 40], args.device))
        loss, pieces = loss + F.cross_entropy(scores, following, reduction="sum").item(), pieces + len(following)
    model.train()
    return {"loss": loss / pieces, "pieces": pieces}


def write_tokenizer(folder):
    """A text to go on with begins with [CLS] and has no [SEP]: that is the end, and for the model to write.

    What it writes is decoded without its prompt by `pipeline`: the space before its first piece has to stay.
    """
    tokenizer.model_input_names = ["input_ids", "attention_mask"]  # it reads one text, never two
    tokenizer.save_pretrained(folder)
    path = os.path.join(folder, "tokenizer.json")
    made = json.load(open(path, encoding="utf-8"))
    template = made["post_processor"]
    template["single"], template["pair"] = template["single"][:2], [*template["single"][:2], template["pair"][3]]
    del template["special_tokens"]["[SEP]"]
    made["decoder"]["prepend_scheme"] = "never"
    json.dump(made, open(path, "w", encoding="utf-8"), ensure_ascii=False, indent=2)


model = new_model().to(args.device).train()
trained = [p for p in model.parameters() if p.requires_grad]
optimiser = torch.optim.AdamW(trained, lr=args.rate, betas=(0.9, 0.95), weight_decay=0.01)
step, seen = resume(args.state, model, optimiser, args.device)

start, last_save, log, running = time.time(), time.time(), [], None
for rows in texts.batches(args.tokens, args.statements):
    passed = (time.time() - start) / args.seconds
    if passed >= 1:
        break
    for group in optimiser.param_groups:
        group["lr"] = args.rate * min(1, (step + 1) / 100) * (1 - passed)
    scores, following = predictions(padded(rows, args.device))
    loss = F.cross_entropy(scores, following)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimiser.step()
    step, seen = step + 1, seen + len(following)
    running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
    if step % 100 == 0:
        log.append({"step": step, "positions": seen, "lr": optimiser.param_groups[0]["lr"], "train": running})
        print(log[-1], flush=True)
    if time.time() - last_save > 300:
        last_save = time.time()
        save(args.state, model, optimiser, step, seen)
save(args.state, model, optimiser, step, seen)
held_out = {kind: measure(rows) for kind, rows in texts.held_out.items()}
summary = {"steps": step, "positions": seen, "seconds": round(time.time() - start), "held_out": held_out}
print(summary, flush=True)
model.half().save_pretrained(args.out)
write_tokenizer(args.out)
json.dump({"summary": summary, "log": log}, open(os.path.join(args.out, "training-log.json"), "w"), indent=1)
