"""A fence around a Python process: it reaches this machine only, and what it tried beyond is written down.

Python imports a module of this name at start-up if its folder is on PYTHONPATH, so the process under test is started
with its ordinary command line, and its children inherit the fence.
"""

import os
import sys
from pathlib import Path

_LOG = Path(os.environ["FENCE_LOG"])
_HERE = ("127.", "localhost", "::1", "0.0.0.0", "::")


def _host_of(event, args):
    if event == "socket.getaddrinfo":
        return args[0]
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        return address[0] if isinstance(address, tuple) else None  # a path: a Unix socket, which stays on the machine
    return None


def _guard(event, args):
    host = _host_of(event, args)
    if host is None:
        return
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name and not name.startswith(_HERE):
        with _LOG.open("a", encoding="utf-8") as log:
            log.write(f"{event} {name}\n")
        raise ConnectionRefusedError(f"the fence lets nothing through to {name}")


sys.addaudithook(_guard)
