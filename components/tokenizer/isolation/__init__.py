"""What a visitor brings to the tokenizer page, run in a process of its own.

A tokenizer.json is a program: a normalizer may make a text a billion times longer, and a pattern may take years. The
`tokenizers` library runs it in Rust, which holds the interpreter while it computes and aborts the whole process when
there is no memory left. So it runs in a child process with limits, and only plain data comes back.

    wire.py      questions and answers as JSON
    worker.py    the child, and how much memory and time it may use
    pool.py      the few children there may be as the server sees them, and the queue in front of them
    analysis.py  a visitor's tokenizer as the page asks it
"""
