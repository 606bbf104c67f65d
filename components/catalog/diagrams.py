"""How each kind of model works, drawn as Mermaid: the path from what goes in to what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from components.catalog.records import Kind
from components.core.i18n import _


def diagram(kind: Kind) -> str:
    """Return the Mermaid text of a kind, with labels in the visitor's language."""
    return "flowchart TB\n" + "\n".join(f"  {line}" for line in _DRAWN[kind]())


def _encoder() -> list[str]:
    return [
        f'text["{_("Whole text")}"] --> embed["{_("Token and position vectors")}"]',
        f'embed --> blocks["{_("Blocks: attention to both sides, MLP")}"]',
        f'blocks --> vectors["{_("One vector per token")}"]',
        f'vectors --> head["{_("Head for the task")}"]',
        f'head --> answer(["{_("Label, span or hidden word")}"])',
    ]


def _decoder() -> list[str]:
    return [
        f'text["{_("Text so far")}"] --> embed["{_("Token and position vectors")}"]',
        f'embed --> blocks["{_("Blocks: attention to the left only, MLP")}"]',
        f'blocks --> scores["{_("A score for every token")}"]',
        f'scores --> next(["{_("Next token")}"])',
        f'next -. "{_("append")}" .-> text',
    ]


def _encoder_decoder() -> list[str]:
    return [
        f'source["{_("Input text")}"] --> encoder["{_("Encoder: attention to both sides")}"]',
        f'encoder --> memory["{_("One vector per token")}"]',
        f'memory -- "{_("cross-attention")}" --> decoder["{_("Decoder: attention to the left")}"]',
        f'decoder --> next(["{_("Next token")}"])',
        f'next -. "{_("append")}" .-> decoder',
    ]


def _experts() -> list[str]:
    return [
        f'text["{_("Text so far")}"] --> attention["{_("Attention to the left only")}"]',
        f'attention --> router["{_("Router")}"]',
        f'router -- "{_("chosen")}" --> first["{_("Expert")} 1"]',
        f'router -. "{_("idle")}" .- second["{_("Expert")} 2"]',
        f'router -- "{_("chosen")}" --> third["{_("Expert")} n"]',
        f'first --> next(["{_("Next token")}"])',
        "third --> next",
    ]


def _hybrid() -> list[str]:
    return [
        f'text["{_("Text so far")}"] --> mamba["{_("Mamba layers: a running state")}"]',
        f'mamba --> attention["{_("A few attention layers")}"]',
        f'attention --> router["{_("Router")}"]',
        f'router --> experts["{_("A few of the experts")}"]',
        f'experts --> next(["{_("Next token")}"])',
        f'next -. "{_("append")}" .-> text',
    ]


def _vae_decoder() -> list[str]:
    return [
        f'caption["{_("Caption tokens")}"] --> decoder["{_("Decoder: attention to the left")}"]',
        f'decoder --> patches["{_("Image tokens, one by one")}"]',
        f'patches -. "{_("append")}" .-> decoder',
        f'patches --> vae["{_("Decoder of the discrete VAE")}"]',
        f'vae --> picture(["{_("Picture")}"])',
    ]


def _latent_diffusion() -> list[str]:
    return [
        f'prompt["{_("Prompt")}"] --> clip["{_("Text encoder (CLIP)")}"]',
        f'clip -- "{_("cross-attention")}" --> unet["{_("UNet: take some noise away")}"]',
        f'noise["{_("Noise in latent space")}"] --> unet',
        f'unet -. "{_("again")}" .-> unet',
        f'unet --> vae["{_("Decoder of the VAE")}"]',
        f'vae --> picture(["{_("Picture")}"])',
    ]


def _diffusion_transformer() -> list[str]:
    return [
        f'prompt["{_("Prompt")}"] --> texts["{_("Text encoders (CLIP, T5)")}"]',
        f'texts -- "{_("tokens")}" --> joint["{_("Transformer over words and patches: take some noise away")}"]',
        f'noise["{_("Noise in latent space")}"] -- "{_("patches")}" --> joint',
        f'joint -. "{_("again")}" .-> joint',
        f'joint --> vae["{_("Decoder of the VAE")}"]',
        f'vae --> picture(["{_("Picture")}"])',
    ]


def _segmenter() -> list[str]:
    return [
        f'picture["{_("Picture")}"] --> vit["{_("Vision Transformer: once per picture")}"]',
        f'vit --> mask["{_("Mask decoder: once per prompt")}"]',
        f'points["{_("Points or boxes")}"] --> prompts["{_("Prompt encoder")}"]',
        "prompts --> mask",
        f'mask --> masks(["{_("Masks")}"])',
    ]


_DRAWN: Final[Mapping[Kind, Callable[[], list[str]]]] = {
    "encoder": _encoder,
    "decoder": _decoder,
    "encoder-decoder": _encoder_decoder,
    "moe-decoder": _experts,
    "hybrid-moe": _hybrid,
    "vae-decoder": _vae_decoder,
    "latent-diffusion": _latent_diffusion,
    "diffusion-transformer": _diffusion_transformer,
    "vit-segmenter": _segmenter,
}
