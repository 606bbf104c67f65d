"""What the parts of a tokenizer do, in one sentence each, for who meets them for the first time."""

from __future__ import annotations

from typing import Final

from components.core.i18n import N_

STAGES: Final = {
    "added tokens": N_("Added tokens are taken out first"),
    "normalizer": N_("Normalizer: rewrite characters"),
    "pre-tokenizer": N_("Pre-tokenizer: cut into words"),
    "model": N_("Model: cut each word into pieces of the vocabulary"),
    "post-processor": N_("Post-processor: put in special tokens"),
}

NONE: Final = {
    "added tokens": N_("What is an added token, such as [MASK], is never rewritten or cut."),
    "normalizer": N_("This tokenizer has none: the text stays as it was typed."),
    "pre-tokenizer": N_("This tokenizer has none: the model gets the text in one piece."),
    "model": "",
    "post-processor": N_("This tokenizer has none: nothing is put in."),
}

COMPONENTS: Final = {
    "BertNormalizer": N_("Drops control characters, takes accents off and makes everything lower case (as set)."),
    "Lowercase": N_("Makes everything lower case."),
    "StripAccents": N_("Takes off accents that stand beside their letter."),
    "NFC": N_("Joins a letter and its accent into one character."),
    "NFD": N_("Parts each letter from its accent, and each Hangul syllable into its letters."),
    "NFKC": N_("Replaces look-alikes such as full-width letters, and joins letters with their accents."),
    "NFKD": N_("Replaces look-alikes such as full-width letters, and parts letters from their accents."),
    "Replace": N_("Replaces one piece of text by another."),
    "Prepend": N_("Puts a mark in front of the text."),
    "Precompiled": N_("Applies SentencePiece's own table of replacements."),
    "Strip": N_("Takes spaces off the ends."),
    "BertPreTokenizer": N_("Cuts at spaces, which are dropped, and before and after every punctuation mark."),
    "ByteLevel": N_(
        "Cuts where a space begins a word and writes each byte as a visible character: Ġ is a space, Ċ a line break. "
        "Letters outside English become several characters."
    ),
    "Metaspace": N_("Writes each space as ▁ and cuts there."),
    "Whitespace": N_("Cuts into words and punctuation; spaces are dropped."),
    "WhitespaceSplit": N_("Cuts at spaces, which are dropped."),
    "Punctuation": N_("Cuts around punctuation marks."),
    "Digits": N_("Cuts around numbers."),
    "Split": N_("Cuts where a pattern matches."),
    "WordPiece": N_("Takes the longest piece that fits, from left to right. Pieces inside a word begin with ##."),
    "BPE": N_("Starts from single characters and joins the pair that was learned first, again and again."),
    "Unigram": N_("Chooses the most probable of all ways to cut the word."),
    "WordLevel": N_("Looks the whole word up; what is not there is unknown."),
    "TemplateProcessing": N_("Puts special tokens where the model was trained to see them, if it was."),
    "BertProcessing": N_("Puts special tokens where the model was trained to see them, if it was."),
    "RobertaProcessing": N_("Puts special tokens where the model was trained to see them, if it was."),
}
