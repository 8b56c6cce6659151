"""The history of a record is its facts: who stated what, when it happened, when it was recorded, why."""

from __future__ import annotations

from typing import Any

from emergency.store import journal, times
from emergency.store.cells import heads
from emergency.store.entries import parsed
from emergency.store.records import RECORDS
from emergency.store.screening import screened
from emergency.store.store import Store

#: SQL: settlements of lines that took a thing.
_SETTLED = "SELECT s.mark FROM settled s JOIN claim c ON c.line = s.line WHERE c.thing = '{kind}:' || ?"


def entries_about(store: Store, kind: str, id_: str) -> list[int]:
    """Numbers of the entries that hold facts about a record, oldest arrival first."""
    marks: set[int] = set()
    row = store.row(kind, id_)
    if row and row["mark"]:
        marks.add(row["mark"] // 1024)
    for sql in (
        "SELECT mark FROM cell WHERE kind=?1 AND id=?2",
        "SELECT mark FROM told WHERE kind=?1 AND id=?2",
        "SELECT mark FROM log WHERE kind=?1 AND id=?2",
    ):
        marks.update(m // 1024 for (m,) in store.connection.execute(sql, (kind, id_)) if m)
    more: dict[str, str] = {
        "line": "SELECT mark FROM step WHERE line=? UNION SELECT mark FROM claim WHERE line=?1"
        " UNION SELECT mark FROM settled WHERE line=?1",
        "callup": 'SELECT s.mark FROM step s JOIN line l ON l.id = s.line WHERE l."order"=?'
        ' UNION SELECT mark FROM line WHERE "order"=?1'
        ' UNION SELECT s.mark FROM settled s JOIN line l ON l.id = s.line WHERE l."order"=?1',
        "equipment": _SETTLED.format(kind="equipment"),
        "team": _SETTLED.format(kind="team"),
        "reserve": "SELECT mark FROM movement WHERE reserve=?",
        "incident": "SELECT mark FROM need WHERE incident=?",
    }
    if kind in more:
        marks.update(m // 1024 for (m,) in store.connection.execute(more[kind], (id_,)) if m)
    return sorted(marks)


def of(store: Store, kind: str, id_: str) -> list[dict[str, Any]]:
    """Every fact about a record, in the order it happened: `values` for programs, `fact` as it was stated."""
    out: list[dict[str, Any]] = []
    taking = {
        line
        for (line,) in store.connection.execute(
            "SELECT line FROM claim WHERE thing=? OR line=?", (f"{kind}:{id_}", id_)
        )
    }
    for n in entries_about(store, kind, id_):
        for _n, _feed, _seq, received, envelope in journal.read(store.connection, "e.n=?", (n,)):
            found = _stated(journal.told(envelope), received, kind, id_, taking)
            if (parsed(envelope.header) or {}).get("personal"):
                found = [e for e in found if not _joined(out, e)]
            out += found
    return sorted(out, key=lambda e: (e["at_ms"], e["recorded_ms"]))


def _joined(told: list[dict[str, Any]], personal: dict[str, Any]) -> bool:
    """Put what a command said of personal fields and exact sites, in an entry of its own, to what else it said of the record."""
    for entry in told:
        same = (entry["feed"], entry["op"], entry["at_ms"]) == (
            personal["feed"],
            personal["op"],
            personal["at_ms"],
        )
        if same and entry["what"] in ("new", personal["what"]):
            entry["values"] = {**entry["values"], **personal["values"]}
            *about, values = entry["fact"]
            entry["fact"] = [*about, {**values, **personal["fact"][-1]}]
            return True
    return False


def _stated(
    entry: journal.Told, received: int, kind: str, id_: str, taking: set[str]
) -> list[dict[str, Any]]:
    out = []
    header = entry.header
    if header["v"] <= journal.VERSION:
        for fact in entry.facts or ():
            sound = screened(fact)[0]
            told = _about(sound, kind, id_, taking)
            if told is None:
                continue
            what, values, own_at = told
            at = entry.at if own_at is None else own_at
            out.append(
                {
                    "at": times.as_told(at),
                    "recorded": times.as_told(header["wall"]),
                    "received": times.as_told(received),
                    "who": header["who"],
                    "what": what,
                    "values": values,
                    "fact": sound,
                    "why": entry.why,
                    "command": header["kind"],
                    "feed": header["feed"],
                    "seq": header["seq"],
                    "op": header["op"],
                    "at_ms": at,
                    "recorded_ms": header["wall"],
                }
            )
    return out


def _about(
    fact: list[Any], kind: str, id_: str, taking: set[str]
) -> tuple[str, dict[str, Any], int | None] | None:
    """(what, values, its own time) of a fact that concerns the record, else None.

    `taking` are the lines that took the thing, where the record is one.
    """
    word = fact[0]
    if word == "settle":
        mine = taking.intersection(fact[1]) or (
            kind == "callup" and id_ in {n.split("/")[0] for n in fact[1]}
        )
        lost = [name for name in fact[1] if name != fact[2]]
        return ("settle", {"kept": fact[2] or None, "lost": lost}, None) if mine else None
    if word in ("new", "set", "told") and fact[1] == kind and fact[2] == id_:
        return word, _told(kind, fact[3]), None
    if word in ("new", "set", "told") and (kind, fact[1]) in (("callup", "line"), ("incident", "need")):
        mine = fact[3].get("order" if kind == "callup" else "incident") == id_
        return (f"{word} {fact[1]} {fact[2]}", _told(fact[1], fact[3]), None) if mine else None
    if word == "step" and (fact[1] == id_ or (kind == "callup" and fact[1].split("/")[0] == id_)):
        values = {k: v for k, v in fact[3].items() if k != "at"}
        return f"{fact[2]} {fact[1]}", values, fact[3].get("at")
    if word in ("move", "count") and kind == "reserve" and fact[1] == id_:
        values = {"quantity": fact[2] / 1000, **{k: v for k, v in fact[3].items() if k != "at"}}
        return word, values, fact[3].get("at")
    if word == "log" and fact[1] == kind and fact[2] == id_:
        return "log", {"text": fact[3]["text"]}, fact[3].get("at")
    return None


def _told(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    record = RECORDS.get(kind)
    if record is None:
        return values
    out = {}
    for name, value in values.items():
        field = record.field(name)
        out[name] = field.type.plain(value) if field else value
    return out


def apart(store: Store, kind: str, id_: str) -> dict[str, list[str]]:
    """{field: values} of the fields that were edited by people who had not seen each other."""
    out = {}
    for (name,) in store.connection.execute(
        "SELECT field FROM cell WHERE kind=? AND id=? AND head=1 GROUP BY field"
        " HAVING count(DISTINCT coalesce(value, '')) > 1",
        (kind, id_),
    ).fetchall():
        field = RECORDS[kind].field(name)
        out[name] = [
            field.type.show(h.value) if field else str(h.value)
            for h in heads(store.connection, kind, id_, name)
        ]
    return out


def values_apart(store: Store, kind: str, id_: str, field: str) -> list[dict[str, Any]]:
    """The standing values of one field, the shown one first: who stated each, when, and why."""
    declared = RECORDS[kind].field(field)
    out = []
    for head in heads(store.connection, kind, id_, field):
        found = {"who": "", "station": "", "at": head.wall, "recorded": head.wall, "why": ""}
        for _n, feed, _seq, _received, envelope in journal.read(
            store.connection, "e.n=?", (head.mark // 1024,)
        ):
            told = journal.told(envelope)
            found = {
                "who": told.header["who"],
                "station": journal.feeds(store.connection)[feed].station,
                "at": told.at,
                "recorded": told.header["wall"],
                "why": told.why,
            }
        value = declared.type.plain(head.value) if declared else head.value
        shown = declared.type.show(head.value) if declared else str(head.value)
        out.append({"stored": head.value, "value": value, "shown": shown, **found})
    return out
