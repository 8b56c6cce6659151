"""The fold of a call-up line: its state is what its steps say, taken in causal order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from emergency.store import stock
from emergency.store.causality import Causality, Dot
from emergency.store.claims import chunks
from emergency.store.records.steps import ACTIVE, AGAIN, FLAGGED, SILENT, STEPS


class Taken(NamedTuple):
    """A step of a line as the journal has it."""

    mark: int
    name: str
    at: int
    data: dict[str, Any]
    feed: str
    #: Not a step, but a person's settlement that kept another claim than this line's.
    settled: bool = False
    #: Why it has no effect, as last folded.
    inert: str | None = None


class Folded(NamedTuple):
    """What a line's steps amount to."""

    state: str
    since: int | None
    answered: int | None
    until: int | None
    flags: tuple[str, ...]
    inert: dict[int, str]


def steps_of(connection: sqlite3.Connection, lines: Sequence[str]) -> dict[str, list[Taken]]:
    """Every step of these lines and every settlement that ended their claims, by mark."""
    marks = ",".join(f"?{n + 1}" for n in range(len(lines)))
    rows = connection.execute(
        "SELECT s.line, s.mark, s.name, s.at, s.data, coalesce(f.id, ''), s.settled, s.inert FROM"
        f" (SELECT line, mark, name, at, data, 0 AS settled, inert FROM step WHERE line IN ({marks})"
        f" UNION ALL SELECT line, mark, 'settle', 0, NULL, 1, NULL FROM settled WHERE line IN ({marks}) AND keep<>line) s"
        " LEFT JOIN entry e ON e.n = s.mark / 1024 LEFT JOIN feed f ON f.n = e.feed ORDER BY s.mark",
        list(lines),
    )
    out: dict[str, list[Taken]] = {line: [] for line in lines}
    for line, mark, name, at, data, feed, settled, inert in rows:
        told = json.loads(data) if data else {}
        out[line].append(Taken(mark, name, at if type(at) is int else 0, told, feed, bool(settled), inert))
    return out


def _number(data: dict[str, Any], name: str, before: int | None) -> int | None:
    """A whole number that a step states, or what stood before."""
    value = data.get(name)
    return value if type(value) is int and abs(value) < 1 << 53 else before


def fold(order: Causality, taken: list[Taken], *, known: bool = True) -> Folded:
    """Run the steps through the table of records/steps.py.

    A team that takes an order from a code says no more than that it was delivered. That tells of the issue, unless the
    line is `known` from who wrote it and he has issued nothing: nobody's draft is an order by somebody else's word.
    """
    by_dot = {order.dot(t.mark): t for t in taken}
    happened = [d for d, t in by_dot.items() if t.name in STEPS and STEPS[t.name].physical]
    # What was done in the field stands with what led to it there: the accept before a departure too.
    field = {d for d in by_dot if d in happened or any(order.saw(p, d) for p in happened)}

    def apart(dot: Dot) -> tuple[int, int, str, int, int]:
        step = by_dot[dot]
        return (0 if dot in field else 1, step.at, step.feed, dot.seq, dot.place)

    state, since, answered, until = "draft", None, None, None
    flags: dict[str, Dot] = {}
    inert: dict[int, str] = {}
    told = {t.name for t in taken if t.data.get("told")}
    if "deliver" in told and (not known or any(t.name == "issue" for t in taken)):
        told.add("issue")
    for dot in order.ordered(list(by_dot), apart):
        t = by_dot[dot]
        step = STEPS.get(t.name)
        if t.settled:
            state = "superseded" if state in ACTIVE else state
            continue
        if step is None:
            inert[t.mark] = "unknown-step"
            continue
        if t.name == "deliver" and t.data.get("told") and state == "draft" and "issue" in told:
            state, since = "issued", t.at
        if state not in step.sources:
            if t.name in told:
                # A step told at second hand and the step itself are one: whichever comes second is no news.
                inert[t.mark] = AGAIN
                continue
            inert[t.mark] = f"not-from-{state}"
            flags[f"{t.name}-unheard"] = dot
            continue
        if t.name not in SILENT:
            # Who takes a step having seen what asked for a person has answered it.
            flags = {flag: asked for flag, asked in flags.items() if not order.saw(dot, asked)}
        if step.target:
            state, since = step.target, t.at
        answered = _number(t.data, "quantity", answered)
        until = _number(t.data, "until", until)
        if t.name in FLAGGED:
            flags[FLAGGED[t.name]] = dot
        if t.data.get("elsewhere"):
            flags["arrived-elsewhere"] = dot
    return Folded(state, since, answered, until, tuple(sorted(flags)), inert)


def refold(connection: sqlite3.Connection, order: Causality, lines: Iterable[str]) -> None:
    """Fold these lines anew, write what came of it onto their rows, and the stock they moved onto its rows."""
    moved: set[str] = set()
    for some in chunks(lines):
        states, changed = [], []
        marks = ",".join("?" * len(some))
        strange = {
            id_
            for (id_,) in connection.execute(f"SELECT id FROM line WHERE NOT known AND id IN ({marks})", some)
        }
        for line, taken in steps_of(connection, some).items():
            result = fold(order, taken, known=line not in strange)
            moved.update(r for t in taken if isinstance(r := t.data.get("reserve"), str))
            flags = " ".join(result.flags) or None
            states.append((result.state, result.since, result.answered, result.until, flags, line))
            changed += [
                (result.inert.get(t.mark), line, t.mark) for t in taken if result.inert.get(t.mark) != t.inert
            ]
        connection.executemany(
            "UPDATE line SET state=?, since=?, answered=?, until=?, flags=? WHERE id=?", states
        )
        connection.executemany("UPDATE step SET inert=? WHERE line=? AND mark=?", changed)
    stock.settle(connection, order, moved)
