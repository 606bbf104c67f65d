"""Which models are on this machine, and how the others come here."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.policy import may
from components.core.settings import settings
from components.models.errors import (
    DownloadsDisabled,
    EmptyFolder,
    FetchingIsForMembers,
    FetchStopped,
    NotFetched,
    TermsNotAccepted,
)
from components.models.records import ModelRecord
from components.models.sources.base import Checkpoint, Report, Source
from components.models.sources.hub import PICTURE_FILES, TEXT_FILES, HubSource
from components.models.sources.wheel import WheelSource
from components.operations import stopping

log = logging.getLogger(__name__)

BUNDLED: Final = Path(__file__).resolve().with_name("bundled")


@dataclass(frozen=True)
class FolderSource:
    """A model that is part of this project, or in a folder of the operator's own: nothing is ever fetched."""

    model_id: str
    folder: Path
    download_bytes: int = 0

    def is_local(self) -> bool:
        """Whether the folder holds a model."""
        return (self.folder / "config.json").is_file()

    def fetch(self, *, report: Report, checkpoint: Checkpoint) -> Path:
        """Return the folder.

        Raises
        ------
        EmptyFolder
            If there is no model in it.
        """
        if not self.is_local():
            raise EmptyFolder(model=self.model_id)
        return self.folder


def source_of(record: ModelRecord) -> Source:
    """Return where a model's files come from."""
    files = record.source
    match files.kind:
        case "bundled":
            return FolderSource(model_id=record.id, folder=BUNDLED / files.folder)
        case "path":
            return FolderSource(model_id=record.id, folder=Path(files.folder).expanduser())
        case "wheel":
            folder = _cache_folder(record, *(wheel.sha256 for wheel in files.wheels))
            return WheelSource(record.id, files, folder, record.size_bytes)
        case "hub":
            folder = _cache_folder(record, files.repository, files.revision)
            needed = TEXT_FILES if record.reads_text else PICTURE_FILES
            return HubSource(record.id, files, folder, record.size_bytes, needed)


def _cache_folder(record: ModelRecord, *contents: str) -> Path:
    """Return where a fetched model is kept; another version or revision gets another folder."""
    version = hashlib.sha256("\n".join(contents).encode()).hexdigest()[:8]
    return settings().cache_folder / "models" / f"{record.id.replace('/', '--')}-{version}"


def is_local(record: ModelRecord) -> bool:
    """Whether a model can be used without fetching anything."""
    return source_of(record).is_local()


def local_folder(record: ModelRecord) -> Path:
    """Return the folder of a model that is on this machine.

    Raises
    ------
    NotFetched, DownloadsDisabled
        If it is not here; the first if this deployment lets visitors fetch it.
    EmptyFolder
        If it should be in a folder of this machine and is not there.
    """
    source = source_of(record)
    if source.is_local():
        return source.folder
    if record.source.kind == "path":
        log.warning("no model %s: there is no config.json in %s", record.id, source.folder)
        raise EmptyFolder(model=record.id)
    if settings().downloads:
        raise NotFetched(model=record.id)
    raise DownloadsDisabled(model=record.id)


def fetch(record: ModelRecord, *, accept_terms: bool = False, report: Report, checkpoint: Checkpoint) -> Path:
    """Fetch a model's files, unless they are here, and return their folder.

    Parameters
    ----------
    record
        The model.
    accept_terms
        Whether the visitor accepted the model's terms of use, where it has any.
    report
        Called as the fetch goes on.
    checkpoint
        Called often; whatever it raises abandons the fetch.

    Raises
    ------
    DownloadsDisabled
        If this deployment fetches nothing.
    FetchingIsForMembers
        If the visitor is a viewer of a team.
    TermsNotAccepted
        If the model has terms that were not accepted.
    FetchError, LoadError
        If the files cannot be had or not be used; the subclass says why.
    """
    source = source_of(record)
    if source.is_local():
        return source.folder
    if not settings().downloads:
        raise DownloadsDisabled(model=record.id)
    if not may("member"):
        raise FetchingIsForMembers(model=record.id)
    if record.terms is not None and not accept_terms:
        raise TermsNotAccepted(model=record.id, terms=record.terms.name, url=record.terms.url)

    def look() -> None:
        if stopping.is_requested():
            raise FetchStopped(model=record.id)
        checkpoint()

    return source.fetch(report=report, checkpoint=look)
