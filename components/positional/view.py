"""The positional encoding page: controls, the live table, five views of it, and the lesson around them."""

from __future__ import annotations
