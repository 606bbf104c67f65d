"""Messages that anybody may write into a websocket: what they do on a real server, with and without a sign-in."""

from __future__ import annotations

import time

from streamlit.proto.BackMsg_pb2 import BackMsg

from tests import event_loop
from tests.browser.serving import APP, serving
from tests.browser.team.people import Provider, team_options, team_variables, user_cookie
from tests.services.visitor_client import visiting

NOBODY_ASKS_IT = Provider("http://127.0.0.1:9")  # who has the cookie has signed in already
JSON_LOG = {"DASHBOARD_LOG_FORMAT": "json"}  # with a line each time that the start is finished: once, unless caches go
STARTED = "start finished"
UPLOAD = BackMsg()
UPLOAD.file_urls_request.request_id = "1"
UPLOAD.file_urls_request.file_names.append("x.json")


def kinds(answers) -> set[str]:
    return {message.WhichOneof("type") for message in answers}


def test_nobody_clears_the_caches_of_all_or_asks_after_the_files(tmp_path):
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

    with serving(tmp_path, variables=JSON_LOG) as server:
        assert event_loop.run(forge(server.origin)) == set()
    assert server.log.read_text().count(STARTED) == 1


def test_before_the_sign_in_nothing_but_its_page_answers(tmp_path):
    async def forge(origin: str, cookie: str | None) -> set[str]:
        async with visiting(origin, user_cookie=cookie) as visitor:
            assert (await visitor.open("tokenizer")).faults == ()
            await visitor.answers()
            return kinds(await visitor.answers(BackMsg(clear_cache=True), UPLOAD))

    with serving(
        tmp_path,
        command=(*APP, *team_options(tmp_path, NOBODY_ASKS_IT)),
        variables={**JSON_LOG, **team_variables(tmp_path)},
    ) as server:
        person = {"iss": "https://accounts.example", "sub": "mina", "email": "mina@school.example"}
        cookie = user_cookie(server.origin, {**person, "email_verified": True, "iat": int(time.time())})
        assert event_loop.run(forge(server.origin, None)) == set()
        assert event_loop.run(forge(server.origin, cookie)) == {"file_urls_response"}
    assert server.log.read_text().count(STARTED) == 1
