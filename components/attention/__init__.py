"""Attention, head by head: what each head of a real model looks at, measured and never guessed.

    inputs.py             text -> tokens and ids, cut visibly where they are too many; the forward pass
    capture.py            model and text -> AttentionRecord (record.py), through components.models.recording
    continuation.py       a decoder goes on with a text, so that the attention of what it wrote can be seen
    metrics.py            what a head's pattern looks like, in numbers, and which heads have one like it
    roles.py, labels.py   what a head does on random texts, with and without a repeat; a name only where it is earned
    rollout.py            attention over all layers together: mean, rollout and flow
    prediction.py, head_effects.py, head_ranking.py, token_importance.py
                          what switching off heads or hiding tokens does to the prediction
    selection.py, compare.py
                          part of a pattern, or by word; before and after a change
    guided.py, counterfactuals.py
                          the heads the lesson walks through, and their stories put to the test
    statistics.py         paired t test, Holm's correction, rank correlation
    bertviz_html.py, assets/
                          BertViz's own views without a network, in a fiftieth of the bytes
    scene.py, known_heads.py, corpus_search.py
                          what the heads in the browser are made of, those worth a look, sentences with the same look
    pictures.py, token_labels.py, figures.py
                          heads as vector files, labels, charts
    export.py, notebook.py
                          what a student takes home
    link.py, wording.py, errors.py, state.py, views/
                          the page: one module a view; what they share is in state.py

Layers and heads are counted from 0. No module of this package imports torch or transformers before it computes.
"""
