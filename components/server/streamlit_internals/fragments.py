"""Whether a newer click waits for the fragment that is computing.

A click in a fragment never interrupts a run: it waits for the end, and "Stop" would come too late. Here what computes
in a fragment can ask whether the same fragment, or one around it, is to be drawn again, and leave.

Read in Streamlit 1.67.0: `ScriptRequests` (`_state`, `_rerun_data`), `ThreadState` and the storage of fragments, all in
`streamlit.runtime`.
"""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState


def is_superseded() -> bool:
    """Return whether a waiting click will draw the fragment again that is being drawn now."""
    context = get_script_run_ctx(suppress_warning=True)
    requests = None if context is None else context.script_requests
    if context is None or requests is None or requests._state != ScriptRequestType.RERUN:
        return False
    current = ThreadState.get().fragment_id
    waiting = requests._rerun_data.fragment_id_queue
    if current is None or not waiting:
        return False
    return current in waiting or context.fragment_storage.has_ancestor_in(current, waiting)
