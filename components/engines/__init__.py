"""What generates text: one contract, one module an engine, and what they share.

    contract.py, capabilities.py Request, events, Engine: what a page and an engine agree on, each "no" with its reason
    spec.py, table.py, offers.py what the table says of an engine; the table; what this deployment offers of it
    transformers_engine.py, llama_cpp.py
                                 the engines in this process
    openai_compatible.py, bedrock.py, sagemaker.py, remote/
                                 the engines on another machine, and what they speak
    runs.py, together.py         every run goes through here: counted, listed, ended; several at once
    transcript.py                what a run used and gave, with its times
    metering.py                  what counts a run: a hook that a team's limits fill
    notebook_*.py                what an engine's answers look like as code
    errors.py                    everything that can go wrong, as one tree
    samplers.py                  the sampler chain stage by stage
    preparation.py, decoding.py  what `generate` prepares, and its loop, one token at a time
    nucleus.py                   top-p without sorting the vocabulary
    shared_cache.py, stepping.py several texts in one forward pass, computed by a session that waits for a token
    beam_search.py, beam_tree.py transformers' own beam search, watched
    distribution.py, scoring.py  the scores at any place of a text; surprisal, perplexity, human against model
    text_stream.py, token_text.py ids -> text that never has to be taken back; how one token reads
    prompting.py                 what a visitor typed -> ids, chat templates

Nothing here imports torch or transformers before it computes.
"""
