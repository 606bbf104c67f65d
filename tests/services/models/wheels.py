"""Tiny wheels, and a simple index (PEP 503) that offers them."""

from __future__ import annotations

import hashlib
import io
import zipfile

from components.models.records import Wheel
from tests.services.models.loopback import Answer, Site


def wheel_file(package: str, members: dict[str, bytes]) -> bytes:
    """Return a wheel that pip accepts, with these files in it."""
    name = package.replace("-", "_")
    info = f"{name}-1.0.dist-info"
    files = members | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def offer(site: Site, package: str, members: dict[str, bytes], *, fragment: str = "", **answer: object) -> Wheel:
    """Offer a wheel on the index, and return its description but for the members to take out."""
    content = wheel_file(package, members)
    name = f"{package.replace('-', '_')}-1.0-py3-none-any.whl"
    page = f'<!DOCTYPE html><html><body><a href="/files/{name}{fragment}">{name}</a></body></html>'
    site.answers[f"/simple/{package}/"] = Answer(page.encode(), kind="text/html")
    site.answers[f"/files/{name}"] = Answer(content, **answer)  # type: ignore[arg-type]
    return Wheel(package=package, version="1.0", sha256=hashlib.sha256(content).hexdigest())
