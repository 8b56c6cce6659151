"""Clocks of stations that a hub finds wrong: stated once in its own feed, so that all rank alike."""

from __future__ import annotations

from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.identity import Identity, introduce
from emergency.plugins.hub.members import Member
from emergency.store.chains import Sql

#: Statements at one place of a feed: it was wrong, it was put right. Copies of a store that share
#: a feed, with clocks of their own, would otherwise have the hub say one and the other for ever.
MOST_AT_A_PLACE = 2


def _key(feed: str) -> str:
    return f"clock {feed}"


def _stated(sql: Sql, feed: str) -> tuple[int, int, int]:
    """(how far ahead, behind which entry, how often there) of what the hub last said of a station's clock."""
    row = sql.execute("SELECT value FROM meta WHERE key=?", (_key(feed),)).fetchone()
    ahead, after, times = (row[0] if row else "0 0 0").split()
    return int(ahead), int(after), int(times)


def clock_stated(sql: Sql, feed: str) -> int:
    """How far ahead, in milliseconds, the hub last said that a station's clock is."""
    return _stated(sql, feed)[0]


def state_clock(filing: Filing, identity: Identity, member: Member, ahead: int) -> None:
    """Say that the clock of a station is so far ahead from the next entry on that it hands over."""
    after = max((f.seq for f in filing.chains.rows(member.feed)), default=0)
    _ahead, place, times = _stated(filing.sql, member.feed)
    times = times + 1 if place == after else 1
    if times > MOST_AT_A_PLACE:
        return
    introduce(filing, identity.name)
    filing.write([["clock", member.feed, after, ahead]], kind="hub clock", who=identity.name)
    filing.sql.execute(
        "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        (_key(member.feed), f"{ahead} {after} {times}"),
    )
