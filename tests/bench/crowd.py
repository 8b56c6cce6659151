"""Stations by the hundred in one process: they sign and chain as stations do, and keep no tables.

Each calls from a loopback address of its own, as stations do that stand in different places.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import ssl
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any, NamedTuple, TypeVar

from emergency.plugins.hub import Opened
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.identity import introduce
from emergency.plugins.hub.members import Member
from emergency.plugins.hub.proofs import read
from emergency.plugins.hub.serving import loop_factory
from emergency.store import frames, keys, pages, requests, times
from emergency.store.entries import START, Envelope, digest, pack
from emergency.store.exchange import TOLD
from emergency.store.keys import Signer

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Let a crowd do something, in the quickest loop: it takes its time from the hub beside it."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(work)


class Station:
    """One of the crowd: a key, and the end of its chain."""

    def __init__(self, n: int) -> None:
        self.name = f"S{n}"
        self.address = f"127.{1 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}"
        self.signer = Signer.create()
        self._seq, self._prev = 0, START
        self._number = itertools.count(1)
        self.feed = self.signer.feed

    def entry(self, facts: list[list[Any]], kind: str = "equipment set") -> Envelope:
        """The next entry of its chain."""
        body = pack({"why": "", "facts": facts})
        self._seq += 1
        told = {"v": 1, "alg": keys.ALGORITHM, "feed": self.feed, "seq": self._seq, "prev": self._prev}
        told |= {"seen": {}, "wall": times.now(), "who": "bench", "kind": kind, "regions": []}
        header = pack({**told, "op": f"{self._seq:08x}", "facts": digest(body).hex()})
        own = digest(header)
        self._prev = own.hex()
        return Envelope(header, body, self.signer.sign(own))

    def beginning(self) -> Envelope:
        """Its first entry, which tells its key."""
        return self.entry([["feed", self.signer.public.hex(), self.name]], "init")

    def reports(self, count: int) -> list[Envelope]:
        """Entries of one fact each: one more piece of equipment."""
        return [self.entry([self._report()]) for _ in range(count)]

    def _report(self) -> list[Any]:
        values = {"name": "排水泵车", "serviceability": "serviceable", "note": "汛前检查完毕，停放一号库"}
        return ["new", "equipment", f"{self.name}-{next(self._number)}", values]


def enrolled(hub: Opened, count: int, entries: int = 0) -> list[Station]:
    """A crowd that the hub knows, each with so many entries there."""
    crowd = [Station(n) for n in range(count)]
    # Beforehand: who files has the turn, and what reads would wait for it.
    first = [read([station.beginning()]) for station in crowd]

    def enrol(filing: Filing) -> None:
        introduce(filing, "BENCH")
        for station, coming in zip(crowd, first, strict=True):
            filing.chains.enrol(station.feed, station.signer.public, station.name)
            member = Member(station.feed, station.name, "duty", "", filing.now, None, "")
            filing.grant(member, kind="hub enrol", who="bench")
            told = filing.push(coming, member)
            assert told.new == 1, told

    hub.writing.submit(enrol).result()
    for station in crowd:
        member = Member(station.feed, station.name, "duty", "", 0, None, "")
        for some in range(0, entries, 1000):
            coming = read(station.reports(min(1000, entries - some)))
            hub.writing.submit(lambda filing, c=coming, m=member: filing.push(c, m)).result()  # type: ignore[misc]
    return crowd


class Answered(NamedTuple):
    """What a request took, in seconds, and what came back."""

    seconds: float
    body: bytes


class Call:
    """One connection of one station to the hub."""

    def __init__(self, station: Station, port: int) -> None:
        self._station, self._port = station, port
        self._nonce = ""
        self._turn = 0

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        """Connect, and get something to sign."""
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(self._station.address, 0), ssl=tls
        )
        told = await self.ask("GET", "/v1/info", b"")
        self._nonce = json.loads(told.body)["nonce"]

    async def ask(self, method: str, path: str, body: bytes) -> Answered:
        """A request and its answer."""
        return await self.sent(self.request(method, path, body))

    async def sent(self, request: bytes) -> Answered:
        """The answer to a request that was made before."""
        began = time.perf_counter()
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        assert head.split()[1] == "200", head
        if "transfer-encoding: chunked" in head:
            answer = b"".join([part async for part in self._chunks()])
        else:
            size = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            answer = await self._reader.readexactly(size)
        return Answered(time.perf_counter() - began, answer)

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := int(await self._reader.readline(), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()

    def listen(self, heard: asyncio.Protocol | None = None) -> None:
        """Go on the live line; the connection is for nothing else from here on, and for whom is told what comes."""
        if heard is not None:
            self._writer.transport.set_protocol(heard)
        self._writer.write(self.request("GET", "/v1/live", b""))

    async def hint(self) -> list[Envelope] | None:
        """Wait until there is something new; what the hint brings along, or None where it must be asked for."""
        while not (line := await self._reader.readline()).startswith(b"data"):
            pass
        return pages.news(line.decode())

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    def request(self, method: str, path: str, body: bytes) -> bytes:
        """A request as it is sent; signed, once there is a nonce, and good before those that are made after it."""
        headers = {"host": "hub", "content-length": str(len(body))}
        if self._nonce:
            self._turn += 1
            headers |= requests.headers(self._station.signer, self._nonce, self._turn, method, path, body)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


class Known(dict[str, tuple[int, str]]):
    """How far a station has come in every feed; it keeps nothing else of what it is given."""

    async def catch_up(self, call: Call) -> list[float]:
        """Take what is new, page by page; returns the seconds of each request."""
        told = [[row, seq, hash_] for row, (seq, hash_) in self.items()]
        lines = sorted(f"{row} {seq} {hash_}" for row, seq, hash_ in told)
        total = digest("\n".join(lines).encode()).hex()
        answer = await call.ask("POST", "/v1/heads", frames.json_block({"total": total}))
        took = [answer.seconds]
        if _json(answer.body)["same"]:
            return took
        answer = await call.ask("POST", "/v1/heads", frames.json_block({"heads": told}))
        took.append(answer.seconds)
        want = _json(answer.body)["give"]
        while want:
            page = await call.ask("POST", "/v1/pull", frames.json_block({"want": want}))
            took.append(page.seconds)
            for found in frames.read(io.BytesIO(page.body)):
                if found.kind == b"E":
                    self.keep(frames.entries_of(found))
            want = _json(page.body)["left"]
        return took

    def keep(self, envelopes: list[Envelope]) -> None:
        """Note what came."""
        for envelope in envelopes:
            header = json.loads(envelope.header)
            self[header["feed"]] = (header["seq"], digest(envelope.header).hex()[:TOLD])


async def push(call: Call, envelopes: list[Envelope]) -> float:
    """Hand entries over; returns the seconds until they were acknowledged."""
    return await hand_over(call, b"".join(frames.entry_blocks(envelopes)), len(envelopes))


async def hand_over(call: Call, body: bytes, count: int) -> float:
    """The same of so many that were packed before."""
    answer = await call.ask("POST", "/v1/push", body)
    assert json.loads(answer.body)["new"] == count, answer.body
    return answer.seconds


def _json(body: bytes) -> dict[str, Any]:
    return next(frames.json_of(found) for found in frames.read(io.BytesIO(body)) if found.kind == b"J")
