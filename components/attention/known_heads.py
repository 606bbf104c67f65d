"""What the heads of the built-in models do, measured when they were built, so that a page can open with it.

`heads.toml` is written by `python -m components.attention.known_heads`, by the measurement that the page makes
for any other model (`components.attention.roles`, `components.attention.labels`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final

from components.attention.labels import Label, labels
from components.attention.roles import head_roles

FILE: Final = Path(__file__).with_name("heads.toml")
BUILT_IN: Final = ("classroom-bert", "classroom-gpt2", "classroom-e5-ko", "classroom-bert-ko", "classroom-gpt-ko")
PRONOUN_HEAD: Final = (3, 1)
"""Layer and head of the lesson's question: whether “it” follows the meaning or the place (`counterfactuals`)."""


@cache
def _read() -> dict[str, dict[tuple[int, int], Label]]:
    found: dict[str, dict[tuple[int, int], Label]] = {}
    for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["heads"]:
        model = row.pop("model")
        found.setdefault(model, {})[row["layer"], row["head"]] = Label(**row)
    return found


def known_labels(model_id: str) -> Mapping[tuple[int, int], Label] | None:
    """Return the heads of a built-in model that have a clear role, by layer and head; None for any other model."""
    return _read().get(model_id)


def ranked(named: Mapping[tuple[int, int], Label], *, count: int) -> list[Label]:
    """Return stable names only, the clearest first, no more than two of a role: a list that shows what there is."""
    chosen: list[Label] = []
    for label in sorted(named.values(), key=lambda each: -each.gain):
        if label.stable and sum(other.role == label.role for other in chosen) < 2:
            chosen.append(label)
    return chosen[:count]


def write(measured: Mapping[str, Sequence[Label]]) -> str:
    """Return the file's text."""
    lines = [
        "# Heads of the built-in models with a clear role on random texts; see components/attention/labels.py.",
        "# Written by `python -m components.attention.known_heads`; the gain is over baseline, with its interval.",
    ]
    for model, found in measured.items():
        for each in found:
            lines += ["", "[[heads]]", f'model = "{model}"']
            lines += [f"{name} = {_toml(value)}" for name, value in asdict(each).items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:  # noqa: ANN401 (whatever a field holds)
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:.6g}" if isinstance(value, float) else str(value)


def _measure() -> dict[str, list[Label]]:
    from components.attention.state import load_model

    return {model: [*labels(head_roles(load_model(model))).values()] for model in BUILT_IN}


if __name__ == "__main__":
    FILE.write_text(write(_measure()), encoding="utf-8")
