"""Assemblies: formed of teams, called up whole or not at all, and let go as one (row A8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import stepping
from emergency.store.asks import Ask
from emergency.store.errors import InvalidValue, Refused
from emergency.store.orders import Desk
from emergency.store.records.steps import ENDED, STEPS
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, listed

if TYPE_CHECKING:
    from emergency.store.writer import Writer


class Called(NamedTuple):
    """The orders that call an assembly up, in the order of its teams, and what they warn of."""

    orders: tuple[str, ...]
    warnings: tuple[str, ...]


def parts(text: Any) -> list[str]:
    """The ids in a field of several."""
    return [one for one in str(text or "").split(";") if one]


def form(store: Store, writer: Writer, values: dict[str, Any], teams: Sequence[str]) -> str:
    """Register one. Teams of one type are a strike team, of several a task force. Raises InvalidValue, Refused."""
    if len(set(teams)) < len(teams):
        raise InvalidValue(_("the assembly names one team twice"))
    if len(teams) < 2:
        raise InvalidValue(_("an assembly has at least two teams"), hint="--team T1 --team T2")
    state = (store.row("incident", values["incident"]) or {}).get("state")
    if state == "closed":
        raise Refused(_("incident {id} is closed").format(id=safe(values["incident"])))
    marks = ",".join("?" * len(teams))
    types = {row["type"] for row in store.rows(f"SELECT type FROM team WHERE id IN ({marks})", list(teams))}
    kind = "strike_team" if len(types) == 1 else "task_force"
    return writer.new("assembly", {**values, "kind": kind, "teams": ";".join(teams)})


def call(store: Store, writer: Writer, assembly: str, ask: Ask, at: int) -> Called:
    """Give each of its teams an order, all or none. Raises what refuses any of them."""
    row = writer.require("assembly", assembly)
    standing = [o for o in parts(row["orders"]) if not _ended(store, o)]
    if standing:
        raise Refused(
            _("{id} is called up already, by {orders}").format(id=safe(assembly), orders=listed(standing))
        )
    desk = Desk(writer)
    orders: list[str] = []
    warnings: list[str] = []
    note = "; ".join(filter(None, (f"{row['name']}: {row['leader']}", ask.note)))
    for team in parts(row["teams"]):
        issued = desk.issue(ask._replace(incident=row["incident"], team=team, note=note), at)
        orders.append(issued.id)
        warnings += issued.warnings
    writer.set("assembly", assembly, {"orders": ";".join([*parts(row["orders"]), *orders])})
    return Called(tuple(orders), tuple(warnings))


def let_go(writer: Writer, assembly: str, at: int) -> list[stepping.Moved]:
    """Release every line of it that is out. Raises IllegalStep where none is."""
    row = writer.require("assembly", assembly)
    moved: list[stepping.Moved] = []
    rows: list[dict[str, Any]] = []
    for order in parts(row["orders"]):
        lines = stepping.lines_of(writer, order)
        rows += lines
        if any(line["state"] in STEPS["release"].sources for line in lines):
            moved += stepping.take(writer, order, "release", at)
    if not rows:
        raise Refused(
            _("{id} has not been called up").format(id=safe(assembly)),
            hint=f"emergency assembly call {safe(assembly)}",
        )
    if not moved:
        raise stepping.illegal(rows, "release")
    return moved


def _ended(store: Store, order: str) -> bool:
    rows = store.rows('SELECT state FROM line WHERE "order"=?', (order,))
    return all(row["state"] in ENDED for row in rows)
