"""What the tokenizer page exports; see `components/ui/notebooks.py` for how it is filled in."""

# %% [markdown]
# # How a tokenizer cuts a text
# Needs transformers (`pip install transformers`).
#
# The built-in models are not on the Hugging Face Hub: run this in the dashboard's project folder, or put the path of the model's folder into `MODEL`.

# %% tags=["parameters"]
TEXT = "I read a good novel."

# %% tags=["parameters", "upload"]
FILE = "components/models/bundled/classroom-gpt2/tokenizer.json"  # the file you uploaded

# %% tags=["upload"]
from transformers import PreTrainedTokenizerFast

tokenizer = PreTrainedTokenizerFast(tokenizer_file=FILE)

# %% tags=["parameters", "model"]
MODEL = "components/models/bundled/classroom-bert"

# %% tags=["bundled"]
from pathlib import Path

if MODEL.startswith("components/models/bundled") and not Path(MODEL).is_dir():
    raise FileNotFoundError(
        f"{MODEL}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
        "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into MODEL."
    )

# %% tags=["model"]
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(MODEL)

# %% [markdown]
# What a model gets: ids, and for some models which of two texts each token belongs to.

# %%
encoded = tokenizer(TEXT)
for name, values in encoded.items():
    print(f"{name}: {values}")

# %% [markdown]
# Each token with its place in the text and its bytes.

# %% tags=["parameters", "byte-level", "sentencepiece"]
PREFIX = ""  # marks of the vocabulary that are no part of the text
SUFFIX = ""

# %% tags=["byte-level"]
# byte-level BPE writes each byte as a printable character: visible Latin-1 as it is, the others from U+0100 up
visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
hidden = [byte for byte in range(256) if byte not in visible]
byte_of = {chr(byte): byte for byte in visible} | {chr(256 + i): byte for i, byte in enumerate(hidden)}


def bytes_of(token, covered):
    if token == tokenizer.unk_token or token in tokenizer.get_added_vocab():
        return covered.encode()
    return bytes(byte_of[character] for character in token.removeprefix(PREFIX).removesuffix(SUFFIX))


# %% tags=["sentencepiece"]
import re


# SentencePiece writes a space as ▁, and a byte that no piece covers as <0x0A>
def bytes_of(token, covered):
    if token == tokenizer.unk_token or token in tokenizer.get_added_vocab():
        return covered.encode()
    if byte := re.fullmatch("<0x([0-9A-F]{2})>", token):
        return bytes([int(byte[1], 16)])
    return token.removeprefix(PREFIX).removesuffix(SUFFIX).replace("▁", " ").encode()


# %% tags=["plain"]
# a WordPiece is normalized text (lower case, no accents): its bytes are those of the text it covers
def bytes_of(token, covered):
    return covered.encode()


# %%
added = tokenizer.added_tokens_decoder
placed = tokenizer(TEXT, return_offsets_mapping=True, return_special_tokens_mask=True)
rows = []
for index, token_id in enumerate(placed["input_ids"]):
    token = tokenizer.convert_ids_to_tokens(token_id)
    start, end = placed["offset_mapping"][index]
    inserted = bool(placed["special_tokens_mask"][index])
    covered = "" if inserted else TEXT[start:end]
    typed_out = token_id in added and added[token_id].special and covered.strip() == token
    row = {
        "index": index,
        "id": token_id,
        "token": token,
        "text": covered,
        "bytes": [] if inserted else list(bytes_of(token, covered)),
        "start": start,
        "end": end,
        "special": inserted or typed_out,
    }
    rows.append(row)
    print(f"{index:>3} {token_id:>6}  {token!r:<16} {covered!r}")

# %% [markdown]
# The tokens as colours over the text. A notebook draws them; a script skips this.

# %%
import html


class Chips:
    def _repr_html_(self):
        chip = '<span style="background: hsl({} 70% 50% / 25%); border-radius: 4px; padding: 2px 4px">{}</span>'
        return " ".join(chip.format(row["id"] * 137.508 % 360, html.escape(row["token"])) for row in rows)


Chips()

# %% [markdown] tags=["compare"]
# The same text with other tokenizers.

# %% tags=["parameters", "compare"]
COMPARE = {
    "classroom-bert": "components/models/bundled/classroom-bert",
    "classroom-gpt2": "components/models/bundled/classroom-gpt2",
}

# %% tags=["bundled-compare"]
from pathlib import Path

for weights in COMPARE.values():
    if weights.startswith("components/models/bundled") and not Path(weights).is_dir():
        raise FileNotFoundError(
            f"{weights}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
            "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into COMPARE."
        )

# %% tags=["compare"]
from transformers import AutoTokenizer

compare = []
for name, weights in COMPARE.items():
    other = AutoTokenizer.from_pretrained(weights)
    ids = other(TEXT, add_special_tokens=False)["input_ids"]
    compare.append({"model": name, "input_ids": ids, "tokens": other.convert_ids_to_tokens(ids)})
    print(f"{name}: {len(ids)} tokens")

# %% tags=["alone"]
result = {"tokens": rows, **encoded, "compare": []}

# %% tags=["compare"]
result = {"tokens": rows, **encoded, "compare": compare}
