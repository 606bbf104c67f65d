"""Which models there are, where their weights come from, and the loaders every page shares.

    registry.toml, registry.py   the models a visitor can choose, as data
    sources/, store.py           from where a model's files come onto this machine, and which are here
    shape.py                     layers, heads and width, read from a model's own config.json
    loaders.py, runtime.py       files -> tokenizer, encoder, language model (no Streamlit)
    weights.py                   files -> embedding tables as NumPy arrays, without torch
    cached.py                    what pages call: each model loaded once a process
    errors.py                    everything that can go wrong, as one tree

Importing this room imports neither torch nor transformers.
"""
