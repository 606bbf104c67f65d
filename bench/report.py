"""What the measurements have in common: they say where and when they were taken, and one command writes them down.

    parser = report.arguments(__doc__)      # an ArgumentParser with --write FILE
    found = report.Report("Capture", note="Medians of 25 rounds, in ms.")
    found.row("model", "tokens", "capture")
    found.row("classroom-bert", 64, "3.1")
    found.publish(options.write)

Every row is printed as soon as it is known. With `--write docs/measurements.md` the section of that name is replaced
there, or added at the end, and nothing else is touched.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

PACKAGES: Final = ("torch", "transformers", "streamlit")
TITLE: Final = "# Measurements\n\nWritten by the programs in [bench](../bench); each says how it is run.\n"


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser that shows `doc` as its help and knows `--write`."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="replace this measurement's section in a Markdown file"
    )
    return parser


def machine() -> str:
    """Return the processor, cores, memory and versions in one line; no name of a host or a user."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    gib = psutil.virtual_memory().total / 2**30
    versions = [f"Python {platform.python_version()}", *(f"{name} {metadata.version(name)}" for name in PACKAGES)]
    return f"{_processor()}, {usable} cores, {gib:.0f} GiB, {platform.system()}, {', '.join(versions)}"


def now() -> str:
    """Return the date and time in UTC, and how busy the machine is where it can say so."""
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC{load}"


@dataclass
class Report:
    """One measurement: a section's title, a Markdown table whose first row names the columns, and what else to know."""

    title: str
    note: str = ""
    started: str = field(default_factory=now)
    rows: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        print(self._head(), flush=True)

    def row(self, *cells: object) -> None:
        """Add and print one row."""
        self.rows.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
        if len(self.rows) == 1:
            self.rows.append("|" + "---|" * len(cells))
        print("\n".join(self.rows if len(self.rows) == 2 else self.rows[-1:]), flush=True)

    def remark(self, text: str) -> None:
        """Add and print a sentence that stands below the table."""
        self.remarks.append(text)
        print(f"\n{text}", flush=True)

    def publish(self, file: Path | None) -> None:
        """Replace this section of `file`; with no file nothing is written, all has been printed already."""
        if file is None:
            return
        text = file.read_text(encoding="utf-8") if file.exists() else TITLE
        file.write_text(replaced(text, self.title, self.markdown()), encoding="utf-8")

    def markdown(self) -> str:
        """Return the section, heading included."""
        parts = [self._head(), "\n".join(self.rows), *self.remarks]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _head(self) -> str:
        return "\n\n".join(part for part in (f"## {self.title}", self.note, f"{self.started}. {machine()}.") if part)


def replaced(text: str, title: str, section: str) -> str:
    """Return `text` with `section` in the place of the section of that title, or added at the end."""
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        return f"{text.rstrip()}\n\n{section}"
    after = text[found.end() :]
    return text[: found.start()] + section + (f"\n{after}" if after else "")


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8") if information.exists() else ""
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()
