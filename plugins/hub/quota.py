"""How many bytes each bringer has brought today: nobody fills a hub's disk in a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.members import Member
from emergency.store import times
from emergency.store.chains import Sql

#: So many bytes a day are taken of one station, and of another hub.
MOST_A_DAY, MOST_OF_HUB = 256 * 1024 * 1024, 4096 * 1024 * 1024
#: Stores what a bringer has brought.
STORED = "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value"
_KEY = "brought "


class Quota:
    """What was brought since midnight, UTC, for the length of one transaction. `now` is in milliseconds."""

    def __init__(self, sql: Sql, now: int, most_a_day: int) -> None:
        self._sql, self._day, self._most = sql, now // times.DAY, most_a_day
        #: {bringer: bytes}, and whose are to be stored.
        self._brought: dict[str, int] = {}
        self._changed: set[str] = set()

    def look_up(self, feeds: Sequence[str]) -> None:
        """Ask at once what each of these has brought."""
        keys = [_KEY + feed for feed in feeds]
        asked = f"SELECT key, value FROM meta WHERE key IN ({','.join('?' * len(keys))})"
        self._brought.update(dict.fromkeys(feeds, 0))
        for key, value in self._sql.execute(asked, keys).fetchall():
            day, _blank, brought = value.partition(" ")
            # What a disk has made of it must not keep a station out for ever.
            if day == str(self._day) and brought.isdecimal():
                self._brought[key.removeprefix(_KEY)] = int(brought)

    def used(self, bringer: Member | None) -> int:
        """The bytes that a bringer has brought. Raises Denied where they are too many."""
        if bringer is None:
            return 0
        if bringer.feed not in self._brought:
            self.look_up([bringer.feed])
        used = self._brought[bringer.feed]
        most = max(MOST_OF_HUB, self._most) if bringer.role == "hub" else self._most
        if used >= most:
            raise Denied(507, "quota", most=most)
        return used

    def note(self, bringer: Member | None, used: int) -> None:
        """It has brought so many by now."""
        if bringer is not None:
            self._brought[bringer.feed] = used
            self._changed.add(bringer.feed)

    def changed(self) -> list[tuple[Any, ...]]:
        """What is to be stored (STORED), once."""
        changed, self._changed = self._changed, set()
        return [(_KEY + feed, f"{self._day} {self._brought[feed]}") for feed in sorted(changed)]

    def kept(self) -> tuple[dict[str, int], set[str]]:
        """What it knows, to go back to."""
        return self._brought.copy(), self._changed.copy()

    def back(self, kept: tuple[dict[str, int], set[str]]) -> None:
        """Go back to what was kept."""
        self._brought, self._changed = kept
