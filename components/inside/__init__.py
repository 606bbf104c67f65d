"""Follow one word through a whole network, number by number, and prove what mattered by changing it.

reading.py        a text -> one traced forward pass, unchanged or with an intervention
lens.py           what the model would say if it stopped after each sublayer
attribution.py    what each head, MLP and bias adds to one logit more than to another
intervention.py   switch parts off, swap vectors between two texts; what may change, what did
stages.py         the network as a list of operations, each recomputed from its inputs
cost.py           operations, bytes and measured time of each stage; with and without a KV cache
learning.py       one optimiser step on a copy
record.py         the exported data
notebook.py       what an export runs
"""
