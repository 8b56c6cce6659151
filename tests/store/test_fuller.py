"""Who lacks facts of a row is given it where the other has any of them, whatever both lack, and else is left in peace."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from emergency.store import exchange
from emergency.store.chains import Feed

#: Entries of the row.
MANY = 12
ROW = Feed(1, "row", b"key", "FT", MANY, b"hash", 0, None, 0)


@contextlib.contextmanager
def lacking(bare: frozenset[int]) -> Iterator[sqlite3.Connection]:
    """A journal with one row, of which these entries came without their facts."""
    with contextlib.closing(sqlite3.connect(":memory:")) as sql:
        sql.execute("CREATE TABLE entry(feed, seq, facts)")
        rows = [(1, seq, None if seq in bare else b"{}") for seq in range(1, MANY + 1)]
        sql.executemany("INSERT INTO entry VALUES(?,?,?)", rows)
        yield sql


places = st.frozensets(st.integers(1, MANY))


@given(places, places)
def test_a_row_is_offered_while_it_brings_facts_and_no_longer(
    theirs: frozenset[int], ours: frozenset[int]
) -> None:
    with lacking(ours) as here:
        while True:
            with lacking(theirs) as there:
                told = exchange.bare(there, [ROW])
                runs = json.loads(json.dumps(exchange.bare_runs(there, told, {"row": ROW})))
            given = exchange.fuller(here, exchange.bares(told), [ROW], exchange.runs(runs))
            if not given:
                break
            ((_row, after),) = given
            come = {seq for seq in theirs - ours if seq > after}
            assert come, "what is handed over again and again brings nothing"
            theirs -= come
    assert theirs <= ours


def test_runs_that_overlap_or_are_too_many_are_none() -> None:
    bad = (
        [["row", 3, 2]], [["row", 1, 3], ["row", 3, 4]], [["row", 5, 6], ["row", 1, 2]], [["row", 1]],
        [["row", n, n] for n in range(1, 2 * exchange.MOST_RUNS + 4, 2)],
    )  # fmt: skip
    for told in bad:
        try:
            exchange.runs(told)
        except ValueError:
            continue
        raise AssertionError(told[:3])
    assert len(exchange.runs([["row", 1, 1], ["other", 1, 1], ["row", 3, 9]])) == 2


def test_of_more_runs_than_may_be_told_a_row_tells_none() -> None:
    many = 2 * exchange.MOST_RUNS + 2
    with contextlib.closing(sqlite3.connect(":memory:")) as sql:
        sql.execute("CREATE TABLE entry(feed, seq, facts)")
        sql.executemany(
            "INSERT INTO entry VALUES(1,?,?)", [(n, None if n % 2 else b"") for n in range(1, many + 1)]
        )
        row = ROW._replace(seq=many)
        assert exchange.bare_runs(sql, exchange.bare(sql, [row]), {"row": row}) == []
        sql.execute("UPDATE entry SET facts='' WHERE seq=1")
        told = exchange.bare_runs(sql, exchange.bare(sql, [row]), {"row": row})
    assert len(told) == exchange.MOST_RUNS and exchange.runs(told)["row"] == told
