"""The ledger: stock is the sum of movements since the last count that had not seen them.

A movement that a step of an order line made says so: `line` and `step` in its data, and the
step names the stock line as `reserve`. Two stations may record one departure apart; of such
movements one counts, and only while the line's folded steps have it happen. A movement of
nothing that lends a quota to a station says so in its data (store/quotas.py).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from emergency.store.causality import PLACES, Causality

#: Stock lines to be shown when the entry being folded is through: once, however many facts it has.
_touched: WeakKeyDictionary[Causality, set[str]] = WeakKeyDictionary()


class Movement(NamedTuple):
    """A movement or count of one stock line."""

    mark: int
    quantity: int
    is_count: bool
    #: The order line and the step that made it, where one did.
    line: str = ""
    step: str = ""
    #: The station under whose order it moved, where another wrote it down.
    post: str = ""
    #: A quota lent: how much, in thousandths, and to which station.
    lend: int = 0
    to: str = ""
    #: Whether it was lent when nothing was lent yet: what its writer knew by then is in what was divided.
    begins: bool = False
    #: Of movements that say the same here, one counts: a count approved by two who had not heard of each other.
    once: str = ""


def add(
    connection: sqlite3.Connection,
    order: Causality,
    reserve: str,
    mark: int,
    quantity: int,
    *,
    is_count: bool,
    at: int,
    data: str | None,
) -> None:
    """Fold one movement or count, in thousandths of the item's unit, into a stock line."""
    connection.execute(
        "INSERT OR IGNORE INTO movement VALUES(?,?,?,?,?,?)",
        (reserve, mark, quantity, int(is_count), at, data),
    )
    _touched.setdefault(order, set()).add(reserve)


def settle(connection: sqlite3.Connection, order: Causality, more: Iterable[str] = ()) -> None:
    """Show every stock line touched since the last time, and these."""
    for reserve in sorted(_touched.pop(order, set()).union(more)):
        show(connection, order, reserve)


def show(connection: sqlite3.Connection, order: Causality, reserve: str) -> None:
    """Write the quantity onto the stock line's row, if the row has come."""
    rows = movements(connection, reserve)
    if rows:
        stands = total(order, rows, effective(connection, reserve, rows))
        connection.execute("UPDATE reserve SET quantity=? WHERE id=?", (stands, reserve))


def movements(connection: sqlite3.Connection, reserve: str) -> list[Movement]:
    """Everything in the ledger of a stock line, by mark."""
    rows = connection.execute(
        "SELECT mark, quantity, is_count, data FROM movement WHERE reserve=? ORDER BY mark", (reserve,)
    )
    out = []
    for mark, quantity, is_count, data in rows:
        told: Any = json.loads(data) if data and not is_count else {}
        out.append(Movement(mark, quantity, bool(is_count), *_told(told)))
    return out


def _told(data: dict[str, Any]) -> tuple[str, str, str, int, str, bool, str]:
    """(line, step, post, lend, to, begins, once) as a movement's data say, anybody's: what is no sense is nothing."""
    line, step, post = data.get("line"), data.get("step"), data.get("post")
    made = isinstance(line, str) and isinstance(step, str)
    lend, to = data.get("lend"), data.get("to")
    lent = type(lend) is int and lend > 0 and isinstance(to, str) and to != ""
    return (
        *((line, step) if made else ("", "")),
        post if isinstance(post, str) else "",
        *((lend, to, "begins" in data) if lent else (0, "", False)),
        once if isinstance(once := data.get("once"), str) else "",
    )


def effective(
    connection: sqlite3.Connection, reserve: str, rows: Iterable[Movement]
) -> dict[tuple[str, str], set[int]]:
    """{(line, step): entries} of the steps behind these movements that have effect and name this stock line."""
    out: dict[tuple[str, str], set[int]] = {}
    for key in {(m.line, m.step) for m in rows if m.line}:
        for mark, data in connection.execute(
            "SELECT mark, data FROM step WHERE line=? AND name=? AND inert IS NULL", key
        ):
            if data and json.loads(data).get("reserve") == reserve:
                out.setdefault(key, set()).add(mark // PLACES)
    return out


def happened(
    rows: Iterable[Movement], made: dict[tuple[str, str], set[int]]
) -> list[tuple[Movement, list[Movement]]]:
    """Every movement that counts, once, with all that tell of it."""
    out: list[tuple[Movement, list[Movement]]] = []
    of_steps: dict[tuple[str, str], list[Movement]] = {}
    said: dict[str, list[Movement]] = {}
    for m in rows:
        if m.is_count:
            continue
        if m.once and not m.line:
            said.setdefault(m.once, []).append(m)
        elif not m.line:
            out.append((m, [m]))
        elif (m.line, m.step) in made:
            of_steps.setdefault((m.line, m.step), []).append(m)
    for key, told in of_steps.items():
        # What was written with the step that has effect speaks; else the least.
        spoken = min(told, key=lambda m: (m.mark // PLACES not in made[key], m.quantity, m.post))
        out.append((spoken, told))
    out += [(min(told, key=lambda m: m.quantity), told) for told in said.values()]
    return out


def total(
    order: Causality, rows: Iterable[Movement], made: dict[tuple[str, str], set[int]] | None = None
) -> int:
    """The latest counts' value plus every movement they had not seen.

    Of counts made apart the lowest stands until a person counts again (worse wins). Movements
    of one step of one line are one: a count that had seen any of them has seen it.
    """
    rows = list(rows)
    counts = [(order.dot(m.mark), m.quantity) for m in rows if m.is_count]
    groups = [
        ([order.dot(m.mark) for m in told], spoken.quantity) for spoken, told in happened(rows, made or {})
    ]
    standing = [(d, q) for d, q in counts if not any(order.saw(other, d) for other, _ in counts)]
    if not standing:
        return sum(q for _, q in groups)
    return min(
        q + sum(moved for dots, moved in groups if not any(order.saw(d, dot) for dot in dots))
        for d, q in standing
    )
