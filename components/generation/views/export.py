"""The Export menu of the page."""

from __future__ import annotations

from collections.abc import Mapping

from streamlit.delta_generator import DeltaGenerator

from components.engines.contract import Request
from components.engines.errors import GenerationError
from components.engines.llama_cpp import LlamaCppEngine
from components.engines.transformers_engine import TransformersEngine
from components.generation import link
from components.generation.answer import Answer
from components.generation.export import Keepsake
from components.generation.views.answers import values
from components.generation.views.engine_cache import Opened
from components.models import cached
from components.models.loadable import loadable_name
from components.models.registry import record
from components.models.store import local_folder
from components.ui.export import Export, export_menu

CHART = "generation_anatomy"


def take_home(slot: DeltaGenerator, opened: Opened, request: Request, answer: Answer | None) -> None:
    """Draw the menu for the answer on the screen, or for what "Generate" would give."""
    shown = answer or Answer(opened.offer.name, opened.model, request, values() | _used(opened))
    params: Mapping[str, object] = dict(shown.settings) | {"run": "0" if answer is None else "1"}
    keepsake = _keepsake(opened, shown)
    with slot:
        export_menu(
            Export(
                page=link.PAGE,
                params=params,
                model=opened.model,
                result=keepsake.result,
                script=keepsake.script,
                figure=CHART,
            )
        )


def _used(opened: Opened) -> dict[str, object]:
    return {"engine": opened.offer.name, "model": opened.model}


def _keepsake(opened: Opened, shown: Answer) -> Keepsake:
    if opened.is_remote:
        return Keepsake(
            engine=opened.again,
            meter=opened.meter,
            answer=shown,
            ids=(),
            spell=None,
            weights=None,
            apart=False,
            may_run=False,
        )
    model = record(opened.model)
    folder = local_folder(model)
    tokenizer = cached.tokenizer(model.id)
    return Keepsake(
        engine=opened.again,
        meter=opened.meter,
        answer=shown,
        ids=_ids(opened, shown.request),
        spell=tokenizer.tokens,
        weights=loadable_name(model, folder),
        apart=opened.answers_apart,
        may_run=not opened.offer.paid(opened.model),
    )


def _ids(opened: Opened, request: Request) -> tuple[int, ...]:
    if not isinstance(opened.engine, (TransformersEngine, LlamaCppEngine)):
        raise TypeError(f"{opened.offer.name} is no engine of this process")
    try:
        return opened.engine.prompt_ids(request)
    except GenerationError:
        return ()  # the page says beside the prompt what is wrong with it
