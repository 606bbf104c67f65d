"""jupyter-server-proxy carries 10 MiB a message and cuts the connection at more: no page sends one as large."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from components.core.parameters import Text
from components.registry import pages_for
from tests import event_loop
from tests.app.opening import parameters_of
from tests.services.visitor_client import visiting

CARRIED_BYTES = 10 * 2**20
MOST_CHARS = 5_000  # 20,000 took four times as long; the largest message, of the attention page, was no larger
WORDS = ("attention ", "나는 소설을 ", "🙂 ", "<b>", "unaffable ")


def longest(text: Text) -> str:
    most = min(text.most_chars, MOST_CHARS)
    return "".join(islice(cycle(WORDS), most))[:most]


def links(slug: str) -> Iterator[dict[str, str]]:
    """Yield the page as it opens, and with the longest text it takes."""
    yield {}
    texts = [parameter for parameter in parameters_of(slug) if isinstance(parameter, Text)] if slug else []
    yield from ({text.name: longest(text)} for text in texts[:1])


@pytest.mark.parametrize("entry", pages_for(None), ids=lambda entry: entry.slug or "home")
def test_the_largest_message_of_a_page_gets_through(app, entry):
    async def largest(parameters: dict[str, str]) -> int:
        async with visiting(app.origin) as visitor:
            run = await visitor.open(entry.slug, **parameters)
        assert run.faults == ()
        assert len(run.sizes_bytes) > 5  # it drew something
        return max(run.sizes_bytes)

    sizes = {str(parameters)[:40]: event_loop.run(largest(parameters)) for parameters in links(entry.slug)}
    assert {link: size for link, size in sizes.items() if size >= CARRIED_BYTES} == {}
