"""Commands for contributors: `python -m tools.new_page`, `python -m tools.messages`. No part of the installed package.

They need what the tests need (tests/requirements.txt).
"""
