"""Driving times from a routing server: OSRM's /table and Valhalla's /sources_to_targets, in blocks, kept.

What a server has said is kept in a file beside the store, with when it said so; it is asked again after a week.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from emergency.store import times
from emergency.store.errors import InvalidValue
from emergency.store.link import Offline, checked_url
from emergency.store.places import E6, Point
from emergency.store.text import quoted
from emergency.store.travel import Table
from emergency.store.words import _

if TYPE_CHECKING:
    import httpx

#: Places in one question, of each side: public servers take 100 in all.
BLOCK = 50
#: Seconds to connect and for an answer; the most bytes of one.
CONNECT, ANSWER, MOST = 5.0, 30.0, 16 * 1024 * 1024
#: How long an answer is good for, in milliseconds.
KEPT = 7 * times.DAY
NAMES = {"osrm": "OSRM", "valhalla": "Valhalla"}


def table(text: str, cache: str = "", client: httpx.Client | None = None) -> Table:
    """The server that `osrm:http://host` or `valhalla:http://host` names. Raises InvalidValue.

    `cache` is the file of what it said before, "" for none.
    """
    kind, _colon, url = text.partition(":")
    if kind.lower() not in NAMES or not url:
        raise InvalidValue(
            _("not a routing server: {text}").format(text=quoted(text)), hint="osrm:http://127.0.0.1:5000"
        )
    return _Server(kind.lower(), checked_url(url), cache, client)


class _Server:
    """Asks one server, block by block; see travel.Table."""

    def __init__(self, kind: str, url: str, cache: str, client: httpx.Client | None) -> None:
        self.kind, self.url, self.cache, self._client = kind, url, cache, client

    def __call__(
        self, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> tuple[list[list[float | None]], str]:
        """Minutes from each origin to each destination, and who says so. Raises Offline."""
        out: list[list[float | None]] = [[None] * len(destinations) for _ in origins]
        oldest = times.now()
        with _Kept(self.cache, f"{self.kind}:{self.url}") as kept:
            for rows, columns in _blocks(len(origins), len(destinations)):
                some, others = [origins[i] for i in rows], [destinations[j] for j in columns]
                found = kept.read(some, others)
                if found is None:
                    minutes = self._ask(some, others)
                    kept.write(some, others, minutes)
                else:
                    minutes, said = found
                    oldest = min(oldest, said)
                for i, row in zip(rows, minutes, strict=True):
                    out[i][columns.start : columns.stop] = row
        return out, f"{NAMES[self.kind]} {self.url} {times.format_time(oldest)[:16]}"

    def _ask(self, origins: Sequence[Point], destinations: Sequence[Point]) -> list[list[float | None]]:
        import httpx

        client = self._client or httpx.Client(timeout=httpx.Timeout(ANSWER, connect=CONNECT), trust_env=False)
        try:
            answer = (self._osrm if self.kind == "osrm" else self._valhalla)(client, origins, destinations)
            if len(answer.content) > MOST:
                raise Offline(_("its answer is too large"))
            if answer.status_code != 200:
                raise Offline(f"HTTP {answer.status_code}")
            return self._minutes(answer.json(), len(origins), len(destinations))
        except httpx.HTTPError as error:
            raise Offline(str(error) or type(error).__name__) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Offline(_("its answer is none of a routing server")) from None
        finally:
            if self._client is None:
                client.close()

    def _osrm(
        self, client: httpx.Client, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> httpx.Response:
        points = ";".join(f"{p.lng / E6:.6f},{p.lat / E6:.6f}" for p in (*origins, *destinations))
        some = ";".join(map(str, range(len(origins))))
        others = ";".join(map(str, range(len(origins), len(origins) + len(destinations))))
        return client.get(
            f"{self.url}/table/v1/driving/{points}", params={"sources": some, "destinations": others}
        )

    def _valhalla(
        self, client: httpx.Client, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> httpx.Response:
        def places(points: Sequence[Point]) -> list[dict[str, float]]:
            return [{"lat": p.lat / E6, "lon": p.lng / E6} for p in points]

        body = {"sources": places(origins), "targets": places(destinations), "costing": "auto"}
        return client.post(f"{self.url}/sources_to_targets", json=body)

    def _minutes(self, answer: Any, rows: int, columns: int) -> list[list[float | None]]:
        """Seconds of either server's answer as minutes. Raises ValueError and its kin for any other."""
        if self.kind == "osrm":
            seconds = answer["durations"]
        else:
            seconds = [[cell["time"] for cell in row] for row in answer["sources_to_targets"]]
        if len(seconds) != rows or any(len(row) != columns for row in seconds):
            raise ValueError("another table")
        out: list[list[float | None]] = []
        for row in seconds:
            out.append([None if s is None else float(s) / 60 for s in row])
        if any(m is not None and not (math.isfinite(m) and m >= 0) for row in out for m in row):
            raise ValueError("no times")
        return out


def _blocks(rows: int, columns: int) -> Iterator[tuple[range, range]]:
    for top in range(0, rows, BLOCK):
        for left in range(0, columns, BLOCK):
            yield range(top, min(top + BLOCK, rows)), range(left, min(left + BLOCK, columns))


class _Kept:
    """What a server said before, pair by pair; nothing where there is no file, or it cannot be written."""

    def __init__(self, path: str, server: str) -> None:
        self.server = server
        self.sql: sqlite3.Connection | None = None
        if path:
            try:
                self.sql = sqlite3.connect(path)
                self.sql.execute(
                    "CREATE TABLE IF NOT EXISTS drive (server TEXT, a TEXT, b TEXT, minutes REAL, at INTEGER,"
                    " PRIMARY KEY (server, a, b)) WITHOUT ROWID"
                )
            except sqlite3.Error:
                self.sql = None

    def __enter__(self) -> _Kept:
        return self

    def __exit__(self, *_problem: object) -> None:
        if self.sql is not None:
            self.sql.close()

    def read(
        self, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> tuple[list[list[float | None]], int] | None:
        """(minutes, when the oldest was said) if every pair is kept and fresh."""
        if self.sql is None:
            return None
        since, oldest = times.now() - KEPT, times.now()
        out: list[list[float | None]] = []
        for origin in origins:
            found = {
                b: (minutes, at)
                for b, minutes, at in self.sql.execute(
                    "SELECT b, minutes, at FROM drive WHERE server=? AND a=? AND at>=?",
                    (self.server, _key(origin), since),
                )
            }
            if any(_key(d) not in found for d in destinations):
                return None
            row = [found[_key(d)] for d in destinations]
            out.append([minutes for minutes, _at in row])
            oldest = min([oldest, *(at for _minutes, at in row)])
        return out, oldest

    def write(
        self, origins: Sequence[Point], destinations: Sequence[Point], minutes: list[list[float | None]]
    ) -> None:
        """Keep an answer."""
        if self.sql is None:
            return
        now = times.now()
        rows = [
            (self.server, _key(a), _key(b), m, now)
            for a, row in zip(origins, minutes, strict=True)
            for b, m in zip(destinations, row, strict=True)
        ]
        try:
            with self.sql:
                self.sql.executemany("INSERT OR REPLACE INTO drive VALUES (?,?,?,?,?)", rows)
        except sqlite3.Error:
            # A cache that cannot be written, on a full or read-only disk, costs a question the next time.
            self.sql.close()
            self.sql = None


def _key(point: Point) -> str:
    return f"{point.lat},{point.lng}"
