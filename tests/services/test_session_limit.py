"""More tabs of one browser than one visitor may have, over a real server's websockets."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from components.server.session_limit import MOST_TABS
from tests import event_loop
from tests.services.visitor_client import Visitor, visiting


async def is_refused(tab: Visitor) -> bool:
    """Open a page in a tab, and say whether the button that only a refused one has was drawn."""
    assert (await tab.open("positional-encoding")).faults == ()
    return tab.has_button("tab_again")


def test_a_tab_above_the_limit_is_told_what_to_do_and_goes_on_when_another_is_closed(dashboard):
    async def fill(origin: str) -> None:
        browser = generate_xsrf_token_string()
        async with AsyncExitStack() as open_tabs:
            first = AsyncExitStack()
            tabs = [await first.enter_async_context(visiting(origin, browser=browser))]
            open_tabs.push_async_exit(first)
            for _ in range(MOST_TABS["browser"]):
                tabs.append(await open_tabs.enter_async_context(visiting(origin, browser=browser)))
            refused = [await is_refused(tab) for tab in tabs]
            assert refused == [False] * MOST_TABS["browser"] + [True]

            another = await open_tabs.enter_async_context(visiting(origin))
            assert not await is_refused(another)

            await first.aclose()
            give_up = asyncio.get_running_loop().time() + 60
            while await is_refused(tabs[-1]):  # the server notices a closed tab a moment later
                assert asyncio.get_running_loop().time() < give_up
                await asyncio.sleep(0.2)
            assert not await is_refused(tabs[1])

    event_loop.run(fill(dashboard.origin))
