"""The dashboard's version: stands in every export, so that numbers can be traced to the code that made them."""

from typing import Final

VERSION: Final = "1.0.0"
