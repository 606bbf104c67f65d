"""Read the residual stream of a model while it computes, and put other vectors into it, for one session alone.

`install(model)` is called once, when the model is loaded: it leaves a hook on each module that reads or writes the
stream (`components.models.sublayers`). The hooks look into a ContextVar: without a request they do nothing. Inside
`with trace(model, ...)` they collect what each part reads and adds. A ContextVar belongs to one thread, so sessions
that share a model never see each other's request. `components.models.recording` does the same for what is inside
attention.

    with trace(model) as seen:
        model(**inputs)
    seen.streams["mlp.3"]  # [batch, position, width], after the MLP of layer 3
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from components.models.sublayers import EMBEDDING, Layout, Sublayer, find_layout

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedModel

Change = Mapping[int | tuple[int, int], "Tensor"]
"""Position, or text of the batch and position -> the vector that the stream has there instead, `[width]`."""

_HOOKED: Final = "_stream_is_hooked"
"""Attribute that `install` leaves on a model whose modules have the hooks; a copy of the model has both."""


@dataclass
class Trace:
    """What one forward pass wrote into the stream.

    Attributes
    ----------
    streams
        `[batch, position, width]` after each row, by its name; "embedding" is the lowest.
    added
        `[batch, position, width]` that each sublayer added.
    mixed
        In detail only. Of each sublayer what its last linear map was given: of an attention the heads' averages side
        by side, `[batch, position, head * dim]`; of an MLP its neurons, `[batch, position, inner width]`.
    normed
        In detail only. `[batch, position, width]`, what each sublayer of a pre-norm model read.
    parts
        In detail only. What the other modules of each sublayer gave, by row and part (`Sublayer.modules`).
    """

    streams: dict[str, Tensor] = field(default_factory=dict)
    added: dict[str, Tensor] = field(default_factory=dict)
    mixed: dict[str, Tensor] = field(default_factory=dict)
    normed: dict[str, Tensor] = field(default_factory=dict)
    parts: dict[str, dict[str, Tensor]] = field(default_factory=dict)


@dataclass
class _Request:
    seen: Trace
    changes: Mapping[str, Change]
    gates: Mapping[str, float]
    in_detail: bool
    last_row: str = EMBEDDING

    def enter(self, row: str, stream: Tensor) -> Tensor | None:
        """Take in the stream after a row; return it with other vectors, or None if it stays."""
        changed = _replace(stream, self.changes.get(row))
        self.seen.streams[row] = stream if changed is None else changed
        self.last_row = row
        return changed

    def add(self, row: str, added: Tensor, *, is_bare: bool) -> Tensor | None:
        """Take in what a sublayer adds to a bare stream; make it what leads to the wanted vectors."""
        changed = added * self.gates[row] if row in self.gates else None
        change = self.changes.get(row)
        if is_bare and change is not None:
            before = self.seen.streams[self.last_row]
            changed = (added if changed is None else changed).clone()
            for place, vector in change.items():
                changed[_index(place)] = vector - before[_index(place)]
        now = added if changed is None else changed
        self.seen.added[row] = now
        if is_bare:
            self.seen.streams[row] = self.seen.streams[self.last_row] + now
            self.last_row = row
        return changed


_request: ContextVar[_Request | None] = ContextVar("trace_request", default=None)
_layouts: Final[WeakKeyDictionary[Any, Layout]] = WeakKeyDictionary()


def install(model: PreTrainedModel) -> bool:
    """Let a loaded model be traced. Call it once, when the model is loaded; calling it again does no harm.

    Returns
    -------
    bool
        False if nobody knows where the parts of this architecture are.
    """
    if model in _layouts:
        return True
    layout = find_layout(model)
    if layout is None:
        return False
    _layouts[model] = layout
    if getattr(model, _HOOKED, False):
        return True
    setattr(model, _HOOKED, True)
    for number, block in enumerate(layout.blocks):
        _hook_block(block, layout, number)
    for sublayer in layout.sublayers:
        _hook_sublayer(sublayer, is_last=sublayer is layout.sublayers_of(sublayer.layer)[-1])
    return True


def layout_of(model: PreTrainedModel) -> Layout:
    """Return where the parts of a model are.

    Raises
    ------
    ValueError
        If it was not installed.
    """
    if model not in _layouts:
        raise ValueError(f"{type(model).__name__} cannot be traced; call install(model) first and look at its answer")
    return _layouts[model]


@contextmanager
def trace(
    model: PreTrainedModel,
    *,
    changes: Mapping[str, Change] | None = None,
    gates: Mapping[str, float] | None = None,
    in_detail: bool = False,
) -> Iterator[Trace]:
    """Read, and if wanted change, the stream of every forward pass of `model` inside the block, in this thread only.

    Parameters
    ----------
    changes
        Rows at which the stream has other vectors at some positions, from there on.
    gates
        Factors of what sublayers add, by their rows: 0 switches one off, 1 leaves everything as it is.
    in_detail
        Whether to keep what is inside the sublayers too.

    Raises
    ------
    ValueError
        If the model was not installed, or a row does not exist.
    """
    rows = layout_of(model).rows
    for row in (*(changes or {}), *(gates or {})):
        if row not in rows or (row == EMBEDDING and row in (gates or {})):
            raise ValueError(f"there is no row {row!r} to change; there are {', '.join(rows)}")
    seen = Trace()
    token = _request.set(_Request(seen, changes or {}, gates or {}, in_detail))
    try:
        yield seen
    finally:
        _request.reset(token)


def _hook_block(block: nn.Module, layout: Layout, number: int) -> None:
    if number == 0:
        block.register_forward_pre_hook(_start, with_kwargs=True)
    if not layout.is_post_norm:
        block.register_forward_hook(_end(layout.sublayers_of(number)[-1].row))


def _start(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
    request = _request.get()
    if request is None:
        return None
    changed = request.enter(EMBEDDING, args[0] if args else kwargs["hidden_states"])
    if changed is None:
        return None
    return ((changed, *args[1:]), kwargs) if args else (args, kwargs | {"hidden_states": changed})


def _end(row: str) -> Callable[..., Any]:
    def hook(_module: nn.Module, _args: object, output: Any) -> Any:  # noqa: ANN401
        request = _request.get()
        if request is None:
            return None
        is_tuple = isinstance(output, tuple)
        changed = request.enter(row, output[0] if is_tuple else output)
        if changed is None:
            return None
        return (changed, *output[1:]) if is_tuple else changed

    return hook


def _hook_sublayer(sublayer: Sublayer, *, is_last: bool) -> None:
    row, is_post_norm = sublayer.row, sublayer.norm_out is not None

    def on_added(_module: nn.Module, _args: object, output: Any) -> Any:  # noqa: ANN401
        request = _request.get()
        if request is None:
            return None
        is_tuple = isinstance(output, tuple)
        # the stream after the last sublayer of a block, and after each of a post-norm model, is read where it is made
        added = request.add(row, output[0] if is_tuple else output, is_bare=not is_post_norm and not is_last)
        if added is None:
            return None
        return (added, *output[1:]) if is_tuple else added

    sublayer.adds.register_forward_hook(on_added)
    if sublayer.norm_out is not None:
        sublayer.norm_out.register_forward_hook(_end(row))
    _hook_details(sublayer)


def _hook_details(sublayer: Sublayer) -> None:
    row = sublayer.row

    def on_mixed(_module: nn.Module, args: tuple[Any, ...]) -> None:
        request = _request.get()
        if request is not None and request.in_detail:
            request.seen.mixed[row] = args[0]

    def on_normed(_module: nn.Module, _args: object, output: Tensor) -> None:
        request = _request.get()
        if request is not None and request.in_detail:
            request.seen.normed[row] = output

    def on_part(part: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _args: object, output: Tensor) -> None:
            request = _request.get()
            if request is not None and request.in_detail:
                request.seen.parts.setdefault(row, {})[part] = output

        return hook

    sublayer.output.register_forward_pre_hook(on_mixed)
    if sublayer.norm_in is not None:
        sublayer.norm_in.register_forward_hook(on_normed)
    for part, module in sublayer.modules.items():
        module.register_forward_hook(on_part(part))


def _replace(stream: Tensor, change: Change | None) -> Tensor | None:
    if change is None:
        return None
    changed = stream.clone()
    for place, vector in change.items():
        changed[_index(place)] = vector
    return changed


def _index(place: int | tuple[int, int]) -> tuple[int | slice, int]:
    return place if isinstance(place, tuple) else (slice(None), place)
