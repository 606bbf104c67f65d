"""What the server sends for a look at the board: nothing of the board itself, and of the rest only what changed."""

from __future__ import annotations

import json

import pytest

from components.inside import link
from components.inside.views.board import KEY as BOARD
from tests import event_loop
from tests.services.visitor_client import visiting

FIRST = {"layer": 0, "head": 0, "query": 3, "key": 4, "mode": "guess"}


@pytest.mark.parametrize(
    ("look", "most_messages", "most_bytes"),
    [({"mode": "rank"}, 20, 10_000), ({"query": 5}, 30, 100_000)],
    ids=["another face: the Export menu", "another cell: what happens in it, and the Export menu"],
)
def test_a_look_draws_only_what_it_changes(app, look, most_messages, most_bytes):
    async def looked():
        async with visiting(app.origin) as visitor:
            await visitor.open(link.PAGE, step="explore")
            await visitor.change(BOARD, json_value=json.dumps({"selection": FIRST}))
            changed = FIRST | look
            query = {"show": changed["mode"]}
            return await visitor.change(BOARD, query=query, json_value=json.dumps({"selection": changed}))

    run = event_loop.run(looked())
    assert run.faults == ()
    assert len(run.sizes_bytes) <= most_messages
    assert sum(run.sizes_bytes) <= most_bytes
