"""Heads, matrices and boards, drawn and switched in the browser: a look at another head costs the server nothing.

`packing` writes what is shown as one `bytes`; `component` mounts the view and tells what is selected. The view itself
is TypeScript (`frontend/`), built into static/scripts/tensor_view.js, which is committed.
"""
