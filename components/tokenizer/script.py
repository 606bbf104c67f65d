"""The view as a Python script that a student can read, run and change (percent format: jupytext makes it a notebook).

It needs transformers only. Its last cell leaves `result`, equal to the exported data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from components.core.i18n import _
from components.models.byte_alphabet import METASPACE, Spelling
from components.models.loadable import require_folders


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the script computes.

    Attributes
    ----------
    weights
        Where transformers finds the tokenizer (see `loadable_name`); None for an uploaded tokenizer.json.
    text
        Without lone surrogates: they cannot stand in a UTF-8 file either.
    spelling
        How the vocabulary spells bytes.
    compare
        The tokenizers beside it: where transformers finds each, by its name in the result.
    """

    weights: str | None
    text: str
    spelling: Spelling
    compare: Mapping[str, str] = field(default_factory=dict)


def script(recipe: Recipe) -> str:
    """Return the Python text, with the explanations in the visitor's language."""
    cells = [
        _prose(
            _(
                "# How a tokenizer cuts a text\n"
                "Needs transformers (`pip install transformers`).\n\n"
                "The classroom models are not on the Hugging Face Hub: run this in the dashboard's project folder, or "
                "put the path of the model's folder into `MODEL`."
            )
        ),
        _load(recipe),
        _prose(_("What a model gets: ids, and for some models which of two texts each token belongs to.")),
        _ENCODE,
        _prose(_("Each token with the place it comes from in the text and the bytes it stands for.")),
        "# %%\n" + _bytes(recipe.spelling),
        _ROWS,
        _prose(_("The tokens as colours over the text. A notebook draws them; a script skips this.")),
        _COLOURS,
        *([_prose(_("The same text with other tokenizers.")), _compare(recipe)] if recipe.compare else []),
        _last(recipe),
    ]
    return "\n\n".join(cells) + "\n"


def _prose(text: str) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _load(recipe: Recipe) -> str:
    # json.dumps and repr both keep a text on one line, whatever is in it: no "# %%" of a visitor can start a cell
    if recipe.weights is None:
        loading = 'tokenizer = PreTrainedTokenizerFast(tokenizer_file="tokenizer.json")  # the file you uploaded'
        return f"# %%\nfrom transformers import PreTrainedTokenizerFast\n\nTEXT = {recipe.text!r}\n\n{loading}"
    return (
        f"# %%\nfrom transformers import AutoTokenizer\n\nMODEL = {recipe.weights!r}\nTEXT = {recipe.text!r}\n\n"
        f"{require_folders({'MODEL': recipe.weights})}"
        "tokenizer = AutoTokenizer.from_pretrained(MODEL)"
    )


_ENCODE = """\
# %%
encoded = tokenizer(TEXT)
for name, values in encoded.items():
    print(f"{name}: {values}")"""

_BYTE_LEVEL = """\
# byte-level BPE writes each byte as a printable character: visible Latin-1 as it is, the others from U+0100 up
visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
hidden = [byte for byte in range(256) if byte not in visible]
byte_of = {chr(byte): byte for byte in visible} | {chr(256 + i): byte for i, byte in enumerate(hidden)}


def bytes_of(token, covered):
    if token == tokenizer.unk_token or token in tokenizer.get_added_vocab():
        return covered.encode()
    return bytes(byte_of[character] for character in token%(strip)s)"""

_SENTENCEPIECE = """\
import re


# SentencePiece writes a space as ▁, and a byte that no piece covers as <0x0A>
def bytes_of(token, covered):
    if token == tokenizer.unk_token or token in tokenizer.get_added_vocab():
        return covered.encode()
    if byte := re.fullmatch("<0x([0-9A-F]{2})>", token):
        return bytes([int(byte[1], 16)])
    return token%(strip)s.replace("%(metaspace)s", " ").encode()"""

_PLAIN = """\
# a WordPiece is normalized text (lower case, no accents): its bytes are those of the text it covers
def bytes_of(token, covered):
    return covered.encode()"""


def _bytes(spelling: Spelling) -> str:
    strip = f".removeprefix({spelling.prefix!r})" if spelling.prefix else ""
    strip += f".removesuffix({spelling.suffix!r})" if spelling.suffix else ""
    templates = {"byte-level": _BYTE_LEVEL, "sentencepiece": _SENTENCEPIECE, "plain": _PLAIN}
    return templates[spelling.kind] % {"strip": strip, "metaspace": METASPACE}


_ROWS = """\
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
    print(f"{index:>3} {token_id:>6}  {token!r:<16} {covered!r}")"""

_COLOURS = """\
# %%
import html


class Chips:
    def _repr_html_(self):
        chip = '<span style="background: hsl({} 70% 50% / 25%); border-radius: 4px; padding: 2px 4px">{}</span>'
        return " ".join(chip.format(row["id"] * 137.508 % 360, html.escape(row["token"])) for row in rows)


Chips()"""


def _compare(recipe: Recipe) -> str:
    names = json.dumps(dict(recipe.compare), indent=4)
    checks = require_folders({f"COMPARE[{name!r}]": weights for name, weights in recipe.compare.items()})
    return f"""\
# %%
from transformers import AutoTokenizer

COMPARE = {names}
{checks}compare = []
for name, weights in COMPARE.items():
    other = AutoTokenizer.from_pretrained(weights)
    ids = other(TEXT, add_special_tokens=False)["input_ids"]
    compare.append({{"model": name, "input_ids": ids, "tokens": other.convert_ids_to_tokens(ids)}})
    print(f"{{name}}: {{len(ids)}} tokens")"""


def _last(recipe: Recipe) -> str:
    compare = "compare" if recipe.compare else "[]"
    return f'# %%\nresult = {{"tokens": rows, **encoded, "compare": {compare}}}'
