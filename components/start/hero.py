"""A line to type into, what the model expects next, and the way of the text through the model.

All of it is one fragment: what is typed redraws nothing else of the page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import streamlit as st

from components.core.errors import VisitorError
from components.core.i18n import N_, _, language
from components.core.parameters import Text
from components.core.text import escape_markdown, sanitize
from components.core.units import format_percent
from components.core.visible import cluster_spans, visible
from components.models.registry import record
from components.models.shape import ModelShape, model_shape
from components.models.store import local_folder
from components.registry import page
from components.start.prediction import MODEL, MOST_CHARACTERS, Prediction, predict, read_text, stored_predictions
from components.ui import errors, links
from components.ui.navigation import page_link
from components.ui.session import checkpoint, fragment, session
from components.ui.text_fit import unread_languages

PAGE: Final = "home"
SENTENCE: Final = Text("sentence", MOST_CHARACTERS, next(iter(stored_predictions())))
"""Not "text": pages hand their texts on to each other, and each of them opens with an example of its own."""

_PROMPT: Final = "home_prompt"
_TOLD: Final = "_home_told"
_MOST_CHIPS: Final = 9
_HALF_PX: Final = 320
_POINTS: Final = {
    "The capital of France is": N_(
        "The model has no list of capitals. It was trained on many sentences, this one among them, and after it "
        "**Paris** is by far the likeliest word."
    ),
    "France is the capital of": N_(
        "Nearly the same probability, and nonsense: France is not a capital at all. A probability says what is likely "
        "in a text, not what is true."
    ),
    "the capital of france is": N_(
        "The same words in small letters, and Paris is gone. To this model “france” is another word than “France”. "
        "Why? The first page shows it."
    ),
}


def _component(name: str, html: str) -> Any:  # noqa: ANN401 (Streamlit leaves it untyped)
    """Return a component whose data is a list of one dict: of a dict Streamlit asks pandas what its values are."""
    here = Path(__file__).parent
    return st.components.v2.component(
        f"home_{name}",
        html=html,
        css=(here / f"{name}.css").read_text(encoding="utf-8"),
        js=(here / f"{name}.js").read_text(encoding="utf-8"),
    )


_draw_prompt: Final = _component(
    "prompt",
    '<label> <input type="text" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="done" '
    'aria-describedby="note"></label><p class="note" id="note"></p>',
)
_draw_bars: Final = _component(
    "bars", '<div class="bars"><p class="title"></p><ol></ol><p class="said" role="status"></p></div>'
)
_draw_strip: Final = _component("strip", '<nav class="strip"><ol></ol></nav>')


@dataclass
class _Told:
    """What server and browser last told each other about the field."""

    wanted: str
    reported: str | None = None
    number: int = 0
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    """A field that outlives its server is told anew what the new one has."""


def read_link() -> None:
    """Read the sentence of the link; call it before `hero`, outside of its fragment."""
    links.enter(PAGE)
    links.read(PAGE, [SENTENCE])


@fragment
def hero() -> None:
    """Draw it."""
    sentence = str(st.session_state[SENTENCE.name])
    _field(sentence)
    with st.grid(2, min_column_width=_HALF_PX, gap="large"):
        bars, beside = st.container(), st.container()
    with beside:
        _examples(sentence)
        say = st.empty()
    prediction = _prediction(sentence, say)
    with bars:
        _bars(prediction)
        with st.container(key="home_follow"):
            label = _("How did it know? Follow the word")
            page_link("tokenizer", label=label, **_parameters("tokenizer", prediction.text))
    _strip(prediction)


def _field(sentence: str) -> None:
    told: _Told = st.session_state.setdefault(_TOLD, _Told(sentence))
    if sentence != (told.wanted if told.reported is None else told.reported):
        told.number, told.wanted, told.reported = told.number + 1, sentence, None

    def take() -> None:
        typed = st.session_state[_PROMPT].text
        if isinstance(typed, str):  # what comes from a browser is checked
            told.reported = sanitize(typed, most_characters=MOST_CHARACTERS).text
            st.session_state[SENTENCE.name] = told.reported
            links.follow(PAGE, [SENTENCE])

    data = {
        "label": _("Type the beginning of a sentence, in English"),
        "placeholder": SENTENCE.default,
        "note": _("The built-in model reads and writes English, so the examples are English sentences.")
        if language() not in record(MODEL).languages
        else "",
        "full": _("This line takes {most} characters. The page “{page}” takes longer texts.").format(
            most=MOST_CHARACTERS, page=_(page("generation").title)
        ),
        "text": sentence,
        "number": f"{told.name}-{told.number}",
        "name": SENTENCE.name,
        "standard": SENTENCE.default,
        "most": MOST_CHARACTERS,
    }
    _draw_prompt(data=[data], key=_PROMPT, default={"text": sentence}, on_text_change=take)


def _examples(sentence: str) -> None:
    st.caption(_("Or try one of these:"))
    for number, example in enumerate(stored_predictions(), start=1):
        st.button(
            escape_markdown(example),
            key=f"home_example_{number}",
            width="stretch",
            icon=":material/check:" if example == sentence else None,
            on_click=partial(_choose, example),
        )


def _choose(example: str) -> None:
    st.session_state[SENTENCE.name] = example
    links.publish(PAGE, SENTENCE)


def _prediction(sentence: str, say: Any) -> Prediction:  # noqa: ANN401 (a place of Streamlit's)
    """Return what comes next, and say beside it what it shows or what is wrong."""
    text = read_text(sentence)
    nothing = Prediction(text, (), (), ())
    if not text:
        say.markdown(_("Write a few words: the model computes what may come next."))
        return nothing
    stored = stored_predictions().get(text)
    if stored is not None:
        say.markdown(_(_POINTS[text]))
        return stored
    try:
        with say, st.spinner(_("The model loads once, and computes.")):
            prediction = predict(text, checkpoint, session=session())
    except VisitorError as error:
        with say:
            errors.show(error)
        return nothing
    say.markdown(_remark(sentence))
    return prediction


def _remark(sentence: str) -> str:
    title = record(MODEL).title
    if unread_languages(sentence, record(MODEL).languages):
        return _(
            "{model} was trained on English. It reads other scripts as single bytes, so what it expects next means "
            "little."
        ).format(model=title)
    if sentence != read_text(sentence):
        return _(
            "Computed just now by {model} on this machine. The space at the end is left out: it belongs to the next "
            "word."
        ).format(model=title)
    return _("Computed just now by {model} on this machine.").format(model=title)


def share(probability: float) -> str:
    """Return a probability as it is shown."""
    return f"{probability:.0%}" if probability >= 0.0995 else format_percent(probability)


def _bars(prediction: Prediction) -> None:
    rows = [
        {
            **_spell(guess.token),
            "width": 100 * guess.probability,
            "share": share(guess.probability),
            "rest": False,
        }
        for guess in prediction.guesses
    ]
    said = ""
    if prediction.guesses:
        left = max(0.0, 1 - sum(guess.probability for guess in prediction.guesses))
        others = _("{count} other tokens").format(count=f"{_shape().vocabulary - len(rows):,}")
        rows.append({"space": "", "token": others, "width": 100 * left, "share": share(left), "rest": True})
        best = prediction.guesses[0]
        said = _("Likeliest next token: {token}, {share}").format(
            token=best.token.strip(), share=share(best.probability)
        )
    data = {"title": _("What comes next? The model's probabilities"), "rows": rows, "said": said}
    _draw_bars(data=[data], key="home_bars")


def _spell(token: str) -> dict[str, str]:
    """Return a token with its invisible characters drawn, the space before a word apart."""
    has_space = token.startswith(" ") and len(token) > 1
    return {"space": "·" if has_space else "", "token": visible(token[1:] if has_space else token)}


def _shape() -> ModelShape:
    return model_shape(local_folder(record(MODEL)))


def _parameters(slug: str, text: str) -> dict[str, str]:
    """Return what a link to a page carries of the text, by the page's own names."""
    of_page: Mapping[str, Callable[[], dict[str, str]]] = {
        "tokenizer": lambda: {"text": text, "model": MODEL},
        "positional-encoding": lambda: {"scheme": "learned", "model": MODEL},
        "inside": lambda: {"text": text, "model": MODEL},
        "generation": lambda: {"prompt": text, "model": MODEL},
    }
    return of_page[slug]()


def _strip(prediction: Prediction) -> None:
    shape = _shape()
    count = len(prediction.ids)
    chips = [
        {"label": visible(token), "id": token_id}
        for token, token_id in zip(prediction.tokens[:_MOST_CHIPS], prediction.ids, strict=False)
    ]
    if count > _MOST_CHIPS:
        chips.append({"label": f"+{count - _MOST_CHIPS}", "id": None})
    best = prediction.guesses[:1]
    at_end = {"view": "stage", "row": "scores"}
    stages: list[tuple[str, str, dict[str, str], str, dict[str, object]]] = [
        ("text", "tokenizer", {}, _("Text"), {
            "big": prediction.text,
            "words": _("{count} characters, as you see them").format(count=len(cluster_spans(prediction.text))),
        }),
        ("tokens", "tokenizer", {}, _("Tokens"), {
            "chips": chips,
            "words": _("{count} pieces, each with its number").format(count=count),
        }),
        ("vectors", "positional-encoding", {}, _("Vectors"), {
            "big": f"{count} × {shape.width}",
            "words": _("{width} numbers for each token, its place included").format(width=shape.width),
        }),
        ("layers", "inside", {}, _("Layers"), {
            "layers": shape.layers,
            "words": _("{layers} layers of {heads} heads: here tokens look at each other").format(
                layers=shape.layers, heads=shape.heads
            ),
        }),
        ("scores", "inside", at_end, _("Scores"), {
            "big": f"{shape.vocabulary:,}",
            "words": _("one score for every token that the model knows"),
        }),
        ("next", "generation", {}, _("Next token"), {
            "chips": [{"label": visible(guess.token), "id": None} for guess in best],
            "big": share(best[0].probability) if best else "",
            "words": _("the scores as probabilities, the likeliest first"),
        }),
    ]  # fmt: skip
    ways: list[tuple[str, dict[str, str]]] = []
    drawn = []
    for name, slug, more, title, content in stages:
        carried = _parameters(slug, prediction.text) | more
        if (slug, carried) not in ways:
            ways.append((slug, carried))
        parameters = {"lang": language(), **carried}
        drawn.append({
            "name": name, "way": ways.index((slug, carried)), "slug": slug, "parameters": parameters, "title": title,
            "to": _(page(slug).title), "big": "", "layers": 0, "chips": [], **content,
        })  # fmt: skip
    title = _("Your text on its way through the model")
    st.subheader(title, anchor=False)
    _draw_strip(data=[{"label": title, "stages": drawn}], key="home_strip")
    with st.container(key="home_ways"):  # home.css hides it: strip.js presses these links
        for slug, carried in ways:
            page_link(slug, **carried)
