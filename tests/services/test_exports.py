"""An export on a real server: for who has it on a page, until the tab is closed, and again if the tab comes back."""

from __future__ import annotations

import asyncio
import time

import httpx2

from tests import event_loop
from tests.browser.team.people import user_cookie
from tests.services.visitor_client import visiting

GONE_WITHIN_S = 30  # it takes a turn of the event loop
EXPORT = "export_data"


def fetch(address: str, *, cookie: str | None = None) -> httpx2.Response:
    answer = httpx2.get(address, headers={} if cookie is None else {"Cookie": f"_streamlit_user={cookie}"})
    assert answer.headers["cache-control"] == "no-store"
    return answer


async def status_when_gone(address: str) -> int:
    give_up_s = time.monotonic() + GONE_WITHIN_S
    while (status := (await asyncio.to_thread(fetch, address)).status_code) == 200 and time.monotonic() < give_up_s:
        await asyncio.sleep(0.1)
    return status


def test_an_export_goes_with_its_tab_and_comes_back_with_it(dashboard):
    async def export(origin: str) -> None:
        async with visiting(origin) as visitor:
            assert (await visitor.open("tokenizer")).faults == ()
            address = origin + await visitor.download(EXPORT)
            assert (await asyncio.to_thread(fetch, address)).json()["page"] == "tokenizer"
        assert await status_when_gone(address) == 404
        async with visiting(origin, session=visitor.session) as back:
            assert (await asyncio.to_thread(fetch, address)).status_code == 200
            assert (await back.open("tokenizer")).faults == ()
            assert back.session == visitor.session
            assert origin + await back.download(EXPORT) == address
            assert (await asyncio.to_thread(fetch, address)).status_code == 200

    event_loop.run(export(dashboard.origin))


def test_in_a_team_an_export_is_for_its_person(team_dashboard):
    async def export(origin: str) -> None:
        mina, other = (user_cookie(origin, claims(who)) for who in ("mina", "other"))
        async with visiting(origin, user_cookie=mina) as visitor:
            assert (await visitor.open("tokenizer")).faults == ()
            address = origin + await visitor.download(EXPORT)
            statuses = [(await asyncio.to_thread(fetch, address, cookie=each)).status_code for each in (None, other)]
            assert statuses == [403, 404]
            assert (await asyncio.to_thread(fetch, address, cookie=mina)).json()["page"] == "tokenizer"

    def claims(who: str) -> dict[str, object]:
        person = {"iss": "https://accounts.example", "sub": who, "email": f"{who}@school.example"}
        return {**person, "email_verified": True, "iat": int(time.time())}

    event_loop.run(export(team_dashboard.origin))
