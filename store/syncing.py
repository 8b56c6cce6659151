"""A round with a hub: each hands the other the entries it lacks.

Nothing is remembered that the round rests on: the hub is asked for its heads each time, so one
that was restored from an old copy is filled again by its stations. Pulled off anywhere, it is
run again and converges. With nothing to do it takes two requests.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from typing import Any, NamedTuple

from emergency.store import chains, exchange, frames, hubs, requests, times
from emergency.store.arrivals import Taken
from emergency.store.entries import Envelope, parsed, whole
from emergency.store.exchange import Cursor, Stretch
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import LATER, Link, Offline
from emergency.store.store import Store
from emergency.store.words import _

#: Bytes of compressed entries in one push; hubs take up to four times as much.
PUSH = 1024 * 1024
#: Rounds within one: a fork is only known when both branches have come, and then both are handed over.
MOST_ROUNDS = 4


class Outcome(NamedTuple):
    """What came of a round with one hub."""

    hub: str
    url: str
    #: `synced`, `offline`, `refused`.
    state: str
    sent: int = 0
    received: int = 0
    #: {reason: how many} of ours that the hub kept aside, and of its that we did.
    refused: dict[str, int] = {}  # noqa: RUF012
    aside: dict[str, int] = {}  # noqa: RUF012
    forked: tuple[str, ...] = ()
    #: Stations we brought that nobody has enrolled at the hub.
    waiting: tuple[str, ...] = ()
    #: How far this machine's clock is ahead of the hub's, in milliseconds.
    skew: int = 0
    why: str = ""


class Refusal(Exception):
    """The hub will not deal with us; the message says why, for a person."""


class Progress(NamedTuple):
    """How far a round has come."""

    what: str
    done: int
    total: int


Tell = Callable[[Progress], None]


def sync(store: Store, hub: Hub, link: Link, tell: Tell = lambda progress: None) -> Outcome:
    """One round with a hub, and what came of it. Being offline is an outcome, not an error."""
    round_ = _Round(store, hub, link, tell)
    try:
        round_.run()
        outcome = round_.outcome("synced")
    except Offline as error:
        outcome = round_.outcome("offline", str(error))
    except Refusal as error:
        outcome = round_.outcome("refused", str(error))
    synced = times.now() if outcome.state == "synced" else hub.synced
    told = {
        "state": outcome.state,
        "why": outcome.why,
        "at": times.now(),
        "own": round_.own if outcome.state == "synced" else hub.told.get("own", {}),
    }
    told |= {"waiting": outcome.waiting, "skew": outcome.skew}
    hubs.note(store, hub._replace(synced=synced, told=told))
    return outcome


class _Round:
    def __init__(self, store: Store, hub: Hub, link: Link, tell: Tell) -> None:
        self.store, self.hub, self.link, self.tell = store, hub, link, tell
        self.signer = Signer.load(store.path)
        self.sent = self.received = self.skew = 0
        self.refused: dict[str, int] = {}
        self.aside: dict[str, int] = {}
        self.forked: set[str] = set()
        self.waiting: set[str] = set()
        #: {row: seq} of our own feeds that the hub has.
        self.own: dict[str, int] = {}
        self._nonce = ""
        self._turn = count(1)

    def outcome(self, state: str, why: str = "") -> Outcome:
        """What came of it so far."""
        forked, waiting = tuple(sorted(self.forked)), tuple(sorted(self.waiting))
        return Outcome(
            self.hub.name, self.hub.url, state, self.sent, self.received, self.refused, self.aside, forked,
            waiting, self.skew, why,
        )  # fmt: skip

    def run(self) -> None:
        """Rounds until neither has anything the other lacks. Raises Offline, Refusal."""
        self._info()
        for _n in range(MOST_ROUNDS):
            # What is written from here on may miss this round, and counts as not sent.
            self.own = {f.id: f.seq for f in chains.feeds(self.store.connection).values() if f.own}
            told = self._heads()
            give = exchange.stretches(told.get("give"))
            forked = self._push(exchange.cursors(told.get("differ")))
            forked = self._pull(give) or forked
            if not forked:
                break

    # -- requests ------------------------------------------------------------------------------

    def _info(self) -> None:
        status, body = self.link.call("GET", "/v1/info", {}, b"")
        told = parsed(body) or {}
        if status in LATER:
            raise Offline(_("it cannot answer now"))
        if status != 200 or told.get("protocol") is None:
            raise Refusal(_("no hub answers there"))
        if told.get("protocol") != 1:
            raise Refusal(_("it speaks a newer protocol: update this program"))
        if told.get("hub") != self.hub.feed:
            raise Refusal(
                _("another hub answers there: enrol anew with emergency sync enrol {url} CODE").format(
                    url=self.hub.url
                )
            )
        self._nonce = str(told.get("nonce", ""))
        if whole(told.get("time")):
            self.skew = times.now() - told["time"]

    def _signed(self, path: str, body: bytes) -> bytes:
        """The answer to a signed request. Raises Offline, Refusal."""
        for _n in range(3):
            headers = requests.headers(self.signer, self._nonce, next(self._turn), "POST", path, body)
            status, answer = self.link.call("POST", path, headers, body)
            if status == 200:
                return answer
            told = parsed(answer) or {}
            error = told.get("error")
            if status == 401 and told.get("nonce"):
                self._nonce = str(told["nonce"])
            elif error == "not-enrolled" and self._introduce():
                continue
            else:
                raise self._denied(status, error, told)
        raise Refusal(_("it does not accept what this station signs"))

    def _denied(self, status: int, error: Any, told: dict[str, Any]) -> Offline | Refusal:
        if error == "full":
            return Offline(_("its disk is full; what is here stays here and goes when there is room"))
        if status in LATER:
            return Offline(_("it cannot answer now"))
        if error == "revoked":
            why = str(told.get("why", ""))
            return Refusal(_("this station was revoked there: {why}").format(why=why))
        if error == "not-enrolled":
            return Refusal(
                _("this store is not enrolled there: emergency sync enrol {url} CODE").format(
                    url=self.hub.url
                )
            )
        return Refusal(_("it answers {status} {word}").format(status=status, word=str(error or "")))

    def _introduce(self) -> bool:
        """What lets a hub know us that does not: its own lost entries, or what an earlier key of ours says.

        Returns whether the hub took anything.
        """
        connection = self.store.connection
        wanted = [
            Stretch(f.id, 0) for f in chains.feeds(connection).values() if chains.stem(f.id) == self.hub.feed
        ]
        lost = [e for _s, e in exchange.behind(connection, wanted)]
        first = [e for _s, e in islice(exchange.behind(connection, [Stretch(self.signer.feed, 0)]), 1)]
        status, body = self.link.call(
            "POST", "/v1/introduce", {}, b"".join(frames.entry_blocks([*lost, *first]))
        )
        told = parsed(body) or {}
        return status == 200 and bool(told.get("new"))

    def _heads(self) -> dict[str, Any]:
        body = frames.json_block({"heads": exchange.heads(self.store.connection)})
        return _json(self._signed("/v1/heads", body))

    def _push(self, theirs: list[Cursor]) -> bool:
        """Hand over what they lack; returns whether a feed was found to branch there."""
        stretches = exchange.wanted(self.store.connection, theirs)
        rows = chains.feeds(self.store.connection)
        total = sum(rows[s.row].seq - s.after for s in stretches)
        forked = False
        done = 0
        for body, entries in _bodies(
            e for _s, e in exchange.behind(self.store.connection, stretches, with_facts=True)
        ):
            self.tell(Progress("push", done, total))
            told = parsed(self._signed("/v1/push", body)) or {}
            self.sent += int(told.get("new", 0))
            for why, n in (told.get("aside") or {}).items():
                self.refused[str(why)] = self.refused.get(str(why), 0) + int(n)
            forked = forked or bool(told.get("forked"))
            self.waiting.update(map(str, told.get("waiting") or ()))
            done += entries
        if total:
            self.tell(Progress("push", done, total))
        return forked

    def _pull(self, give: list[Stretch]) -> bool:
        """Take in what we lack, page by page; returns whether a feed was found to branch here."""
        forked = False
        left = give
        while left:
            answer = self._signed("/v1/pull", frames.json_block({"want": left}))
            before = left
            taken, left = self._page(answer)
            self.received += taken.new
            for why, n in taken.aside.items():
                self.aside[why] = self.aside.get(why, 0) + n
            self.forked |= taken.forked
            forked = forked or bool(taken.forked)
            self.tell(Progress("pull", self.received, self.received + len(left)))
            if left == before:
                raise Refusal(_("it gives nothing of what it says it has"))
        return forked

    def _page(self, answer: bytes) -> tuple[Taken, list[Stretch]]:
        """Take in one answer to /pull, a block in memory at a time, in one transaction."""
        left: list[Stretch] = []

        def envelopes() -> Iterator[Envelope]:
            nonlocal left
            for found in frames.read(io.BytesIO(answer)):
                if found.kind == b"E":
                    yield from frames.entries_of(found)
                elif found.kind == b"J":
                    left = exchange.stretches(frames.json_of(found).get("left"))

        try:
            taken = self.store.take(envelopes(), channel="http")
        except (frames.Damaged, ValueError):
            raise Offline(_("what it sent was damaged on the way")) from None
        return taken, left


def _json(answer: bytes) -> dict[str, Any]:
    try:
        for found in frames.read(io.BytesIO(answer)):
            if found.kind == b"J":
                return frames.json_of(found)
    except frames.Damaged:
        raise Offline(_("what it sent was damaged on the way")) from None
    raise Offline(_("what it sent was damaged on the way"))


def _bodies(envelopes: Iterable[Envelope]) -> Iterator[tuple[bytes, int]]:
    """Entries as bodies of pushes, with how many are in each."""
    parts: list[bytes] = []
    size = entries = 0
    for raw, together in frames.entry_chunks(envelopes):
        parts.append(frames.block(b"E", frames.deflate(raw)))
        size += len(parts[-1])
        entries += together
        if size > PUSH:
            yield b"".join(parts), entries
            parts, size, entries = [], 0, 0
    if parts:
        yield b"".join(parts), entries
