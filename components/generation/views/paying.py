"""Before a run that somebody pays for: what it may cost, and a box to tick."""

from __future__ import annotations

import streamlit as st

from components.core.i18n import _
from components.engines.contract import Request
from components.engines.errors import GenerationError
from components.generation.engine_cache import OpenEngine


def agreed(opened: OpenEngine, request: Request) -> bool:
    """Draw the cost and the box, and return whether it is ticked; of a model that costs nothing, True at once."""
    if not opened.offer.paid(opened.model):
        return True
    # Between two dollar signs in one line Markdown would set a formula.
    st.caption(_estimate(opened, request).replace("$", r"\$"))
    return st.checkbox(_("The operator of this dashboard pays for each run. Run it."), key="generation_pay")


def _estimate(opened: OpenEngine, request: Request) -> str:
    price = opened.offer.price(opened.model)
    if price is None:
        return _("What a token of this model costs is not known here.")
    try:
        read = opened.engine.count_tokens(request)
    except GenerationError:
        return _("US$ {input} for a million tokens read, US$ {output} written ([source]({url}), {day}).").format(
            input=price.input_usd, output=price.output_usd, url=price.source_url, day=price.seen.isoformat()
        )
    written = request.new_tokens + opened.capabilities.thinking_tokens
    most = price.of(input_tokens=read, output_tokens=written)
    return _("At most US$ {most:.6f}: {read} tokens read, up to {written} written ([source]({url}), {day}).").format(
        most=most, read=read, written=written, url=price.source_url, day=price.seen.isoformat()
    )
