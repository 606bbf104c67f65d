"""Texts to start from, and which of them suit a model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from components.core.errors import Reason
from components.core.i18n import N_, name_languages
from components.engines.contract import Mode

_ARTICLE: Final = (
    "The Amazon rainforest produces much of its own rain. Trees draw water from the ground and give it off through "
    "their leaves; winds carry it west, where it falls again. When trees are cut, less rain falls, and more trees dry "
    "out."
)


@dataclass(frozen=True)
class Example:
    """One text to start from.

    Attributes
    ----------
    needs
        What a model must have learned for it, beyond going on with a text.
    language
        That of the text; code is in none.
    """

    title: str
    prompt: str
    mode: Mode = "complete"
    needs: Literal["nothing", "instructions", "code"] = "nothing"
    language: str | None = "en"


EXAMPLES: Final = (
    Example(N_("Star Trek"), "Star Trek"),
    Example(N_("Film review"), "This movie was"),
    Example(N_("A good novel"), "I read a good novel."),
    Example(N_("Star Trek, in Korean"), "스타트렉은", language="ko"),
    Example(N_("Film review, in Korean"), "이 영화는", language="ko"),
    Example(N_("Conversation, in Korean"), "여행 가고 싶어.", language="ko"),
    Example(N_("Capital, in Korean"), "대한민국의 수도는", language="ko"),
    Example(N_("Code"), "def fibonacci(n):\n    ", needs="code", language=None),
    Example(N_("Summarise"), f"Summarise in one sentence: {_ARTICLE}", mode="chat", needs="instructions"),
    Example(
        N_("Answer from a text"),
        f"{_ARTICLE}\n\nQuestion: Why does less rain fall when trees are cut? Answer from the text.",
        mode="chat",
        needs="instructions",
    ),
    Example(N_("Spanish"), "Escribe dos frases sobre el mar.", "chat", "instructions", "es"),
    Example(N_("French"), "Écris deux phrases sur la mer.", "chat", "instructions", "fr"),
    Example(N_("German"), "Schreibe zwei Sätze über das Meer.", "chat", "instructions", "de"),
    Example(N_("Portuguese"), "Escreva duas frases sobre o mar.", "chat", "instructions", "pt"),
    Example(N_("Italian"), "Scrivi due frasi sul mare.", "chat", "instructions", "it"),
    Example(N_("Dutch"), "Schrijf twee zinnen over de zee.", "chat", "instructions", "nl"),
)

NO_INSTRUCTIONS: Final = Reason(N_("This model continues texts; it was not trained to follow instructions."))
NO_CODE: Final = Reason(N_("This model was not trained on code."))
_ONE_LANGUAGE: Final = N_("This model was trained to write this language only: {language}.")


def why_not(
    example: Example, *, follows_instructions: bool, is_for_lessons: bool, languages: Collection[str]
) -> Reason | None:
    """Return why an example makes no sense with a model, None if it does.

    Parameters
    ----------
    follows_instructions
        Whether the model was trained on conversations or tasks.
    is_for_lessons
        Whether it is one of the small models made for this dashboard.
    languages
        The languages it is known for; a list of several is never complete.
    """
    if example.needs == "instructions" and not follows_instructions:
        return NO_INSTRUCTIONS
    if example.needs == "code" and is_for_lessons:
        return NO_CODE
    if len(languages) == 1 and example.language is not None and example.language not in languages:
        return Reason(_ONE_LANGUAGE, {"language": name_languages(languages)})
    return None
