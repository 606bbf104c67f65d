"""A line to type into, what the model expects next, and the way of the text through the model.

All of it is one fragment: what is typed redraws nothing else of the page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import streamlit as st

from components.core.errors import VisitorError
from components.core.i18n import _, language, name_languages
from components.core.parameters import Text
from components.core.text import escape_markdown, sanitize
from components.core.units import format_percent
from components.core.visible import cluster_spans, visible
from components.models.registry import record
from components.models.shape import ModelShape, model_shape
from components.models.store import local_folder
from components.registry import page
from components.start.prediction import (
    MOST_CHARACTERS,
    Prediction,
    example_in_this_language,
    examples,
    model_of,
    predict,
    read_text,
)
from components.ui import errors, links
from components.ui.navigation import page_link
from components.ui.session import checkpoint, fragment, session
from components.ui.text_fit import unread_languages

PAGE: Final = "home"
SENTENCE: Final = Text("sentence", MOST_CHARACTERS, "The capital of France is")
"""Not "text": pages hand their texts on to each other, and each of them opens with an example of its own. In each
language it begins with the first of `examples`.
"""

_PROMPT: Final = "home_prompt"
_TOLD: Final = "_home_told"
_MOST_CHIPS: Final = 9
_HALF_PX: Final = 320
_LANGUAGE: Final = "_home_language"


def component(name: str, html: str) -> Any:  # noqa: ANN401 (Streamlit leaves it untyped)
    """Return a component whose data is a list of one dict: of a dict Streamlit asks pandas what its values are."""
    here = Path(__file__).parent
    return st.components.v2.component(
        f"home_{name}",
        html=html,
        css=(here / f"{name}.css").read_text(encoding="utf-8"),
        js=(here / f"{name}.js").read_text(encoding="utf-8"),
    )


_draw_prompt: Final = component(
    "prompt",
    '<label> <input type="text" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="done" '
    'aria-describedby="note"></label><p class="note" id="note"></p>',
)
_draw_bars: Final = component(
    "bars", '<div class="bars"><p class="title"></p><ol></ol><p class="said" role="status"></p></div>'
)
_draw_strip: Final = component("strip", '<nav class="strip"><ol></ol></nav>')


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
    links.set_defaults(PAGE, {SENTENCE.name: next(iter(examples()))})
    links.read(PAGE, [SENTENCE])
    if st.session_state.get(_LANGUAGE) not in (None, language()):
        st.session_state[SENTENCE.name] = example_in_this_language(str(st.session_state[SENTENCE.name]))
        links.publish(PAGE, SENTENCE)
    st.session_state[_LANGUAGE] = language()


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
            page_link("tokenizer", label=label, **_parameters("tokenizer", prediction))
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

    standard = links.default_of(PAGE, SENTENCE)
    languages = record(model_of("")).languages
    data = {
        "label": _("Type the beginning of a sentence, in {languages}").format(languages=name_languages(languages)),
        "placeholder": standard,
        "note": _("The examples are in the language of the built-in model: {languages}.").format(
            languages=name_languages(languages)
        )
        if language() not in languages
        else "",
        "full": _("This line takes {most} characters. The page “{page}” takes longer texts.").format(
            most=MOST_CHARACTERS, page=_(page("generation").title)
        ),
        "text": sentence,
        "number": f"{told.name}-{told.number}",
        "name": SENTENCE.name,
        "standard": standard,
        "most": MOST_CHARACTERS,
    }
    _draw_prompt(data=[data], key=_PROMPT, default={"text": sentence}, on_text_change=take)


def _examples(sentence: str) -> None:
    st.caption(_("Or try one of these:"))
    for number, example in enumerate(examples(), start=1):
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
    nothing = Prediction(model_of(text), text)
    if not text:
        say.markdown(_("Write a few words: the model computes what may come next."))
        return nothing
    stored = examples().get(text)
    if stored is not None:
        say.markdown(stored.point)
        return stored.prediction
    try:
        with say, st.spinner(_("The model loads once, and computes.")):
            prediction = predict(text, checkpoint, session=session())
    except VisitorError as error:
        with say:
            errors.show(error)
        return nothing
    say.markdown(" ".join(_remarks(sentence, prediction)))
    return prediction


def _remarks(sentence: str, prediction: Prediction) -> Iterator[str]:
    model = record(prediction.model)
    unread = unread_languages(sentence, model.languages)
    if unread:
        yield _("{model} has not learned {languages}, so what it expects next means little.").format(
            model=model.title, languages=name_languages(unread)
        )
        return
    yield _("Computed just now by {model} on this machine.").format(model=model.title)
    if sentence != prediction.text:
        yield _("The space at the end is left out: it belongs to the next word.")
    for guess in prediction.guesses:
        if guess.is_end:
            yield _("{token} means that the text ends here.").format(token=escape_markdown(guess.token))


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
        others = _("{count} other tokens").format(count=f"{_shape(prediction).vocabulary - len(rows):,}")
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


def _shape(prediction: Prediction) -> ModelShape:
    return model_shape(local_folder(record(prediction.model)))


def _parameters(slug: str, prediction: Prediction) -> dict[str, str]:
    """Return what a link to a page carries of the text and its model, by the page's own names."""
    text, model = prediction.text, prediction.model
    of_page: Mapping[str, Callable[[], dict[str, str]]] = {
        "tokenizer": lambda: {"text": text, "model": model},
        "positional-encoding": lambda: {"scheme": "learned", "model": model},
        "inside": lambda: {"text": text, "model": model},
        "generation": lambda: {"prompt": text, "model": model},
    }
    return of_page[slug]()


def _strip(prediction: Prediction) -> None:
    shape = _shape(prediction)
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
        carried = _parameters(slug, prediction) | more
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
            st.page_link(page(slug).path, label=slug, query_params=carried)
