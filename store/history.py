"""The history of a record is its facts: who stated what, when it happened, when it was recorded, why."""

from __future__ import annotations

from typing import Any

from emergency.store import journal
from emergency.store.cells import heads
from emergency.store.records import RECORDS
from emergency.store.screening import screened
from emergency.store.store import Store


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
        "line": "SELECT mark FROM step WHERE line=? UNION SELECT mark FROM claim WHERE line=?1",
        "callup": 'SELECT s.mark FROM step s JOIN line l ON l.id = s.line WHERE l."order"=?'
        ' UNION SELECT mark FROM line WHERE "order"=?1',
        "reserve": "SELECT mark FROM movement WHERE reserve=?",
        "incident": "SELECT mark FROM need WHERE incident=?",
    }
    if kind in more:
        marks.update(m // 1024 for (m,) in store.connection.execute(more[kind], (id_,)) if m)
    return sorted(marks)


def of(store: Store, kind: str, id_: str) -> list[dict[str, Any]]:
    """Every fact about a record, in the order it happened."""
    out = []
    for n in entries_about(store, kind, id_):
        for _n, _feed, _seq, received, envelope in journal.read(store.connection, "e.n=?", (n,)):
            out += _stated(journal.told(envelope), received, kind, id_)
    return sorted(out, key=lambda e: (e["at_ms"], e["recorded_ms"]))


def _stated(entry: journal.Told, received: int, kind: str, id_: str) -> list[dict[str, Any]]:
    out = []
    header = entry.header
    if header["v"] <= journal.VERSION:
        for fact in entry.facts or ():
            told = _about(screened(fact)[0], kind, id_)
            if told is None:
                continue
            what, values, own_at = told
            at = entry.at if own_at is None else own_at
            out.append(
                {
                    "at": journal.moment(at),
                    "recorded": journal.moment(header["wall"]),
                    "received": journal.moment(received),
                    "who": header["who"],
                    "what": what,
                    "values": values,
                    "why": entry.why,
                    "command": header["kind"],
                    "feed": header["feed"],
                    "seq": header["seq"],
                    "at_ms": at,
                    "recorded_ms": header["wall"],
                }
            )
    return out


def _about(fact: list[Any], kind: str, id_: str) -> tuple[str, dict[str, Any], int | None] | None:
    """(what, values, its own time) of a fact that concerns the record, else None."""
    word = fact[0]
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
