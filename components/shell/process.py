"""What is done once in the life of the process, before the first page."""

from __future__ import annotations

import gc
import logging
from typing import Final

import streamlit as st

from components.shell.serving import first_click

COLLECT_AFTER: Final = (20_000, 20, 50)
"""New objects, collections of those, and collections of what survived these; Python's own are 700, 10 and 10.

components.shell.serving.tidying collects all of it now and then."""

log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Take the start-up objects out of the garbage collector, and heed the first clicks of tabs from before the start.

    A full collection holds the interpreter while it lasts. Modules never become garbage, so looking through them again
    and again only costs: 184 ms each time once torch is loaded, 0 ms after a freeze. The model loaders freeze a second
    time, after torch and before the first model. What a page leaves behind is looked for after many pages, not many
    times in each: with 100 students that took a tenth of the server's time, and held single clicks up for a second.
    """
    first_click.heed()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    log.info("process settled: %d objects frozen", gc.get_freeze_count())
