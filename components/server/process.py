"""What is done once in the life of the process, before the first page."""

from __future__ import annotations

import gc
import logging

import streamlit as st

from components.server import server

log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Take the start-up objects out of the garbage collector, and adapt Streamlit where its own server runs.

    A full collection holds the interpreter while it lasts. Modules never become garbage, so looking through them again
    and again only costs: 184 ms each time once torch is loaded, 0 ms after a freeze. The model loaders freeze a second
    time, after torch and before the first model.
    """
    if not server.is_used():
        log.warning(
            "served by Streamlit alone: no security headers, no /healthz and /readyz, no orderly end, and a first deep "
            "link may show 'Page not found'. Start it with python -m components.server.start or streamlit run app.py."
        )
        server.adapt_streamlit()
    gc.collect()
    gc.freeze()
    log.info("process settled: %d objects frozen", gc.get_freeze_count())
