"""A network as a list of stages, from ids to probabilities, each with its formula and its inputs.

The list is read from the modules and the config of a model: which norm, learned or rotary positions, grouped queries, a
gated MLP, which GELU. Each stage knows the value that the model computed, and recomputes it from the values of its
inputs with NumPy alone. Whatever is shown of a stage is read from here.

Of an encoder-decoder the stages are those of the decoder; what the encoder hands over is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from components.inside.arithmetic import ACTIVATIONS, FORMULAS, Array, Norm, array, linear, softmax
from components.inside.positions import read_rotary, relative_buckets, turn, visible
from components.inside.reading import Pass, attention_row, is_causal
from components.models.recording import LayerRecord
from components.models.sublayers import EMBEDDING, Sublayer

if TYPE_CHECKING:
    from torch import Tensor, nn

Kind = Literal[
    "given",
    "lookup",
    "sum",
    "norm",
    "linear",
    "turn",
    "scores",
    "cap",
    "mask",
    "softmax",
    "mix",
    "activation",
    "scale",
]

MOST_ERROR: Final = 1e-5
"""How far a recomputed number may be from the model's, relative to the largest of its vector."""

_WIDTH: Final = ("position", "width")
_HEADS: Final = ("head", "position", "dim")
_SCORES: Final = ("head", "query", "key")
_INNER: Final = ("position", "neuron")
_NORM_FORMULAS: Final = {
    "layer": "(x − mean(x)) / √(var(x) + ε) · g + b",
    "rms": "x / √(mean(x²) + ε) · g",
}
_NORM_CODE: Final = {
    "layer": "c = x - x.mean(-1, keepdims=True)\ny = c / np.sqrt((c**2).mean(-1, keepdims=True) + eps) * g + b",
    "rms": "root = np.sqrt((x**2).mean(-1, keepdims=True) + eps)\ny = x / root * g",
}


@dataclass(frozen=True, eq=False)
class Stage:
    """One operation.

    Attributes
    ----------
    name
        "attention.4.scores"; the stream after a row has the row's own name.
    symbol, shape
        How a formula writes it, and the names of its axes.
    inputs
        Names of the stages that it is computed from, in the order that `recompute` takes them.
    formula, code
        As mathematics, and as lines of NumPy.
    read
        Returns the value that the model computed.
    recompute
        Returns the same from the values of `inputs`; None for what is given.
    module
        The model's own module, or its activation; None where there is none.
    """

    name: str
    symbol: str
    shape: tuple[str, ...]
    kind: Kind
    inputs: tuple[str, ...]
    formula: str
    code: str
    read: Callable[[], Array]
    recompute: Callable[..., Array] | None
    module: Callable[..., Any] | None = None

    @property
    def value(self) -> Array:
        """What the model computed."""
        return self.read()


@dataclass(frozen=True, eq=False)
class Stages:
    """All stages of one pass in the order of the computation."""

    all: tuple[Stage, ...]
    by_name: dict[str, Stage] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {stage.name: stage for stage in self.all})

    def recompute(self, name: str) -> Array:
        """Return the value of a stage, recomputed from the model's values of its inputs."""
        stage = self.by_name[name]
        if stage.recompute is None:
            return stage.value
        return stage.recompute(*(self.by_name[each].value for each in stage.inputs))

    def of_row(self, row: str) -> tuple[Stage, ...]:
        """Return the stages of a sublayer, the stream after it last."""
        return tuple(stage for stage in self.all if stage.name == row or stage.name.startswith(f"{row}."))


def list_stages(done: Pass) -> Stages:
    """Return the stages of a pass.

    Raises
    ------
    ValueError
        If the pass was not in detail.
    """
    if not done.trace.mixed:
        raise ValueError("stages need a pass in detail: run(..., in_detail=True)")
    builder = _Builder(done)
    builder.embed()
    for number, sublayer in enumerate(done.layout.sublayers):
        builder.sublayer(sublayer, below=done.rows[number])
    builder.read_out()
    return Stages(tuple(builder.stages))


class _Builder:
    def __init__(self, done: Pass) -> None:
        self.done = done
        self.layout = done.layout
        self.config: Any = done.loaded.model.config
        self.stages: list[Stage] = []
        self.records = _records_of(done)

    def add(  # noqa: PLR0917 (a stage is written down in the order of its fields)
        self,
        name: str,
        symbol: str,
        shape: tuple[str, ...],
        kind: Kind,
        inputs: tuple[str, ...],
        formula: str,
        code: str,
        read: Callable[[], Tensor],
        recompute: Callable[..., Array] | None,
        module: Callable[..., Any] | None = None,
    ) -> str:
        def value() -> Array:
            import torch

            with torch.inference_mode():
                return array(read())

        self.stages.append(Stage(name, symbol, shape, kind, inputs, formula, code, value, recompute, module))
        return name

    def norm(self, name: str, symbol: str, below: str, module: nn.Module, read: Callable[[], Tensor]) -> str:
        norm = Norm.of(module)
        shape = self.stages[-1].shape if self.stages[-1].name == below else _WIDTH
        formula, code = _NORM_FORMULAS[norm.kind], _NORM_CODE[norm.kind]
        return self.add(name, symbol, shape, "norm", (below,), formula, code, read, norm.apply, module)

    def linear(  # noqa: PLR0917
        self, name: str, symbol: str, shape: tuple[str, ...], below: str, module: nn.Module, read: Callable[[], Tensor]
    ) -> str:
        has_bias = getattr(module, "bias", None) is not None
        formula = f"{symbol} = x · W" + (" + b" if has_bias else "")
        code = "y = x @ W" + (" + b" if has_bias else "")

        def recompute(x: Array) -> Array:
            return linear(module, x)

        return self.add(name, symbol, shape, "linear", (below,), formula, code, read, recompute, module)

    def embed(self) -> None:
        layout, done = self.layout, self.done
        ids = np.array([token.id for token in done.tokens])
        self.add("ids", "id", ("position",), "given", (), "", "", lambda: _tensor(done, ids), None)
        scale = layout.embedding_scale
        table: Any = layout.table
        self.add(
            "token_vectors",
            "E[id]",
            _WIDTH,
            "lookup",
            ("ids",),
            "E[id]" if scale == 1.0 else "√d · E[id]",
            "y = E[ids]" if scale == 1.0 else "y = E[ids] * d**0.5",
            lambda: table(_tensor(done, ids)),
            lambda given: array(table.weight)[given] * scale,
            table,
        )
        parts = ["token_vectors"]
        if layout.positions is not None:
            places = np.arange(len(ids))
            if layout.first_position:  # RoBERTa counts without padding tokens; one that is typed has the row before
                is_counted = ids != layout.first_position - 1
                places = is_counted.cumsum() * is_counted + layout.first_position - 1
            parts.append(self.lookup("position_vectors", "P[i]", layout.positions, places))
        if layout.segments is not None:
            has_segments = getattr(self.config, "type_vocab_size", 0) > 1
            segments = np.array(done.given.type_ids) if has_segments else np.zeros(len(ids), dtype=np.int64)
            parts.append(self.lookup("segment_vectors", "T[s]", layout.segments, segments))
        symbols = " + ".join(self.named(each).symbol for each in parts)
        code = "y = " + " + ".join(parts)
        total = EMBEDDING if layout.embedding_norm is None else "embedding.sum"

        def summed() -> Tensor:
            if layout.embedding_norm is None:
                return done.streams[EMBEDDING]
            return _tensor(done, sum(self.named(each).value for each in parts))

        self.add(total, "x", _WIDTH, "sum", tuple(parts), symbols, code, summed, lambda *given: sum(given))
        if layout.embedding_norm is not None:
            self.norm(EMBEDDING, "x", total, layout.embedding_norm, lambda: done.streams[EMBEDDING])

    def lookup(self, name: str, symbol: str, module: Any, indices: Array) -> str:  # noqa: ANN401
        done = self.done
        return self.add(
            name,
            symbol,
            _WIDTH,
            "lookup",
            (),
            symbol,
            f"y = {symbol[0]}[{'np.arange(n)' if name.startswith('position') else 'segments'}]",
            lambda: module(_tensor(done, indices)),
            lambda: array(module.weight)[indices],
            module,
        )

    def sublayer(self, sublayer: Sublayer, *, below: str) -> None:
        row, done = sublayer.row, self.done
        entering = below
        if sublayer.norm_in is not None:
            entering = self.norm(f"{row}.normed", "x̂", below, sublayer.norm_in, lambda: done.trace.normed[row][0])
        leaving = self.mlp(sublayer, entering) if sublayer.part == "mlp" else self.attention(sublayer, entering)
        output, branch = sublayer.output, sublayer.norm_branch
        joined = done.trace.mixed[row][0]
        if branch is None:
            added = self.project(f"{row}.added", sublayer, leaving, lambda: done.added[row])
        else:
            made = self.project(f"{row}.projected", sublayer, leaving, lambda: output(joined))
            added = self.norm(f"{row}.added", "Δx", made, branch, lambda: done.added[row])
        total = row if sublayer.norm_out is None else f"{row}.sum"

        def summed() -> Tensor:
            return done.streams[row] if sublayer.norm_out is None else done.streams[below] + done.added[row]

        self.add(total, "x", _WIDTH, "sum", (below, added), "x + Δx", "y = x + added", summed, lambda x, more: x + more)
        if sublayer.norm_out is not None:
            self.norm(row, "x", total, sublayer.norm_out, lambda: done.streams[row])

    def project(self, name: str, sublayer: Sublayer, below: str, read: Callable[[], Tensor]) -> str:
        module, is_mlp = sublayer.output, sublayer.part == "mlp"
        has_bias = getattr(module, "bias", None) is not None

        def recompute(x: Array) -> Array:
            # the heads side by side: [head, position, dim] -> [position, head * dim]
            return linear(module, x if is_mlp else x.transpose(1, 0, 2).reshape(x.shape[1], -1))

        formula = ("h" if is_mlp else "concat(z₁, z₂, …)") + (" · W + b" if has_bias else " · W")
        code = ("y = h @ W" if is_mlp else "y = np.concatenate(list(z), axis=-1) @ W") + (" + b" if has_bias else "")
        return self.add(name, "Δx", _WIDTH, "linear", (below,), formula, code, read, recompute, module)

    def mlp(self, sublayer: Sublayer, entering: str) -> str:
        row, done = sublayer.row, self.done
        parts = done.trace.parts[row]
        name = activation_name(self.config)
        act = ACTIVATIONS[name]
        up = self.linear(f"{row}.up", "u", _INNER, entering, sublayer.modules["up"], lambda: parts["up"][0])
        inputs: tuple[str, ...] = (up,)
        formula, code = FORMULAS[name], "h = act(u)"
        apply: Callable[..., Array] = act
        if "gate" in sublayer.modules:
            gate = self.linear(f"{row}.gate", "g", _INNER, entering, sublayer.modules["gate"], lambda: parts["gate"][0])
            inputs, code = (gate, up), "h = act(g) * u"
            formula = f"act(g) · u,  act(x) = {formula}"

            def apply(gates: Array, ups: Array) -> Array:
                product: Array = act(gates.astype(np.float64)) * ups
                return product

        return self.add(
            f"{row}.neurons",
            "h",
            _INNER,
            "activation",
            inputs,
            formula,
            code,
            lambda: done.trace.mixed[row][0],
            apply,
            sublayer.activation,
        )

    def attention(self, sublayer: Sublayer, entering: str) -> str:
        row, done, record = sublayer.row, self.done, self.records[sublayer.row]
        source = self.encoded() if sublayer.part == "cross" else entering
        query = self.heads_of(sublayer, "query", entering, record.query)
        key = self.heads_of(sublayer, "key", source, record.key)
        value = self.heads_of(sublayer, "value", source, record.value)
        scaling, group = record.scaling, record.query.shape[1] // record.key.shape[1]

        def score(queries: Array, keys: Array) -> Array:
            shared = keys.repeat(group, axis=0)  # grouped queries: several heads look at the same keys
            scores: Array = queries @ shared.transpose(0, 2, 1) * scaling
            return scores

        def scored() -> Tensor:
            keys = record.key[0].repeat_interleave(group, dim=0)
            return record.query[0] @ keys.transpose(1, 2) * scaling

        share = 1.0 / scaling**2
        factor = (
            "" if scaling == 1.0 else f" / √{round(share)}" if abs(share - round(share)) < 1e-6 else f" · {scaling:.4g}"
        )
        formula = f"q · k{factor}"
        code = "k = k.repeat(heads // key_heads, axis=0)\ns = q @ k.swapaxes(-1, -2) * scaling"
        last = self.add(f"{row}.scores", "s", _SCORES, "scores", (query, key), formula, code, scored, score)
        last = self.correct(row, record, last, scored)
        self.add(
            f"{row}.weights",
            "a",
            _SCORES,
            "softmax",
            (last,),
            "softmax(s)",
            "e = np.exp(s - s.max(-1, keepdims=True))\na = e / e.sum(-1, keepdims=True)",
            lambda: record.weights[0],
            softmax,
        )
        heads = record.query.shape[1]
        mixed = done.trace.mixed[row][0]
        return self.add(
            f"{row}.mixed",
            "z",
            _HEADS,
            "mix",
            (f"{row}.weights", value),
            "a · v",
            "v = v.repeat(heads // key_heads, axis=0)\nz = a @ v",
            lambda: _split(mixed, heads),
            lambda weights, values: weights @ values.repeat(group, axis=0),
        )

    def correct(self, row: str, record: LayerRecord, last: str, read: Callable[[], Tensor]) -> str:
        """Add what happens to scores before the softmax: a bias for the distance, a cap, the mask."""
        layer, distance, mask = record.layer, record.bias, record.mask
        if distance is not None and record.kind != "cross":
            plain, table = read, self.layout.sublayer("attention.0").modules["bias"]
            buckets = relative_buckets(self.config, len(self.done.tokens), is_causal=is_causal(self.done.loaded))

            def biased() -> Tensor:
                return plain() + distance[0]

            last = self.add(
                f"{row}.biased",
                "s",
                _SCORES,
                "sum",
                (last,),
                "s + B[distance]",
                "y = s + B[bucket]",
                biased,
                lambda scores: scores + array(table.weight)[buckets].transpose(2, 0, 1),  # type: ignore[arg-type]
                table,
            )
            read = biased
        cap = getattr(self.config, "attn_logit_softcapping", None)
        if cap is not None:
            uncapped = read

            def capped() -> Tensor:
                scores: Tensor = (uncapped() / cap).tanh() * cap
                return scores

            last = self.add(
                f"{row}.capped",
                "s",
                _SCORES,
                "cap",
                (last,),
                "c · tanh(s / c)",
                "y = c * np.tanh(s / c)",
                capped,
                lambda scores: np.tanh(scores / cap) * cap,
            )
            read = capped
        if record.kind == "decoder":
            unmasked, seen = read, visible(self.config, layer, len(self.done.tokens))

            def masked() -> Tensor:
                scores = unmasked()
                hidden = scores.new_ones(scores.shape[1:]).triu(1) > 0 if mask is None else mask[0, 0] < 0
                return scores.masked_fill(hidden, -float("inf"))

            last = self.add(
                f"{row}.masked",
                "s",
                _SCORES,
                "mask",
                (last,),
                "s (j ≤ i), −∞ (j > i)",
                "y = np.where(np.tri(n, dtype=bool), s, -np.inf)",
                masked,
                lambda scores: np.where(seen, scores, -np.inf),
            )
        return last

    def heads_of(self, sublayer: Sublayer, part: str, source: str, recorded: Tensor) -> str:
        """Add query, key or value of an attention: the projection, its norm, its turn by position."""
        row, done, config = sublayer.row, self.done, self.config
        symbol, heads = part[0], recorded.shape[1]
        parts = done.trace.parts[row]
        module = sublayer.modules.get(part)
        which = ("query", "key", "value").index(part)
        is_joined = module is None
        module = sublayer.modules["query_key_value"] if module is None else module

        def projected() -> Tensor:
            made = parts["query_key_value"][0].chunk(3, dim=-1)[which] if is_joined else parts[part][0]
            return _split(made, heads)

        def project(x: Array) -> Array:
            made = linear(module, x)
            made = np.split(made, 3, axis=-1)[which] if is_joined else made
            return made.reshape(len(made), heads, -1).transpose(1, 0, 2)

        has_bias = getattr(module, "bias", None) is not None
        last = self.add(
            f"{row}.{part}",
            symbol,
            _HEADS,
            "linear",
            (source,),
            f"{symbol} = x · W" + (" + b" if has_bias else ""),
            f"{symbol} = (x @ W{' + b' if has_bias else ''}).reshape(n, heads, -1).swapaxes(0, 1)",
            projected,
            project,
            module,
        )
        if f"{part}_norm" in sublayer.modules:
            made = parts[f"{part}_norm"][0]
            # Gemma 3 has the heads first, Qwen3 the positions
            is_first = config.model_type.startswith("gemma3")
            normed = made if is_first else made.transpose(0, 1)
            last = self.norm(f"{row}.{part}_normed", symbol, last, sublayer.modules[f"{part}_norm"], lambda: normed)
        rotary = read_rotary(self.layout, config, sublayer.layer)
        if rotary is None or part == "value":
            return last
        frequencies, size = rotary
        return self.add(
            f"{row}.{part}_turned",
            symbol,
            _HEADS,
            "turn",
            (last,),
            f"{symbol}ᵢ turned by i · θ",
            "left, right = np.split(x, 2, axis=-1)\ny = x * cos + np.concatenate([-right, left], -1) * sin",
            lambda: recorded[0],
            lambda vectors: turn(vectors, frequencies, size),
        )

    def encoded(self) -> str:
        encoded = self.done.encoded
        if encoded is not None and all(stage.name != "encoded" for stage in self.stages):
            self.add("encoded", "m", _WIDTH, "given", (), "", "", lambda: encoded, None)
        return "encoded"

    def read_out(self) -> None:
        layout, done = self.layout, self.done
        last, current = done.rows[-1], done.streams[done.rows[-1]]
        final, transform, scale, cap = layout.final_norm, layout.transform, layout.scale_out, layout.soft_cap
        if final is not None:
            last = self.norm("final", "x̂", last, final, lambda: final(current))
        if scale != 1.0:
            last = self.add(
                "final_scaled",
                "x̂",
                _WIDTH,
                "scale",
                (last,),
                "x / √d",
                "y = x * d**-0.5",
                lambda: _final(current) * scale,
                lambda x: x * scale,
            )

        def _final(stream: Tensor) -> Tensor:
            normed: Tensor = stream if final is None else final(stream)
            return normed

        if transform is not None:
            dense, act, norm = transform.dense, transform.activation, transform.norm
            last = self.linear("transform.dense", "u", _WIDTH, last, dense, lambda: dense(current))
            name = "gelu" if not hasattr(done.loaded.model, "cls") else activation_name(self.config)
            last = self.add(
                "transform.activation",
                "h",
                _WIDTH,
                "activation",
                (last,),
                FORMULAS[name],
                "h = act(u)",
                lambda: act(dense(current)),
                ACTIVATIONS[name],
                act,
            )
            last = self.norm("transform.norm", "x̂", last, norm, lambda: norm(act(dense(current))))
        shape = ("position", "token")
        if cap is None:
            last = self.linear("logits", "ℓ", shape, last, layout.head, lambda: done.logits)
        else:
            last = self.linear("logits.uncapped", "ℓ", shape, last, layout.head, lambda: layout.head(_final(current)))
            last = self.add(
                "logits",
                "ℓ",
                shape,
                "cap",
                (last,),
                "c · tanh(ℓ / c)",
                "y = c * np.tanh(l / c)",
                lambda: done.logits,
                lambda logits: np.tanh(logits / cap) * cap,
            )
        code = "e = np.exp(l - l.max(-1, keepdims=True))\np = e / e.sum(-1, keepdims=True)"
        self.add(
            "probabilities",
            "p",
            shape,
            "softmax",
            (last,),
            "softmax(ℓ)",
            code,
            lambda: done.logits.double().softmax(-1),
            softmax,
        )

    def named(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)


def activation_name(config: Any) -> str:  # noqa: ANN401 (each family names it in its own way)
    """Return the name of the activation inside the MLPs."""
    names = ("dense_act_fn", "hidden_activation", "hidden_act", "activation_function")
    return str(next(value for name in names if (value := getattr(config, name, None))))


def _records_of(done: Pass) -> dict[str, LayerRecord]:
    """Return what was recorded of each attention, by its row."""
    return {attention_row(each): each for each in done.layers}


def _split(vectors: Tensor, heads: int) -> Tensor:
    """Return `[head, position, dim]` of `[position, head * dim]`."""
    return vectors.view(len(vectors), heads, -1).transpose(0, 1)


def _tensor(done: Pass, values: Any) -> Tensor:  # noqa: ANN401 (ids or vectors)
    import torch

    return torch.as_tensor(values, device=done.loaded.device)
