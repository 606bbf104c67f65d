"""What a visitor brings to the tokenizer page, run in a process of its own.

A tokenizer.json is a program: a normalizer may make a text a billion times longer, and a pattern may take years. The
`tokenizers` library runs it in Rust, which holds the interpreter while it computes and aborts the whole process when
there is no memory left. So it runs in a child process with limits, and only plain data comes back.

    limits.py    how much memory and time the child may use
    wire.py      questions and answers as JSON
    worker.py    the child
    process.py   one child as the server sees it: start, ask, end
    pool.py      the few children there may be, and the line in front of them
    analysis.py  a visitor's tokenizer as the page asks it
"""
