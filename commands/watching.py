"""`emergency sync --watch`: meets hubs at once when something is new here or there, until it is stopped.

What a hub's live line brings is taken in at once. Where it only hints at more, a round follows; so
it does after each change of the store by any program, and each minute. A hub that cannot be reached is tried again, ever less often.
"""

from __future__ import annotations

import queue
import random
import signal
import threading
from typing import Any

import click

from emergency.commands.output import dump_line
from emergency.commands.session import Session
from emergency.commands.sync import one_round, plain, told
from emergency.store import hubs, pages, requests, syncing, times
from emergency.store.entries import Envelope, parsed
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import HttpLink, Offline
from emergency.store.store import Store
from emergency.store.syncing import Outcome
from emergency.store.talking import Talk

#: Seconds between looks at the store, between rounds with nothing new, and the longest wait after a failure.
LOOK, QUIET, LONGEST = 0.04, 60.0, 120.0


def watch(session: Session, chosen: list[Hub], as_json: bool) -> None:
    """See the module. Ends on SIGTERM or Ctrl-C."""
    ended = threading.Event()
    woken = threading.Event()

    def stop(*_signal: Any) -> None:
        ended.set()
        woken.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    lines: list[_Line] = []
    try:
        lines = [_Line(session.path, hub, woken, ended) for hub in chosen]
        for line in lines:
            line.start()
        _rounds(session, lines, woken, ended, as_json)
    finally:
        ended.set()
        for line in lines:
            line.link.close()
        for number, handler in before.items():
            signal.signal(number, handler)


class _Line(threading.Thread):
    """The live line of one hub: wakes the rounds when it tells of something new, and keeps what it told."""

    def __init__(self, path: str, hub: Hub, woken: threading.Event, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self.hub, self._path, self._woken, self._ended = hub, path, woken, ended
        self.due = True
        self.failed = 0
        #: Entries it told of, not yet taken in.
        self.news: queue.Queue[list[Envelope]] = queue.Queue()
        #: Rounds are asked for over this one, which is kept from round to round.
        self.link = HttpLink(hub.url, hub.ca)
        self.talk = Talk(self.link)
        #: How many entries of our own a failed round left here: they wait for the next try.
        self.left = 0

    def run(self) -> None:
        """Listen, and call again when the line is cut."""
        signer = Signer.load(self._path)
        failed = 0
        while not self._ended.is_set():
            link = HttpLink(self.hub.url, self.hub.ca)
            try:
                _status, body = link.call("GET", "/v1/info", {}, b"")
                nonce = str((parsed(body) or {}).get("nonce", ""))
                for said in link.events(
                    "/v1/live", requests.headers(signer, nonce, 1, "GET", "/v1/live", b"")
                ):
                    if said == "open" or said.startswith("data"):
                        failed = 0
                        self._told(said)
                    if self._ended.is_set():
                        return
            except Offline:
                failed += 1
            finally:
                link.close()
            self._ended.wait(pause(failed))

    def _told(self, said: str) -> None:
        news = pages.news(said)
        if news is None:
            self.due = True
        else:
            self.news.put(news)
        self._woken.set()

    def hear(self, session: Session) -> Outcome | None:
        """Take in what was told; None where it was nothing, or a round must bring what it builds on."""
        told: list[Envelope] = []
        while not self.news.empty():
            told += self.news.get()
        # With a round before it: what the round brings, it brings in order.
        if not told or self.due:
            return None
        outcome = syncing.hear(session.store, self.hub, told)
        self.due = outcome is None
        return outcome


def pause(failed: int) -> float:
    """Seconds to wait after so many failures: ever longer, and never all stations at once."""
    return random.uniform(0.2, min(LONGEST, 0.5 * 2 ** min(failed, 10)))


def _rounds(
    session: Session, lines: list[_Line], woken: threading.Event, ended: threading.Event, as_json: bool
) -> None:
    version = -1
    said: dict[str, Any] = {}
    quiet_until = dict.fromkeys((line.hub.feed for line in lines), 0.0)
    clock = 0.0
    while not ended.is_set():
        changed = _data_version(session.store)
        for line in lines:
            heard = line.hear(session)
            if heard is not None:
                _say(heard, said, as_json)
            new_here = changed != version and hubs.unsent(session.store.connection, line.hub) > line.left
            if not (line.due or new_here or clock >= quiet_until[line.hub.feed]):
                continue
            line.due = False
            hub = next(h for h in hubs.hubs(session.store.connection) if h.feed == line.hub.feed)
            outcome = one_round(session, hub, line.talk)
            line.hub = next(h for h in hubs.hubs(session.store.connection) if h.feed == line.hub.feed)
            line.failed = line.failed + 1 if outcome.state != "synced" else 0
            line.left = hubs.unsent(session.store.connection, line.hub) if line.failed else 0
            quiet_until[line.hub.feed] = clock + (pause(line.failed + 2) if line.failed else QUIET)
            _say(outcome, said, as_json)
        # As it was before the rounds: what was written meanwhile is looked at once more.
        version = changed
        woken.wait(LOOK)
        clock += LOOK
        woken.clear()


def _data_version(store: Store) -> int:
    """Changes when any other program has written to the store."""
    return int(store.connection.execute("PRAGMA data_version").fetchone()[0])


def _say(outcome: Any, said: dict[str, Any], as_json: bool) -> None:
    """A line for each round that brought something, or went otherwise than the one before."""
    news = outcome.sent or outcome.received or outcome.forked or outcome.aside or outcome.refused
    if not news and said.get(outcome.url) == (outcome.state, outcome.why):
        return
    said[outcome.url] = (outcome.state, outcome.why)
    if as_json:
        click.echo(dump_line({"at": times.format_time(times.now()), **plain(outcome)}))
    else:
        for line in told(outcome):
            click.echo(f"{times.format_time(times.now())[11:19]} {line}")
