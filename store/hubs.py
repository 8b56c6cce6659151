"""The hubs this store is enrolled at: who they are, and how far they are known to have come."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple

from emergency.store import anew, authority, chains, keys, requests, times
from emergency.store.entries import parsed, whole
from emergency.store.errors import InvalidValue, NoHub, Refused
from emergency.store.keys import Signer
from emergency.store.link import LATER, Link, Offline, Refusal
from emergency.store.store import Store
from emergency.store.text import quoted, safe
from emergency.store.words import _


class Hub(NamedTuple):
    """A hub, as its enrolment told it and the last round found it."""

    feed: str
    url: str
    key: bytes
    name: str
    #: Its certificate authority in PEM; "" where it speaks plain HTTP.
    ca: str
    #: When all was last handed over both ways, in milliseconds; None if never.
    synced: int | None
    #: What the last round found; of one just enrolled at, the `station`, `role` and `region` that it gave.
    told: dict[str, Any]


def hubs(connection: sqlite3.Connection) -> list[Hub]:
    """All of them, by name."""
    # One that was lost with its key has no address any more: what it granted and revoked still counts.
    rows = connection.execute(
        "SELECT feed, url, key, name, ca, synced, told FROM hub WHERE url <> '' ORDER BY name, feed"
    )
    return [Hub(f, u, k, n, ca, synced, json.loads(told or "{}")) for f, u, k, n, ca, synced, told in rows]


def clock_ahead(hub: Hub) -> int | None:
    """How far the clock here was ahead of the hub's when that last told its own, in milliseconds; None if never."""
    ahead: Any = hub.told.get("skew")
    return int(ahead) if whole(ahead) else None


def clock_words(ahead: int | None) -> str:
    """The same in few words; none where nobody knows."""
    if ahead is None:
        return ""
    if abs(ahead) <= times.SKEW:
        return _("agrees")
    age = times.format_age(abs(ahead))
    return _("{age} ahead").format(age=age) if ahead > 0 else _("{age} behind").format(age=age)


def note(store: Store, hub: Hub) -> None:
    """Keep what a round found."""
    with store.noting() as connection:
        connection.execute(
            "UPDATE hub SET synced=?, told=? WHERE feed=?", (hub.synced, json.dumps(hub.told), hub.feed)
        )


def unsent(connection: sqlite3.Connection, hub: Hub) -> int:
    """How many entries of our own the hub is not known to have."""
    known = hub.told.get("own", {})
    rows = [f for f in chains.feeds(connection).values() if f.own]
    return sum(max(0, f.seq - int(known.get(f.id, 0))) for f in rows)


def enrol(store: Store, link: Link, url: str, code: str, ca: str = "") -> Hub:
    """Enrol this store at a hub with a one-time code, and pin the hub's key and certificate authority.

    `ca` is the authority that a person named and the link went by, in PEM: a hub served by a certificate that
    others gave it tells none of its own. Raises InvalidValue for what cannot be a code, Refused for what the hub says of it, NoHub.
    """
    if requests.plain_code(code) and chains.feed_of(store.connection, Signer.load(store.path).feed) is None:
        # A restored store takes its new prefix before it tells it: the old one is its former feed's.
        with store.write("sync"):
            pass
    hub = ask(Signer.load(store.path), store.meta("prefix"), link, url, code)
    if ca:
        hub = hub._replace(ca=ca)
    with store.noting() as connection:
        connection.execute(
            "INSERT INTO hub(feed, url, key, name, ca, synced, told) VALUES(?,?,?,?,?,NULL,'{}')"
            " ON CONFLICT(feed) DO UPDATE SET url=excluded.url, key=excluded.key, name=excluded.name, ca=excluded.ca",
            (hub.feed, hub.url, hub.key, hub.name, hub.ca),
        )
        connection.execute("UPDATE hub SET url='' WHERE url=? AND feed<>?", (hub.url, hub.feed))
        # The hub's own entries may have come before, by another way: now they count.
        learned = authority.learn(connection)
        if learned.clocks or any(chains.feed_of(connection, feed) for feed in learned.judged):
            anew.fold_anew(connection)
    return hub


def move(store: Store, hub: Hub, url: str, ca: str) -> None:
    """Meet a hub at another address from now on, and by that certificate authority."""
    with store.noting() as connection:
        connection.execute("UPDATE hub SET url='' WHERE url=?", (url,))
        connection.execute("UPDATE hub SET url=?, ca=? WHERE feed=?", (url, ca, hub.feed))


def remove(store: Store, hub: Hub) -> None:
    """Meet a hub no more; what it granted and revoked still counts, and what came by it stays."""
    with store.noting() as connection:
        connection.execute("UPDATE hub SET url='' WHERE feed=?", (hub.feed,))


def ask(signer: Signer, name: str, link: Link, url: str, code: str, as_: str = "station") -> Hub:
    """What a hub answers to whoever has a code; it is the hub that gave it out, or this raises. See enrol.

    `as_` is one of requests.ASKING.
    """
    plain = requests.plain_code(code)
    if not plain:
        raise InvalidValue(
            _("not an enrolment code: {text}").format(text=quoted(code)),
            hint=_("it has four groups of five: emergency hub enrol-code gives one"),
        )
    key = requests.code_key(plain)
    proof = requests.proof(key, as_.encode(), signer.public, name.encode())
    asked = {"find": requests.finding(plain), "key": signer.public.hex(), "station": name, "proof": proof}
    if as_ != "station":
        # Who says nothing is a station.
        asked["as"] = as_
    try:
        status, body = link.call("POST", "/v1/enrol", {}, json.dumps(asked).encode())
    except Offline as error:
        raise NoHub(
            _("no hub answers at {url}: {why}").format(url=safe(url), why=error),
            hint=_("check the address, and that the hub runs; the code is still good"),
        ) from None
    except Refusal as error:
        if error.code == "certificate":
            raise Refused(
                _("the certificate of {url} is not of the authority that --ca names").format(url=safe(url)),
                hint=_("nothing was enrolled; without --ca the code proves the hub"),
            ) from None
        raise Refused(
            _("nothing was enrolled at {url}: {why}").format(url=safe(url), why=error),
            hint=_("the code is still good"),
        ) from None
    told = parsed(body) or {}
    if status != 200:
        raise refusal(url, status, told, name)
    answer = {k: told.get(k) for k in ("ca", "hub", "key", "name", "region", "role", "station")}
    parts = [str(answer[k]).encode() for k in sorted(answer)]
    if not requests.is_proof(told.get("proof"), key, b"hub", signer.public, *parts):
        raise Refused(
            _("whoever answers at {url} does not have the code: nothing was enrolled").format(url=safe(url)),
            hint=_("check the address; somebody may stand in between"),
        )
    public = bytes.fromhex(str(answer["key"]))
    if keys.feed_id(public) != answer["hub"]:
        raise Refused(_("the hub's key is not the one it is named after"))
    granted = {k: str(answer[k] or "") for k in ("station", "role", "region")}
    return Hub(str(answer["hub"]), url, public, str(answer["name"]), str(answer["ca"] or ""), None, granted)


def refusal(url: str, status: int, told: dict[str, Any], name: str) -> Refused | NoHub:
    """What a hub says of a code, for a person."""
    word = str(told.get("error", ""))
    another = _("ask for another: emergency hub enrol-code --station NAME")
    words = {
        "no-such-code": (_("the hub gave out no such code"), another),
        "wrong-code": (_("the code is wrong"), another),
        "code-void": (_("the code was tried too often and is void"), another),
        "code-used": (_("the code was used by another station"), another),
        "code-expired": (_("the code has run out"), another),
        "code-of-hub": (
            _("the code is for another hub, not for a station"),
            _("emergency hub peer add takes it; or ask for another: emergency hub enrol-code --station NAME"),
        ),
        "code-of-station": (
            _("the code is for a station, not for a hub"),
            _("ask for another: emergency hub enrol-code --station NAME --role hub"),
        ),
        "other-station": (
            _("the code is for station {meant}, and this is {name}").format(
                meant=safe(str(told.get("station", ""))[:64]), name=safe(name)
            ),
            another,
        ),
        "name-taken": (
            _("another station {name} is enrolled there: both would give the same numbers").format(
                name=safe(name)
            ),
            _(
                "make a store under another name: emergency init --station; or, where it is the same station,"
                " bring its backup back: emergency restore"
            ),
        ),
        "revoked": (
            _("this station was revoked there: {why}").format(why=safe(str(told.get("why", ""))[:1000])),
            _("where it is to go on: emergency hub enrol-code --station NAME --again"),
        ),
        "itself": (_("that is this hub itself"), _("name the address of another")),
        "rebuilt": (
            _("the hub was lost and has nothing of its own back yet"),
            _(
                "let a station sync that was enrolled before, then try again; where none ever synced, take the hub's"
                " key file away: it begins as another hub"
            ),
        ),
    }
    if word in words:
        said, hint = words[word]
        return Refused(said, hint=hint)
    if word == "full":
        return NoHub(
            _("the hub at {url} has no room: its disk is full").format(url=safe(url)),
            hint=_("when there is room there, try again; the code is still good"),
        )
    if status in LATER:
        return NoHub(
            _("the hub at {url} cannot answer now").format(url=safe(url)), hint=_("try again in a moment")
        )
    return Refused(
        _("{url} is no hub of ours: it answers {status}").format(url=safe(url), status=status),
        hint=_("check the address, and that the hub runs; the code is still good"),
    )
