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
        The others by their part: "query", "key", "value" (or "query_key_value" in one), the norms of queries and keys
        "query_norm" and "key_norm" (Qwen3, Gemma 3), the table "bias" (T5), "up", "gate".
    activation
        Of an MLP, between its two linear maps.
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
    activation: Callable[[Tensor], Tensor] | None = None


@dataclass(frozen=True, eq=False)
class Transform:
    """What BERT puts between the stream and the vocabulary."""

    dense: nn.Module
    activation: Callable[[Tensor], Tensor]
    norm: nn.Module


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """The parts of one model, in the order of the computation.

    Nothing in it leads back to the model itself, so that a model nobody uses leaves the memory at once.

    Attributes
    ----------
    table, positions, segments
        The word, position and segment embeddings; None where there are none.
    first_position
        The row of `positions` that the first token gets (RoBERTa counts from the one after its padding id).
    embedding_norm
        Norms the sum of the embeddings (BERT).
    embedding_scale
        Factor of the word embeddings (Gemma); `table` has it built in.
    rotary
        The module that turns queries and keys by their position.
    blocks
        What the first is given is the stream's first row, and each block's output is the stream after its last
        sublayer.
    final_norm
        Before the output layer; None in post-norm models.
    transform, scale_out, head, soft_cap
        From the stream, with `final_norm`, to the scores: see `read_out`. `head` is the linear map to the vocabulary.
    """

    table: nn.Module
    positions: nn.Module | None = None
    segments: nn.Module | None = None
    first_position: int = 0
    embedding_norm: nn.Module | None = None
    embedding_scale: float = 1.0
    rotary: nn.Module | None = None
    blocks: tuple[nn.Module, ...]
    sublayers: tuple[Sublayer, ...]
    final_norm: nn.Module | None
    transform: Transform | None = None
    scale_out: float = 1.0
    head: nn.Module
    soft_cap: float | None = None

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

    def sublayer(self, row: str) -> Sublayer:
        """Return the sublayer of a row."""
        return next(sublayer for sublayer in self.sublayers if sublayer.row == row)

    def read_out(self, stream: Tensor) -> Tensor:
        """Return the scores of all tokens, `[..., vocabulary]`, for vectors of the stream, `[..., width]`.

        The model's own modules compute them as the model does; the final norm is part of it.
        """
        logits: Tensor = self.head(self.before_head(stream))
        return self._cap(logits)

    def before_head(self, stream: Tensor) -> Tensor:
        """Return what the map to the vocabulary is given for vectors of the stream."""
        vectors = stream if self.final_norm is None else self.final_norm(stream)
        if self.scale_out != 1.0:
            vectors = vectors * self.scale_out
        if self.transform is not None:
            vectors = self.transform.norm(self.transform.activation(self.transform.dense(vectors)))
        return vectors

    def scores_of(self, tokens: slice | list[int], vectors: Tensor) -> Tensor:
        """Return the scores of some tokens, `[..., token]`, for vectors from `before_head`."""
        import torch

        head: Any = self.head
        bias = None if head.bias is None else head.bias[tokens]
        return self._cap(torch.nn.functional.linear(vectors, head.weight[tokens], bias))

    def _cap(self, logits: Tensor) -> Tensor:
        return logits if self.soft_cap is None else (logits / self.soft_cap).tanh() * self.soft_cap


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
            up = {"up": mlp.c_fc}
            yield _pre("mlp", layer, block.ln_2, mlp, output=mlp.c_proj, modules=up, activation=mlp.act)

    return Layout(
        table=body.wte,
        positions=body.wpe,
        blocks=tuple(body.h),
        sublayers=tuple(sublayers()),
        final_norm=body.ln_f,
        head=model.lm_head,
    )


def _llama(model: Any) -> Layout:  # noqa: ANN401
    body = model.model

    def sublayers() -> Iterator[Sublayer]:
        for layer, block in enumerate(body.layers):
            attention, mlp = block.self_attn, block.mlp
            before, parts = block.input_layernorm, _projections(attention)
            yield _pre("attention", layer, before, attention, output=attention.o_proj, modules=parts)
            before = block.post_attention_layernorm
            yield _pre("mlp", layer, before, mlp, output=mlp.down_proj, modules=_gated(mlp), activation=mlp.act_fn)

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
            parts, act = _gated(mlp), mlp.act_fn
            yield _pre("mlp", layer, before, after, output=mlp.down_proj, modules=parts, branch=after, activation=act)

    return _of_llama(model, tuple(sublayers()))


def _of_llama(model: Any, sublayers: tuple[Sublayer, ...]) -> Layout:  # noqa: ANN401
    body = model.model
    return Layout(
        table=body.embed_tokens,
        embedding_scale=float(getattr(body.embed_tokens, "scalar_embed_scale", 1.0)),
        rotary=body.rotary_emb,
        blocks=tuple(body.layers),
        sublayers=sublayers,
        final_norm=body.norm,
        head=model.lm_head,
        soft_cap=getattr(model.config, "final_logit_softcapping", None),
    )


def _bert(model: Any) -> Layout:  # noqa: ANN401
    from torch.nn.functional import gelu

    body = model.base_model
    if hasattr(model, "cls"):
        top = model.cls.predictions.transform
        transform = Transform(top.dense, top.transform_act_fn, top.LayerNorm)
    else:
        transform = Transform(model.lm_head.dense, gelu, model.lm_head.layer_norm)

    def sublayers() -> Iterator[Sublayer]:
        for layer, block in enumerate(body.encoder.layer):
            inner, after = block.attention.self, block.attention.output
            parts = {"query": inner.query, "key": inner.key, "value": inner.value}
            yield Sublayer(
                f"attention.{layer}", "attention", layer, None, after.dense, None, after.LayerNorm, after.dense, parts
            )
            after, up, act = block.output, {"up": block.intermediate.dense}, block.intermediate.intermediate_act_fn
            yield Sublayer(f"mlp.{layer}", "mlp", layer, None, after.dense, None, after.LayerNorm, after.dense, up, act)

    padding = getattr(body.embeddings.position_embeddings, "padding_idx", None)
    return Layout(
        table=body.embeddings.word_embeddings,
        positions=body.embeddings.position_embeddings,
        segments=body.embeddings.token_type_embeddings,
        first_position=0 if padding is None else padding + 1,
        embedding_norm=body.embeddings.LayerNorm,
        blocks=tuple(body.encoder.layer),
        sublayers=tuple(sublayers()),
        final_norm=None,
        transform=transform,
        head=model.get_output_embeddings(),
    )


def _t5(model: Any) -> Layout:  # noqa: ANN401
    """The decoder; what it reads of the encoder comes in by the cross-attention."""
    body = model.decoder

    def attention(part: Part, layer: int, holder: Any, inner: Any) -> Sublayer:  # noqa: ANN401
        parts = {"query": inner.q, "key": inner.k, "value": inner.v}
        if inner.has_relative_attention_bias:
            parts["bias"] = inner.relative_attention_bias
        return _pre(part, layer, holder.layer_norm, inner, output=inner.o, modules=parts)

    def sublayers() -> Iterator[Sublayer]:
        for layer, block in enumerate(body.block):
            own, cross, feed = block.layer
            yield attention("attention", layer, own, own.SelfAttention)
            yield attention("cross", layer, cross, cross.EncDecAttention)
            mlp = feed.DenseReluDense
            up = {"up": mlp.wi} if hasattr(mlp, "wi") else {"gate": mlp.wi_0, "up": mlp.wi_1}
            yield _pre("mlp", layer, feed.layer_norm, mlp, output=mlp.wo, modules=up, activation=mlp.act)

    return Layout(
        table=model.shared,
        blocks=tuple(body.block),
        sublayers=tuple(sublayers()),
        final_norm=body.final_layer_norm,
        scale_out=model.model_dim**-0.5 if model.config.scale_decoder_outputs else 1.0,
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
    activation: Callable[[Tensor], Tensor] | None = None,
) -> Sublayer:
    return Sublayer(f"{part}.{layer}", part, layer, norm, adds, branch, None, output, modules, activation)


def _projections(attention: Any) -> dict[str, nn.Module]:  # noqa: ANN401
    parts = {"query": attention.q_proj, "key": attention.k_proj, "value": attention.v_proj}
    norms = {"query_norm": "q_norm", "key_norm": "k_norm"}
    return parts | {part: getattr(attention, name) for part, name in norms.items() if hasattr(attention, name)}


def _gated(mlp: Any) -> dict[str, nn.Module]:  # noqa: ANN401
    return {"gate": mlp.gate_proj, "up": mlp.up_proj}


_FAMILIES: Final[Mapping[str, Callable[[Any], Layout]]] = {
    "gpt2": _gpt2,
    **dict.fromkeys(("llama", "mistral", "qwen2", "qwen3", "smollm3", "gemma"), _llama),
    **dict.fromkeys(("gemma2", "gemma3_text"), _gemma),
    **dict.fromkeys(("bert", "roberta", "xlm-roberta", "camembert"), _bert),
    **dict.fromkeys(("t5", "mt5"), _t5),
}
