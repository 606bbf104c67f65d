"""Where a Transformer's parts are: which module reads, which adds to the residual stream, which reads the stream out.

Each family of models names and orders its modules in its own way. This is the dictionary between them, read from the
modules of a loaded model: GPT-2, the Llama shape (Llama, Mistral, Qwen2, Qwen3, Gemma), Gemma 2 and 3, BERT and
RoBERTa, T5. Two things differ in kind:

- *pre-norm* (GPT-2, Llama, T5): a sublayer reads the normed stream and adds to the stream as it is; one norm stands
  before the output layer.
- *post-norm* (BERT): a sublayer reads the stream as it is, and the sum of the two is normed.

Nothing here imports torch before it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedModel

Part = Literal["attention", "cross", "mlp"]

EMBEDDING: Final = "embedding"
"""The row below the first sublayer: what the stream starts with."""


@dataclass(frozen=True, eq=False)
class Sublayer:
    """One attention or MLP: reads the residual stream and adds to it.

    Attributes
    ----------
    row
        Its name, "attention.4", "cross.4" or "mlp.4"; the stream after it has the same name.
    norm_in
        Norms what it reads; None in post-norm models.
    adds
        The module whose output is added to the stream.
    norm_branch
        Norms what is added, before it is (Gemma 2 and 3); `adds` is then this norm.
    norm_out
        Norms the sum, in post-norm models.
    output
        The last linear map: of an attention the output projection, of an MLP the projection back to the stream.
    modules
        The other linear maps by their part: "query", "key", "value" (or "query_key_value" in one), "up", "gate".
    """

    row: str
    part: Part
    layer: int
    norm_in: nn.Module | None
    adds: nn.Module
    norm_branch: nn.Module | None
    norm_out: nn.Module | None
    output: nn.Module
    modules: Mapping[str, nn.Module]


@dataclass(frozen=True, eq=False)
class Layout:
    """The parts of one model, in the order of the computation.

    Attributes
    ----------
    first_block
        What it is given is the stream's first row.
    blocks
        Each block's output is the stream after its last sublayer.
    final_norm
        Before the output layer; None in post-norm models.
    read_out
        From a stream, `[batch, position, width]`, to the scores of all tokens, `[batch, position, vocabulary]`, by the
        model's own modules; the final norm is part of it.
    table
        The word embeddings.
    head
        The last linear map of `read_out`, from the width to the vocabulary.
    """

    table: nn.Module
    positions: nn.Module | None
    blocks: tuple[nn.Module, ...]
    sublayers: tuple[Sublayer, ...]
    final_norm: nn.Module | None
    read_out: Callable[[Tensor], Tensor]
    head: nn.Module

    @property
    def is_post_norm(self) -> bool:
        """Whether each sum is normed."""
        return self.final_norm is None

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows of the stream, bottom to top."""
        return (EMBEDDING, *(sublayer.row for sublayer in self.sublayers))

    def sublayers_of(self, block: int) -> tuple[Sublayer, ...]:
        """Return the sublayers of one block in their order."""
        return tuple(sublayer for sublayer in self.sublayers if sublayer.layer == block)


def find_layout(model: PreTrainedModel) -> Layout | None:
    """Return where the parts of a model are; None for a family that is not known here."""
    build = _FAMILIES.get(model.config.model_type)
    if build is None or model.get_output_embeddings() is None:
        return None
    return build(model)


def _gpt2(model: Any) -> Layout:  # noqa: ANN401 (each family has classes of its own)
    body = model.transformer

    def sublayers() -> Iterator[Sublayer]:
        for layer, block in enumerate(body.h):
            attention, mlp = block.attn, block.mlp
            joined = {"query_key_value": attention.c_attn}
            yield _pre("attention", layer, block.ln_1, attention, output=attention.c_proj, modules=joined)
            yield _pre("mlp", layer, block.ln_2, mlp, output=mlp.c_proj, modules={"up": mlp.c_fc})

    return Layout(
        table=body.wte,
        positions=body.wpe,
        blocks=tuple(body.h),
        sublayers=tuple(sublayers()),
        final_norm=body.ln_f,
        read_out=lambda stream: model.lm_head(body.ln_f(stream)),
        head=model.lm_head,
    )


def _llama(model: Any) -> Layout:  # noqa: ANN401
    body = model.model

    def sublayers() -> Iterator[Sublayer]:
        for layer, block in enumerate(body.layers):
            attention, mlp = block.self_attn, block.mlp
            before, parts = block.input_layernorm, _projections(attention)
            yield _pre("attention", layer, before, attention, output=attention.o_proj, modules=parts)
            yield _pre("mlp", layer, block.post_attention_layernorm, mlp, output=mlp.down_proj, modules=_gated(mlp))

    return _of_llama(model, tuple(sublayers()))


def _gemma(model: Any) -> Layout:  # noqa: ANN401
    """Gemma 2 and 3 norm what a sublayer reads and what it adds."""
    body = model.model

    def sublayers() -> Iterator[Sublayer]:
        for layer, block in enumerate(body.layers):
            attention, mlp = block.self_attn, block.mlp
            before, after, parts = block.input_layernorm, block.post_attention_layernorm, _projections(attention)
            yield _pre("attention", layer, before, after, output=attention.o_proj, modules=parts, branch=after)
            before, after = block.pre_feedforward_layernorm, block.post_feedforward_layernorm
            yield _pre("mlp", layer, before, after, output=mlp.down_proj, modules=_gated(mlp), branch=after)

    return _of_llama(model, tuple(sublayers()))


def _of_llama(model: Any, sublayers: tuple[Sublayer, ...]) -> Layout:  # noqa: ANN401
    body = model.model
    cap = getattr(model.config, "final_logit_softcapping", None)

    def read_out(stream: Tensor) -> Tensor:
        logits: Tensor = model.lm_head(body.norm(stream))
        return logits if cap is None else (logits / cap).tanh() * cap

    return Layout(
        table=body.embed_tokens,
        positions=None,
        blocks=tuple(body.layers),
        sublayers=sublayers,
        final_norm=body.norm,
        read_out=read_out,
        head=model.lm_head,
    )


def _bert(model: Any) -> Layout:  # noqa: ANN401
    body = model.base_model
    output_layer = model.cls if hasattr(model, "cls") else model.lm_head

    def sublayers() -> Iterator[Sublayer]:
        for layer, block in enumerate(body.encoder.layer):
            inner, after = block.attention.self, block.attention.output
            parts = {"query": inner.query, "key": inner.key, "value": inner.value}
            yield Sublayer(
                f"attention.{layer}", "attention", layer, None, after.dense, None, after.LayerNorm, after.dense, parts
            )
            after, up = block.output, {"up": block.intermediate.dense}
            yield Sublayer(f"mlp.{layer}", "mlp", layer, None, after.dense, None, after.LayerNorm, after.dense, up)

    return Layout(
        table=body.embeddings.word_embeddings,
        positions=body.embeddings.position_embeddings,
        blocks=tuple(body.encoder.layer),
        sublayers=tuple(sublayers()),
        final_norm=None,
        read_out=output_layer,
        head=model.get_output_embeddings(),
    )


def _t5(model: Any) -> Layout:  # noqa: ANN401
    """The decoder; what it reads of the encoder comes in by the cross-attention."""
    body = model.decoder
    factor = model.model_dim**-0.5 if model.config.scale_decoder_outputs else 1.0

    def attention(part: Part, layer: int, holder: Any, inner: Any) -> Sublayer:  # noqa: ANN401
        parts = {"query": inner.q, "key": inner.k, "value": inner.v}
        return _pre(part, layer, holder.layer_norm, inner, output=inner.o, modules=parts)

    def sublayers() -> Iterator[Sublayer]:
        for layer, block in enumerate(body.block):
            own, cross, feed = block.layer
            yield attention("attention", layer, own, own.SelfAttention)
            yield attention("cross", layer, cross, cross.EncDecAttention)
            mlp = feed.DenseReluDense
            up = {"up": mlp.wi} if hasattr(mlp, "wi") else {"gate": mlp.wi_0, "up": mlp.wi_1}
            yield _pre("mlp", layer, feed.layer_norm, mlp, output=mlp.wo, modules=up)

    return Layout(
        table=model.shared,
        positions=None,
        blocks=tuple(body.block),
        sublayers=tuple(sublayers()),
        final_norm=body.final_layer_norm,
        read_out=lambda stream: model.lm_head(body.final_layer_norm(stream) * factor),
        head=model.lm_head,
    )


def _pre(
    part: Part,
    layer: int,
    norm: nn.Module,
    adds: nn.Module,
    *,
    output: nn.Module,
    modules: Mapping[str, nn.Module],
    branch: nn.Module | None = None,
) -> Sublayer:
    return Sublayer(f"{part}.{layer}", part, layer, norm, adds, branch, None, output, modules)


def _projections(attention: Any) -> dict[str, nn.Module]:  # noqa: ANN401
    return {"query": attention.q_proj, "key": attention.k_proj, "value": attention.v_proj}


def _gated(mlp: Any) -> dict[str, nn.Module]:  # noqa: ANN401
    return {"gate": mlp.gate_proj, "up": mlp.up_proj}


_FAMILIES: Final[Mapping[str, Callable[[Any], Layout]]] = {
    "gpt2": _gpt2,
    **dict.fromkeys(("llama", "mistral", "qwen2", "qwen3", "smollm3", "gemma"), _llama),
    **dict.fromkeys(("gemma2", "gemma3_text"), _gemma),
    **dict.fromkeys(("bert", "roberta", "xlm-roberta", "camembert"), _bert),
    **dict.fromkeys(("t5", "mt5"), _t5),
}
