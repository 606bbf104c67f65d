"""Positional encoding: how a model that reads all words at once is told which word stands where."""
