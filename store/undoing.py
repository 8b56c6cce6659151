"""Taking an operation back: the opposite of each of its facts, as a later entry."""

from __future__ import annotations

import json
from typing import Any

from emergency.store import journal
from emergency.store.cells import row_of
from emergency.store.errors import NoSuchRecord, Refused
from emergency.store.records import RECORDS
from emergency.store.screening import screened
from emergency.store.store import Store
from emergency.store.words import _
from emergency.store.writer import Writer


def last(store: Store) -> str:
    """The last operation of this officer that is not itself an undo. Raises NoSuchRecord."""
    done = set()
    for _n, _feed, _seq, _received, envelope in journal.read(store.connection, "f.own = 1", (), "e.n DESC"):
        header = json.loads(envelope.header)
        if header["kind"] == "undo":
            done.add(json.loads(envelope.facts or b"{}").get("why", ""))
        elif header["who"] == store.who and header["kind"] != "init" and header["op"] not in done:
            return str(header["op"])
    raise NoSuchRecord(_("there is nothing to take back"))


def undo(store: Store, writer: Writer, op: str) -> list[str]:
    """Write the opposite of an operation; returns what was left alone. Raises NoSuchRecord, Refused."""
    gone = _taken_back(store)
    if op in gone:
        raise Refused(_("operation {op} was taken back already, or is itself an undo").format(op=op))
    gone.add(op)
    found = list(journal.read(store.connection, "e.op = ?", (op,), "e.n DESC"))
    if not found:
        raise NoSuchRecord(_("no operation {op}").format(op=op), hint=_("emergency journal log shows them"))
    left: list[str] = []
    for n, _feed, _seq, _received, envelope in found:
        header = json.loads(envelope.header)
        if header["kind"] == "init" or header["kind"].startswith("callup"):
            raise Refused(
                _("{kind} is not undone").format(kind=header["kind"]),
                hint=_("an order is taken back with emergency callup cancel"),
            )
        facts = json.loads(envelope.facts)["facts"] if envelope.facts else []
        for place in range(len(facts) - 1, -1, -1):
            _opposite(writer, screened(facts[place])[0], n * 1024 + place, left, gone)
    return left


def _taken_back(store: Store) -> set[str]:
    """Operations that were taken back, and those that took them back: as if neither had been."""
    gone: set[str] = set()
    for _n, _feed, _seq, _received, envelope in journal.read(
        store.connection, "e.op IN (SELECT op FROM entry)"
    ):
        header = json.loads(envelope.header)
        if header["kind"] == "undo":
            gone |= {header["op"], json.loads(envelope.facts or b"{}").get("why", "")}
    return gone


def _since(writer: Writer, marks: list[int], mark: int, gone: set[str]) -> bool:
    """Whether any of these facts is later than the mark and still means something."""
    for later in marks:
        if later > mark:
            row = writer.connection.execute("SELECT op FROM entry WHERE n=?", (later // 1024,)).fetchone()
            if row and row[0] not in gone:
                return True
    return False


def _opposite(writer: Writer, fact: list[Any], mark: int, left: list[str], gone: set[str]) -> None:
    word = fact[0]
    if word == "new":
        _retire(writer, fact[1], fact[2], mark, left, gone)
    elif word == "set":
        _set_back(writer, fact, mark, left, gone)
    elif word == "move":
        writer.move(fact[1], -fact[2], reason="undo")
    elif word == "count":
        _uncount(writer, fact, mark, left, gone)
    else:
        left.append(f"{word} {fact[1] if len(fact) > 1 else ''}".strip())


def _retire(writer: Writer, kind: str, id_: str, mark: int, left: list[str], gone: set[str]) -> None:
    row = row_of(writer.connection, kind, id_)
    marks = writer.connection.execute("SELECT mark FROM cell WHERE kind=? AND id=?", (kind, id_)).fetchall()
    touched = _since(writer, [m for (m,) in marks], mark, gone)
    if row is None or row["retired"]:
        return
    if row.get("claimed") or (touched and kind not in ("reserve",)):
        left.append(f"{kind} {id_}")
        return
    writer.set(kind, id_, {"retired": "undone 已撤销"})


def _set_back(writer: Writer, fact: list[Any], mark: int, left: list[str], gone: set[str]) -> None:
    """Set fields to what they were before, where this fact still stands alone."""
    _word, kind, id_, values = fact[:4]
    before = {}
    for name in values:
        rows = writer.connection.execute(
            "SELECT mark, value, head FROM cell WHERE kind=? AND id=? AND field=? ORDER BY mark",
            (kind, id_, name),
        ).fetchall()
        if _since(writer, [m for m, _v, _h in rows], mark, gone) or RECORDS[kind].field(name) is None:
            left.append(f"{kind} {id_} {name}")
            continue
        earlier = [value for m, value, _head in rows if m < mark]
        before[name] = earlier[-1] if earlier else None
    if before:
        writer.set(kind, id_, before)


def _uncount(writer: Writer, fact: list[Any], mark: int, left: list[str], gone: set[str]) -> None:
    """Count back to what the ledger said before, unless it was counted again since."""
    rows = writer.connection.execute(
        "SELECT mark, quantity, is_count FROM movement WHERE reserve=? ORDER BY mark", (fact[1],)
    ).fetchall()
    if _since(writer, [m for m, _q, is_count in rows if is_count], mark, gone):
        left.append(f"reserve {fact[1]}")
        return
    before = 0
    for m, quantity, is_count in rows:
        if m < mark:
            before = quantity if is_count else before + quantity
    since = sum(q for m, q, _c in rows if m > mark)
    writer.count(fact[1], before + since, reason="undo")
