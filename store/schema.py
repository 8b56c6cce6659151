"""The tables of a store: the journal, which only migrates, and the folded tables, which are
made anew from it whenever their declaration changes."""

from __future__ import annotations

import functools
import hashlib
import os
import sqlite3
from typing import TYPE_CHECKING

from emergency.store import alike, trigrams
from emergency.store.database import JOURNAL_VERSION
from emergency.store.places import CELL_E6
from emergency.store.records import RECORDS
from emergency.store.records.steps import ENDED, FLAGGED, STEPS
from emergency.store.text import SEARCH_VERSION

if TYPE_CHECKING:
    from sqlite_utils import Migrations


#: Raised when the same facts begin to mean something else; see `fold_digest`.
FOLD_RULES = 4
#: Reference data that ships with the program.
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")

#: What the fold keeps beside the records. `mark` is entry number * 1024 + place in the entry.
FOLD_TABLES = """
CREATE TABLE cell(kind TEXT, id TEXT, field TEXT, mark INTEGER, feed INTEGER, value, head INTEGER,
  PRIMARY KEY(kind, id, field, feed, mark)) WITHOUT ROWID;
CREATE INDEX cell_heads ON cell(kind, id, field) WHERE head=1;
CREATE TABLE told(kind TEXT, id TEXT, field TEXT, mark INTEGER, value, shown INTEGER,
  PRIMARY KEY(kind, id, field, mark)) WITHOUT ROWID;
CREATE TABLE step(line TEXT, mark INTEGER, name TEXT, at INTEGER, data TEXT, inert TEXT,
  PRIMARY KEY(line, mark)) WITHOUT ROWID;
CREATE TABLE claim(thing TEXT, line TEXT, mark INTEGER, live INTEGER, told INTEGER,
  PRIMARY KEY(thing, line, mark)) WITHOUT ROWID;
CREATE INDEX claim_line ON claim(line);
CREATE TABLE settled(line TEXT, mark INTEGER, keep TEXT, PRIMARY KEY(line, mark)) WITHOUT ROWID;
CREATE TABLE movement(reserve TEXT, mark INTEGER, quantity INTEGER, is_count INTEGER, at INTEGER, data TEXT,
  PRIMARY KEY(reserve, mark)) WITHOUT ROWID;
CREATE TABLE log(kind TEXT, id TEXT, mark INTEGER, at INTEGER, text TEXT, PRIMARY KEY(kind, id, mark)) WITHOUT ROWID;
CREATE TABLE inert(mark INTEGER PRIMARY KEY, why TEXT);
"""


def migrations() -> Migrations:
    """Every change ever made to the journal's own tables, in order. Append only."""
    from sqlite_utils import Migrations
    from sqlite_utils.db import Database

    journal = Migrations("journal")

    @journal()
    def m001_journal(db: Database) -> None:
        db.table("meta").create({"key": str, "value": str}, pk="key")
        db.table("feed").create(
            {"n": int, "id": str, "key": bytes, "station": str, "seq": int, "hash": bytes, "own": int}, pk="n"
        )
        db.table("feed").create_index(["id"], unique=True)
        db.table("entry").create(
            {
                "n": int,
                "feed": int,
                "seq": int,
                "wall": int,
                "received": int,
                "op": str,
                "header": bytes,
                "facts": bytes,
                "signature": bytes,
                "hash": bytes,
                "late": int,
                "receipt": bytes,
            },
            pk="n",
        )
        db.table("entry").create_index(["feed", "seq"], unique=True)
        db.table("entry").create_index(["op"])
        db.execute(
            "CREATE TABLE seen(feed INTEGER, other INTEGER, seq INTEGER, upto INTEGER,"
            " PRIMARY KEY(feed, other, seq)) WITHOUT ROWID"
        )
        db.table("aside").create(
            {
                "hash": bytes,
                "feed": str,
                "seq": int,
                "why": str,
                "received": int,
                "header": bytes,
                "facts": bytes,
                "signature": bytes,
            },
            pk="hash",
        )

    @journal()
    def m002_receipts_of_what_is_aside(db: Database) -> None:
        from emergency.store.journal import aside_receipt

        db.table("aside").add_column("receipt", bytes)
        for row in db.execute("SELECT hash, feed, seq, why, received FROM aside").fetchall():
            db.execute("UPDATE aside SET receipt=? WHERE hash=?", (aside_receipt(*row), row[0]))

    @journal()
    def m003_branches_and_hubs(db: Database) -> None:
        db.execute("ALTER TABLE feed ADD COLUMN parent INTEGER")
        db.execute("ALTER TABLE feed ADD COLUMN base INTEGER NOT NULL DEFAULT 0")
        db.table("hub").create(
            {"feed": str, "url": str, "key": bytes, "name": str, "ca": str, "synced": int, "told": str},
            pk="feed",
        )
        db.execute(
            "CREATE TABLE authority(feed TEXT PRIMARY KEY, role TEXT, last INTEGER, registrar INTEGER)"
        )
        db.execute(
            "CREATE TABLE clock(feed TEXT, after INTEGER, ahead INTEGER, PRIMARY KEY(feed, after)) WITHOUT ROWID"
        )
        db.execute(
            "CREATE TABLE delivery(n INTEGER, channel TEXT, at INTEGER, PRIMARY KEY(n, channel)) WITHOUT ROWID"
        )

    @journal()
    def m004_aside_by_place(db: Database) -> None:
        db.table("aside").create_index(["feed", "seq"])

    @journal()
    def m005_runs_seen(db: Database) -> None:
        from emergency.store import headers, seen

        db.execute(
            "CREATE TABLE seen_run(feed INTEGER, other INTEGER, first INTEGER, upto INTEGER, seq INTEGER,"
            " PRIMARY KEY(feed, other, first, upto, seq)) WITHOUT ROWID"
        )
        db.execute("CREATE INDEX entry_withheld ON entry(feed, seq) WHERE facts IS NULL")
        db.execute("CREATE INDEX entry_late ON entry(feed, seq) WHERE late IS NOT NULL")
        # Written by a later program, and taken in by one that did not know of them.
        telling = db.execute(
            "SELECT feed, header FROM entry WHERE instr(header, CAST('\"runs\"' AS BLOB)) ORDER BY n"
        ).fetchall()
        for feed, header in telling:
            seen.note(db.conn, feed, headers.standing(header))

    return journal


def record_tables() -> str:
    """The SQL of the folded tables, from the declarations of the records."""
    parts = [FOLD_TABLES]
    for record in RECORDS.values():
        columns = "".join(f', "{name}" {sql}' for name, sql in record.columns().items())
        extra = ", claimed TEXT" if record.noun in ("equipment", "team") else ""
        extra += ", alike INTEGER" if record.noun == "equipment" else ""
        parts.append(
            f'CREATE TABLE "{record.noun}"(id TEXT PRIMARY KEY{columns}{extra},'
            " search TEXT, mark INTEGER, known INTEGER) WITHOUT ROWID;"
        )
        for names in record.indexed:
            listed = ", ".join(f'"{n}"' for n in names)
            parts.append(f'CREATE INDEX "{record.noun}_{"_".join(names)}" ON "{record.noun}"({listed});')
    return "\n".join(parts)


def fold_digest() -> str:
    """Changes whenever the folded tables would; a store with another one folds itself anew."""
    from emergency.store.entries import VERSION

    rules = [
        (
            f.name,
            type(f.type).__name__,
            f.type.rule,
            f.derived,
            getattr(f.type, "least", None),
            getattr(f.type, "most", None),
            *getattr(f.type, "options", ()),
        )
        for record in RECORDS.values()
        for f in record.fields
    ]
    rules += [(record.noun, *record.search) for record in RECORDS.values()]
    shipped = [(name, _sum_of(name)) for name in sorted(os.listdir(DATA)) if name.endswith(".csv")]
    steps = [(s.name, s.sources, s.target, s.physical) for s in STEPS.values()]
    numbers = (FOLD_RULES, VERSION, SEARCH_VERSION, CELL_E6)
    tables = (record_tables(), *alike.declared(), alike.rules(), *trigrams.declared())
    said = repr((numbers, tables, rules, steps, ENDED, sorted(FLAGGED.items()), shipped))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@functools.cache
def current_fold() -> str:
    """`fold_digest` of this program: reckoned once, since every opening of a store asks for it."""
    return fold_digest()


def _sum_of(name: str) -> str:
    with open(os.path.join(DATA, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the journal's tables up to this program. Run inside no transaction."""
    from sqlite_utils.db import Database

    migrations().apply(Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA user_version={JOURNAL_VERSION}")


def drop_folded(connection: sqlite3.Connection) -> None:
    """Remove every folded table; the journal stays."""
    keep = {
        "meta",
        "feed",
        "entry",
        "seen",
        "seen_run",
        "aside",
        "hub",
        "authority",
        "clock",
        "delivery",
        "_sqlite_migrations",
    }
    trigrams.drop(connection)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
    for (name,) in names:
        if name not in keep and not name.startswith("sqlite_"):
            connection.execute(f'DROP TABLE "{name}"')


def create_folded(connection: sqlite3.Connection) -> None:
    """Make the folded tables, empty; without the index of trigrams.py. One statement at a time: a script would commit."""
    for statement in record_tables().split(";"):
        if statement.strip():
            connection.execute(statement)
    for statement in alike.declared():
        connection.execute(statement)
    connection.execute("INSERT OR REPLACE INTO meta VALUES('fold', ?)", (current_fold(),))


def drop_indexes(connection: sqlite3.Connection, table: str) -> list[str]:
    """Drop the indexes of a table; returns the SQL that makes them again."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type='index' AND tbl_name=? AND sql IS NOT NULL", (table,)
    ).fetchall()
    for name, _sql in rows:
        connection.execute(f'DROP INDEX "{name}"')
    return [sql for _name, sql in rows]
