"""Engines that generate text: one contract (contract.py), one module each."""
