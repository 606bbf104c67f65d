"""A connection to the server sends what is written at once."""

from __future__ import annotations

import socket

from streamlit.web.server.starlette import starlette_server

from components.server.tcp_nodelay import enable_tcp_nodelay


def accepted_without_delay() -> bool:
    with starlette_server._bind_socket("127.0.0.1", 0, 1) as server:
        server.setblocking(True)
        with socket.create_connection(server.getsockname()), server.accept()[0] as connection:
            return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def test_each_connection_sends_at_once(monkeypatch):
    monkeypatch.setattr(starlette_server, "_bind_socket", starlette_server._bind_socket)  # and back afterwards
    assert not accepted_without_delay()  # else Streamlit does it itself by now, and ours can go
    enable_tcp_nodelay()
    assert accepted_without_delay()
