"""The playground: text made token by token by an engine, and what can be looked at in each step.

    answer.py, branches.py       one answer; the tree of answers that grows when a reader picks another token
    comparison.py                texts side by side as rows of a table
    draws.py                     draws from the sampler chain, checked against the theory
    questions.py                 the game of the next word, and what the lesson asks
    link.py, request_builder.py  the page's address; what is asked of an engine
    history.py, export.py        answers as they come in, and as they are taken home

Nothing here imports torch or transformers before it computes.
"""
