"""Models that are in no registry of the project, offered the way a deployment offers its own.

Their ids must differ over all tests: what is loaded is kept by id as long as the process lives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.core.settings import PREFIX, settings


def row(model_id: str, *, folder: Path, architecture: str = "decoder", task: str = "text-generation") -> str:
    """Return the block of a registry file for a model that stands in a folder."""
    return (
        f'[[models]]\nid = "{model_id}"\ntitle = "{model_id}"\narchitecture = "{architecture}"\ntask = "{task}"\n'
        f'licence_url = "https://example.org"\nsource = {{ kind = "path", folder = "{folder}" }}\n'
    )


@contextmanager
def offered(file: Path, *rows: str) -> Iterator[None]:
    """Write a registry file of these rows; its models are there until the end of the block."""
    file.write_text("\n".join(rows), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{PREFIX}MODELS_FILE", str(file))
        settings.cache_clear()
        yield
    settings.cache_clear()
