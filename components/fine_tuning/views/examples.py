"""What the model learns from, and what it is tested on."""

from __future__ import annotations

import streamlit as st

from components.core.i18n import _
from components.fine_tuning.examples import Examples


def examples_view(examples: Examples) -> None:
    """Draw the view."""
    st.markdown(
        _("{training} texts to learn from, {held_out} held out. A held-out text is never trained on.").format(
            training=len(examples.training), held_out=len(examples.held_out)
        )
    )
    parts = ((_("training"), examples.training), (_("held out"), examples.held_out))
    rows = [(name, example) for name, part in parts for example in part]
    st.dataframe(
        {
            _("part"): [name for name, _example in rows],
            _("label"): [example.label for _name, example in rows],
            _("text"): [example.text for _name, example in rows],
        },
        hide_index=True,
        height=420,
        alt=_("All examples with their labels"),
    )
