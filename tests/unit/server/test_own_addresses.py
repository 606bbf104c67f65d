"""A foreign Origin is refused without a question to the network."""

from __future__ import annotations

import importlib

import pytest
import requests
from streamlit import config, net_util
from streamlit.web.server import server_util

from components.server import own_addresses


@pytest.fixture
def asked(monkeypatch):
    """Return what is asked over the network; nothing is answered."""
    addresses = []

    def get(url, **_options):
        addresses.append(url)
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", get)
    for name in ("get_external_ip", "get_internal_ip"):
        monkeypatch.setattr(net_util, name, getattr(net_util, name))  # and back afterwards
    importlib.reload(net_util)  # a page that was drawn in this process has replaced them
    monkeypatch.setattr(net_util, "_internal_ip", "192.0.2.7")
    return addresses


def test_streamlit_still_asks_by_itself(asked):
    """Else ours can go."""
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert len(asked) == 2


def test_a_foreign_origin_is_refused_and_nobody_is_asked(asked):
    own_addresses.leave_own_addresses_unknown()
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert not server_util.is_url_from_allowed_origins("http://192.0.2.7")
    assert asked == []


def test_an_origin_that_the_operator_names_is_allowed(asked, monkeypatch):
    own_addresses.leave_own_addresses_unknown()
    options = {"server.corsAllowedOrigins": ["https://school.example"], "server.enableCORS": True}
    monkeypatch.setattr(config, "get_option", lambda name, plain=config.get_option: options.get(name, plain(name)))
    assert server_util.is_url_from_allowed_origins("https://school.example")
    assert asked == []
