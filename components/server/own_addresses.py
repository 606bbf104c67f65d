"""Streamlit never looks up the addresses of this machine.

It would for each websocket whose Origin is not the server's own, in case that Origin is one of them: it asks a server
of Amazon, and nobody else is answered until that has answered or failed. Without these addresses such an Origin is
refused at once. Addresses that browsers use beside the server's own are named in `server.corsAllowedOrigins`.
"""

from __future__ import annotations

from streamlit import net_util


def leave_own_addresses_unknown() -> None:
    """Have Streamlit know no address of this machine. Call it before the server runs."""
    net_util.get_external_ip = _unknown
    net_util.get_internal_ip = _unknown


def _unknown() -> None:
    return None
