"""Real proxies in front of the real app, each in a process of its own for as long as a `with` block lasts."""

from __future__ import annotations

import contextlib
import os
import string
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.browser.serving import READY_WITHIN_S, ROOT, free_port, stop
from tests.tools import tool

TEMPLATE: Final = ROOT / "deploy" / "nginx" / "default.conf.template"
TLS: Final = TEMPLATE.with_name("tls.conf")
JUPYTER_BASE: Final = "/jupyterlab/default"

# One process that writes into one folder; what a Debian or Docker nginx.conf brings along and the template needs.
_NGINX: Final = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    types {{ text/html html; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""

# A careless middleman: no cookie gets through in either direction, and the app sees another host name.
_STRIPPING: Final = """
server {{
    listen 127.0.0.1:{port};
    access_log off;
    location / {{
        proxy_pass http://{upstream};
        proxy_http_version 1.1;
        proxy_set_header Host internal.invalid;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_set_header Cookie "";
        proxy_hide_header Set-Cookie;
    }}
}}
"""


@contextlib.contextmanager
def nginx(
    folder: Path, upstream: str, *, base: str = "", port: int | None = None, secrets: Path | None = None
) -> Iterator[str]:
    """Put deploy/nginx in front of a server, as it is, and yield its origin.

    Parameters
    ----------
    port
        Where it listens; any that is free if not given.
    secrets
        The folder of `certificate` and `key` for https; without it, http.
    """
    port = port or free_port()
    listen = f"127.0.0.1:{port} ssl" if secrets else f"127.0.0.1:{port}"
    values = {"DASHBOARD_LISTEN": listen, "DASHBOARD_UPSTREAM": upstream, "DASHBOARD_BASE": base}
    tls = TLS.read_text().replace("/run/secrets", str(secrets)) if secrets else ""
    with _nginx(folder, tls + envsubst(TEMPLATE.read_text(), values), port):
        yield f"{'https' if secrets else 'http'}://127.0.0.1:{port}"


@contextlib.contextmanager
def stripping(folder: Path, upstream: str) -> Iterator[int]:
    """Put a proxy in front of a server that lets no cookie through and renames the host; yield its port."""
    port = free_port()
    with _nginx(folder, _STRIPPING.format(port=port, upstream=upstream), port):
        yield port


@contextlib.contextmanager
def jupyter(folder: Path) -> Iterator[str]:
    """Start a Jupyter server with jupyter-server-proxy under the path it has in Studio, and yield its address."""
    port = free_port()
    command = [
        tool("jupyter-server"),
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.base_url={JUPYTER_BASE}",
        "--ServerApp.terminals_enabled=False",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={folder}",
    ]
    homes = {name: str(folder) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "HOME")}
    address = f"http://127.0.0.1:{port}{JUPYTER_BASE}"
    with _running(command, folder / "jupyter.log", homes, ready=f"{address}/api"):
        yield address


def envsubst(template: str, values: dict[str, str]) -> str:
    """Fill in `${NAME}` for these names and leave nginx's own `$variables` alone, as the nginx image does."""

    class Template(string.Template):
        idpattern = "DASHBOARD_[A-Z]+"

    return Template(template).safe_substitute(values)


@contextlib.contextmanager
def _nginx(folder: Path, servers: str, port: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    conf = folder / "nginx.conf"
    conf.write_text(_NGINX.format(folder=folder, servers=servers))
    command = [tool("nginx"), "-p", folder, "-c", conf]
    with _running(command, folder / "nginx.log", {}, ready=f"http://127.0.0.1:{port}/_stcore/health"):
        yield


@contextlib.contextmanager
def _running(command: Sequence[str | Path], log: Path, variables: dict[str, str], *, ready: str) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=os.environ | variables, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_answered(ready, process, log)
            yield
        finally:
            stop(process)


def _wait_until_answered(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something listens there; whatever it answers, it is the proxy that does."""
    give_up = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=READY_WITHIN_S):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the proxy did not come up:\n{log.read_text(errors='replace')}")
