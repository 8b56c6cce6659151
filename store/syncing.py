"""A station's rounds with its hubs, and what they tell it on their live lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from emergency.store import authority, chains, exchange, hubs, notices
from emergency.store.arrivals import BARE, Taken
from emergency.store.chains import Feed
from emergency.store.entries import Envelope
from emergency.store.exchange import Bare, Stretch
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import Link
from emergency.store.rounds import Outcome, Tell, meet
from emergency.store.store import Store
from emergency.store.talking import Talk


class Station:
    """A station's store as one side of a round."""

    whole = True

    def __init__(self, store: Store) -> None:
        self._store = store
        self.connection = store.connection
        self.signer = Signer.load(store.path)

    def rows(self) -> dict[str, Feed]:
        """All of which anything is here."""
        return chains.begun(self.connection)

    def take(self, envelopes: Iterable[Envelope]) -> Taken:
        """See Side."""
        return self._store.take(envelopes, channel="http")

    def handed(self, envelope: Envelope) -> Envelope:
        """All of it: a station hides nothing of its own from its hub."""
        return envelope

    def begin(self) -> None:
        """See Side."""
        with self._store.write("sync"):
            pass

    def bare(self) -> list[Bare]:
        """See Side."""
        return exchange.bare(self.connection, self.rows().values())

    def gaps(self, *, newly: bool) -> list[Stretch]:
        """From the first entry without facts in each row: after a stick that withheld some, or another grant."""
        asked = newly or self._store.meta(BARE) == "1"
        return [Stretch(b.row, b.after) for b in self.bare()] if asked else []

    def known_whole(self, hub: Hub) -> Collection[str] | None:
        """Its own, and those of the stations that it enrolled; what others wrote another hub may have kept from it."""
        granted, _clocks = authority.said(self._store.connection, hub.feed)
        return {hub.feed, *granted} - {self.signer.feed}

    def note(self, hub: Hub) -> None:
        """See Side; asks for withheld facts once after each change of what the hub grants."""
        granted = self.connection.execute(
            'SELECT role, region FROM "grant" WHERE id=?', (self.signer.feed,)
        ).fetchone()
        now = list(granted) if granted else None
        before = hub.told.get("grant", now)
        bare = self._store.meta(BARE) == "1"
        wanted = now != before or (bare and hub.told.get("state") != "synced")
        if wanted != bare:
            with self._store.noting() as connection:
                connection.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (BARE, str(int(wanted))))
        hubs.note(self._store, hub._replace(told={**hub.told, "grant": now}))


def sync(store: Store, hub: Hub, line: Link | Talk, tell: Tell = lambda progress: None) -> Outcome:
    """One round of a station with a hub, over a line or in a talk that goes on."""
    before = notices.latest(store.connection)
    outcome = meet(Station(store), hub, line, tell)
    return outcome._replace(taken=tuple(notices.taken(store.connection, before)))


def hear(store: Store, hub: Hub, envelopes: list[Envelope]) -> Outcome | None:
    """Take in what a hub told on its live line; None where only a round brings what is missing."""
    before = notices.latest(store.connection)
    taken = Station(store).take(envelopes)
    if taken.aside or taken.forked:
        return None
    told = tuple(notices.taken(store.connection, before))
    return Outcome(hub.name, hub.url, "synced", received=taken.new, taken=told)
