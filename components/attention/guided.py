"""The heads that a lesson shows. They are measured in the model at hand, so that the lesson is true for it.

A head has a role only if random texts give it this label stably (`components.attention.labels`). Of these heads the one
that fits the role best on real sentences is shown. A role without such a head is missing: the embedded BERT, for
example, rests on [CLS] and has no head that rests on [SEP].

The head for "it" is searched with sentences in which grammar alone decides. In "The girl lost the ball but found it
again." "it" cannot be the girl. Half of the sentences choose the head, the other half measure it, so the measurement is
not biased by the choice. It shows that the head distinguishes a thing from a person, not that it knows which of two
things is meant: `components.attention.counterfactuals` tests that, and the other stories about these heads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from components.attention.capture import capture
from components.attention.counterfactuals import Story, position_of
from components.attention.labels import labels
from components.attention.metrics import HeadMetrics, head_metrics
from components.attention.roles import head_roles
from components.models.loaders import LoadedModel

GuidedRole = Literal["previous_token", "next_token", "first_token", "separator", "broad"]

SENTENCES: Final = (
    "The cat sat on the mat because it was tired.",
    "I read a good novel.",
    "The teacher asked the students a question.",
    "We watched a film at the cinema last night.",
    "She went to the library to borrow a book.",
    "The old man opened the door and looked at the garden.",
    "Paris is the capital of France.",
    "He drinks a cup of coffee every morning.",
    "The children played in the park until it was dark.",
    "My sister bought a new car in the city.",
)


LESSON_HEADS: Final[tuple[tuple[Story, int, int], ...]] = (
    ("previous_token", 0, 2),
    ("first_token", 4, 2),
    ("pronoun", 3, 1),
)
"""The heads of the embedded BERT that the lesson tells a story of: role, layer, head."""


@dataclass(frozen=True)
class PronounSentence:
    """A sentence with one "it", the thing that "it" stands for, and a person that it cannot stand for."""

    text: str
    thing: str
    person: str


PRONOUN_SENTENCES: Final = (
    PronounSentence("The girl lost the ball but found it again.", "ball", "girl"),
    PronounSentence("The car hit the man because it was too fast.", "car", "man"),
    PronounSentence("The father drove the car until it stopped.", "car", "father"),
    PronounSentence("The book helped the student because it was clear.", "book", "student"),
    PronounSentence("The teacher closed the window because it was broken.", "window", "teacher"),
    PronounSentence("The letter surprised the woman because it was short.", "letter", "woman"),
    PronounSentence("The boy ate the apple because it was sweet.", "apple", "boy"),
    PronounSentence("The movie bored the children because it was long.", "movie", "children"),
    PronounSentence("The woman sold the house because it was old.", "house", "woman"),
    PronounSentence("The train left the man behind because it was early.", "train", "man"),
    PronounSentence("The doctor read the letter because it was important.", "letter", "doctor"),
    PronounSentence("The storm frightened the farmer because it was loud.", "storm", "farmer"),
    PronounSentence("The king built a castle and it stood for years.", "castle", "king"),
    PronounSentence("The song made the girl happy because it was cheerful.", "song", "girl"),
    PronounSentence("The student wrote an essay and it won a prize.", "essay", "student"),
    PronounSentence("The bridge worried the engineer because it was weak.", "bridge", "engineer"),
)


@dataclass(frozen=True)
class GuidedHead:
    """The head that fits a role best on `SENTENCES`.

    Attributes
    ----------
    mean, lowest, highest
        Over the sentences, of the metric with the name of the role; for `broad` of the entropy, where 1 is even.
    """

    role: GuidedRole
    layer: int
    head: int
    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class PronounHead:
    """The head that looks from "it" at the thing it stands for.

    Attributes
    ----------
    on_thing, on_person
        Mean weight of "it" on the thing and on the person, in the sentences that did not choose the head.
    right, sentences
        In how many of these sentences the thing gets more weight, and how many there are.
    """

    layer: int
    head: int
    on_thing: float
    on_person: float
    right: int
    sentences: int


def guided_heads(loaded: LoadedModel, *, checkpoint: Callable[[], None] = lambda: None) -> dict[GuidedRole, GuidedHead]:
    """Find the head for each role; a role without a head is missing. `checkpoint` is called before each pass."""
    earned = labels(head_roles(loaded, checkpoint=checkpoint))
    measured: list[HeadMetrics] = []
    for sentence in SENTENCES:
        checkpoint()
        measured.append(head_metrics(capture(loaded, sentence).main))
    found: dict[GuidedRole, GuidedHead] = {}
    roles: tuple[GuidedRole, ...] = ("previous_token", "next_token", "first_token", "separator")
    for role in roles:
        candidates = [key for key, label in earned.items() if label.role == role and label.stable]
        if candidates:
            found[role] = _best(role, np.stack([getattr(metrics, role) for metrics in measured]), candidates)
    entropy = np.stack([metrics.entropy for metrics in measured])
    found["broad"] = _best("broad", entropy, list(np.ndindex(entropy.shape[1:])))
    return found


def pronoun_head(loaded: LoadedModel, *, checkpoint: Callable[[], None] = lambda: None) -> PronounHead | None:
    """Find the head that looks from "it" at the thing rather than the person.

    Sentences in which "it", the thing or the person is more than one token of this model are skipped. None if the
    chosen head is right in at most half of the sentences that did not choose it.
    """
    weights: list[NDArray[np.float64]] = []
    for sentence in PRONOUN_SENTENCES:
        checkpoint()
        measured = _from_it(loaded, sentence)
        if measured is not None:
            weights.append(measured)
    if len(weights) < 2:
        return None
    choosing, held_out = np.stack(weights[::2]), np.stack(weights[1::2])
    gain = (choosing[..., 0] - choosing[..., 1]).mean(axis=0)
    layer, head = (int(index) for index in np.unravel_index(gain.argmax(), gain.shape))
    thing, person = held_out[:, layer, head, 0], held_out[:, layer, head, 1]
    right = int((thing > person).sum())
    if 2 * right <= len(held_out):
        return None
    return PronounHead(layer, head, float(thing.mean()), float(person.mean()), right, len(held_out))


def _best(role: GuidedRole, values: NDArray[np.float64], candidates: Sequence[tuple[int, ...]]) -> GuidedHead:
    layer, head = max(candidates, key=lambda key: float(values[:, key[0], key[1]].mean()))
    own = values[:, layer, head]
    return GuidedHead(role, layer, head, float(own.mean()), float(own.min()), float(own.max()))


def _from_it(loaded: LoadedModel, sentence: PronounSentence) -> NDArray[np.float64] | None:
    """Return the weights of "it" on the thing and the person, `[layer, head, 2]`; later words get 0 in a decoder."""
    attention = capture(loaded, sentence.text).main
    pronoun, thing, person = (
        position_of(attention.query_tokens, word) for word in ("it", sentence.thing, sentence.person)
    )
    if pronoun is None or thing is None or person is None:
        return None
    return np.stack([attention.weights[:, :, pronoun, noun] for noun in (thing, person)], axis=-1).astype(np.float64)
