"""Clocks of stations that a hub finds wrong: stated once in its own feed, so that all rank alike."""

from __future__ import annotations

from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.identity import Identity, introduce
from emergency.plugins.hub.members import Member
from emergency.store.chains import Sql


def _key(feed: str) -> str:
    return f"clock {feed}"


def clock_stated(sql: Sql, feed: str) -> int:
    """How far ahead, in milliseconds, the hub last said that a station's clock is."""
    row = sql.execute("SELECT value FROM meta WHERE key=?", (_key(feed),)).fetchone()
    return int(row[0]) if row else 0


def state_clock(filing: Filing, identity: Identity, member: Member, ahead: int) -> None:
    """Say that the clock of a station is so far ahead from the next entry on that it hands over."""
    introduce(filing, identity.name)
    after = max((f.seq for f in filing.chains.rows(member.feed)), default=0)
    filing.write([["clock", member.feed, after, ahead]], kind="hub clock", who=identity.name)
    filing.sql.execute(
        "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        (_key(member.feed), str(ahead)),
    )
