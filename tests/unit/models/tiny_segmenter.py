"""A tiny random Segment Anything, saved as the Hub has it: weights, configuration, and how a picture is prepared."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers

SIDE_PX = 64
"""What it looks at; the real one looks at 1024."""


def save(folder: Path) -> transformers.SamModel:
    """Build and save one. Its weights are spread without an offset, so that a mask depends on where the point is."""
    vision = transformers.SamVisionConfig(
        hidden_size=16, output_channels=8, num_hidden_layers=2, num_attention_heads=2, image_size=SIDE_PX, patch_size=8,
        window_size=2, global_attn_indexes=[1], num_pos_feats=4, mlp_dim=32,
    )  # fmt: skip
    prompt = transformers.SamPromptEncoderConfig(hidden_size=8, image_size=SIDE_PX, patch_size=8, mask_input_channels=4)
    decoder = transformers.SamMaskDecoderConfig(
        hidden_size=8, mlp_dim=16, num_attention_heads=2, num_hidden_layers=2, attention_downsample_rate=2,
        iou_head_hidden_dim=16,
    )  # fmt: skip
    config = transformers.SamConfig(
        vision_config=vision.to_dict(), prompt_encoder_config=prompt.to_dict(), mask_decoder_config=decoder.to_dict()
    )
    model = transformers.SamModel(config).eval()
    torch.manual_seed(0)
    for name, weight in model.named_parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.3)
        else:
            torch.nn.init.constant_(weight, float(name.endswith("weight")))
    model.save_pretrained(folder)
    side = {"height": SIDE_PX, "width": SIDE_PX}
    transformers.SamImageProcessorPil(size={"longest_edge": SIDE_PX}, pad_size=side).save_pretrained(folder)
    return model


def draw_discs(model: transformers.SamModel) -> None:
    """Give the masks of a tiny segmenter a shape: noise all over the picture is one mask at every point.

    Around each point it draws three discs, one within the other, as large as the random weights say. So some are good
    enough and some are not, and those of neighbouring points overlap.
    """
    asked = {}

    def remember(_model: object, _args: object, named: dict[str, torch.Tensor]) -> None:
        asked["points"] = named["input_points"]

    def discs(_decoder: object, _inputs: object, answer: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, ...]:
        masks, scores = answer
        side = masks.shape[-1]
        rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        points = asked["points"][..., 0, :] * side / SIDE_PX
        away = ((columns - points[..., 0, None, None]) ** 2 + (rows - points[..., 1, None, None]) ** 2).sqrt()
        radius = torch.tensor([2.0, 5.0, 9.0]) + 4 * masks.mean(dim=(-2, -1)).tanh()
        return 20 * (radius[..., None, None] - away[:, :, None]), scores.sigmoid()

    model.register_forward_pre_hook(remember, with_kwargs=True)
    model.mask_decoder.register_forward_hook(discs)
