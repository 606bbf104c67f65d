"""What holds for a team's database: `tests/unit/team` runs it on SQLite, `tests/services/postgres` on PostgreSQL.

`open_store` opens the same database again, as another process would; `store` is the first. `open_empty` opens one
without tables.
"""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import inspect, select, text

from components.team import audit
from components.team.errors import NoSuchLink, StoreUnavailable
from components.team.store import (
    comparisons,
    faults,
    limits,
    migrate,
    people,
    progress,
    retention,
    runs,
    shared_links,
    usage,
)
from components.team.store.tables import Deployment, Table
from tests.unit.team.people_of_tests import ANA, BEN, HOSTILE, NOW, a_run

DAY = timedelta(days=1)


def keep(store, who, *kept):
    for run in kept:
        with store.writing() as session:
            runs.save(session, who, run)


def use(store, who, *, at, tokens=10, usd=0.5, model="m"):
    with store.writing() as session:
        people.record_visit(session, who, at)
        entry = limits.Entry(
            id=uuid4().hex,
            person=people.key_of(session, who.id),
            engine="bedrock",
            model=model,
            tokens=tokens,
            usd=usd,
        )
        limits.commit_usage(session, entry, at=at)


def log(store, who, action="run", **more):
    with store.writing() as session:
        audit.line(action, who.id, **more)(session)


def everything_written(store) -> str:
    """Return every value of every row of every table."""
    with store.reading() as session:
        rows = [row for table in Table.metadata.sorted_tables for row in session.execute(select(table)).all()]
    return "\n".join(str(tuple(row)) for row in rows)


LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"


def upgrade():
    op.create_table("note", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("run", sa.Column("mark", sa.Integer()))


def downgrade():
    op.drop_table("note")
    op.drop_column("run", "mark")
"""


@contextmanager
def version_after_this(folder):
    """Give a version of the dashboard that has one migration more, until its `undo` is called."""
    shutil.copytree(migrate.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0003_later.py").write_text(LATER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "MIGRATIONS", folder)
        yield patch


class StoreContract:
    @pytest.fixture
    def later_version(self, tmp_path):
        with version_after_this(tmp_path / "later") as patch:
            yield patch

    def test_the_tables_come_and_go_and_match_the_code(self, open_empty):
        store = open_empty()
        migrate.upgrade(store)
        with migrate._alone(store) as (_config, connection):
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Table.metadata) == []
            assert set(inspect(connection).get_table_names()) == {*Table.metadata.tables, "alembic_version"}

    @pytest.mark.parametrize("revision", ["-2", "base"])
    def test_no_step_back_leaves_a_database_without_tables(self, store, revision):
        keep(store, ANA, a_run())
        for step in (migrate.losses, migrate.downgrade):
            with pytest.raises(CommandError, match="there is nothing before revision 0001"):
                step(store, revision)
        assert runs.read_page(store, ANA.id).total == 1
        assert migrate.mismatch(store) is None

    def test_a_step_back_says_what_it_would_lose_before_it_does_it(self, store, later_version):
        keep(store, ANA, a_run(), a_run())
        migrate.upgrade(store)
        with store.writing() as session:
            session.execute(text("INSERT INTO note VALUES (1), (2), (3)"))
            session.execute(text("UPDATE run SET mark = 1"))
        assert migrate.losses(store) == ["table note: 3 rows", "column run.mark: 2 rows"]
        assert migrate.mismatch(store) is None  # nothing has happened yet
        migrate.downgrade(store)
        assert migrate.mismatch(store) is faults.OLDER
        assert runs.read_page(store, ANA.id).total == 2
        later_version.undo()
        assert migrate.mismatch(store) is None

    def test_processes_that_start_together_make_the_tables_once(self, open_empty):
        stores = [open_empty() for _ in range(4)]
        salts = []

        def begin(each):
            with each.reading() as session:
                salts.append(session.scalars(select(Deployment.salt)).all())

        threads = [threading.Thread(target=begin, args=(each,)) for each in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(salts) == len(stores)
        assert len(salts[0]) == 1
        assert all(salt == salts[0] for salt in salts)

    def test_tables_of_a_later_version_are_left_alone(self, store, open_store):
        migrate.upgrade(store)
        with store.writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(StoreUnavailable, match="those of a newer version"), open_store().reading():
            pass
        assert migrate.mismatch(store) is faults.NEWER
        with store.writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = 'of-another'"))
        with pytest.raises(StoreUnavailable, match="belong to no known version"), open_store().reading():
            pass

    def test_a_run_is_stored_once_however_often_it_is_saved(self, store):
        run = a_run()
        keep(store, ANA, run, run)
        assert runs.read_page(store, ANA.id) == runs.Page((run,), 1)

    def test_any_text_can_be_stored_found_and_deleted(self, store):
        for hostile in HOSTILE:
            keep(store, ANA, a_run(hostile, prompt=hostile, settings={"prompt": hostile}, model=hostile))
        keep(store, ANA, a_run("other"))
        json.dumps(people.read_everything(store, ANA.id), ensure_ascii=False).encode()
        for hostile in HOSTILE:
            found = runs.read_page(store, ANA.id, words=hostile)
            readable = hostile.replace("\0", "␀").replace("\ud83d", "?")
            assert [(run.answer, run.prompt) for run in found.runs] == [(readable, readable)]
            assert runs.remove(store, ANA.id, [found.runs[0].id]) == 1
        assert [run.answer for run in runs.read_page(store, ANA.id).runs] == ["other"]

    def test_pages_are_newest_first_and_complete(self, store):
        kept = [a_run(f"text {number}", at=NOW + timedelta(seconds=number)) for number in range(7)]
        keep(store, ANA, *kept)
        pages = [runs.read_page(store, ANA.id, number=number, rows=3) for number in (1, 2, 3)]
        assert [run.answer for page in pages for run in page.runs] == [f"text {number}" for number in range(6, -1, -1)]
        assert {page.total for page in pages} == {7}

    def test_a_search_looks_at_prompts_answers_and_models_whatever_their_case(self, store):
        keep(store, ANA, a_run("Dragons"), a_run("x", prompt="A DRAGON"), a_run("y", model="dragon-7b"), a_run("z"))
        assert runs.read_page(store, ANA.id, words="dragon").total == 3

    def test_nobody_sees_or_deletes_what_is_another_persons(self, store):
        run = a_run()
        keep(store, ANA, run)
        made = comparisons.save(store, ANA, name="n", prompt="p", lanes=[{"text": "t"}], at=NOW)
        link = shared_links.share(store, ANA, page="tokenizer", params={"text": "a"}, at=NOW, days=1)
        assert runs.read_page(store, BEN.id).total == 0
        assert runs.remove(store, BEN.id, [run.id]) == 0
        comparisons.remove(store, BEN.id, made)
        shared_links.revoke(store, BEN.id, link.slug)
        assert runs.read_page(store, ANA.id).total == 1
        assert [each.id for each in comparisons.list_comparisons(store, ANA.id)] == [made]
        assert shared_links.list_shared_links(store, ANA.id) == (link,)
        assert comparisons.list_comparisons(store, BEN.id) == shared_links.list_shared_links(store, BEN.id) == ()

    def test_a_comparison_comes_back_as_it_was_kept(self, store):
        lanes = [{"title": "1", "text": "한글", "usd": None}, {"title": "2", "text": "b", "usd": 0.25}]
        made = comparisons.save(store, ANA, name="My name " * 40, prompt="p", lanes=lanes, at=NOW)
        [found] = comparisons.list_comparisons(store, ANA.id)
        assert (found.id, found.prompt, found.lanes) == (made, "p", lanes)
        assert len(found.name) == comparisons.MOST_NAME_CHARS
        comparisons.remove(store, ANA.id, made)
        assert comparisons.list_comparisons(store, ANA.id) == ()

    def test_a_short_link_opens_until_it_expires_or_is_taken_back(self, store):
        params = {"model": "gpt2", "text": "secret & more=?"}
        link = shared_links.share(store, ANA, page="tokenizer", params=params, at=NOW, days=2)
        assert shared_links.read_shared_link(store, link.slug, now=NOW + DAY).params == params
        with pytest.raises(NoSuchLink):
            shared_links.read_shared_link(store, link.slug, now=NOW + 2 * DAY)
        again = shared_links.share(store, ANA, page="tokenizer", params=params, at=NOW + DAY, days=2)
        assert again.slug == link.slug
        assert shared_links.read_shared_link(store, link.slug, now=NOW + 2 * DAY).page == "tokenizer"
        shared_links.revoke(store, ANA.id, link.slug)
        with pytest.raises(NoSuchLink):
            shared_links.read_shared_link(store, link.slug, now=NOW)

    def test_an_address_that_was_never_made_leads_nowhere(self, store):
        shared_links.share(store, ANA, page="tokenizer", params={}, at=NOW, days=2)
        for slug in (*HOSTILE, "", "a" * 16, "a" * 100_000, "ａ" * 16, "a" * 15 + "\n", "%00" * 5 + "a"):
            with pytest.raises(NoSuchLink):
                shared_links.read_shared_link(store, slug, now=NOW)

    def test_who_is_here_is_known_by_their_last_visit(self, store):
        with store.writing() as session:
            people.record_visit(session, ANA, NOW)
            people.record_visit(session, BEN, NOW + DAY)
        with store.writing() as session:
            people.record_visit(session, ANA, NOW + 2 * DAY)
        first, second = people.list_people(store)
        assert (first.id, first.name, first.role, first.first_seen, first.last_seen) == (
            ANA.id,
            ANA.name,
            "member",
            NOW,
            NOW + 2 * DAY,
        )
        assert second.id == BEN.id

    def test_usage_is_counted_by_person_model_and_day(self, store):
        use(store, ANA, at=NOW, tokens=10, usd=0.5)
        use(store, ANA, at=NOW + timedelta(hours=1), tokens=5, usd=None)
        use(store, ANA, at=NOW - DAY, tokens=7)
        use(store, BEN, at=NOW, tokens=1)
        found = usage.usage_by_day(store, since=NOW - 2 * DAY)
        rows = [
            (each.day.isoformat(), each.person_id, each.runs, each.tokens, each.usd, each.unpriced) for each in found
        ]
        assert rows == [
            ("2026-03-10", ANA.id, 2, 15, 0.5, 1),
            ("2026-03-10", BEN.id, 1, 1, 0.5, 0),
            ("2026-03-09", ANA.id, 1, 7, 0.5, 0),
        ]
        assert {each.person_id for each in usage.usage_by_day(store, since=NOW, person_id=BEN.id)} == {BEN.id}

    def test_a_line_about_something_is_written_once(self, store):
        for about in ("first sign-in", "first sign-in", "second sign-in"):
            log(store, ANA, "signed in", once=about)
        assert [(each.action, each.person_id) for each in audit.entries(store)] == [("signed in", ANA.id)] * 2

    def test_what_was_refused_to_somebody_is_theirs_once_they_are_let_in(self, store):
        with store.writing() as session:
            audit.line("sign-in refused", ANA.email)(session)
            audit.line("sign-in refused", BEN.email)(session)
            people.record_visit(session, ANA, NOW)
        assert [each["action"] for each in people.read_everything(store, ANA.id)["audit"]] == ["sign-in refused"]
        people.erase(store, ANA.id, now=NOW)
        assert {each.person_id for each in audit.entries(store)} == {None, BEN.email}

    def test_progress_of_other_pages_stays_and_none_at_all_deletes_it(self, store):
        def save(who, pages):
            with store.writing() as session:
                progress.save(session, who, pages, NOW)

        assert progress.read(store, ANA.id) == {}
        save(ANA, {"tokenizer": {"reached": 1}, "attention": {"reached": 2}})
        save(ANA, {"tokenizer": {"reached": 4}})
        save(BEN, {"attention": {"reached": 9}})
        assert progress.read(store, ANA.id) == {"tokenizer": {"reached": 4}, "attention": {"reached": 2}}
        save(ANA, {})
        assert progress.read(store, ANA.id) == {}
        assert progress.read(store, BEN.id) == {"attention": {"reached": 9}}

    def test_everything_about_a_person_can_be_taken_home(self, store):
        self._fill(store)
        document = people.read_everything(store, ANA.id)
        written = json.dumps(document)
        assert {name: len(rows) for name, rows in document.items()} == {
            "person": 1,
            "runs": 2,
            "comparisons": 1,
            "progress": 1,
            "shared_links": 1,
            "usage": 2,
            "audit": 1,
        }
        for mine in (ANA.id, ANA.name, ANA.email, "ana's prompt", "ana's lane", "ana's shared text"):
            assert mine in written
        assert "ben's" not in written
        assert BEN.id not in written

    def test_nothing_of_a_person_is_left_after_deleting(self, store):
        self._fill(store)
        people.erase(store, ANA.id, now=NOW)
        left = everything_written(store)
        for mine in (ANA.id, ANA.name, ANA.email, "ana's"):
            assert mine not in left
        for others in (BEN.id, BEN.name, BEN.email, "ben's prompt", "ben's lane"):
            assert others in left
        assert all(rows == [] for name, rows in people.read_everything(store, ANA.id).items() if name != "usage")
        nameless = [each for each in usage.usage_by_day(store, since=NOW - 9 * DAY) if each.person_id is None]
        assert sum(each.tokens for each in nameless) == 20

    def test_deleting_does_not_reset_todays_limits_and_tomorrow_nobody_knows_whose_they_were(self, store):
        use(store, ANA, at=NOW, tokens=10)
        use(store, ANA, at=NOW - DAY, tokens=7)
        people.erase(store, ANA.id, now=NOW)

        def known_to_be_anas(now):
            with store.reading() as session:
                return limits.count_used(session, people.key_of(session, ANA.id), now=now).tokens

        assert known_to_be_anas(NOW) == 10
        assert known_to_be_anas(NOW - timedelta(hours=20)) == 0
        with store.writing() as session:
            retention.purge(session, now=NOW + DAY, keep_days=None)
        assert known_to_be_anas(NOW) == 0
        assert sum(each.tokens for each in usage.usage_by_day(store, since=NOW - 9 * DAY)) == 17

    def test_what_is_too_old_is_deleted_and_nothing_else(self, store):
        self._fill(store, at=NOW - 11 * DAY)
        keep(store, ANA, a_run("young", at=NOW - 9 * DAY))
        with store.writing() as session:
            gone = retention.purge(session, now=NOW, keep_days=10)
        assert gone["run"] == 3
        assert gone["comparison"] == gone["progress"] == 2
        assert [run.answer for run in runs.read_page(store, ANA.id).runs] == ["young"]
        assert runs.read_page(store, BEN.id).total == 0
        assert usage.usage_by_day(store, since=NOW - 99 * DAY) == ()

    def test_without_a_term_only_dead_links_go(self, store):
        self._fill(store, at=NOW - 11 * DAY)
        with store.writing() as session:
            assert retention.purge(session, now=NOW, keep_days=None) == {"shared_link": 1}
        assert runs.read_page(store, ANA.id).total == 2

    def test_the_audit_log_is_read_newest_first(self, store):
        for model in ("first", "second", "third"):
            log(store, ANA, model=model, tokens=5)
        newest = audit.entries(store, most=2)
        assert [entry.model for entry in newest] == ["third", "second"]
        assert [entry.model for entry in audit.entries(store, before=newest[-1].at)] == ["first"]
        assert newest[0].prompt is None

    def _fill(self, store, *, at=NOW):
        keep(store, ANA, a_run("ana's answer", prompt="ana's prompt", at=at), a_run("ana's second", at=at))
        keep(store, BEN, a_run("ben's answer", prompt="ben's prompt", at=at))
        for who, slug in ((ANA, "ana's page"), (BEN, "ben's page")):
            with store.writing() as session:
                progress.save(session, who, {slug: {"reached": 3}}, at)
        for who, name in ((ANA, "ana's lane"), (BEN, "ben's lane")):
            comparisons.save(store, who, name=name, prompt=name, lanes=[{"text": name}], at=at)
        shared_links.share(store, ANA, page="tokenizer", params={"text": "ana's shared text"}, at=at, days=5)
        use(store, ANA, at=at)
        use(store, ANA, at=at - DAY)
        use(store, BEN, at=at)
        with store.writing() as session:
            audit.line("run", ANA.id, model="m", tokens=3, prompt="ana's prompt in the log")(session)
