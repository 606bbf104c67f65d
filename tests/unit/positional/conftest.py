"""A busy machine must not fail a property test: how long things take is measured in tests/bench, not here."""

from hypothesis import settings

settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")
