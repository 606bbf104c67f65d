"""The lesson "where are the parameters?": any configuration as a treemap, counted while you watch."""

from __future__ import annotations

import json
from typing import Final

import pandas as pd
import streamlit as st

from components.catalog import figures, wording
from components.catalog.counting import Anatomy
from components.catalog.export import Counting
from components.catalog.link import PAGE, config
from components.catalog.presets import PRESETS
from components.catalog.state import count_parameters
from components.core.i18n import _
from components.core.units import format_percent
from components.models.registry import record
from components.models.sizes import readable_size
from components.models.store import local_folder
from components.ui import charts, links, tables

TREEMAP_CHART: Final = "catalog_treemap"

_BITS: Final = (32, 16, 8, 4)


def describe_counting(name: str) -> Counting:
    """Return what the exported script needs to count a configuration again."""
    preset = PRESETS.get(name)
    found = count_parameters(name)
    settings = preset.settings if preset else json.loads((local_folder(record(name)) / "config.json").read_bytes())
    return Counting(name, found.model_class, settings, bool(preset and preset.untied_head), found.total)


def title_of(name: str) -> str:
    """Return the title of a configuration."""
    return PRESETS[name].title if name in PRESETS else record(name).title


def _shares(found: Anatomy) -> None:
    shares = {_(wording.PARTS[part]): format_percent(count / found.total) for part, count in found.parts().items()}
    st.table(pd.DataFrame({"": shares}), border="horizontal", hide_header=True)


def draw_anatomy() -> None:
    """Draw the choice of a configuration, its treemap, and its size in memory."""
    left, right = st.columns([3, 1], gap="large")
    with right:
        titles = {each: title_of(each) for each in config().options}
        name: str = st.selectbox(
            _("Configuration"),
            list(titles),
            format_func=titles.__getitem__,
            help=_(
                "The model is built from its configuration alone, without weights. So even a model that is too "
                "large for your machine can be counted."
            ),
            **links.bound(PAGE, config()),
        )
        with st.spinner(_("Building the model without its weights …")):
            found = count_parameters(name)
        _shares(found)
        st.markdown("**" + _("Memory for the weights alone") + "**")
        sizes = {_("{bits} bits per number").format(bits=bits): readable_size(found.bytes_at(bits)) for bits in _BITS}
        st.table(pd.DataFrame({"": sizes}), border="horizontal", hide_header=True)
    with left:
        drawn = figures.treemap(found, title_of(name))
        charts.draw(drawn, key=TREEMAP_CHART)
    with st.expander(_("The numbers"), on_change="rerun", key="catalog_tensors") as numbers:
        if numbers.open:
            columns = {
                _("Part"): [_(wording.PARTS[row.part]) for row in found.rows],
                _("Tensor"): [row.name for row in found.rows],
                _("Count"): [row.tensors for row in found.rows],
                _("Parameters"): [row.count for row in found.rows],
                _("Share"): [row.count / found.total for row in found.rows],
            }
            number = st.column_config.NumberColumn
            shown = {_("Parameters"): number(format="localized"), _("Share"): number(format="percent")}
            tables.draw(columns, height=300, column_config=shown, alt=drawn.alt)
