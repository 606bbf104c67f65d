"""One traced forward pass of a text, unchanged or with an intervention.

given = read_text(loaded, "The capital of France is")
done = run(loaded, given)
done.streams["mlp.3"]  # [position, width], the residual stream after the MLP of layer 3
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from components.inside.errors import (
    NoMaskedWord,
    NoSuchPosition,
    NoTarget,
    NotAWord,
    NotOneToken,
    NotTraceable,
    TextTooLong,
)
from components.models import recording, tracing
from components.models.continuation import with_target
from components.models.inputs import ModelInput, Token, forward_without_scores, mask_id, read, special_ids
from components.models.loaders import LoadedModel
from components.models.recording import HeadSwitch, LayerRecord
from components.models.sublayers import Layout
from components.models.tracing import Change, Trace

if TYPE_CHECKING:
    from torch import Tensor

MOST_TOKENS: Final = 256


@dataclass(frozen=True, eq=False)
class Intervention:
    """What is changed in a pass.

    Attributes
    ----------
    gates
        Factors of what whole sublayers add, by their rows.
    switches
        Heads that are turned down.
    changes
        Rows of the stream that have other vectors at some positions.
    """

    gates: Mapping[str, float] = field(default_factory=dict)
    switches: Sequence[HeadSwitch] = ()
    changes: Mapping[str, Change] = field(default_factory=dict)


NOTHING: Final = Intervention()


@dataclass(frozen=True, eq=False)
class Pass:
    """What one pass computed. The tensors are the model's own, on its device.

    The scores of all tokens would be half of what it holds, so they are not kept: see `logits`.

    Attributes
    ----------
    given
        What was read.
    tokens
        The tokens whose stream this is: of an encoder-decoder those of the decoder.
    streams, added
        `[position, width]` by row: the stream after it, and what its sublayer added.
    encoded
        `[position, width]`, what the encoder of an encoder-decoder hands over; else None.
    trace, layers
        In detail only: the inside of the sublayers, and the attention of each layer in the order of the computation.
    """

    loaded: LoadedModel
    given: ModelInput
    streams: Mapping[str, Tensor]
    added: Mapping[str, Tensor]
    encoded: Tensor | None
    trace: Trace
    layers: tuple[LayerRecord, ...] = ()

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens of the positions."""
        return self.given.target or self.given.tokens

    @property
    def layout(self) -> Layout:
        """Where the parts of the model are."""
        return tracing.layout_of(self.loaded.model)

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows, bottom to top."""
        return self.layout.rows

    @property
    def vocabulary(self) -> int:
        """How many tokens get a score."""
        table: Any = self.layout.head.weight
        return int(table.shape[0])

    @property
    def logits(self) -> Tensor:
        """`[position, vocabulary]`, bit for bit the model's own. Read out anew at each use."""
        import torch

        with torch.inference_mode():
            return self.layout.read_out(self.streams[self.rows[-1]][None])[0]

    def logits_at(self, position: int) -> Tensor:
        """Return `[vocabulary]`, the scores at one position: up to rounding a row of `logits`, and much sooner."""
        import torch

        with torch.inference_mode():
            return self.layout.read_out(self.streams[self.rows[-1]][position])


def read_text(loaded: LoadedModel, text: str, target: str | None = None) -> ModelInput:
    """Return a text as tokens, ready for `run`.

    Parameters
    ----------
    target
        Of an encoder-decoder: the beginning of what it writes; empty for its start token alone.

    Raises
    ------
    NothingToRead
        If the text has no token.
    NotTraceable, TextTooLong, NoMaskedWord
        If the inside of this model, or of this text, cannot be shown.
    """
    given = read(loaded, text)
    if loaded.model.config.is_encoder_decoder:
        given = with_target(loaded, given, target or "")
    predicted_position(loaded, given)
    return given


def with_mask(loaded: LoadedModel, text: str) -> str:
    """Return a text with a mask at its end, if the model fills gaps and the text has none."""
    mask = mask_id(loaded.tokenizer)
    if is_causal(loaded) or mask is None or not text.strip():
        return text
    written = str(loaded.tokenizer.tokens([mask])[0])
    return text if written in text else f"{text.rstrip(' .')} {written}."


def before_mask(loaded: LoadedModel, text: str) -> str:
    """Return a text up to the mask of this model: what a decoder can go on with."""
    mask = mask_id(loaded.tokenizer)
    return text if mask is None else text.split(str(loaded.tokenizer.tokens([mask])[0]), maxsplit=1)[0].rstrip()


def layout_of(loaded: LoadedModel) -> Layout:
    """Return where the parts of a model are.

    Raises
    ------
    NotTraceable
        If that is not known.
    """
    if not (loaded.traceable and loaded.watchable):
        raise NotTraceable(architecture=loaded.model.config.model_type)
    return tracing.layout_of(loaded.model)


def predicted_position(loaded: LoadedModel, given: ModelInput) -> int:
    """Return where the model predicts: at the first mask, or after the last token if it writes texts.

    Raises
    ------
    NotTraceable, TextTooLong, NoMaskedWord, NoTarget
        If the inside of this model, or of this text, cannot be shown.
    """
    layout_of(loaded)
    longest = max(len(given.tokens), len(given.target), 0 if given.cut is None else given.cut.tokens)
    if longest > MOST_TOKENS:
        raise TextTooLong(tokens=longest, most=MOST_TOKENS)
    if is_causal(loaded):
        if loaded.model.config.is_encoder_decoder and not given.target:
            raise NoTarget()
        return len(given.target or given.tokens) - 1
    mask = mask_id(loaded.tokenizer)
    if mask is None or mask not in given.ids:
        raise NoMaskedWord(mask="[MASK]" if mask is None else str(loaded.tokenizer.tokens([mask])[0]))
    return given.ids.index(mask)


def require_position(given: ModelInput, position: int) -> None:
    """Refuse a position that the text does not have.

    Raises
    ------
    NoSuchPosition
        If it does not.
    """
    last = len(given.target or given.tokens) - 1
    if not 0 <= position <= last:
        raise NoSuchPosition(position=position, last=last)


def is_causal(loaded: LoadedModel) -> bool:
    """Whether no position looks at a later one."""
    return bool(loaded.model.can_generate())


def find_token(loaded: LoadedModel, word: str) -> int:
    """Return the id of a word as the model would write it inside a text: in most vocabularies with its space.

    Raises
    ------
    NotOneToken
        If it is not one token, with or without a space.
    NotAWord
        If it is one that stands for no word.
    """
    # a word typed without its space is mostly meant with it
    spellings = (word,) if word[:1].isspace() else (f" {word}", word)
    for spelled in spellings:
        ids = loaded.tokenizer.encode(spelled, add_special_tokens=False).ids
        if len(ids) == 1 and ids[0] not in special_ids(loaded.tokenizer):  # an unknown word is one token too
            return int(ids[0])
    tokens = len(ids)  # as it was typed
    if tokens == 1:
        raise NotAWord(word=word)
    raise NotOneToken(word=word, tokens=tokens)


def run(
    loaded: LoadedModel,
    given: ModelInput,
    intervention: Intervention = NOTHING,
    *,
    in_detail: bool = False,
    is_eager: bool = False,
) -> Pass:
    """Run the model once and read its stream.

    Parameters
    ----------
    in_detail
        Whether to keep what is inside the sublayers; attention is then computed the eager way.
    is_eager
        Whether to compute attention the eager way: the same numbers up to rounding.

    Raises
    ------
    NotTraceable
        If the parts of this model are not known.
    """
    import torch

    layout_of(loaded)
    layers: list[LayerRecord] = []
    on_layer = layers.append if in_detail else (_ignore if is_eager else None)
    with (
        torch.inference_mode(),
        recording.watch(loaded.model, on_layer=on_layer, switches=intervention.switches),
        tracing.trace(
            loaded.model, changes=intervention.changes, gates=intervention.gates, in_detail=in_detail
        ) as trace,
    ):
        output = forward_without_scores(loaded, given)
    return Pass(
        loaded=loaded,
        given=given,
        streams={row: stream[0] for row, stream in trace.streams.items()},
        added={row: added[0] for row, added in trace.added.items()},
        encoded=output.encoder_last_hidden_state[0] if given.target else None,
        trace=trace,
        layers=tuple(record for record in layers if record.kind != "encoder" or not given.target),
    )


def attention_row(part: LayerRecord | HeadSwitch) -> str:
    """Return the row that an attention, or a head of it, adds to."""
    return f"{'cross' if part.kind == 'cross' else 'attention'}.{part.layer}"


def _ignore(_record: LayerRecord) -> None:
    """Watch without keeping anything: attention is then computed the eager way."""
