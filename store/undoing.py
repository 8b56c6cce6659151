"""Taking an operation back: the opposite of each of its facts, as a later entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from emergency.store import journal, stock, wording
from emergency.store.causality import Causality
from emergency.store.decisions import DECIDED
from emergency.store.errors import NoSuchRecord, Refused
from emergency.store.lookup import row_of
from emergency.store.records import RECORDS
from emergency.store.records.steps import legal_from
from emergency.store.screening import screened
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, clauses, listed

if TYPE_CHECKING:
    from emergency.store.writer import Writer


def can_be(kind: str) -> bool:
    """Whether what a command of this name wrote can be undone, by its name alone; what takes a decision back is another."""
    return kind not in ("init", DECIDED) and not kind.startswith("callup")


def last(store: Store) -> str:
    """The last operation of this officer that is not itself an undo. Raises NoSuchRecord."""
    found = next((header for header, _facts in _latest(store)), None)
    if found is None:
        raise NoSuchRecord(_("there is nothing to take back"))
    return str(found["op"])


def _latest(store: Store) -> Iterator[tuple[dict[str, Any], list[list[Any]]]]:
    """(header, facts) of the entries of this officer that stand, the latest first."""
    done = set()
    for _n, _feed, _seq, _received, envelope in journal.read(store.connection, "f.own = 1", (), "e.n DESC"):
        header = json.loads(envelope.header)
        if header["kind"] == "undo":
            done.add(json.loads(envelope.facts or b"{}").get("why", ""))
        elif header["who"] == store.who and header["kind"] != "init" and header["op"] not in done:
            yield header, json.loads(envelope.facts)["facts"] if envelope.facts else []


def _instead(store: Store) -> str:
    """What to type where an operation is not undone: the last one of this officer that can be."""
    for header, facts in _latest(store):
        if can_be(header["kind"]) and not any(map(_settles, facts)) and not any(map(_lends, facts)):
            return _(
                "the last that can be: emergency undo {op} ({kind}); emergency journal log shows all"
            ).format(op=header["op"], kind=header["kind"])
    return _("emergency journal log shows what was done")


def _corrected(store: Store, facts: list[list[Any]]) -> str:
    """A step has no way back, but others behind it: which, of the first line that it was taken of."""
    line = next((str(fact[1]) for fact in facts if fact[0] == "step"), "")
    row = store.row("line", line) if line else None
    if row is None:
        return ""
    return _("{line} is {state}; what came otherwise is another step: {steps}").format(
        line=safe(line), state=wording.state_words(row["state"]), steps=listed(legal_from(row["state"]))
    )


def _settles(fact: list[Any]) -> bool:
    return bool(fact[0] == "settle")


def _lends(fact: list[Any]) -> bool:
    return bool(fact[0] == "move" and isinstance(fact[3], dict) and "lend" in fact[3])


def undo(store: Store, writer: Writer, op: str) -> list[str]:
    """Write the opposite of an operation; returns what was left alone. Raises NoSuchRecord, Refused."""
    gone = _taken_back(store)
    if op in gone:
        raise Refused(_("operation {op} was taken back already, or is itself an undo").format(op=op))
    gone.add(op)
    found = list(journal.read(store.connection, "e.op = ? AND f.own = 1", (op,), "e.n DESC"))
    if not found and store.connection.execute("SELECT 1 FROM entry WHERE op=?", (op,)).fetchone():
        raise Refused(
            _("operation {op} was written by another station").format(op=op),
            hint=_("ask them to take it back"),
        )
    if not found:
        raise NoSuchRecord(_("no operation {op}").format(op=op), hint=_("emergency journal log shows them"))
    left: list[str] = []
    reserves: dict[str, list[int]] = {}
    for n, _feed, _seq, _received, envelope in found:
        header = json.loads(envelope.header)
        facts = json.loads(envelope.facts)["facts"] if envelope.facts else []
        settled = header["kind"] == DECIDED or any(map(_settles, facts))
        if not settled and not can_be(header["kind"]):
            orders = any(fact[:2] == ["new", "callup"] for fact in facts)
            way = (
                _("an order is taken back with emergency callup cancel")
                if orders
                else _corrected(store, facts)
            )
            raise Refused(
                _("{kind} is not undone").format(kind=header["kind"]), hint=clauses((way, _instead(store)))
            )
        if settled:
            raise Refused(
                _("a decision of conflict resolve is not undone: others may have acted on it"),
                hint=_("give a new order for the thing, or set the field again"),
            )
        if any(map(_lends, facts)):
            raise Refused(
                _("a quota that was lent is not undone: it may be used by now"),
                hint=_("who has it lends it back: emergency reserve lend"),
            )
        for place in range(len(facts) - 1, -1, -1):
            fact = screened(facts[place])[0]
            if fact[0] in ("move", "count"):
                reserves.setdefault(fact[1], []).append(n * 1024 + place)
            else:
                _opposite(writer, fact, n * 1024 + place, left, gone)
    for reserve, marks in reserves.items():
        _unmove(writer, reserve, marks, left, gone, op)
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
    else:
        left.append(f"{word} {fact[1] if len(fact) > 1 else ''}".strip())


def _retire(writer: Writer, kind: str, id_: str, mark: int, left: list[str], gone: set[str]) -> None:
    row = row_of(writer.connection, kind, id_)
    marks = writer.connection.execute("SELECT mark FROM cell WHERE kind=? AND id=?", (kind, id_)).fetchall()
    touched = _since(writer, [m for (m,) in marks], mark, gone)
    if row is None or row["retired"]:
        return
    if kind == "line" and row["state"] == "draft":
        # A draft that was taken back must not be given any more.
        writer.step(id_, "cancel")
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


def _unmove(writer: Writer, reserve: str, marks: list[int], left: list[str], gone: set[str], op: str) -> None:
    """Bring a stock line to what it would be without these movements and counts, by one movement.

    A later count that stands had them on the shelf, or had not: it is left alone.
    """
    order = Causality(writer.connection)
    rows = stock.movements(writer.connection, reserve)
    made = stock.effective(writer.connection, reserve, rows)
    back = _of_operations(writer, reserve, [m.mark for m in rows], gone)
    kept = [m for m in rows if m.mark not in back]
    counted = [order.dot(m.mark) for m in kept if m.is_count]
    if any(order.saw(count, order.dot(mark)) for count in counted for mark in marks):
        left.append(f"reserve {reserve}")
    difference = stock.total(order, kept, made) - stock.total(order, rows, made)
    if difference:
        writer.move(reserve, difference, reason="undo", of=op)


def _of_operations(writer: Writer, reserve: str, marks: list[int], gone: set[str]) -> set[int]:
    """Those of these facts that were taken back, or took one back."""
    entries = {mark // 1024 for mark in marks}
    named = {n: writer.connection.execute("SELECT op FROM entry WHERE n=?", (n,)).fetchone() for n in entries}
    ops = set(gone)
    for mark, data in writer.connection.execute(
        "SELECT mark, data FROM movement WHERE reserve=? AND data IS NOT NULL", (reserve,)
    ):
        of = json.loads(data).get("of")
        if isinstance(of, str) and (row := named.get(mark // 1024)):
            ops |= {of, row[0]}
    return {mark for mark in marks if (row := named[mark // 1024]) and row[0] in ops}
