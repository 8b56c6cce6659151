"""Whom a bundle may be sealed to, and how much of it is their affair (rows H4, H5).

A stick hands nobody what a hub would withhold. Whoever was revoked gets nothing. Where grants are
known, who has none gets a bundle only where a person names him, and then no personal fields; nor
does a station of another hub, since they do not cross between hubs either. By default all receivers
may have all that the bundle holds; one made for a station whose grant has a region, or a role
without personal fields, holds what that grant allows, unless a person says more.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from emergency.store import authority, chains
from emergency.store.authority import Authority
from emergency.store.errors import InvalidValue, NoSuchRecord, Refused
from emergency.store.records.grant import WITHOUT_PERSONAL
from emergency.store.regions import prefix
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, listed

if TYPE_CHECKING:
    from emergency.store.wants import Want


class Receiver(NamedTuple):
    """A key that a bundle can be sealed to, and what its grant allows."""

    station: str
    feed: str
    key: bytes
    #: "" where no hub's grants are known here: then all stations are alike. `guest` has none where some are.
    role: str = ""
    #: What its grant gives it whole; "" for all.
    region: str = ""
    revoked: bool = False
    #: Granted by a hub that ours exchanges with: numbers of people do not cross between hubs.
    beyond_hub: bool = False

    @property
    def personal(self) -> bool:
        """Whether telephone and identity numbers are its affair."""
        return self.role not in WITHOUT_PERSONAL and not self.beyond_hub

    @property
    def granted(self) -> bool:
        """Whether it is not a stranger among stations that have grants."""
        return self.role != "guest"

    def may_have(self, region: str, *, personal: bool) -> bool:
        """Whether all facts of a region ("" for every one) are its affair, with or without personal fields."""
        mine = prefix(self.region)
        return (self.personal or not personal) and (not mine or prefix(region).startswith(mine))


class LeftOut(NamedTuple):
    """A station that is known and gets nothing, with the reason in a word."""

    station: str
    #: `revoked`; `not-granted`; `limited`: it may not have all of what the bundle holds.
    why: str


class Chosen(NamedTuple):
    """For whom a bundle is, and what it may hold for that."""

    receivers: tuple[Receiver, ...]
    region: str
    personal: bool
    left_out: tuple[LeftOut, ...] = ()
    #: The stations whose grants are why it holds a region alone; why it has no personal fields.
    scoped_for: tuple[str, ...] = ()
    bare_for: tuple[str, ...] = ()
    #: Those who get more than their grants allow, since a person said so.
    beyond: tuple[str, ...] = ()

    @property
    def keys(self) -> dict[str, list[bytes]]:
        """{station: its keys}."""
        out: dict[str, list[bytes]] = {}
        for one in self.receivers:
            out.setdefault(one.station, []).append(one.key)
        return out


def known(store: Store) -> list[Receiver]:
    """Every station that is known here, but for this one and for hubs, which open no sticks."""
    standing = _Standing(store.connection)
    found = [
        standing.of(feed.station, feed.id, bytes(feed.key))
        for feed in chains.feeds(store.connection).values()
        if feed.key and feed.parent is None and not feed.own
    ]
    return [one for one in found if one.role != "hub"]


class _Standing:
    def __init__(self, sql: sqlite3.Connection) -> None:
        self._authority = Authority(sql)
        rows = sql.execute('SELECT id, region FROM "grant"').fetchall()
        self._regions = {feed: str(region or "") for feed, region in rows}
        self._granting = bool(sql.execute("SELECT 1 FROM authority WHERE NOT registrar").fetchone())
        self._ours = _granted_by_our_hubs(sql)

    def of(self, station: str, feed: str, key: bytes) -> Receiver:
        standing = self._authority.of(feed)
        role = standing.role or ("guest" if self._granting else "")
        region, revoked = self._regions.get(feed, ""), standing.last is not None
        return Receiver(station, feed, key, role, region, revoked, bool(role) and feed not in self._ours)


def _granted_by_our_hubs(sql: sqlite3.Connection) -> set[str]:
    """The feeds that a hub this store is enrolled at speaks of in its own entries."""
    hubs = sql.execute("SELECT feed FROM hub").fetchall()
    return {feed for (hub,) in hubs for feed in authority.said(sql, hub)[0]}


def everybody(store: Store, region: str) -> Chosen:
    """All that may have everything of a region, and who is left out. Raises Refused where none is left."""
    all_ = known(store)
    if not all_:
        raise Refused(
            _("no other station is known here to seal to"),
            hint=_("bring its want file (--want FILE), or leave the bundle open for anybody with --open"),
        )
    chosen = tuple(one for one in all_ if not _objection(one, region))
    stations = {one.station for one in chosen}
    reasons = {one.station: _objection(one, region) for one in all_ if one.station not in stations}
    left_out = tuple(LeftOut(*item) for item in sorted(reasons.items()))
    if not chosen:
        raise Refused(
            _("no station is known here that may have all of this: {stations}").format(
                stations=safe(listed(reasons))
            ),
            hint=_("--to STATION makes a bundle of what that one may have"),
        )
    return Chosen(chosen, region, True, left_out)


def _objection(one: Receiver, region: str) -> str:
    if one.revoked:
        return "revoked"
    if not one.granted:
        return "not-granted"
    return "" if one.may_have(region, personal=True) else "limited"


def named(store: Store, names: Iterable[str], want: Want | None, region: str, *, personal: bool) -> Chosen:
    """The stations named, and the one that asks; the bundle holds what all of them may have.

    A `region`, and `personal`, say more than their grants do. Raises NoSuchRecord, InvalidValue for
    this station itself, Refused.
    """
    found = [one for name in dict.fromkeys(n.strip().upper() for n in names) for one in _named(store, name)]
    if want is not None and all(one.key != want.key for one in found):
        found.append(_Standing(store.connection).of(want.station, want.feed, want.key))
    for one in found:
        if one.revoked:
            raise Refused(
                _("station {name} was revoked: nothing is sealed to it").format(name=safe(one.station)),
                hint=_("emergency grant list tells why; a station that goes on enrols anew"),
            )
    scoped = [one for one in found if one.region] if not region else []
    scope = region or _narrowest(scoped)
    bare = [one for one in found if not one.personal] if not personal else []
    beyond = [one for one in found if not one.may_have(scope, personal=not bare)]
    return Chosen(
        tuple(found), scope, not bare, (),
        _stations(scoped), _stations(bare), _stations(beyond),
    )  # fmt: skip


def _stations(of: Iterable[Receiver]) -> tuple[str, ...]:
    return tuple(sorted({one.station for one in of}))


def _named(store: Store, name: str) -> list[Receiver]:
    """The keys of a station: of those that call themselves so, the ones that stand; else those that were granted nothing."""
    mine = [one for one in known(store) if one.station == name]
    if not mine and name == store.meta("prefix"):
        raise InvalidValue(
            _("{name} is this station itself").format(name=safe(name)),
            hint=_("name the one that is to open it: emergency station list shows them"),
        )
    if not mine:
        raise NoSuchRecord(
            _("no station {name} is known here to seal to").format(name=safe(name)),
            hint=_("there: emergency bundle want FILE; here: emergency bundle export ... --want FILE"),
        )
    granted = [one for one in mine if one.granted]
    return [one for one in granted if not one.revoked] or granted or mine


def _narrowest(scoped: Sequence[Receiver]) -> str:
    """The region that all of these may have. Raises Refused where their regions lie apart."""
    regions = sorted({one.region for one in scoped}, key=lambda region: len(prefix(region)))
    for wide, narrow in itertools.pairwise(regions):
        if not prefix(narrow).startswith(prefix(wide)):
            raise Refused(
                _("{stations} have different regions").format(stations=safe(listed(_stations(scoped)))),
                hint=_("make a bundle for each: --to one of them at a time"),
            )
    return regions[-1] if regions else ""
