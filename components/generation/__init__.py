"""The playground: text made token by token by an engine, and what can be looked at in each step.

    answer.py, branches.py       one answer; the tree of answers that grows when a reader picks another token
    draws.py                     draws from the sampler chain, checked against the theory
    lanes.py, measures.py        texts side by side as rows of a table
    link.py, request_builder.py  the page's address; what is asked of an engine

Nothing here imports torch or transformers before it computes.
"""
