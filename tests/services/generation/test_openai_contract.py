"""The contract of every engine, over servers with OpenAI's API that unmodified `openai` talks to."""

from __future__ import annotations

import pytest

from components.core.settings_tables import OpenAIServer
from components.engines.contract import Message, Request
from components.engines.openai_compatible import OpenAICompatibleEngine
from tests.services.generation.openai_server import MODEL, Scenario, openai
from tests.unit.engines.engine_contract import EngineContract

NEVER = frozenset({"n", "beam", "beam_sample", "full_distribution", "prefix", "typical_p", "count_tokens"})


def engine(address, *, most_new_tokens=512, most_thinking_tokens=0, **settings):
    server = OpenAIServer(name="the class's server", base_url=address, models=(MODEL,), **settings)
    caps = {"most_new_tokens": most_new_tokens, "most_thinking_tokens": most_thinking_tokens}
    return OpenAICompatibleEngine(server, MODEL, **caps)


@pytest.fixture(scope="module")
def like_llama_cpp():
    with openai(Scenario(dialect="llama.cpp")) as address:
        yield engine(address)


class TestCompletions(EngineContract):
    missing = NEVER

    @pytest.fixture
    def subject(self, like_llama_cpp):
        return like_llama_cpp


class Conversation(EngineContract):
    """Each prompt as a visitor's turn."""

    def request(self, subject, **settings):
        made = super().request(subject, **settings)
        if made.mode == "chat":
            return made
        settings = {name: getattr(made, name) for name in made.__dataclass_fields__}
        return Request(**settings | {"mode": "chat", "messages": (Message("user", made.prompt),)})


class TestConversations(Conversation, TestCompletions):
    pass
