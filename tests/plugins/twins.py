"""One hub over each database, given the same requests at the same hour with the same chance.

What they answer is compared byte for byte as it comes, and their tables row for row at the end.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import pytest

from emergency.plugins.hub.engine import Engine, open_engine
from emergency.plugins.hub.enrolling import new_code
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.identity import Identity, begin
from emergency.plugins.hub.service import Service
from emergency.plugins.hub.writing import Writing
from emergency.store import chains, exchange, frames, journal, keys, requests
from emergency.store.entries import Envelope
from emergency.store.keys import Signer
from tests.store.replicas import Replica

#: The hour at which every test begins, in milliseconds.
AT = 1_785_456_000_000
KEY = Signer(b"hub".ljust(32, b"."))
NAME = "丰台枢纽"
#: Every table, in an order that does not depend on the database.
TABLES = {
    "meta": "key", "feed": "n", "entry": "n", "member": "feed", "code": "find", "aside": "hash", "peer": "feed",
}  # fmt: skip
T = TypeVar("T")


class Dice:
    """os.urandom, the same for each hub: what is drawn depends on how often it was drawn from."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.drawn = 0
        monkeypatch.setattr(os, "urandom", self)

    def __call__(self, size: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_256(b"dice %d" % self.drawn).digest(size)


class Said(NamedTuple):
    """What a hub answered."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def told(self) -> dict[str, Any]:
        """What the block of JSON in the body says."""
        return next(frames.json_of(b) for b in frames.read(io.BytesIO(self.body)) if b.kind == b"J")

    @property
    def entries(self) -> list[Envelope]:
        """The entries in the body."""
        blocks = [b for b in frames.read(io.BytesIO(self.body)) if b.kind == b"E"]
        return [e for b in blocks for e in frames.entries_of(b)]


class Twins:
    """The hubs as one."""

    def __init__(self, engines: list[Engine], dice: Dice, *, had_key: bool = False) -> None:
        self.now, self.engines, self._dice = AT, engines, dice
        self.writers = [Writing(engine, KEY, lambda: self.now) for engine in engines]
        for engine in engines:
            begin(engine, KEY, NAME, had_key=had_key)
        services = iter(zip(engines, self.writers, strict=True))
        self.services = self._each(
            [lambda: Service(*_parts(next(services)), lambda: self.now) for _e in engines]
        )

    def _each(self, works: Iterable[Callable[[], T]]) -> list[T]:
        """Run each with the same chance."""
        before, out = self._dice.drawn, []
        for work in works:
            self._dice.drawn = before
            out.append(work())
        return out

    def answer(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Said:
        """What all of them answer to a request, which must be the same."""
        told = self._each(
            [lambda s=s: s.answer(method, path, headers or {}, body) for s in self.services]  # type: ignore[misc]
        )
        assert all(t == told[0] for t in told), (method, path, told)
        return Said(told[0].status, told[0].body)

    def do(self, job: Callable[[Filing], T]) -> T:
        """Run what an administrator does on each; it must come to the same."""
        told: list[T] = self._each([lambda w=w: w.submit(job).result() for w in self.writers])  # type: ignore[misc]
        assert all(t == told[0] for t in told), told
        return told[0]

    def code(self, station: str, role: str = "duty", region: str = "", *, again: bool = False) -> str:
        """A new code for a station."""
        given = self.do(lambda f: new_code(f.sql, station, role, region, f.now, again=again))
        return requests.plain_code(given[0])

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, the same in each."""
        out: list[list[tuple[Any, ...]]] = []
        for engine in self.engines:
            with engine.reading() as sql:
                found = sql.execute(statement, parameters).fetchall()
            out.append([tuple(_plain(v) for v in row) for row in found])
        for other in out[1:]:
            assert other == out[0], statement
        return out[0]

    def alike(self) -> None:
        """Every table is the same in each, and the entries are numbered without a gap."""
        for table, key in TABLES.items():
            self.rows(f"SELECT * FROM {table} WHERE {key} NOT IN ('version') ORDER BY {key}"
                      if table == "meta" else f"SELECT * FROM {table} ORDER BY {key}")  # fmt: skip
        [(counter,)] = self.rows("SELECT value FROM meta WHERE key='counter'")
        assert [n for (n,) in self.rows("SELECT n FROM entry ORDER BY n")] == [*range(1, int(counter) + 1)]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _parts(pair: tuple[Engine, Writing]) -> tuple[Engine, Identity, Writing]:
    return pair[0], Identity(KEY, NAME), pair[1]


class Guest(Replica):
    """A station that speaks to them request by request."""

    def __init__(self, name: str, twins: Twins, key: str = "") -> None:
        super().__init__(name, key=key)
        self.twins, self.turn, self.nonce, self.t = twins, 0, "", 0

    @property
    def feed(self) -> str:
        """Its own feed."""
        return self.signer.feed

    @property
    def own(self) -> list[Envelope]:
        """Its own entries."""
        return self.has(self.feed)

    def has_all(self) -> list[Envelope]:
        """Everything that has come here."""
        return [e for *_, e in journal.read(self.connection)]

    def states(self, *regions: str, count: int = 1, why: str = "") -> Guest:
        """Write entries of its own that touch these regions; none where its feed is found to branch."""
        for _n in range(count if _writable(self) else 0):
            self.t += 1
            journal.append(
                self.connection, self.fold, self.signer, facts=[["new", "team", f"{self.name}-{self.t}", {"name": f"第{self.t}队"}]],
                wall=AT + self.t, who="王小明", kind="team add", regions=regions, op=f"{self.t:08x}", why=why,
            )  # fmt: skip
        return self

    def asks_to_enrol(
        self, code: str, *, right: bool = True, as_: str = "station", name: str = "", **more: Any
    ) -> Said:
        """Ask to be enrolled with a code, under this name or another."""
        key = requests.code_key(code if right else code + "?")
        name = name or self.name
        proof = requests.proof(key, as_.encode(), self.signer.public, name.encode())
        asked = {
            "find": requests.finding(code),
            "key": self.signer.public.hex(),
            "station": name,
            "proof": proof,
        } | ({} if as_ == "station" else {"as": as_})
        return self.twins.answer("POST", "/v1/enrol", {}, json.dumps(asked | more).encode())

    def enrolled(self, role: str = "duty", region: str = "") -> Guest:
        """Get a code and enrol with it."""
        assert self.asks_to_enrol(self.twins.code(self.name, role, region)).status == 200
        return self

    def ask(self, path: str, body: bytes) -> Said:
        """Ask something signed, with a nonce of this hour."""
        self.nonce = self.nonce or self.twins.answer("GET", "/v1/info").json["nonce"]
        self.turn += 1
        headers = requests.headers(self.signer, self.nonce, self.turn, "POST", path, body)
        said = self.twins.answer("POST", path, headers, body)
        if said.status == 401 and "nonce" in said.json:
            self.nonce = said.json["nonce"]
        return said

    def push(self, *envelopes: Envelope) -> Any:
        """Hand entries over; what came of it."""
        said = self.ask("/v1/push", b"".join(frames.entry_blocks(envelopes)))
        assert said.status == 200, said
        return said.json

    def heads(self) -> dict[str, Any]:
        """How the two differ, as they tell it."""
        said = self.ask(
            "/v1/heads", frames.json_block({"heads": exchange.heads(chains.feeds(self.connection).values())})
        )
        assert said.status == 200, said
        return said.told

    def pages(self, want: list[list[Any]]) -> Iterator[Said]:
        """What they have behind these places, page by page."""
        while want:
            said = self.ask("/v1/pull", frames.json_block({"want": want}))
            assert said.status == 200, said
            yield said
            assert said.told["left"] != want
            want = said.told["left"]

    def pull(self) -> list[Envelope]:
        """Take in all that they have for us."""
        got = [e for said in self.pages(self.heads()["give"]) for e in said.entries]
        self.take(got)
        return got

    def meets(self) -> Guest:
        """A round, and another where a feed was found to branch."""
        for _n in range(3):
            differ = exchange.cursors(self.heads()["differ"])
            self.push(*(e for _s, e in exchange.behind(
                self.connection, exchange.wanted(self.connection, differ, chains.feeds(self.connection)), with_facts=True
            )))  # fmt: skip
            self.pull()
        return self

    def rows(self) -> set[tuple[str, int]]:
        """(row, entries) of every feed and branch it has."""
        return {(f.id, f.seq) for f in chains.feeds(self.connection).values() if f.seq}

    def succeeded(self) -> Guest:
        """The same station under another key, which this one's vouches for."""
        other = Guest(self.name, self.twins)
        other.signer = self.signer.next()
        fact = [*journal.open_feed(other.connection, other.signer, self.name), *_vouched(other.signer)]
        journal.append(
            other.connection, other.fold, other.signer, facts=[fact], wall=AT, who="王小明", kind="restore",
            regions=(), op="00000000", why="",
        )  # fmt: skip
        return other


def _writable(guest: Guest) -> bool:
    own = chains.feed_of(guest.connection, guest.feed)
    return own is not None and bool(own.own)


def _vouched(signer: Signer) -> list[str]:
    feed, proof = next(signer.vouched())
    return [feed, proof.hex()]


def opened(where: list[str]) -> list[Engine]:
    """The databases at these addresses."""
    return [open_engine(w) for w in where]


def forged(envelope: Envelope) -> Envelope:
    """The same, signed by nobody."""
    return envelope._replace(signature=bytes(64))


def key_of(number: int) -> Signer:
    """One of any number of keys."""
    return keys.Signer(b"%32d" % number)
