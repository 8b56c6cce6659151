"""The ledger: stock is the sum of movements since the last count that had not seen them."""

from __future__ import annotations

import sqlite3

from emergency.store.causality import Causality


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
    show(connection, order, reserve)


def show(connection: sqlite3.Connection, order: Causality, reserve: str) -> None:
    """Write the quantity onto the stock line's row, if the row has come."""
    rows = connection.execute(
        "SELECT mark, quantity, is_count FROM movement WHERE reserve=?", (reserve,)
    ).fetchall()
    if rows:
        connection.execute("UPDATE reserve SET quantity=? WHERE id=?", (total(order, rows), reserve))


def total(order: Causality, rows: list[tuple[int, int, int]]) -> int:
    """The latest counts' value plus every movement they had not seen.

    Of counts made apart the lowest stands until a person counts again (worse wins).
    """
    moves = [(order.dot(m), q) for m, q, is_count in rows if not is_count]
    counts = [(order.dot(m), q) for m, q, is_count in rows if is_count]
    standing = [(d, q) for d, q in counts if not any(order.saw(other, d) for other, _ in counts)]
    if not standing:
        return sum(q for _, q in moves)
    return min(q + sum(m for dot, m in moves if not order.saw(d, dot)) for d, q in standing)
