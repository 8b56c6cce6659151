"""An index of the parts of names, for kinds of record that come by the hundred thousand.

It is SQLite's own, of three letters each (FTS5, `trigram`), without places, and it only narrows: it names a
few records that hold all that can be found, and conditions.py and lookup.py look at those as they look at all.
So a record's former names may stay in it, and a store without it finds the same, only later.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from emergency.store.records import RECORDS

#: What is in more records than this is found sooner by walking over all of them, in their order.
FEW = 20_000
#: Letters in a gram, and bytes of new grams that are gathered in memory before they are written.
LENGTH, GATHERED = 3, 32 * 1024 * 1024
#: Records that are taken in at once, in memory.
AT_ONCE = 5_000
#: No more grams of one word are asked for: they are as good as all.
MOST_ASKED = 16
#: Behind a text, so that each of its letters begins a gram: one or two letters are the beginning of some.
PAD = " " * (LENGTH - 1)
#: SQL, and the values for its question marks.
Sql = tuple[str, list[Any]]
ALL: Sql = ("1", [])


@lru_cache(maxsize=1)
def supported() -> bool:
    """Whether this SQLite has such an index: since 3.34, unless it was built without."""
    if sqlite3.sqlite_version_info < (3, 34):
        return False
    connection = sqlite3.connect(":memory:")
    try:
        # Every opening of a store asks; to make such an index and see takes five times as long.
        connection.execute("SELECT fts5_source_id()")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def tables(kind: str) -> tuple[str, ...]:
    """The SQL that makes the index: the numbers of the records, the grams, and the grams by themselves."""
    return (
        f'CREATE TABLE "{kind}_gram_id"(n INTEGER PRIMARY KEY, id TEXT)',
        f"CREATE VIRTUAL TABLE \"{kind}_gram\" USING fts5(text, content='', columnsize=0, detail=none,"
        " tokenize='trigram case_sensitive 1')",
        f'CREATE VIRTUAL TABLE "{kind}_gram_part" USING fts5vocab("{kind}_gram", instance)',
    )


def declared() -> tuple[str, ...]:
    """The SQL of every index that a store made here has."""
    if not supported():
        return ()
    return tuple(sql for record in RECORDS.values() if record.crowded for sql in tables(record.noun))


def make(connection: sqlite3.Connection) -> None:
    """Make the indexes, of the records that are there."""
    for sql in declared():
        connection.execute(sql)
    for kind in indexed(connection):
        connection.execute(
            f'INSERT INTO "{kind}_gram"("{kind}_gram", rank) VALUES(\'hashsize\', ?)', (GATHERED,)
        )
        add(connection, kind, connection.execute(f'SELECT id, search FROM "{kind}" ORDER BY id'))


def drop(connection: sqlite3.Connection) -> None:
    """Drop the indexes; also those that another SQLite made and this one cannot read."""
    made = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
    # The one over the grams before the grams.
    for (name,) in sorted(made, reverse=True):
        try:
            connection.execute(f'DROP TABLE "{name}"')
        except sqlite3.OperationalError:
            connection.execute("PRAGMA writable_schema=ON")
            connection.execute("DELETE FROM sqlite_master WHERE name=?", (name,))
            connection.execute("PRAGMA writable_schema=RESET")


def indexed(connection: sqlite3.Connection) -> list[str]:
    """The kinds of record that have an index in this store."""
    crowded = [kind for kind, record in RECORDS.items() if record.crowded]
    return [kind for kind in crowded if _is_indexed(connection, kind)]


def _is_indexed(connection: sqlite3.Connection, kind: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name=?", (f"{kind}_gram",))
    return found.fetchone() is not None


def add(connection: sqlite3.Connection, kind: str, records: Iterable[tuple[str, str]]) -> None:
    """Take in (id, search text) of records that are new, or are called otherwise now."""
    (last,) = connection.execute(f'SELECT coalesce(max(n), 0) FROM "{kind}_gram_id"').fetchone()
    numbered = enumerate(records, last + 1)
    while rows := [(n, id_, search) for n, (id_, search) in itertools.islice(numbered, AT_ONCE)]:
        connection.executemany(f'INSERT INTO "{kind}_gram_id" VALUES(?,?)', [row[:2] for row in rows])
        connection.executemany(
            f'INSERT INTO "{kind}_gram"(rowid, text) VALUES(?,?)',
            [(n, _plain(f"{search} {id_}{PAD}")) for n, id_, search in rows],
        )


def _plain(text: str) -> str:
    """Without what ends a text for SQLite's C."""
    return text.replace("\0", " ")


def narrowed(connection: sqlite3.Connection, kind: str, words: Sequence[str]) -> Sql:
    """SQL that holds of few records, and of each that has all of these words in its search text or id.

    The words are folded as search texts are; in an id they may stand in capitals. Where that would be many,
    or there is no index, it is SQL that holds of all.
    """
    words = [plain for word in words if (plain := _plain(word))]
    if not words or not RECORDS[kind].crowded or not _is_indexed(connection, kind):
        return ALL
    for sql, values in _asked(kind, words):
        (found,) = connection.execute(f"SELECT count(*) FROM ({sql} LIMIT {FEW + 1})", values).fetchone()
        if found <= FEW:
            return f'id IN (SELECT id FROM "{kind}_gram_id" WHERE n IN ({sql}))', values
    return ALL


def _asked(kind: str, words: Sequence[str]) -> Iterable[Sql]:
    """SQL of the numbers of records that may have all words of three letters and more, or a shorter one."""
    whole = [word for word in words if len(word) >= LENGTH]
    if whole:
        asked = " AND ".join(f"({' OR '.join(map(_grams, _forms(word)))})" for word in whole)
        yield f'SELECT rowid FROM "{kind}_gram" WHERE "{kind}_gram" MATCH ?', [asked]
    for word in words:
        if len(word) < LENGTH:
            ranges = [(form, form + "\U0010ffff" * LENGTH) for form in _forms(word)]
            part = f'SELECT doc FROM "{kind}_gram_part" WHERE term >= ? AND term <= ?'
            yield " UNION ALL ".join([part] * len(ranges)), [end for range_ in ranges for end in range_]


def _forms(word: str) -> list[str]:
    """As it stands in a search text, and in an id; only what has a figure in it is looked for in ids."""
    return list(dict.fromkeys((word, word.upper()))) if any(c.isdigit() for c in word) else [word]


def _grams(word: str) -> str:
    starts = range(len(word) - LENGTH + 1)
    some = starts[:: 1 + len(starts) // MOST_ASKED]
    return " AND ".join('"' + word[at : at + LENGTH].replace('"', '""') + '"' for at in some)
