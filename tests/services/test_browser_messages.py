"""Messages that anybody may write into a websocket: what they do on a real server, with and without a sign-in."""

from __future__ import annotations

import time

from streamlit.proto.BackMsg_pb2 import BackMsg

from tests import event_loop
from tests.browser.team.people import user_cookie
from tests.services.visitor_client import visiting

STARTED = "start finished"  # in the log once, unless the caches go
UPLOAD = BackMsg()
UPLOAD.file_urls_request.request_id = "1"
UPLOAD.file_urls_request.file_names.append("x.json")


def kinds(answers) -> set[str]:
    return {message.WhichOneof("type") for message in answers}


def test_nobody_clears_the_caches_of_all_or_asks_after_the_files(dashboard):
    async def forge(origin: str) -> set[str]:
        async with visiting(origin) as visitor:
            assert (await visitor.open("")).faults == ()
            await visitor.answers()  # what the end of the run still brings
            forged = [BackMsg(clear_cache=True), BackMsg(set_run_on_save=True), BackMsg(load_git_info=True)]
            answers = kinds(await visitor.answers(*forged))
            assert (await visitor.open("")).faults == ()
            await visitor.answers()
            assert kinds(await visitor.answers(UPLOAD)) == {"file_urls_response"}  # what the pages need is answered
        return answers

    assert event_loop.run(forge(dashboard.origin)) == set()
    assert dashboard.log.read_text().count(STARTED) == 1


def test_before_the_sign_in_nothing_but_its_page_answers(team_dashboard):
    async def forge(origin: str, cookie: str | None) -> set[str]:
        async with visiting(origin, user_cookie=cookie) as visitor:
            assert (await visitor.open("tokenizer")).faults == ()
            await visitor.answers()
            return kinds(await visitor.answers(BackMsg(clear_cache=True), UPLOAD))

    person = {"iss": "https://accounts.example", "sub": "mina", "email": "mina@school.example"}
    claims = {**person, "email_verified": True, "iat": int(time.time())}
    cookie = user_cookie(team_dashboard.origin, claims)
    assert event_loop.run(forge(team_dashboard.origin, None)) == set()
    assert event_loop.run(forge(team_dashboard.origin, cookie)) == {"file_urls_response"}
    assert team_dashboard.log.read_text().count(STARTED) == 1
