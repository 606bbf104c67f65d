"""A picture from words through Bedrock InvokeModel. This costs money: it is called for a confirmed wish and never else.

One attempt, no retry: a request that was answered too late has been paid for all the same.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from components.aws.answers import Overlay
from components.aws.bedrock import invoke
from components.aws.problems import CallFailed
from components.catalog.recipes import image_body
from components.core.errors import VisitorError
from components.core.i18n import N_

MOST_PROMPT_CHARS: Final = 1_000
MOST_SEED: Final = 4_294_967_294
"""Stability's largest; Amazon's is 2,147,483,646, to which `draw` limits it."""

_AMAZON_MOST_SEED: Final = 2_147_483_646
_VENDORS: Final = ("stability.", "amazon.")


class PictureRefused(VisitorError):
    """The model's own filter let no picture through."""

    template = N_("The model returned no picture. Its filter may have stopped the prompt or the picture.")
    advice = N_("Describe it in other words.")


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes
    ----------
    seed
        Which noise it started from: the same model, prompt and seed give the same picture.
    """

    png: bytes
    seed: int
    model_id: str
    prompt: str


def models_that_draw(found: Overlay) -> tuple[str, ...]:
    """Return the ids in the connected region that make a picture from words alone, in a body this module knows."""
    return tuple(
        model.id
        for model in found.models
        if model.id.startswith(_VENDORS)
        and "IMAGE" in model.outputs
        and "TEXT" in model.inputs
        and "ON_DEMAND" in model.inference
        and model.status == "ACTIVE"
    )


def draw(model_id: str, prompt: str, *, seed: int) -> Picture:
    """Ask for one picture, once.

    Raises
    ------
    CallFailed
        If AWS refuses or does not answer.
    PictureRefused
        If the model returned none.
    """
    start = seed % (_AMAZON_MOST_SEED + 1) if model_id.startswith("amazon.") else seed
    answer = invoke(model_id, image_body(model_id, prompt, start))
    if not isinstance(answer, dict):
        raise CallFailed("unreadable")
    images = answer.get("images")
    if not isinstance(images, list) or not images or not isinstance(images[0], str):
        raise PictureRefused
    try:
        png = base64.b64decode(images[0], validate=True)
    except binascii.Error:
        raise CallFailed("unreadable") from None
    seeds = answer.get("seeds")
    said = seeds[0] if isinstance(seeds, list) and seeds and isinstance(seeds[0], int) else start
    return Picture(png, said, model_id, prompt)
