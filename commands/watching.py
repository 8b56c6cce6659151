"""`emergency sync --watch`: meets hubs at once when something is new here or there, until it is stopped.

What a hub's live line brings is taken in at once. Where it only hints at more, a round follows; so
it does after each change of the store by any program, and each minute. A hub that cannot be reached is
tried again, ever less often. Each hub has threads of its own: one that hangs delays no other.
"""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable
from typing import Any

import click

from emergency.commands import tidings
from emergency.commands.output import dump_line
from emergency.commands.session import Session
from emergency.commands.stopping import Stop, signals
from emergency.commands.sync import plain, progress, told, wipe
from emergency.store import hubs, pages, requests, rounds, syncing, times
from emergency.store.entries import Envelope, parsed
from emergency.store.errors import BadStore, StoreBusy
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import HttpLink, Offline, Refusal
from emergency.store.rounds import Outcome
from emergency.store.store import Store
from emergency.store.talking import NONCE, Talk
from emergency.store.text import safe
from emergency.store.words import _

#: Seconds between looks at the store, between rounds with nothing new, and the longest wait after a failure.
LOOK, QUIET, LONGEST = 0.04, 60.0, 120.0
#: Seconds that are given to what is being written when it is stopped; a round may be cut off anywhere.
LEAVE = 2.0


def watch(session: Session, chosen: list[Hub], as_json: bool) -> None:
    """See the module. Ends on SIGTERM or Ctrl-C."""
    ended = threading.Event()
    said = _Said(as_json)
    # Of several hubs the progress of one would write over that of another.
    shown = session if len(chosen) == 1 else None
    with signals() as stop:
        meetings = [_Meetings(session, hub, ended, stop, said.say, shown) for hub in chosen]
        try:
            for meeting in meetings:
                meeting.start()
            stop.wait()
        finally:
            ended.set()
            for meeting in meetings:
                meeting.hang_up()
            for meeting in meetings:
                meeting.join(LEAVE)
    for meeting in meetings:
        if meeting.fault is not None:
            raise meeting.fault


class _Line(threading.Thread):
    """The live line of one hub: wakes the rounds when it tells of something new, and keeps what it told."""

    def __init__(self, path: str, hub: Hub, woken: threading.Event, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self.hub, self._path, self._woken, self._ended = hub, path, woken, ended
        #: Whether it told that something is new, and not what.
        self.hinted = threading.Event()
        #: Entries it told of, not yet taken in.
        self.news: queue.Queue[list[Envelope]] = queue.Queue()
        self._link: HttpLink | None = None

    def run(self) -> None:
        """Listen, and call again when the line is cut."""
        signer = Signer.load(self._path)
        failed = 0
        while not self._ended.is_set():
            self._link = link = HttpLink(self.hub.url, self.hub.ca, patient=False)
            try:
                _status, body = link.call("GET", "/v1/info", {}, b"")
                nonce = (parsed(body) or {}).get("nonce")
                if not isinstance(nonce, str) or not NONCE.fullmatch(nonce):
                    failed += 1
                    self._ended.wait(pause(failed))
                    continue
                for said in link.events(
                    "/v1/live", requests.headers(signer, nonce, 1, "GET", "/v1/live", b"")
                ):
                    if said == "open" or said.startswith("data"):
                        failed = 0
                        self._told(said)
                    if self._ended.is_set():
                        return
            except (Offline, Refusal):
                failed += 1
            finally:
                link.close()
            self._ended.wait(pause(failed))

    def _told(self, said: str) -> None:
        news = pages.news(said)
        if news is None:
            self.hinted.set()
        else:
            self.news.put(news)
        self._woken.set()

    def hang_up(self) -> None:
        """Let nobody wait for it any longer."""
        if self._link is not None:
            self._link.hang_up()


def pause(failed: int) -> float:
    """Seconds to wait after so many failures: ever longer, and never all stations at once."""
    return random.uniform(0.2, min(LONGEST, 0.5 * 2 ** min(failed, 10)))


def _nothing(_progress: rounds.Progress) -> None:
    """Nobody looks on."""


class _Meetings(threading.Thread):
    """The rounds with one hub, one after another, in a thread of their own."""

    def __init__(
        self,
        session: Session,
        hub: Hub,
        ended: threading.Event,
        stop: Stop,
        say: Callable[[Store, Outcome], None],
        shown: Session | None,
    ) -> None:
        super().__init__(daemon=True)
        self._path, self._who, self._hub = session.path, session.officer, hub
        self._ended, self._leave, self._say, self._shown = ended, stop, say, shown
        self._woken = threading.Event()
        self._line = _Line(session.path, hub, self._woken, ended)
        #: Rounds are asked for over this one, which is kept from round to round.
        self._link = HttpLink(hub.url, hub.ca, patient=False)
        self._talk = Talk(self._link)
        self._due = True
        self._failed = 0
        #: How many entries of our own a failed round left here: they wait for the next try.
        self._left = 0
        #: What ended it, but for being stopped.
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Meet the hub until the end; a fault ends the watch."""
        try:
            with Store(self._path, who=self._who) as store:
                self._line.start()
                self._go_on(store)
        except Exception as error:  # noqa: BLE001 - it is raised in the thread that people talk to
            # After the end nobody asks any more why a round broke off.
            self.fault = None if self._ended.is_set() else error
        finally:
            self._leave.ask()
            self._link.close()

    def hang_up(self) -> None:
        """Break off whatever waits for the hub."""
        self._woken.set()
        self._link.hang_up()
        self._line.hang_up()

    def _go_on(self, store: Store) -> None:
        version = -1
        clock = quiet_until = 0.0
        while not self._ended.is_set():
            changed = _data_version(store)
            if self._line.hinted.is_set():
                self._line.hinted.clear()
                self._due = True
            try:
                if changed != version and self._is_elsewhere(self._known(store)):
                    self._due = True
                self._hear(store)
                new_here = changed != version and hubs.unsent(store.connection, self._hub) > self._left
                if self._due or new_here or clock >= quiet_until:
                    self._due = False
                    self._meet(store)
                    quiet_until = clock + (pause(self._failed + 2) if self._failed else QUIET)
            except StoreBusy:
                # Another hub's round may hold the store long, or another program; what was told comes by a round.
                self._failed += 1
                quiet_until = clock + pause(self._failed)
            # As it was before the round: what was written meanwhile is looked at once more.
            version = changed
            self._woken.wait(LOOK)
            clock += LOOK
            self._woken.clear()

    def _hear(self, store: Store) -> None:
        """Take in what was told; a round is due where it must bring what that builds on."""
        told: list[Envelope] = []
        while not self._line.news.empty():
            told += self._line.news.get()
        # With a round before it: what the round brings, it brings in order.
        if not told or self._due:
            return
        outcome = syncing.hear(store, self._hub, told)
        self._due = outcome is None
        if outcome is not None:
            self._say(store, outcome)

    def _meet(self, store: Store) -> None:
        tell = progress(self._shown) if self._shown else _nothing
        known = self._known(store)
        if self._is_elsewhere(known):
            self._call_at(known)
        outcome = syncing.sync(store, known, self._talk, tell)
        if self._shown:
            wipe(self._shown)
        if self._ended.is_set() and outcome.state != "synced":
            return
        self._hub = self._known(store)
        self._failed = self._failed + 1 if outcome.state != "synced" else 0
        self._left = hubs.unsent(store.connection, self._hub) if self._failed else 0
        self._say(store, outcome)

    def _known(self, store: Store) -> Hub:
        """The hub as it stands in the store. Raises BadStore where it was removed meanwhile, or another took its place."""
        found = next((h for h in hubs.hubs(store.connection) if h.feed == self._hub.feed), None)
        if found is None:
            raise BadStore(
                _("{hub} is met no more").format(hub=safe(self._hub.name)),
                hint=_("emergency sync status lists those that are"),
            )
        return found

    def _is_elsewhere(self, hub: Hub) -> bool:
        return (hub.url, hub.ca) != (self._hub.url, self._hub.ca)

    def _call_at(self, hub: Hub) -> None:
        """Go on at the address that the hub has now."""
        before = self._link
        self._hub, self._line.hub = hub, hub
        self._link = HttpLink(hub.url, hub.ca, patient=False)
        self._talk = Talk(self._link)
        before.close()
        # It calls again.
        self._line.hang_up()
        if self._ended.is_set():
            self._link.hang_up()


def _data_version(store: Store) -> int:
    """Changes when any other program has written to the store."""
    return int(store.connection.execute("PRAGMA data_version").fetchone()[0])


class _Said:
    """What was said of each hub last; a line for each round that brought something, or went otherwise."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._before: dict[str, Any] = {}
        self._standing: dict[str, int] = {}
        self._alone = threading.Lock()

    def say(self, store: Store, outcome: Outcome) -> None:
        """Called by the rounds of every hub: one at a time."""
        news = outcome.sent or outcome.received or outcome.forked or outcome.aside or outcome.refused
        with self._alone:
            if not news and self._before.get(outcome.url) == (outcome.state, outcome.why):
                return
            self._before[outcome.url] = (outcome.state, outcome.why)
            now, counts = times.format_time(times.now()), tidings.standing(store)
            if self._as_json:
                click.echo(dump_line({"at": now, **plain(outcome), **counts}))
                return
            lines = told(store, outcome)
            if counts != self._standing:
                self._standing = counts
                lines += tidings.words_of(counts)
            for line in lines:
                click.echo(f"{now[11:19]} {line}")
