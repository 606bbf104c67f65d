"""Search by meaning: texts as vectors, how alike they are, and how good a search with them is."""
