"""Tabs that look inside one encoding: the table of tokens, the course's print-out, the stages of the pipeline."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

from components.core.i18n import N_, _
from components.core.visible import visible
from components.tokenizer.chips import format_bytes, piece_label
from components.tokenizer.encode import Token, model_inputs
from components.tokenizer.forms import divisible_letters, forms_of
from components.tokenizer.pipeline import Stage
from components.tokenizer.views.selection import Selection, encoding_of, stages_of
from components.ui import errors, tables
from components.ui.token_chips import Chip, token_chips

_MOST_ROWS: Final = 2_000
_MOST_PRINTED: Final = 1_000
_MOST_STAGE_CHARS: Final = 300
_MOST_LETTERS: Final = 24

STAGES: Final = {
    "added tokens": N_("Added tokens are taken out first"),
    "normalizer": N_("Normalizer: rewrite characters"),
    "pre-tokenizer": N_("Pre-tokenizer: cut into words"),
    "model": N_("Model: cut each word into pieces of the vocabulary"),
    "post-processor": N_("Post-processor: put in special tokens"),
}

NONE: Final = {
    "added tokens": N_("An added token, such as [MASK], is never rewritten or cut."),
    "normalizer": N_("This tokenizer has no such step: the text stays as you typed it."),
    "pre-tokenizer": N_("This tokenizer has no such step: the text stays in one piece."),
    "model": "",
    "post-processor": N_("This tokenizer has no such step: no token is added."),
}

COMPONENTS: Final = {
    "BertNormalizer": N_(
        "Drops control characters, removes accents and makes everything lower case (as set). Removing "
        "accents takes Hangul syllables apart into letters."
    ),
    "Lowercase": N_("Makes everything lower case."),
    "StripAccents": N_("Removes accents that are written as characters of their own."),
    "NFC": N_("Joins a letter and its accent into one character."),
    "NFD": N_("Splits each letter from its accent, and each Hangul syllable into its letters."),
    "NFKC": N_("Replaces look-alikes such as full-width letters, and joins letters with their accents."),
    "NFKD": N_("Replaces look-alikes such as full-width letters, and splits letters from their accents."),
    "Replace": N_("Replaces one piece of text by another."),
    "Prepend": N_("Puts a mark in front of the text."),
    "Precompiled": N_("Applies SentencePiece's own table of replacements."),
    "Strip": N_("Removes spaces at both ends."),
    "BertPreTokenizer": N_("Cuts at spaces, which are dropped, and before and after every punctuation mark."),
    "ByteLevel": N_(
        "Cuts before the space that begins a word, and writes each byte as a visible character: Ġ is a "
        "space, Ċ a line break. Letters outside English become several characters."
    ),
    "Metaspace": N_("Writes each space as ▁ and cuts there."),
    "Whitespace": N_("Cuts into words and punctuation; spaces are dropped."),
    "WhitespaceSplit": N_("Cuts at spaces, which are dropped."),
    "Punctuation": N_("Cuts around punctuation marks."),
    "Digits": N_("Cuts around numbers."),
    "Split": N_("Cuts where a pattern matches."),
    "WordPiece": N_("Takes the longest piece that matches, from left to right. Pieces inside a word begin with ##."),
    "BPE": N_("Starts from single characters and merges the pair that was learned first, again and again."),
    "Unigram": N_("Chooses the most probable of all ways to cut the word."),
    "WordLevel": N_("Looks up the whole word; a word that is not there becomes [UNK]."),
    "TemplateProcessing": N_("Adds special tokens where the model saw them in training."),
    "BertProcessing": N_("Adds special tokens where the model saw them in training."),
    "RobertaProcessing": N_("Adds special tokens where the model saw them in training."),
}


@errors.shown_in_place()
def draw_token_table(chosen: Selection, text: str) -> None:
    """Draw every token with all that is known about it."""
    tokens = encoding_of(chosen, text).tokens
    tables.draw(
        token_columns(tokens[:_MOST_ROWS]),
        alt=_("{count} tokens with id, text, bytes and place.").format(count=len(tokens)),
    )
    if len(tokens) > _MOST_ROWS:
        st.caption(
            _("The first {shown} of {all} tokens. The export has all.").format(shown=_MOST_ROWS, all=len(tokens))
        )
    _draw_forms(chosen, text)


@st.fragment
@errors.shown_in_place()
def _draw_forms(chosen: Selection, text: str) -> None:
    """Draw a letter of the text that has parts in both forms of Unicode, and what the tokenizer reads of each."""
    source = encoding_of(chosen, text).sources[0].text
    letters = divisible_letters(source[:_MOST_STAGE_CHARS], most=_MOST_LETTERS)
    if not letters:
        return
    st.markdown(
        _(
            "**One letter, two forms.** Unicode stores a syllable or an accented letter as one character (NFC) or part "
            "by part (NFD). On the screen both look the same."
        )
    )
    letter = st.pills(
        _("Which letter?"), letters, default=letters[0], required=True, key=f"tokenizer_letter_{hash(letters)}"
    )
    shown = forms_of(letter or letters[0])
    encodings = [encoding_of(chosen, form.text, special=False) for form in shown]
    tables.draw(
        {
            _("Form"): [form.name for form in shown],
            _("Characters"): ["  ".join(form.characters) for form in shown],
            _("Bytes (UTF-8)"): [format_bytes(form.text.encode()) for form in shown],
            _("Tokens"): [
                " ".join(piece_label(token.token, chosen.spelling) for token in each.tokens) for each in encodings
            ],
            "id": [", ".join(str(token.id) for token in each.tokens) for each in encodings],
        },
        alt=_("The letter {letter} in two forms, with its bytes and tokens.").format(letter=letter),
    )
    whole = [encoding_of(chosen, form.text, special=False).ids for form in forms_of(source)]
    said = (
        _("Of the whole text this tokenizer makes the same {nfc} tokens in both forms.")
        if whole[0] == whole[1]
        else _("The whole text is {nfc} tokens in NFC and {nfd} in NFD: this model reads two different texts.")
    )
    st.caption(said.format(nfc=len(whole[0]), nfd=len(whole[1])))


def token_columns(tokens: tuple[Token, ...]) -> dict[str, list[object]]:
    """Return tokens as the rows of a table."""
    return {
        _("No."): [token.index for token in tokens],
        "id": [token.id for token in tokens],
        _("Token in the vocabulary"): [token.token for token in tokens],
        _("Text it covers"): [visible(token.text) for token in tokens],
        _("Bytes"): [format_bytes(token.bytes) for token in tokens],
        _("Starts at"): ["" if token.sequence is None else str(token.start) for token in tokens],
        _("Ends before"): ["" if token.sequence is None else str(token.end) for token in tokens],
        _("Kind"): [_kind(token) for token in tokens],
    }


def _kind(token: Token) -> str:
    if token.unknown:
        return _("unknown")
    return _("special") if token.special else ""


@st.fragment
@errors.shown_in_place()
def draw_library_output(chosen: Selection, text: str) -> None:
    """Draw what `tokenizer(text)` of transformers prints, for one text and for a pair."""
    st.markdown(
        _(
            "Exactly what the `transformers` library gives you for this call: `input_ids` (the tokens), "
            "`token_type_ids` (0 for the first text, 1 for the second), `attention_mask` (1 = real, 0 = "
            "padding). `AutoTokenizer` opens the class that fits the model; for BERT that is `BertTokenizer`."
        )
    )
    _printed(chosen, text, None)
    second = _("It was short.")
    pair = st.text_input(_("A second text, to see a pair"), second, key="tokenizer_pair", persist_state="session")
    if pair:
        _printed(chosen, text, pair)
    if "token_type_ids" in chosen.input_names:
        st.caption(_("token_type_ids: 0 for the first text, 1 for the second. This model was built to read pairs."))
    else:
        st.caption(
            _(
                "No token_type_ids: this model is not told where the second text begins. The two texts simply "
                "follow one another."
            )
        )


def _printed(chosen: Selection, text: str, pair: str | None) -> None:
    encoding = encoding_of(chosen, text, pair)
    shown = [source.text[:_MOST_PRINTED] for source in encoding.sources]
    inputs = model_inputs(encoding, chosen.input_names)
    lines = [f"{name!r}: {values[:_MOST_PRINTED]}" for name, values in inputs.items()]
    # as text: to colour it, `st.code` has the browser run 1.6 MB of script (docs/measurements.md)
    with st.container(border=True, key="printed_one" if pair is None else "printed_pair"):
        st.text(f"tokenizer({', '.join(map(repr, shown))})")
        st.text("{" + ",\n ".join(lines) + "}")
    if len(encoding.tokens) > _MOST_PRINTED:
        rest = _("The first {shown} of {all} ids. The export has all.")
        st.caption(rest.format(shown=_MOST_PRINTED, all=len(encoding.tokens)))


@st.fragment
@errors.shown_in_place()
def draw_stages(chosen: Selection, text: str) -> None:
    """Draw the pipeline stage by stage, with what each changed."""
    shown = encoding_of(chosen, text).sources[0].text[:_MOST_STAGE_CHARS]
    if len(shown) < len(text):
        st.caption(_("The first {shown} characters of the text.").format(shown=len(shown)))
    found = stages_of(chosen, shown)
    special = frozenset(found.special)
    for number, stage in enumerate(found.steps, start=1):
        with st.container(border=True, gap="small"):
            _stage(number, stage, special)


def _stage(number: int, stage: Stage, special: frozenset[int]) -> None:
    mark = "" if stage.changed else " · " + _("changed nothing here")
    st.markdown(f"**{number}. {_(STAGES[stage.kind])}**{mark}")
    st.caption(_explanation(stage))
    if stage.changed:
        chips = [
            Chip(
                visible(part.text),
                () if part.id is None else (part.id,),
                part.start,
                part.end,
                special=part.id in special,
            )
            for part in stage.parts
        ]
        label = _("The text after step {number}").format(number=number)
        token_chips(chips, text=None, label=label, key=f"tokenizer_stage_{number}")


def _explanation(stage: Stage) -> str:
    """Say what the component does, and name it with its settings as tokenizer.json does."""
    if stage.component is None:
        return _(NONE[stage.kind])
    settings = ", ".join(f"{name}={value!r}" for name, value in stage.settings.items())
    does = COMPONENTS.get(stage.component)
    named = _code(f"{stage.component}({settings})" if settings else stage.component)
    return f"{_(does)}  \n{named}" if does else named


def _code(text: str) -> str:
    """Return a text as code in Markdown, whatever a visitor's own tokenizer.json has in it."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}"
