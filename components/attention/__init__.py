"""Attention, head by head: what each head of a real model looks at, measured and never guessed.

    inputs.py        text -> tokens and ids, cut visibly where they are too many
    capture.py       model and text -> AttentionRecord (record.py), through components.models.recording
    unwatchable.py   the same for the few architectures that cannot be watched: weights only
    continuation.py  a decoder goes on with a text, so that the attention of what it wrote can be seen
    metrics.py       what a head's pattern looks like, in numbers
    repeats.py, roles.py, paired.py, labels.py
                     what a head does on pairs of random texts, with and without a repeat, tested over texts; names only
                     where earned
    rollout.py, flow.py, agreement.py
                     attention over all layers together, three ways, and whether they agree
    distribution.py, head_effects.py, token_effects.py
                     what switching off heads or hiding tokens does to the prediction
    selection.py, words.py, similar.py, compare.py
                     views of a pattern: most of the mass, without special tokens, by word, like this one, before/after
    guided.py        the heads the lesson walks through, found by measurement
    errors.py        everything that can go wrong, as one tree
    bertviz_html.py, bertviz_parts.py, packing.py, assets/
                     BertViz's own views without a network, in a fiftieth of the bytes
    thumbnails.py, lines_svg.py, token_labels.py, figures.py
                     pictures: all heads at a glance, lines as a vector file, labels, charts
    result.py, script.py, script_views.py, script_roles.py
                     what a student takes home
    link.py, wording.py, views/
                     the page: one module a view; shown.py has the controls and cached wrappers they share

Layers and heads are counted from 0. Nothing in this room imports torch or transformers before it computes.
"""
