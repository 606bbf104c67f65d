"""TITLE: how often each letter of a text occurs."""
