"""Hubs that exchange with hubs, by agreement: what crosses is decided by whoever hands it over (row H1)."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from emergency.plugins.hub import Opened, proofs
from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.engine import Engine, Unavailable
from emergency.plugins.hub.enrolling import check_rebuilt
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.identity import introduce
from emergency.plugins.hub.members import Member
from emergency.store import chains, times
from emergency.store.arrivals import Taken
from emergency.store.chains import Feed, Sql
from emergency.store.entries import Envelope, parsed
from emergency.store.errors import InvalidValue, NoSuchRecord
from emergency.store.exchange import Bare, Stretch
from emergency.store.headers import stem
from emergency.store.hubs import Hub, ask, refusal
from emergency.store.keys import Signer
from emergency.store.link import HttpLink, Offline
from emergency.store.regions import may_have
from emergency.store.rounds import Outcome, meet
from emergency.store.text import safe
from emergency.store.words import _

log = logging.getLogger("emergency.hub")


class _Listed(list[Any]):
    """Rows that were read, as a cursor gives them."""

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self.pop(0) if self else None

    def fetchall(self) -> list[Any]:
        """What is left."""
        return list(self)


class _Reads:
    """The hub's journal, each statement on its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> _Listed:
        """The rows of one statement."""
        with self._engine.reading() as reading:
            return _Listed(reading.execute(sql, parameters).fetchall())


class HubSide:
    """A hub as one side of a round with another; see rounds.Side."""

    whole = False

    def __init__(self, hub: Opened, peer: Hub, scope: str) -> None:
        self._hub, self._peer, self._scope = hub, peer, scope
        self.connection: Sql = _Reads(hub.engine)
        self.signer: Signer = hub.identity.signer

    def rows(self) -> dict[str, Feed]:
        """Those of admitted feeds, and the hub's own."""
        found = self.connection.execute("SELECT id FROM feed WHERE admitted=1").fetchall()
        allowed = {id_ for (id_,) in found} | {self.signer.feed}
        return {id_: f for id_, f in chains.feeds(self.connection).items() if stem(id_) in allowed}

    def take(self, envelopes: Iterable[Envelope]) -> Taken:
        """File what the other hub hands over, on its word."""
        bringer = Member(self._peer.feed, self._peer.name, "hub", "", 0, None, "")
        coming = proofs.read(envelopes, proofs.Keys(self._hub.engine))
        try:
            pushed = self._hub.writing.submit(
                lambda filing: filing.push(coming, bringer), coming.many
            ).result()
        except Denied:
            raise Offline(_("this hub takes no more of it today; the rest comes tomorrow")) from None
        return Taken(pushed.new, pushed.known, dict(pushed.aside), frozenset(pushed.forked))

    def handed(self, envelope: Envelope) -> Envelope:
        """The entry as the agreement lets it cross: the chain always, facts in scope, nothing personal, no exact site."""
        if envelope.facts is None:
            return envelope
        header = parsed(envelope.header) or {}
        fits = header.get("feed") == self.signer.feed or may_have(header, self._scope, personal=False)
        return envelope if fits else envelope._replace(facts=None)

    def begin(self) -> None:
        """A hub begins its feed when it first enrols anybody."""

    def bare(self) -> list[Bare]:
        """See gaps."""
        return []

    def gaps(self, *, newly: bool) -> list[Stretch]:
        """None: what another hub withholds is withheld."""
        return []

    def known_whole(self, hub: Hub) -> None:
        """The agreement says of each entry what may cross."""

    def note(self, hub: Hub) -> None:
        """Keep what a round found."""
        told = json.dumps(hub.told)

        def job(filing: Filing) -> None:
            filing.sql.execute(
                "UPDATE peer SET synced=?, told=? WHERE feed=?", (hub.synced or 0, told, hub.feed)
            )

        self._hub.writing.submit(job).result()


def add(hub: Opened, url: str, code: str, scope: str, link: HttpLink, who: str, ca: str = "") -> Hub:
    """Enrol this hub at another, and take that one's word for its stations. `ca` as hubs.enrol has it.

    Raises what hubs.ask raises, and Refused where this hub was lost and has nothing of its own back yet.
    """
    try:
        hub.writing.submit(check_rebuilt).result()
    except Denied:
        raise refusal(url, 503, {"error": "rebuilt"}, hub.identity.name) from None
    peer = ask(hub.identity.signer, hub.identity.name, link, url, code, "peer")

    def job(filing: Filing) -> None:
        introduce(filing, hub.identity.name)
        filing.sql.execute("DELETE FROM peer WHERE feed=?", (peer.feed,))
        filing.sql.execute(
            "INSERT INTO peer VALUES(?,?,?,?,?,?,0,'{}')",
            (peer.feed, peer.url, peer.key, peer.name, ca or peer.ca, scope),
        )
        filing.chains.rows(peer.feed) or filing.chains.enrol(peer.feed, peer.key, peer.name)
        filing.grant(Member(peer.feed, peer.name, "hub", "", filing.now, None, ""), kind="hub peer", who=who)

    hub.writing.submit(job).result()
    return peer


def peers(sql: Sql) -> list[tuple[Hub, str]]:
    """(hub, scope of what is handed to it) of every peer that was added here."""
    rows = sql.execute(
        "SELECT feed, url, key, name, ca, scope, synced, told FROM peer ORDER BY name, feed"
    ).fetchall()
    return [
        (Hub(feed, url, bytes(key), name, ca, synced or None, json.loads(told or "{}")), scope)
        for feed, url, key, name, ca, scope, synced, told in rows
    ]


#: Letters of a feed that name it.
LETTERS = 4


def remove(hub: Opened, name: str) -> Hub:
    """Exchange with a peer no more; what crossed stays. Raises NoSuchRecord, InvalidValue."""
    wanted = name.strip()
    with hub.engine.reading() as sql:
        known = [p for p, _scope in peers(sql)]
    found = [p for p in known if wanted in (p.name, p.url, p.feed)] or [
        p for p in known if len(wanted) >= LETTERS and p.feed.startswith(wanted)
    ]
    if len(found) > 1:
        raise InvalidValue(
            _("{text} means several peers").format(text=safe(wanted)),
            hint=_("name one by its feed: {feeds}").format(feeds=", ".join(p.feed for p in found)),
        )
    if not found:
        raise NoSuchRecord(
            _("no peer {name}").format(name=safe(wanted)), hint=_("emergency hub peer list shows them")
        )
    hub.writing.submit(
        lambda filing: filing.sql.execute("DELETE FROM peer WHERE feed=?", (found[0].feed,))
    ).result()
    return found[0]


def meet_all(hub: Opened) -> Iterator[Outcome]:
    """A round with every peer, one after another, whatever becomes of one. Raises Unavailable."""
    with hub.engine.reading() as sql:
        known = peers(sql)
    for peer, scope in known:
        yield _met(hub, peer, scope)


def _met(hub: Opened, peer: Hub, scope: str) -> Outcome:
    """A round with one peer; what nobody foresaw of it is noted too, and logged when it is new."""
    side = HubSide(hub, peer, scope)
    try:
        link = HttpLink(peer.url, peer.ca)
        try:
            return meet(side, peer, link)
        finally:
            link.close()
    except Unavailable as error:
        why = str(error)[:500]
        log.error("unavailable", extra={"told": {"hub": peer.name, "why": why}})
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:500]
        if peer.told.get("why") != why:
            log.exception("failed", extra={"told": {"hub": peer.name, "why": why}})
    told = {"state": "failed", "why": why, "code": "", "at": times.now()}
    with contextlib.suppress(Unavailable):
        side.note(peer._replace(told={**peer.told, **told}))
    return Outcome(peer.name, peer.url, "failed", why=why)


#: Seconds between rounds with the peers.
EVERY = 5.0


def keep_meeting(hub: Opened, ended: threading.Event) -> None:
    """Meet every peer again and again, until the hub ends; what came of it is logged where it changed."""
    before: dict[str, str] = {}
    while not ended.wait(EVERY if before else 0.5):
        before.setdefault("", "")
        try:
            for outcome in meet_all(hub):
                said = f"{outcome.state} {outcome.why}"
                if outcome.state == "failed":
                    # That was logged where its cause is known.
                    before[outcome.url] = said
                    continue
                if outcome.sent or outcome.received or before.get(outcome.url) != said:
                    told = {"hub": outcome.hub, "state": outcome.state, "why": outcome.why}
                    told |= {"sent": str(outcome.sent), "received": str(outcome.received)}
                    log.info("peer", extra={"told": told})
                before[outcome.url] = said
        except Unavailable as error:
            log.error("unavailable", extra={"told": {"why": str(error)[:500]}})
        except Exception:
            # This thread is the only one that meets peers: it goes on, whatever came.
            log.exception("failed", extra={"told": {"what": "peers"}})
