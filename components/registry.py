"""The table of pages. The menu, the home page, the documents and the smoke tests all read it.

A new concept page needs a folder in components/, a file in pages/ and a row here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.core.i18n import N_
from components.core.roles import Role, reaches


@dataclass(frozen=True)
class PageEntry:
    """One page: its address, its file, its name and what a visitor learns there."""

    slug: str
    """Address of the page under the root: `/tokenizer`. Empty for the home page."""
    path: str
    """The page file, from the project's root. Always in a sub-folder of pages/: Streamlit runs a flat
    `pages/x.py` without app.py on the first deep link after a start."""
    section: str
    title: str
    help: str
    contents: str
    """What the page shows, for docs/pages.md, which `.ci/generate.py` writes."""
    icon: str
    concept: str | None
    """Folder under components/ that holds the page's compute, figures, view and lessons. None for a page that teaches
    nothing: the home page, a team's own pages."""
    text_parameter: str | None = None
    """The link parameter that takes the text which a student brings from another page."""
    role: Role | None = None
    """None: the page is for everybody, in every profile. Otherwise it exists only in the profile `team`, for visitors
    with at least this role."""
    question: str | None = None
    """The one question that a page with a lesson answers. The home page asks it."""
    minutes: int | None = None
    """About how long the page's lesson takes, as `components.ui.guide.lesson.estimate_minutes` counts it."""
    example: str = ""
    """What a link to a view other than the first asks for, such as `tab=numbers`: a page with a lesson has one, which
    tests follow."""
    picture: str = ""
    """What the link of the page's picture in docs/ asks for, where the first view has no figure or says less."""
    short: str = ""
    """What a link asks for so that the page's numbers come soon: fewer steps, a shorter list. Tests compare these."""
    is_draft: bool = False
    """The page is being made: other languages show its English words, and no document names it. No release has one."""


PAGES: Final = (
    PageEntry(
        slug="",
        path="pages/start/home.py",
        section=N_("Start"),
        title=N_("Home"),
        help=N_(
            "Type the beginning of a sentence, see what a model expects next, and follow the word through the pages."
        ),
        contents=N_(
            "a line to type into and what the model expects next, your text's way through the model, one question a "
            "page"
        ),
        icon=":material/home:",
        concept=None,
    ),
    PageEntry(
        slug="tokenizer",
        path="pages/text/tokenizer.py",
        section=N_("From text to vectors"),
        title=N_("Tokenizer explorer"),
        help=N_("See how a model cuts text into tokens and numbers them, step by step."),
        contents=N_(
            "tokens over the text, every stage, how WordPiece, BPE and Unigram decide, tokenizers compared, your "
            "own trained"
        ),
        icon=":material/content_cut:",
        concept="tokenizer",
        question=N_("What does a model read, if not letters?"),
        minutes=13,
        text_parameter="text",
        example="tab=numbers",
    ),
    PageEntry(
        slug="positional-encoding",
        path="pages/text/positional_encoding.py",
        section=N_("From text to vectors"),
        title=N_("Positional encoding"),
        help=N_("See how a model knows the order of words, and check every claim about it on the numbers."),
        contents=N_(
            "sinusoidal, learned, rotary, ALiBi on the same axes; every claim checked on the numbers; words "
            "shuffled through a real encoder"
        ),
        icon=":material/waves:",
        concept="positional",
        text_parameter="text",
        question=N_("How does a model know which word comes first?"),
        minutes=13,
        example="tab=shuffle",
    ),
    PageEntry(
        slug="attention",
        path="pages/inside/attention.py",
        section=N_("Inside the model"),
        title=N_("Attention viewer"),
        help=N_("See what each head of a real model looks at, and measure what it does."),
        contents=N_(
            "each head on the text and as a heatmap, switched in the browser, sentences in which it does something "
            "similar, BertViz's three views offline, what heads measurably do, rollout and flow, "
            "heads switched off"
        ),
        icon=":material/visibility:",
        concept="attention",
        question=N_("How does a word find the words it needs?"),
        minutes=15,
        text_parameter="text",
        example="view=metrics",
        picture="layer=3&head=1",
    ),
    PageEntry(
        slug="inside",
        path="pages/inside/inside.py",
        section=N_("Inside the model"),
        title=N_("Through the whole model"),
        help=N_("Follow one word through a real model, number by number, and prove what mattered by changing it."),
        contents=N_(
            "what the model would say after every layer, each operation down to its numbers and recomputed, parts "
            "switched off, vectors swapped between two texts, who wrote the answer, what each step costs"
        ),
        icon=":material/account_tree:",
        concept="inside",
        question=N_("Where in the model does the answer appear?"),
        minutes=16,
        text_parameter="text",
        example="show=rank",
        picture="row=attention.5&position=4",
    ),
    PageEntry(
        slug="generation",
        path="pages/inside/generation.py",
        section=N_("Inside the model"),
        title=N_("Generation playground"),
        help=N_("See how every token is chosen, and steer the choice: with the built-in model or one of yours."),
        contents=N_(
            "each token being chosen: the sampler chain stage by stage, surprise, branches, beams, models side "
            "by side, you against the model"
        ),
        icon=":material/edit_note:",
        concept="generation",
        question=N_("Why does the same sentence end differently each time?"),
        minutes=15,
        text_parameter="prompt",
        example="tab=guess",
        short="max_new_tokens=8",
    ),
    PageEntry(
        slug="masked-language-model",
        path="pages/foundation/masked_language_model.py",
        section=N_("From pre-training to your task"),
        title=N_("Masked language modelling"),
        help=N_("Hide words and see what a pre-trained BERT puts there: the game it was trained on."),
        contents=N_(
            "gaps filled with probabilities, at once and one after the other; the pre-training game on your own "
            "text; what surprises the model"
        ),
        icon=":material/visibility_off:",
        concept="masked_language",
        question=N_("How can a model learn from texts that nobody has marked?"),
        minutes=16,
        text_parameter="text",
        example="view=surprise",
    ),
    PageEntry(
        slug="embeddings",
        path="pages/foundation/embeddings.py",
        section=N_("From pre-training to your task"),
        title=N_("Embeddings"),
        help=N_("Search and recommend by meaning, and measure what a keyword search misses."),
        contents=N_(
            "nearest vectors beside shared words, recommendation, heatmap, map, why cosines are high, both "
            "searches measured; your own list; Titan and Cohere through Bedrock"
        ),
        icon=":material/scatter_plot:",
        concept="embeddings",
        question=N_("Can a search find a text that shares no word with it?"),
        minutes=15,
        example="view=map",
        short="list=A thief steals a painting.%0ATwo friends open a bakery.%0A그림을 훔친 도둑",
    ),
    PageEntry(
        slug="fine-tuning",
        path="pages/foundation/fine_tuning.py",
        section=N_("From pre-training to your task"),
        title=N_("Fine-tune, live"),
        help=N_("Train a copy of the built-in BERT on film reviews or your own texts, and see what changes."),
        contents=N_(
            "a copy of the built-in BERT trained on film reviews or your own texts: loss as it falls, before and "
            "after, what is mistaken for what, what [CLS] did"
        ),
        icon=":material/model_training:",
        concept="fine_tuning",
        question=N_("Can a few examples teach a model a new task?"),
        minutes=14,
        example="view=examples",
        picture="view=sentences",
        short="epochs=2&count=60",
    ),
    PageEntry(
        slug="catalog",
        path="pages/foundation/catalog.py",
        section=N_("Foundation models"),
        title=N_("Foundation-model catalogue"),
        help=N_("Find foundation models, see what they are for, whether they are still available, and where they run."),
        contents=N_(
            "14 families with sources and dates, which models are still available, "
            "where parameters are, code to use them;"
            " JumpStart searched, deployed and deleted; pictures from words; objects cut out by a click, or all "
            "at once"
        ),
        icon=":material/menu_book:",
        concept="catalog",
        question=N_("Which model is the right one for your task?"),
        minutes=16,
        example="view=cards",
    ),
    PageEntry(
        slug="predictions",
        path="pages/start/predictions.py",
        section=N_("Start"),
        title=N_("What you predicted"),
        help=N_("Your predictions on every page beside what was true, to print."),
        contents=N_("what you predicted on every page and what was true, with the reasons, to print"),
        icon=":material/psychology:",
        concept=None,
    ),
    PageEntry(
        slug="teaching",
        path="pages/start/teaching.py",
        section=N_("Start"),
        title=N_("For teachers"),
        help=N_("Plans for a lesson, a link to each step, and the answers with their reasons."),
        contents=N_(
            "plans for 45 and 90 minutes, a link to each step, answers and wrong answers with their reasons, what is "
            "different on other machines"
        ),
        icon=":material/co_present:",
        concept=None,
    ),
    PageEntry(
        slug="my-data",
        path="pages/team/my_data.py",
        section=N_("Team"),
        title=N_("My data"),
        help=N_("What this dashboard keeps about you: your history, comparisons, links and usage."),
        contents=N_(
            "in the profile team: your history, saved comparisons, shared links, usage and limits; download "
            "it, delete it"
        ),
        icon=":material/folder_shared:",
        concept=None,
        role="viewer",
    ),
    PageEntry(
        slug="admin",
        path="pages/team/admin.py",
        section=N_("Team"),
        title=N_("Operations"),
        help=N_("What is happening now, who uses how much, what went wrong, and how this dashboard is set up."),
        contents=N_(
            "in the profile team, for admins: the queue, models in memory with unload, people, usage and limits, "
            "errors, audit log, settings"
        ),
        icon=":material/monitor_heart:",
        concept=None,
        role="admin",
    ),
)


def page(slug: str) -> PageEntry:
    """Return the page at an address.

    Raises
    ------
    KeyError
        If no page has this address.
    """
    for entry in PAGES:
        if entry.slug == slug:
            return entry
    raise KeyError(f"no page {slug!r}; there are {[entry.slug for entry in PAGES]}")


def pages_for(role: Role | None) -> tuple[PageEntry, ...]:
    """Return the pages for a visitor with this role; None stands for a visitor of a dashboard without a sign-in."""
    return tuple(entry for entry in PAGES if entry.role is None or (role is not None and reaches(role, entry.role)))
