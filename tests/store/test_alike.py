"""Items counted by what they are alike in: always what a plain look at every item would count, in the same order."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import alike, anew, passing, schema
from emergency.store.creating import create
from emergency.store.fold import Fold
from emergency.store.records import RECORDS
from emergency.store.records.equipment import CREW, CUSTODY, SERVICEABILITY, itself
from emergency.store.store import Store
from tests.store.replicas import empty_store

Facts = list[list[Any]]
IDS = ("A1", "A10", "A2", "B", "泵1", "C")
NOW = 1_800_000_000_000
#: Asked of items: what they may be, and what they can do.
ASKED: tuple[tuple[list[str], str, list[str]], ...] = (
    (["drainage"], '"drainage" > 0 OR kind IN (?)', ["pump"]),
    (["power", "drainage"], '"power" > 0 OR "drainage" > 0', []),
    ([], "kind IN (?, ?)", ["pump", "boat"]),
    ([], "kind IN (?)", ["nothing"]),
)

values = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(("泵", None)),
        "kind": st.sampled_from(("pump", "boat", None)),
        "specification": st.sampled_from(("X1", "", None)),
        "licence": st.sampled_from(("电工证", None)),
        "team": st.sampled_from(("T", "U", "", None)),
        "at": st.sampled_from(("39900000,116300000", "39910000,116300000", "31000000,121000000", None)),
        "drainage": st.sampled_from((1000, 3000, 0, None)),
        "power": st.sampled_from((500, None)),
        "serviceability": st.sampled_from((*SERVICEABILITY, None)),
        "custody": st.sampled_from((*CUSTODY, None)),
        "crew": st.sampled_from((*CREW, None)),
        # NOW is 2027-01-15.
        "inspection_until": st.sampled_from(("2027-01-14", "2027-01-15", "2027-01", "2027", "2026", None)),
        "leased_to": st.sampled_from(("FT", "DX", None)),
        "leased_until": st.sampled_from((NOW - 1, NOW + 10**9, None)),
        "same_as": st.sampled_from((*IDS, None)),
        "retired": st.sampled_from(("gone", None)),
        "note": st.just("x"),
        "drainage ": st.just(1),
    },
)
ids = st.sampled_from(IDS)
lines = st.sampled_from(("L/1", "L/2"))
facts = st.one_of(
    st.tuples(st.sampled_from(("new", "set", "told")), st.just("equipment"), ids, values).map(list),
    st.tuples(st.just("claim"), lines, ids.map("equipment:{}".format)).map(list),
    st.tuples(st.just("new"), st.just("line"), lines, st.just({"order": "L", "equipment": "B"})).map(list),
    st.tuples(
        st.just("step"), lines, st.sampled_from(("issue", "accept", "cancel", "decline")), st.just({})
    ).map(list),
    st.tuples(st.just("settle"), st.just(["L/1", "L/2"]), st.just("L/1")).map(list),
)
journals = st.lists(st.lists(facts, max_size=4), max_size=8)


def folded(entries: list[Facts]) -> sqlite3.Connection:
    """A store in memory that has these entries of one feed."""
    connection = empty_store()
    connection.execute("INSERT INTO feed(n, id, seq, own) VALUES(1, 'f', 0, 1)")
    connection.execute("INSERT INTO meta VALUES('station', 'FT')")
    fold = Fold(connection)
    for n, entry in enumerate(entries, 1):
        fold.entry(n, 1, n, n, entry)
    return connection


def plainly(
    connection: sqlite3.Connection, why: str, figures: list[str], where: str, asked: list[str]
) -> list[alike.Group]:
    """What `counted` gives, by a look at every item."""
    shown = "".join(f', "{name}"' for name in figures)
    order = "id" if figures else "kind, at_cell, id"
    rows = connection.execute(
        f"SELECT id, team, at_cell, kind, specification, licence, custody = 'pre_positioned', {why}{shown}"
        f" FROM equipment WHERE retired IS NULL AND {itself()} AND ({where}) ORDER BY {order}",
        asked,
    )
    groups: dict[Any, list[str]] = {}
    for id_, team, cell, *shape in rows:
        groups.setdefault((team, cell, tuple(shape)), []).append(id_)
    return [(some[0], *group, len(some)) for group, some in groups.items()]


def check(connection: sqlite3.Connection, apart: list[str]) -> None:
    """Whatever is asked, what is counted is what a plain look counts."""
    for drilled, past in (([], True), (["equipment:B"], False)):
        why = passing.why_not(apart, ["equipment:A2"], NOW, drilled, past=past)
        alone = passing.alone(apart, drilled, NOW, past=past)
        for figures, where, asked in ASKED:
            plain = plainly(connection, why, figures, where, asked)
            for aside in ((), ("T",)):
                counted, others = alike.counted(connection, why, figures, where, asked, alone, aside)
                assert counted == [group for group in plain if group[1] not in aside]
                assert summed(others) == summed(group for group in plain if group[1] in aside)


def summed(groups: Iterable[alike.Group]) -> Counter[tuple[Any, ...]]:
    """How many items there are of each group, in however many parts it comes."""
    out: Counter[tuple[Any, ...]] = Counter()
    for _first, *group, items in groups:
        out[tuple(group)] += items
    return out


@settings(max_examples=200)
@given(journals, st.lists(ids, unique=True, max_size=2), st.sampled_from((0, 1, 2, alike.MOST)))
def test_what_is_counted_is_what_a_look_at_every_item_counts(
    entries: list[Facts], apart: list[str], most: int
) -> None:
    """However many descriptions may have numbers, and whatever is known of items beside their rows."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(alike, "MOST", most)
        connection = folded(entries)
    check(connection, [f"equipment:{id_}" for id_ in apart])
    assert alike.astray(connection) == 0


@settings(max_examples=60)
@given(journals)
def test_all_that_may_be_counted_is(entries: list[Facts]) -> None:
    """Only what is claimed, leased, merged or retired is looked at by itself, once an entry is folded."""
    connection = folded(entries)
    alone = connection.execute(
        "SELECT id FROM equipment WHERE coalesce(claimed, leased_to, same_as, retired) IS NOT NULL ORDER BY id"
    )
    assert connection.execute("SELECT id FROM alone ORDER BY id").fetchall() == alone.fetchall()


CHANGES = {
    "kind": "boat", "specification": "Y", "licence": "x", "drainage": 7, "power": 7, "serviceability": "lost",
    "custody": "pre_positioned", "crew": "resting", "claimed": "L/9", "leased_to": "DX", "same_as": "B",
    "retired": "x", "team": "V", "at_cell": 5, "inspection_until": "2020-01-01",
}  # fmt: skip


@settings(max_examples=100)
@given(journals, st.lists(st.tuples(ids, st.sampled_from([*CHANGES]), st.booleans()), max_size=4))
def test_no_statement_that_changes_a_row_leaves_it_counted_as_it_was(
    entries: list[Facts], changes: list[tuple[str, str, bool]]
) -> None:
    """Also one that no fold makes: what a number stands for is watched by the store itself."""
    connection = folded(entries)
    for id_, column, to_nothing in changes:
        value = None if to_nothing else CHANGES[column]
        connection.execute(f'UPDATE equipment SET "{column}"=? WHERE id=?', (value, id_))
        check(connection, [])
        assert alike.astray(connection) == 0
    Fold(connection).settle_lines()
    check(connection, [])
    assert alike.astray(connection) == 0


def test_an_entry_that_is_rolled_back_leaves_no_number_behind() -> None:
    """A number that was given in it may mean something else afterwards."""
    connection = empty_store()
    connection.execute("INSERT INTO feed(n, id, seq, own) VALUES(1, 'f', 0, 1)")
    fold = Fold(connection)
    connection.execute("SAVEPOINT one")
    fold.entry(1, 1, 1, 1, [["new", "equipment", "A", {"name": "泵", "kind": "pump"}]])
    connection.execute("ROLLBACK TO one")
    fold.forget()
    fold.entry(2, 1, 2, 2, [["new", "equipment", "B", {"name": "艇", "kind": "boat"}]])
    fold.entry(3, 1, 3, 3, [["new", "equipment", "A", {"name": "泵", "kind": "pump"}]])
    assert alike.astray(connection) == 0
    check(connection, [])


def test_why_an_item_may_not_be_called_rests_on_nothing_that_is_not_watched() -> None:
    """A rule that looks at another column would be asked of a description that does not have it."""
    sql = passing.why_not(["equipment:A"], ["equipment:B"], NOW, ["equipment:C"]) + alike.KEY
    said = set(re.findall(r"\w+", sql.replace("SELECT value FROM meta", "")))
    used = said & {"id", "claimed", *RECORDS["equipment"].columns()}
    assert used <= {"id", "leased_until", "inspection_until", "team", "at_cell", *alike.FIELDS, *alike.APART}


@pytest.fixture
def path(tmp_path: Path) -> str:
    made = str(tmp_path / "station.db")
    create(made, station="FT", region="110106", name="丰台", who="王小明").close()
    with Store(made) as opened, opened.write("equipment import") as writer:
        for n in range(9):
            writer.new(
                "equipment", {"name": "泵", "kind": "pump", "team": "T", "drainage": n % 2 * 1000}, f"E{n}"
            )
        writer.flush()
        writer.set("equipment", "E3", {"retired": "sold"})
    return made


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE held SET items=items + 1",
        "UPDATE held SET first='E9'",
        "DELETE FROM held",
        "UPDATE likeness SET drainage=5",
        "UPDATE equipment SET alike=3 - alike WHERE id='E1'",
        "DELETE FROM alone",
    ],
)
def test_counts_that_are_wrong_are_found_when_the_tables_are_compared(path: str, damage: str) -> None:
    with Store(path) as opened:
        assert anew.folded_digest(opened.connection) == anew.refolded_digest(opened.connection)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(damage)
    assert anew.folded_digest(connection) != anew.refolded_digest(connection)
    connection.close()


def test_a_store_of_an_older_program_is_counted_when_it_is_opened(path: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "DROP TRIGGER equipment_alone",
        "DROP TABLE held",
        "DROP TABLE likeness",
        "DROP TABLE alone",
    ):
        connection.execute(statement)
    connection.execute("DROP INDEX equipment_team_at_cell_alike")
    connection.execute("ALTER TABLE equipment DROP COLUMN alike")
    connection.execute("CREATE INDEX equipment_team ON equipment(team)")
    connection.execute("UPDATE meta SET value='older' WHERE key='fold'")
    connection.close()
    with Store(path) as opened:
        assert opened.meta("fold") == schema.fold_digest()
        check(opened.connection, [])
        assert alike.astray(opened.connection) == 0
        assert opened.connection.execute("SELECT sum(items) FROM held").fetchone() == (8,)
    with Store(path, as_of=NOW * 2) as then:
        check(then.connection, [])


def test_a_million_alike_are_read_as_one_group(path: str) -> None:
    """The plan of the queries: by the groups and the few that are alone, and over no item besides."""
    with Store(path) as opened:
        said: list[str] = []
        opened.connection.set_trace_callback(said.append)
        why = passing.why_not([], [], NOW)
        alone = passing.alone([], [], NOW)
        groups, others = alike.counted(opened.connection, why, *ASKED[0], alone, ("nobody",))
        assert sum(items for *_, items in groups) == 8 and not others
        opened.connection.set_trace_callback(None)
        steps = [step for sql in said for *_, step in opened.connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert not [
        step for step in steps if step.startswith("SCAN equipment") or "TEMP B-TREE FOR GROUP" in step
    ], steps
