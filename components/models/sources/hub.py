"""Models from the Hugging Face Hub, or from a mirror of it that HF_ENDPOINT names.

Only weights that cannot carry code are fetched: safetensors, else GGUF. huggingface_hub gives the list of files and
their checksums. The files are downloaded here, because that library (2.4) restarts a broken download from the start,
checks no checksum, and cannot be stopped between two pieces.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from components.models import gguf
from components.models.errors import (
    CorruptFile,
    FetchError,
    Gated,
    Interrupted,
    ModelError,
    NoRoute,
    NotFound,
    NoWeights,
    PickledWeights,
    WrongChecksum,
)
from components.models.integrity import git_blob, sha256
from components.models.records import HubFiles
from components.models.sources.base import Checkpoint, Progress, Report, only_one, staging

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub.hf_api import RepoSibling

DEFAULT_ENDPOINT: Final = "https://huggingface.co"
TEXT_FILES: Final = ("config.json", "tokenizer.json")
PICTURE_FILES: Final = ("config.json", "preprocessor_config.json")
TIMEOUT_S: Final = 10.0
_TRIES_WITHOUT_PROGRESS: Final = 4
_PAUSE_S: Final = 1.0
_WELCOME: Final = ("tokenizer_config.json", "generation_config.json", "chat_template.jinja", "README.md")
_WEIGHTS: Final = "model.safetensors"
_INDEX: Final = "model.safetensors.index.json"
_PICKLED: Final = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


@dataclass(frozen=True)
class HubSource:
    """A model in a repository of the Hub, at a revision.

    Attributes
    ----------
    needed
        The small files it cannot be used without.
    """

    model_id: str
    files: HubFiles
    folder: Path
    download_bytes: int | None
    needed: tuple[str, ...] = TEXT_FILES

    def is_local(self) -> bool:
        """Whether the model was fetched; its folder only appears when it is complete."""
        return self.folder.is_dir()

    def fetch(self, *, report: Report, checkpoint: Checkpoint) -> Path:
        """Fetch and check the files, unless that is done. What arrives is kept if the fetch breaks off.

        Raises
        ------
        FetchError
            If the repository or a file cannot be had, or a file is not the one the Hub lists.
        PickledWeights
            If it offers its weights only in a form that could run code.
        CorruptFile
            If it lacks one of the files it needs, or has one that cannot be read.
        """
        with only_one(self.folder, report=report, checkpoint=checkpoint):
            if not self.is_local():
                report(Progress("download", 0, self.download_bytes))
                self._fill(report, checkpoint)
        return self.folder

    def _fill(self, report: Report, checkpoint: Checkpoint) -> None:
        commit, listed = self._list()
        chosen = self._choose(listed)
        total_bytes = sum(file.size or 0 for file in chosen)
        with staging(self.folder, self.model_id, needed_bytes=total_bytes) as partial:
            done_bytes = 0
            for file in chosen:
                path = partial / "files" / file.rfilename
                self._load(file, commit, path, _reporter(report, done_bytes, total_bytes), checkpoint)
                self._check(file, path, checkpoint)
                done_bytes += file.size or 0
            if gguf.find(partial / "files") is not None:
                report(Progress("convert"))
                gguf.convert_tokenizer(partial / "files")

    def _list(self) -> tuple[str, Sequence[RepoSibling]]:
        """Return the commit the revision stands for, and its files."""
        import httpx2
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError

        api = HfApi(endpoint=endpoint())
        try:
            info = api.model_info(
                self.files.repository, revision=self.files.revision, files_metadata=True, timeout=TIMEOUT_S
            )
        except HFValidationError as error:
            raise NotFound(model=self.model_id, host=host()) from error
        except HfHubHTTPError as error:
            raise self._refusal(error.response.status_code) from error
        # A page that is no answer of the Hub (a proxy's log-in page, say) fails as JSON or as a description of a model.
        except (httpx2.TransportError, ConnectionError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise NoRoute(model=self.model_id, host=host()) from error
        return info.sha or self.files.revision, info.siblings or ()

    def _choose(self, listed: Sequence[RepoSibling]) -> list[RepoSibling]:
        """Choose the files to fetch, the small ones first, so that what is missing is known before the weights come.

        Raises
        ------
        PickledWeights, NoWeights, CorruptFile
            If there are no safe weights, or a file it needs is missing.
        """
        files = {file.rfilename: file for file in listed if "/" not in file.rfilename and "\\" not in file.rfilename}
        weights = _weights(files)
        if not weights:
            raise self._no_weights(files)
        if weights[0].endswith(".gguf"):
            return [files[name] for name in weights]  # the tokenizer is inside
        for name in self.needed:
            if name not in files:
                raise CorruptFile(file=name, reason=f"{self.files.repository} has none")
        small = [name for name in (*self.needed, *_WELCOME) if name in files]
        return [files[name] for name in (*small, *weights)]

    def _load(
        self,
        file: RepoSibling,
        commit: str,
        path: Path,
        report_bytes: Callable[[int], None],
        checkpoint: Checkpoint,
    ) -> None:
        import httpx2
        from huggingface_hub import get_session, get_token, hf_hub_url

        token = get_token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = hf_hub_url(self.files.repository, file.rfilename, revision=commit, endpoint=endpoint())
        transfer = Transfer(url=url, headers=headers, into=path, size_bytes=file.size or 0)
        try:
            download(transfer, get_session(), model_id=self.model_id, report_bytes=report_bytes, checkpoint=checkpoint)
        except httpx2.HTTPStatusError as error:
            raise self._refusal(error.response.status_code) from error

    def _check(self, file: RepoSibling, path: Path, checkpoint: Checkpoint) -> None:
        """Compare a file with the checksum the Hub lists: SHA-256 of large files, git's own of the others."""
        if file.lfs is not None:
            right = sha256(path, checkpoint=checkpoint) == file.lfs.sha256
        else:
            right = git_blob(path, checkpoint=checkpoint) == file.blob_id
        if not right:
            path.unlink()
            raise WrongChecksum(model=self.model_id, file=file.rfilename)

    def _no_weights(self, files: Iterable[str]) -> ModelError:
        pickled = next((name for name in files if name.endswith(_PICKLED)), None)
        if pickled is not None:
            return PickledWeights(model=self.model_id, file=pickled)
        return NoWeights(model=self.model_id, host=host())

    def _refusal(self, status: int) -> FetchError:
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return Gated(model=self.model_id, host=host())
        if status == HTTPStatus.NOT_FOUND:
            return NotFound(model=self.model_id, host=host())
        return Interrupted(model=self.model_id, host=host())


def endpoint() -> str:
    """Return the address of the Hub or its mirror. Read at every call: huggingface_hub reads it once, at import."""
    return (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")


def host() -> str:
    """Return the name of the Hub's host, for messages."""
    return urlsplit(endpoint()).hostname or endpoint()


def _weights(files: dict[str, RepoSibling]) -> list[str]:
    if _WEIGHTS in files:
        return [_WEIGHTS]
    if _INDEX in files:
        return [_INDEX, *sorted(name for name in files if name.startswith("model-") and name.endswith(".safetensors"))]
    # A GGUF repository offers one model rounded in many ways: 4 bits is the common middle, else the smallest.
    whole = [name for name in files if name.endswith(".gguf") and "-of-" not in name and "mmproj" not in name]
    return sorted(whole, key=lambda name: ("q4_k_m" not in name.lower(), files[name].size or 0))[:1]


def _reporter(report: Report, done_bytes: int, total_bytes: int) -> Callable[[int], None]:
    return lambda size: report(Progress("download", done_bytes + size, total_bytes))


@dataclass(frozen=True)
class Transfer:
    """One file to fetch: from where, to where, and how much."""

    url: str
    headers: Mapping[str, str]
    into: Path
    size_bytes: int


def download(
    transfer: Transfer,
    client: httpx2.Client,
    *,
    model_id: str,
    report_bytes: Callable[[int], None],
    checkpoint: Checkpoint,
) -> None:
    """Fetch a file, or what is missing of it.

    Raises
    ------
    Interrupted
        If the connection breaks off and nothing comes in several tries.
    httpx2.HTTPStatusError
        If the server refuses.
    """
    import httpx2

    tries = 0
    while (before := _size(transfer.into)) < transfer.size_bytes:
        checkpoint()
        if tries:
            time.sleep(_PAUSE_S)
        fault: httpx2.TransportError | None = None
        try:
            _continue(transfer, client, before, report_bytes, checkpoint)
        except httpx2.TransportError as error:
            fault = error
        tries = 1 if _size(transfer.into) > before else tries + 1
        if tries >= _TRIES_WITHOUT_PROGRESS:
            raise Interrupted(model=model_id, host=httpx2.URL(transfer.url).host) from fault


def _continue(
    transfer: Transfer,
    client: httpx2.Client,
    start: int,
    report_bytes: Callable[[int], None],
    checkpoint: Checkpoint,
) -> None:
    # "identity": a compressed answer would count other bytes than the file has.
    headers = {**transfer.headers, "Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    with client.stream("GET", transfer.url, headers=headers, timeout=TIMEOUT_S, follow_redirects=True) as answer:
        answer.raise_for_status()
        # A server that ignores Range sends the whole file again, with 200 instead of 206.
        mode = "ab" if answer.status_code == HTTPStatus.PARTIAL_CONTENT else "wb"
        with transfer.into.open(mode) as file:
            for chunk in answer.iter_bytes():  # as they come: a fixed size would hold bytes back, lost if it breaks
                checkpoint()
                file.write(chunk)
                report_bytes(file.tell())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
