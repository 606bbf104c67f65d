"""What the server writes is sent at once.

By default TCP holds small writes back until the browser has confirmed the one before, which a browser delays by 40 ms:
each click would wait that long. asyncio switches this off (TCP_NODELAY) for sockets that say they are TCP; Streamlit
makes its own without saying so.
"""

from __future__ import annotations

import socket

from streamlit.web.server.starlette import starlette_server


def enable_tcp_nodelay() -> None:
    """Have the server's socket, and every connection it accepts, send at once. Call it before the server runs."""
    bind = starlette_server._bind_socket  # Streamlit has no public way to its socket

    def bind_without_delay(address: str, port: int, backlog: int) -> socket.socket:
        bound = bind(address, port, backlog)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound

    starlette_server._bind_socket = bind_without_delay
