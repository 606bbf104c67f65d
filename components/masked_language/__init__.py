"""Masked language models: what a model puts into the gaps of a text, and how it learned to (BERT)."""
