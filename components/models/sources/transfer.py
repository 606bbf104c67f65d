"""Downloading one file over HTTP so that a cut connection, or a stop and a new try, goes on where it broke off."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from components.models.errors import Interrupted
from components.models.sources.base import Checkpoint

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S: Final = 10.0
_TRIES_WITHOUT_PROGRESS: Final = 4
_PAUSE_S: Final = 1.0


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
