"""Which models there are, where their weights come from, and the loaders every page shares.

    registry.toml, registry.py   the models a visitor can choose, as data
    sources/, store.py           where a model's files come from, and which are on this machine
    shape.py                     layers, heads and width, read from a model's own config.json
    loaders.py, runtime.py       files -> tokenizer, encoder, language model (no Streamlit)
    input_embeddings.py          files -> what the first layer reads, as NumPy arrays, without torch
    cached.py                    what pages call: each model loaded once a process
    memory.py                    whether a model fits, what is in memory, how to unload it
    inputs.py, continuation.py   a text, or what a decoder wrote after it -> tokens -> a forward pass
    recording.py                 the attention of a forward pass, watched or changed
    sublayers.py, tracing.py     where a Transformer's parts are; its residual stream, read or changed
    queue.py                     who may use a model now, and who is next
    errors.py                    everything that can go wrong, as one tree

Importing this package imports neither torch nor transformers.
"""
