"""Positional encoding: how a model that reads all words at once learns their order."""
