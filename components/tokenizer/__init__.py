"""Tokenizers: how a text becomes tokens, why it is cut there, and how a vocabulary is learned."""
