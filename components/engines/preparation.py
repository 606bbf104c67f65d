"""What `generate` does before the first forward pass, and the settings that make it do what a request says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.engines.contract import Request
from components.engines.samplers import Sampler

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import GenerationConfig, LogitsProcessorList, PreTrainedModel, StoppingCriteriaList

# What each setting is where it changes nothing. None would not do: `generate` fills it from the model's own
# generation_config.json or, for top-k, with 50.
_NEUTRAL: Final[dict[str, float]] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "typical_p": 1.0}


@dataclass(frozen=True)
class Prepared:
    """What `generate` prepared.

    Attributes
    ----------
    ids
        `[row, position]`, what its processors see; a row for each beam.
    inputs
        Everything else for the forward passes: cache, mask, positions, what an encoder made of the prompt.
    """

    ids: Tensor
    processors: LogitsProcessorList
    criteria: StoppingCriteriaList
    config: GenerationConfig
    inputs: dict[str, Any]


def prepare(
    model: PreTrainedModel, ids: Sequence[int], config: GenerationConfig, *, written: Sequence[int] = ()
) -> Prepared:
    """Let `generate` prepare everything, and stop it there.

    Parameters
    ----------
    model
        A causal or an encoder-decoder language model.
    ids
        What the model reads.
    config
        From `generation_config`.
    written
        What the answer begins with.
    """
    import torch

    taken: list[Prepared] = []

    # The signature that `generate` calls; it hands the parts over by name.
    def take_over(
        model: PreTrainedModel,
        input_ids: Tensor,
        logits_processor: LogitsProcessorList,
        stopping_criteria: StoppingCriteriaList,
        generation_config: GenerationConfig,
        **inputs: Any,  # noqa: ANN401 (they differ from model to model)
    ) -> None:
        taken.append(Prepared(input_ids, logits_processor, stopping_criteria, generation_config, inputs))

    begun = {}
    if model.config.is_encoder_decoder:
        begun["decoder_input_ids"] = torch.tensor([[decoder_start_id(model), *written]], device=model.device)
    else:
        ids = [*ids, *written]
    read = torch.tensor([ids], device=model.device)
    mask = torch.ones_like(read)
    model.generate(read, attention_mask=mask, generation_config=config, custom_generate=take_over, **begun)
    return taken[0]


def generation_config(model: PreTrainedModel, request: Request, *, new_tokens: int) -> GenerationConfig:
    """Return what tells `generate` to do exactly what the request says."""
    from transformers import GenerationConfig

    sampler = Sampler.of(request)
    config = GenerationConfig(
        do_sample=request.draws,
        num_beams=request.beams,
        num_return_sequences=request.beams,
        length_penalty=1.0 if request.length_penalty is None else request.length_penalty,
        early_stopping=False,
        repetition_penalty=sampler.repetition_penalty or 1.0,
        max_new_tokens=new_tokens,
        min_length=0,
        eos_token_id=model.generation_config.eos_token_id or model.config.eos_token_id,
        pad_token_id=_pad_id(model),
        use_cache=True,
    )
    if request.draws:
        chain = {name: getattr(sampler, name) for name in _NEUTRAL}
        config.update(**{name: neutral if chain[name] is None else chain[name] for name, neutral in _NEUTRAL.items()})
        config.update(epsilon_cutoff=0.0, eta_cutoff=0.0)
        # A min-p of 0 cuts nothing either, but costs a pass over the vocabulary each step.
        if sampler.min_p is not None or model.generation_config.min_p is not None:
            config.update(min_p=sampler.min_p or 0.0)
    return config


def end_ids(model: PreTrainedModel) -> frozenset[int]:
    """Return the tokens that end a text."""
    ends = model.generation_config.eos_token_id or model.config.eos_token_id
    if ends is None:
        return frozenset()
    return frozenset([ends] if isinstance(ends, int) else ends)


def decoder_start_id(model: PreTrainedModel) -> int:
    """Return the token that an encoder-decoder model starts an answer with."""
    own = model.generation_config
    starts = (own.decoder_start_token_id, model.config.decoder_start_token_id, own.bos_token_id)
    return int(next(start for start in starts if start is not None))


def _pad_id(model: PreTrainedModel) -> int:
    """Return a token to fill up finished beams with; which one makes no difference."""
    own = model.generation_config.pad_token_id
    return min(end_ids(model), default=0) if own is None else own
