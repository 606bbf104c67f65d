"""The operations of a Transformer in NumPy, with weights read from a model's modules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor, nn

Array = NDArray[Any]


def array(tensor: Tensor) -> Array:
    """Return a tensor as an array that shares its memory where it can."""
    values: Array = tensor.detach().cpu().numpy()
    return values


def matrix(module: nn.Module) -> Array:
    """Return the weights of a linear map, `[in, out]`; GPT-2 keeps them the other way around than the others."""
    weights = array(module.weight)  # type: ignore[arg-type]
    return weights if type(module).__name__ == "Conv1D" else weights.T


def bias(module: nn.Module) -> Array | None:
    """Return what a linear map adds, `[out]`; None if nothing."""
    found = getattr(module, "bias", None)
    return None if found is None else array(found)


def linear(module: nn.Module, vectors: Array) -> Array:
    """Return `vectors @ W + b`, `[..., out]`."""
    product: Array = vectors @ matrix(module)
    added = bias(module)
    return product if added is None else product + added


@dataclass(frozen=True, eq=False)
class Norm:
    """A norm as numbers.

    Attributes
    ----------
    kind
        "layer": minus the mean, divided by the standard deviation. "rms": divided by the root of the mean square.
    gain, bias
        `[width]`. Gemma keeps its gain as the difference to 1.
    """

    kind: Literal["layer", "rms"]
    gain: Array
    bias: Array | None
    epsilon: float

    @classmethod
    def of(cls, module: nn.Module) -> Norm:
        """Read a norm from its module."""
        name = type(module).__name__
        epsilon = next(getattr(module, each) for each in ("eps", "variance_epsilon") if hasattr(module, each))
        gain = array(module.weight).astype(np.float64)  # type: ignore[arg-type]
        kind: Literal["layer", "rms"] = "layer" if name == "LayerNorm" else "rms"
        return cls(kind, gain + cls.offset_of(module), bias(module), float(epsilon))

    @staticmethod
    def offset_of(module: nn.Module) -> float:
        """Return what is added to the gain as it is stored."""
        return 1.0 if type(module).__name__.startswith("Gemma") else 0.0

    def scale(self, vectors: Array) -> Array:
        """Return what the vectors are divided by, `[..., 1]`."""
        centred = self._centre(vectors.astype(np.float64))
        root: Array = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.epsilon)
        return root

    def apply(self, vectors: Array) -> Array:
        """Return the normed vectors."""
        normed: Array = self._centre(vectors.astype(np.float64)) / self.scale(vectors) * self.gain
        return normed if self.bias is None else normed + self.bias

    def pull_back(self, directions: Array, vector: Array) -> tuple[Array, Array]:
        """Return the directions before the norm and what its bias gives, with the scale of `vector` frozen.

        `directions`, `[direction, width]`, are measured on the output; the returned ones measure the same on the input.
        """
        weighted = directions * self.gain
        given = directions @ self.bias if self.bias is not None else np.zeros(len(directions))
        return self._centre(weighted) / self.scale(vector), given

    def push(self, vectors: Array, whole: Array) -> Array:
        """Return what the norm makes of parts of a vector, with the scale of the whole frozen; the bias is no part."""
        pushed: Array = self._centre(vectors.astype(np.float64)) / self.scale(whole) * self.gain
        return pushed

    def _centre(self, vectors: Array) -> Array:
        return vectors - vectors.mean(axis=-1, keepdims=True) if self.kind == "layer" else vectors


def softmax(scores: Array) -> Array:
    """Return shares that sum to 1 over the last axis, in double precision."""
    raised = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _gelu(values: Array) -> Array:
    halves: Array = values * 0.5 * (1.0 + _erf(values / math.sqrt(2.0)))
    return halves


def _gelu_tanh(values: Array) -> Array:
    halves: Array = 0.5 * values * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (values + 0.044715 * values**3)))
    return halves


def _silu(values: Array) -> Array:
    halves: Array = values * 0.5 * (1.0 + np.tanh(values / 2.0))
    return halves


def _relu(values: Array) -> Array:
    return np.maximum(values, 0.0)


_erf: Final = np.vectorize(math.erf, otypes=[np.float64])

ACTIVATIONS: Final = {
    "gelu": _gelu,
    "gelu_new": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "gelu_fast": _gelu_tanh,
    "silu": _silu,
    "swish": _silu,
    "relu": _relu,
}
"""By the names that a config.json uses."""

FORMULAS: Final = {
    "gelu": "x · Φ(x)",
    "gelu_new": "½x · (1 + tanh(√(2/π) · (x + 0.044715x³)))",
    "gelu_pytorch_tanh": "½x · (1 + tanh(√(2/π) · (x + 0.044715x³)))",
    "gelu_fast": "½x · (1 + tanh(√(2/π) · (x + 0.044715x³)))",
    "silu": "x / (1 + e⁻ˣ)",
    "swish": "x / (1 + e⁻ˣ)",
    "relu": "max(0, x)",
}
