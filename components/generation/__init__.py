"""Text, made token by token: engines behind one contract, and what can be looked at in each step.

    engines/contract.py          Request, events, Engine: what page and engines agree on
    engines/capabilities.py      what an engine can do with a model, each "no" with its reason
    engines/transformers_engine.py, engines/llama_cpp.py
                                 the engines in this process; engines/local.py opens them
    errors.py                    everything that can go wrong, as one tree
    samplers.py, draws.py        the sampler chain stage by stage; draws from it, checked against the theory
    preparation.py, decoding.py  what `generate` prepares, and its loop, one token at a time
    nucleus.py                   top-p without sorting the vocabulary
    shared_cache.py, stepping.py several texts in one forward pass, computed by whoever waits for a token
    queue.py                     seats and a fair line
    beam_search.py, beam_tree.py transformers' own beam search, watched
    distribution.py, scoring.py  the scores at any place of a text; surprisal, perplexity, human against model
    branches.py                  the tree of answers that grows when a reader picks another token
    text_stream.py, pieces.py    ids -> text that never has to be taken back; how one token reads
    prompting.py                 what a visitor typed -> ids, chat templates
    together.py, transcript.py   several runs at once; what a run gave, with its times

Nothing in this room imports torch or transformers before it computes.
"""
