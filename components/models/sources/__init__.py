"""Where a model's files come from, one small class each; all give a folder that the loaders can read."""
