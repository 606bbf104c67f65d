"""The old name of the start command, kept for services and notes that have it."""
