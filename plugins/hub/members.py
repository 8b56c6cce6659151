"""Who is enrolled at a hub: told by the grants in the hub's own feed, and kept in a table beside it.

A grant is a fact like any other (store/records/grant.py): stations get it with the rest, and a
hub that was lost learns its members again from the copies of its feed that they hold (CASES 16).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from emergency.plugins.hub.engine import Engine
from emergency.store import chains
from emergency.store.chains import Sql
from emergency.store.entries import parsed, whole
from emergency.store.records.grant import ROLES

_COLUMNS = "feed, station, role, region, since, last, why"


class Member(NamedTuple):
    """A feed that a hub takes entries of."""

    feed: str
    station: str
    role: str
    #: What it gets whole, as a code of GB/T 2260; "" for all.
    region: str
    since: int
    #: Revoked: the last entry that still counts. None while it is not.
    last: int | None
    why: str


def admitted(sql: Sql, feed: str) -> Member | None:
    """The member that a feed is, or None. A revoked one is still a member up to its last entry."""
    row = sql.execute(f"SELECT {_COLUMNS} FROM member WHERE feed=?", (feed,)).fetchone()
    return None if row is None else Member(*row)


def members_of(sql: Sql, feeds: Sequence[str]) -> list[Member]:
    """The members among these feeds."""
    asked = f"SELECT {_COLUMNS} FROM member WHERE feed IN ({','.join('?' * len(feeds))})"
    return [Member(*row) for row in sql.execute(asked, feeds).fetchall()]


def signing(engine: Engine, feed: str) -> tuple[bytes, Member] | None:
    """The key of a feed and the member that it is; None where either is not known. Raises Unavailable."""
    keyed = "(SELECT id, key FROM feed WHERE id=? AND key IS NOT NULL) AS keyed"
    found = engine.ask(f"SELECT key, {_COLUMNS} FROM {keyed} JOIN member ON feed=id", (feed,))
    return (bytes(found[0][0]), Member(*found[0][1:])) if found else None


def members(sql: Sql) -> list[Member]:
    """All of them, by name."""
    return [
        Member(*r) for r in sql.execute(f"SELECT {_COLUMNS} FROM member ORDER BY station, feed").fetchall()
    ]


def holder(sql: Sql, prefix: str, feed: str, *, founders: bool = False) -> str:
    """Another feed of a station whose numbers begin so, enrolled here or heard of from another hub; "" where none is.

    One that was revoked holds its name: its orders stand. With `founders` only who had that name from its
    first entry on: who was restored or copied gives other numbers.
    """
    wanted = prefix.strip().upper()
    told = dict(sql.execute("SELECT feed, station FROM member WHERE role<>'hub'").fetchall())
    hubs = {id_ for (id_,) in sql.execute("SELECT feed FROM member WHERE role='hub'").fetchall()}
    for id_, station in sql.execute(
        "SELECT id, station FROM feed WHERE parent IS NULL AND (admitted=1 OR id IN (SELECT feed FROM member))"
    ).fetchall():
        told[id_] = station or told.get(id_, "")
    for id_ in sorted(told.keys() - hubs - {feed}):
        same = told[id_].strip().upper() == wanted and not chains.is_hub(sql, id_)
        if same and (not founders or founder(sql, id_)):
            return str(id_)
    return ""


def founder(sql: Sql, feed: str) -> bool:
    """Whether a feed is the first of its station: a store that goes on from another has seen that one's entries."""
    firsts = chains.firsts(sql, feed)
    return not firsts or any(not header.get("seen") and not header.get("runs") for header, _facts in firsts)


def grant_facts(facts: bytes | None, seq: int) -> list[list[Any]]:
    """[feed, values, seq] of each grant that an entry of the hub states."""
    body = parsed(facts or b"") or {}
    out = []
    for fact in body.get("facts", []):
        match fact:
            case ["new" | "set", "grant", str() as feed, dict() as values]:
                out.append([feed, values, seq])
    return out


def learn_grants(sql: Sql, grants: Iterable[list[Any]]) -> None:
    """Bring the table of members up to grants of the hub's own feed, in their order."""
    for feed, values, seq in grants:
        sql.execute(
            "INSERT INTO member VALUES(?, '', 'duty', '', 0, NULL, '', 0) ON CONFLICT(feed) DO NOTHING",
            (feed,),
        )
        for name, value in values.items():
            if name in ("station", "region", "why") and isinstance(value, str | None):
                sql.execute(f"UPDATE member SET {name}=? WHERE feed=?", (value or "", feed))
            elif (name == "since" and whole(value)) or (name == "last" and (value is None or whole(value))):
                sql.execute(f"UPDATE member SET {name}=? WHERE feed=?", (value, feed))
            elif name == "role" and value in ROLES:
                sql.execute("UPDATE member SET role=? WHERE feed=?", (value, feed))
        sql.execute("UPDATE member SET grant_seq=? WHERE feed=?", (seq, feed))
        sql.execute("UPDATE feed SET admitted=1 WHERE id=?", (feed,))
