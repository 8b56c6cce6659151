"""A hub end to end: entries of several stations in over HTTP and out again, on each database.

Each reference is done in the same run with the same rows: storing them without any question,
checking their signatures on one core, reading them.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import sqlite3
import statistics
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from emergency.plugins.hub import opened
from emergency.plugins.hub.engine import Engine, open_engine
from emergency.plugins.hub.enrolling import new_code
from emergency.store import exchange, frames, keys, pages, requests
from emergency.store.entries import START, Envelope, digest, pack
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import HttpLink
from emergency.store.talking import Pulling, Talk
from tests.plugins.postgres import Cluster as Server
from tests.plugins.postgres import binaries, folder
from tests.plugins.processes import Listener, Station, served, until

from .measure import Figure, seconds

#: Stations, the entries of each, and the entries of one push.
STATIONS, EACH, PUSH = 4, 20_000, 1_000
AT = 1_785_456_000_000


class Row(NamedTuple):
    """An entry as a hub stores it."""

    hash: bytes
    envelope: Envelope


class Sender:
    """A station that speaks to a hub request by request."""

    def __init__(self, name: str, url: str, code: str) -> None:
        self.signer, self.url, self.link, self.turn = Signer.create(), url, HttpLink(url), 0
        told = json.loads(self.link.call("GET", "/v1/info", {}, b"")[1])
        self.nonce, self.hub = str(told["nonce"]), str(told["hub"])
        plain = requests.plain_code(code)
        proof = requests.proof(requests.code_key(plain), b"station", self.signer.public, name.encode())
        asked = {"find": requests.finding(plain), "key": self.signer.public.hex(), "station": name}
        status, said = self.link.call("POST", "/v1/enrol", {}, pack(asked | {"proof": proof}))
        assert status == 200, said

    def signed(self, path: str, body: bytes) -> dict[str, str]:
        """What makes a request this station's."""
        self.turn += 1
        return dict(requests.headers(self.signer, self.nonce, self.turn, "POST", path, body))

    def talk(self) -> Talk:
        """Its talk with the hub, as a round begins it."""
        talk = Talk(self.link)
        talk.begin(Hub(self.hub, self.url, b"", "", "", None, {}), self.signer, lambda: False)
        return talk


def chain(signer: Signer, count: int) -> list[Row]:
    """Entries of one feed, of about 600 bytes each."""
    prev, out = START, []
    for n in range(count):
        fact = (
            ["feed", signer.public.hex(), "FT"] if not n else ["set", "team", f"FT-{n % 50}", {"strength": n}]
        )
        facts = pack({"why": "", "facts": [fact]})
        header = pack(
            {
                "v": 1, "alg": keys.ALGORITHM, "feed": signer.feed, "seq": n + 1, "prev": prev, "seen": {},
                "wall": AT + n, "who": "王小明", "kind": "team set", "regions": ["110106"],
                "op": f"{n:08x}", "facts": digest(facts).hex(),
            }
        )  # fmt: skip
        hash_ = digest(header)
        out.append(Row(hash_, Envelope(header, facts, signer.sign(hash_))))
        prev = hash_.hex()
    return out


@contextlib.contextmanager
def server() -> Iterator[Server | None]:
    """A PostgreSQL server, where one is installed."""
    bin_ = binaries()
    if bin_ is None:
        yield None
        return
    with folder() as parent:
        made = Server.create(bin_, parent)
        made.start()
        try:
            yield made
        finally:
            made.stop("immediate")


def measure(place: Path) -> Iterator[Figure]:
    """Ingest, pull and, where two processes can share it, news; SQLite first, PostgreSQL where it is installed."""
    with server() as pg:
        yield from rates(place, pg)
        if pg is not None:
            with pg.fresh() as name:
                yield _news(place / "news", pg.address(name))


def rates(place: Path, pg: Server | None) -> Iterator[Figure]:
    """Ingest and pull."""
    place.mkdir(parents=True)
    yield from _rates("SQLite", place / "sqlite", str(place / "hub.db"), _insert, 1 / 0.35)
    if pg is None:
        return
    with pg.fresh() as name, pg.fresh() as plain:
        copied = pg.address(plain)
        yield from _rates(
            "PostgreSQL", place / "pg", pg.address(name), lambda r, _p: _copy(r, copied), 1 / 0.6
        )


def _rates(
    what: str, home: Path, database: str, store: Callable[[Sequence[Row], Path], float], goal: float
) -> Iterator[Figure]:
    home.mkdir()
    with served(home, database, "--no-log") as hub:
        senders = [Sender(f"S{n}", hub.url, _code(home, database, f"S{n}")) for n in range(STATIONS + 1)]
        chains = [chain(sender.signer, EACH) for sender in senders[:STATIONS]]
        rows = [row for entries in chains for row in entries]
        raw = store(rows, home)
        check = seconds(lambda: _verify(senders[:STATIONS], chains))
        bodies = [
            [
                b"".join(frames.entry_blocks(r.envelope for r in c[at : at + PUSH]))
                for at in range(0, EACH, PUSH)
            ]
            for c in chains
        ]
        took = _push(senders[:STATIONS], bodies)
        yield Figure(f"{what}: ingest of {len(rows):,} entries / the rows alone", took, raw, goal)
        yield Figure(f"{what}: the same / their signatures on one core", took, check, 1.25)
        # More than once: the first time either asks the system for memory, which takes longer than the reading.
        pulled = statistics.median(seconds(lambda: _pull(senders[STATIONS], len(rows))) for _time in range(3))
        engine = open_engine(database)
        try:
            read = statistics.median(seconds(lambda: _read(engine)) for _time in range(3))
        finally:
            engine.close()
        yield Figure(f"{what}: pull of {len(rows):,} entries / reading the rows", pulled, read, 1 / 0.5)
        for sender in senders:
            sender.link.close()


def _code(home: Path, database: str, station: str) -> str:
    hub = opened(database, str(home), create=False)
    try:
        return hub.writing.submit(lambda f: new_code(f.sql, station, "duty", "", f.now)).result()[0]
    finally:
        hub.engine.close()


def _push(senders: Sequence[Sender], bodies: Sequence[Sequence[bytes]]) -> float:
    """The seconds that it takes to push all of it, all stations at once, each one push after the other.

    Their requests are signed beforehand and sent by a plain connection: the stations of a hub are other machines, and
    take none of its time.
    """
    ready = [
        [(sender.signed("/v1/push", body), body) for body in own]
        for sender, own in zip(senders, bodies, strict=True)
    ]

    def work(sender: Sender, own: Sequence[tuple[dict[str, str], bytes]]) -> int:
        link = http.client.HTTPConnection(urllib.parse.urlsplit(sender.url).netloc)
        new = 0
        with contextlib.closing(link):
            for headers, body in own:
                link.request("POST", "/v1/push", body, headers)
                said = link.getresponse()
                answer = said.read()
                assert said.status == 200, answer
                new += int(json.loads(answer)["new"])
        return new

    with ThreadPoolExecutor(len(senders)) as pool:
        began = time.perf_counter()
        assert sum(pool.map(work, senders, ready)) == STATIONS * EACH
        return time.perf_counter() - began


def _pull(sender: Sender, count: int) -> None:
    talk = sender.talk()
    left = exchange.stretches(pages.told(talk.ask("/v1/heads", frames.json_block({"heads": []})))["give"])
    got = 0
    with Pulling(talk) as asked:
        while left:
            page = asked.page(left)
            got += sum(1 for _envelope in page.envelopes())
            left = page.left
    assert got >= count


def _verify(senders: Sequence[Sender], chains: Sequence[Sequence[Row]]) -> None:
    for sender, entries in zip(senders, chains, strict=True):
        assert all(keys.verify(sender.signer.public, r.hash, r.envelope.signature) for r in entries)


def _numbered(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return [(n, n // EACH, n % EACH, AT, row.hash, *row.envelope) for n, row in enumerate(rows)]


def _insert(rows: Sequence[Row], home: Path) -> float:
    with contextlib.closing(sqlite3.connect(home / "raw.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=WAL"), raw.execute("PRAGMA synchronous=FULL")
        raw.execute("CREATE TABLE entry(n INTEGER PRIMARY KEY, feed, seq, received, hash, header, facts, signature,"
                    " UNIQUE(feed, seq))")  # fmt: skip
        numbered = _numbered(rows)

        def store() -> None:
            for at in range(0, len(numbered), PUSH):
                raw.execute("BEGIN")
                raw.executemany("INSERT INTO entry VALUES(?,?,?,?,?,?,?,?)", numbered[at : at + PUSH])
                raw.execute("COMMIT")

        return seconds(store)


def _copy(rows: Sequence[Row], database: str) -> float:
    import psycopg

    open_engine(database).close()
    numbered = _numbered(rows)
    with psycopg.connect(database) as connection, connection.cursor() as cursor:

        def store() -> None:
            for at in range(0, len(numbered), PUSH):
                with cursor.copy("COPY entry FROM STDIN (FORMAT BINARY)") as copy:
                    copy.set_types(["int8"] * 4 + ["bytea"] * 4)
                    for row in numbered[at : at + PUSH]:
                        copy.write_row(row)
                connection.commit()

        return seconds(store)


def _read(engine: Engine) -> None:
    with engine.reading() as sql:
        sql.execute("SELECT seq, header, facts, signature FROM entry ORDER BY feed, seq").fetchall()


def _news(home: Path, database: str) -> Figure:
    """From a round with one process until a station on the line of the other is told, and one on its own."""
    home.mkdir()
    with served(home, database, "--no-log") as one, served(home, database, "--no-log") as other:
        a, b = (Station(home, name, home, database, one.url) for name in ("FT", "FS"))
        a.sync(one.url)
        lines = [Listener(b, other.url), Listener(b, one.url)]
        took: list[list[float]] = [[], []]
        for _n in range(20):
            # Two hints to one station have a quarter of a second between them.
            time.sleep(0.3)
            before = [len(line.heard) for line in lines]
            a.states(1)
            began = time.perf_counter()
            a.sync(one.url)
            for line, at, told in zip(lines, before, took, strict=True):
                until(lambda line=line, at=at: len(line.heard) > at)  # type: ignore[misc]
                told.append(line.heard[at] - began)
    for line in lines:
        line.join()
    there, here = map(statistics.median, took)
    return Figure("PostgreSQL: news on the line of another process / of the same", there, here, 1.5)
