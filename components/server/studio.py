"""SageMaker Studio and its relatives: the options that work behind their proxy, and the address to open.

All of them put jupyter-server-proxy in front: it takes `<Jupyter's address>/proxy/<port>/` off a request and passes on
the rest. So the server must not know a base path, the slash at the end matters (scripts are named relative to it), and
cookies do not arrive, which is why the token against forged uploads cannot work. Who may open the address at all is
decided by the sign-in of Studio.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

METADATA: Final = Path("/opt/ml/metadata/resource-metadata.json")
"""What SageMaker writes about the machine into each of its containers and notebook instances."""

OPTIONS: Final[Mapping[str, Any]] = {
    "server.port": 8501,
    "server.address": "127.0.0.1",  # the proxy runs on this machine; nobody else in the network gets past it
    "server.headless": True,
    "server.baseUrlPath": "",
    "server.fileWatcherType": "none",
    "server.enableXsrfProtection": False,
    "server.enableCORS": False,
    "browser.gatherUsageStats": False,
    "browser.serverAddress": "localhost",  # unset, Streamlit asks a public server for this machine's address
}

_RULE: Final = """\
Take the address of your Jupyter tab, cut it off after "/default/" (notebook instance: after the host name) and add
"proxy/{port}/", with the slash at the end:
  {example}"""


def address(port: int, *, metadata: Path = METADATA) -> str | None:
    """Return the address of the dashboard, or None where this machine does not know it.

    A JupyterLab space has a host name of its own that stands nowhere on the machine; Studio Classic (the domain's id)
    and notebook instances (their name) tell theirs.

    Parameters
    ----------
    metadata
        The file that SageMaker writes.
    """
    facts = _facts(metadata)
    region, resource = _region(facts), facts.get("ResourceArn", "").rpartition(":")[2]
    if not region:
        return None
    if resource.startswith("notebook-instance/"):
        return f"https://{resource.partition('/')[2]}.notebook.{region}.sagemaker.aws/proxy/{port}/"
    if facts.get("AppType") in ("JupyterServer", "KernelGateway") and "DomainId" in facts:
        return f"https://{facts['DomainId']}.studio.{region}.sagemaker.aws/jupyter/default/proxy/{port}/"
    return None


def announcement(port: int, *, metadata: Path = METADATA) -> str:
    """Return what to tell the operator: the address, or how to make it."""
    known = address(port, metadata=metadata)
    if known:
        return f"The dashboard runs. Open it with the slash at the end:\n  {known}"
    region = _region(_facts(metadata)) or "<region>"
    example = f"https://<as in your tab>.studio.{region}.sagemaker.aws/jupyterlab/default/proxy/{port}/"
    return f"The dashboard runs. {_RULE.format(port=port, example=example)}"


def _facts(metadata: Path) -> dict[str, str]:
    """Return the texts of the file; nothing if it is not there or not what it should be."""
    try:
        facts = json.loads(metadata.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in facts.items() if isinstance(value, str)} if isinstance(facts, dict) else {}


def _region(facts: Mapping[str, str]) -> str:
    """Return the region that the resource's name holds: `arn:aws:sagemaker:<region>:<account>:<resource>`."""
    parts = facts.get("ResourceArn", "").split(":")
    return parts[3] if len(parts) == 6 and parts[1] == "aws" else ""
