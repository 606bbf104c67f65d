"""The Export menu of the page."""

from __future__ import annotations

from collections.abc import Mapping

from streamlit.delta_generator import DeltaGenerator

from components.engines.contract import Engine, ReadsTokens, Request
from components.engines.errors import GenerationError
from components.generation import link
from components.generation.answer import Answer
from components.generation.engine_cache import OpenEngine
from components.generation.export import ExportSource
from components.generation.state import values
from components.models import cached
from components.ui.export import Export, export_menu

CHART = "generation_anatomy"


def take_home(slot: DeltaGenerator, opened: OpenEngine, request: Request, answer: Answer | None) -> None:
    """Draw the menu for the answer on the screen, or for what "Generate" would give."""
    shown = answer or Answer(opened.offer.name, opened.model, request, values() | _used(opened))
    params: Mapping[str, object] = dict(shown.settings) | {"run": "0" if answer is None else "1"}
    source = _source(opened, shown)
    with slot:
        export_menu(
            Export(
                page=link.PAGE,
                params=params,
                model=opened.model,
                result=source.result,
                script=source.script,
                figure=CHART,
            )
        )


def _used(opened: OpenEngine) -> dict[str, object]:
    return {"engine": opened.offer.name, "model": opened.model}


def _source(opened: OpenEngine, shown: Answer) -> ExportSource:
    if opened.is_remote:
        return ExportSource(engine=opened.again, meter=opened.meter, answer=shown)
    return ExportSource(
        engine=opened.again,
        meter=opened.meter,
        answer=shown,
        ids=_ids(opened.engine, shown.request),
        spell=cached.tokenizer(opened.model).tokens,
        may_run=not opened.offer.paid(opened.model),
    )


def _ids(engine: Engine, request: Request) -> tuple[int, ...]:
    try:
        return engine.prompt_ids(request) if isinstance(engine, ReadsTokens) else ()
    except GenerationError:
        return ()  # the page says beside the prompt what is wrong with it
