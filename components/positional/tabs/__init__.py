"""The five views below the table."""
