"""Where a model's files come from, one class each; all give a folder that the loaders can read."""
