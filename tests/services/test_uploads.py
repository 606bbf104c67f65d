"""Uploads to a real server that has room for one: who is told so, and when there is room again."""

from __future__ import annotations

import asyncio
import time

import httpx2
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from tests import event_loop
from tests.browser.serving import serving
from tests.services.small_uploads import FILE_BYTES
from tests.services.visitor_client import Visitor, visiting

TOKEN = generate_xsrf_token_string()
ROOM_WITHIN_S = 30  # the session ends after one, and is looked for five times a second


async def upload(origin: str, session: str, file: str) -> int:
    def put() -> int:
        headers = {"X-Xsrftoken": TOKEN, "Cookie": f"_streamlit_xsrf={TOKEN}"}
        address = f"{origin}/_stcore/upload_file/{session}/{file}"
        files = {"file": ("x.json", b" " * FILE_BYTES)}
        return httpx2.put(address, files=files, headers=headers, timeout=60).status_code

    return await asyncio.to_thread(put)


async def complaint(visitor: Visitor) -> str:
    """Return what an uploader says before it sends a file."""
    message = BackMsg()
    message.file_urls_request.request_id = "1"
    message.file_urls_request.file_names.append("x.json")
    [answer] = [each for each in await visitor.answers(message) if each.WhichOneof("type") == "file_urls_response"]
    return answer.file_urls_response.error_msg


def test_there_is_room_for_one_file_until_its_session_ends(tmp_path):
    async def fill(origin: str) -> None:
        async with visiting(origin, browser=TOKEN) as stays:
            assert (await stays.open("tokenizer")).faults == ()
            async with visiting(origin, browser=TOKEN) as leaves:
                assert (await leaves.open("tokenizer")).faults == ()
                assert await complaint(stays) == ""
                assert [await upload(origin, leaves.session, f"f{number}") for number in range(3)] == [204, 503, 503]
                assert await upload(origin, stays.session, "f") == 503
                assert (await complaint(stays)).startswith("No file can be uploaded now")
            give_up_s = time.monotonic() + ROOM_WITHIN_S
            while (status := await upload(origin, stays.session, "f")) == 503 and time.monotonic() < give_up_s:
                await asyncio.sleep(0.2)
            assert status == 204

    with serving(tmp_path, command=("-m", "tests.services.small_uploads")) as server:
        event_loop.run(fill(server.origin))
    assert "Traceback" not in server.log.read_text()
