"""Taking an operation back: the opposite of each of its facts, as a later entry."""

from __future__ import annotations

import json
from typing import Any

from emergency.store import journal
from emergency.store.cells import row_of
from emergency.store.errors import NoSuchRecord, Refused
from emergency.store.records import RECORDS
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
            _opposite(writer, facts[place], n * 1024 + place, left)
    return left


def _opposite(writer: Writer, fact: list[Any], mark: int, left: list[str]) -> None:
    word = fact[0]
    if word == "new":
        _retire(writer, fact[1], fact[2], mark, left)
    elif word == "set":
        _set_back(writer, fact, mark, left)
    elif word == "move":
        writer.move(fact[1], -fact[2], reason="undo")
    elif word == "count":
        _uncount(writer, fact, mark, left)
    else:
        left.append(f"{word} {fact[1] if len(fact) > 1 else ''}".strip())


def _retire(writer: Writer, kind: str, id_: str, mark: int, left: list[str]) -> None:
    row = row_of(writer.connection, kind, id_)
    touched = writer.connection.execute(
        "SELECT 1 FROM cell WHERE kind=? AND id=? AND mark / 1024 > ? LIMIT 1", (kind, id_, mark // 1024)
    ).fetchone()
    if row is None or row["retired"]:
        return
    if row.get("claimed") or (touched and kind not in ("reserve",)):
        left.append(f"{kind} {id_}")
        return
    writer.set(kind, id_, {"retired": "undone 已撤销"})


def _set_back(writer: Writer, fact: list[Any], mark: int, left: list[str]) -> None:
    """Set fields to what they were before, where this fact still stands alone."""
    _word, kind, id_, values = fact[:4]
    before = {}
    for name in values:
        rows = writer.connection.execute(
            "SELECT mark, value, head FROM cell WHERE kind=? AND id=? AND field=? ORDER BY mark",
            (kind, id_, name),
        ).fetchall()
        standing = [m for m, _value, head in rows if head]
        if standing != [mark] or RECORDS[kind].field(name) is None:
            left.append(f"{kind} {id_} {name}")
            continue
        earlier = [value for m, value, _head in rows if m < mark]
        before[name] = earlier[-1] if earlier else None
    if before:
        writer.set(kind, id_, before)


def _uncount(writer: Writer, fact: list[Any], mark: int, left: list[str]) -> None:
    """Count back to what the ledger said before, unless it was counted again since."""
    rows = writer.connection.execute(
        "SELECT mark, quantity, is_count FROM movement WHERE reserve=? ORDER BY mark", (fact[1],)
    ).fetchall()
    if any(is_count and m > mark for m, _q, is_count in rows):
        left.append(f"reserve {fact[1]}")
        return
    before = 0
    for m, quantity, is_count in rows:
        if m < mark:
            before = quantity if is_count else before + quantity
    since = sum(q for m, q, _c in rows if m > mark)
    writer.count(fact[1], before + since, reason="undo")
