"""Amazon Web Services: one client, one map of problems, what an account lists: for engines, embeddings, catalog."""
