"""Engines on other machines: what they share, and how each service is spoken to."""
