"""Who a hub is: its signing key, which lies outside the database, and its name."""

from __future__ import annotations

import hashlib
import os
from typing import NamedTuple

from emergency.plugins.hub.engine import Engine, is_address
from emergency.plugins.hub.filing import Filing
from emergency.store import chains, keys
from emergency.store.errors import BadStore, InvalidValue
from emergency.store.keys import Signer, key_path
from emergency.store.text import safe
from emergency.store.words import _

#: The longest name of a hub.
MOST_NAME = 64


class Identity(NamedTuple):
    """A hub as others know it."""

    signer: Signer
    name: str
    #: Its own certificate authority in PEM, told at enrolment; "" without TLS.
    ca: str = ""

    @property
    def feed(self) -> str:
        """The feed in which it says who is enrolled."""
        return self.signer.feed


def key_place(where: str, home: str) -> str:
    """The path whose `.key` file holds the key of the hub with this database."""
    if is_address(where):
        # The same for every process of this machine, whatever host or password the address names.
        name = where.partition("://")[2].partition("?")[0].partition("/")[2].strip("/") or "hub"
        plain = "".join(c for c in name if c.isalnum() or c in "-_")
        return os.path.join(home, f"hub-{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}")
    return where


def own_signer(place: str, *, create: bool) -> Signer:
    """The hub's key, made where there is none. Raises BadStore."""
    path = key_path(place)
    if not os.path.exists(path) and create:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        signer = Signer.create()
        signer.save(place)
        return signer
    signer = Signer.load(place)
    if os.name == "posix" and os.stat(path).st_mode & 0o077:
        raise BadStore(
            _("others can read the signing key {path}").format(path=safe(path)),
            hint=f"chmod 600 {safe(path)}",
        )
    return signer


def begin(engine: Engine, signer: Signer, name: str, *, had_key: bool) -> str:
    """Make the hub's feed in a database that has none; returns the hub's name. Raises BadStore, Unavailable.

    Refuses a database that belongs to another hub's key: two hubs must never write as one. A new
    database under a key that was there before is a hub that was lost, and is marked so.
    """
    if name:
        check_name(name)
    with engine.writing() as sql:
        sql.execute("INSERT INTO meta VALUES('counter', '0') ON CONFLICT(key) DO NOTHING")
        row = sql.execute("SELECT value FROM meta WHERE key='hub'").fetchone()
        if row is not None and row[0] != signer.feed:
            raise BadStore(
                _("this database belongs to the hub {feed}, and the key here is that of {other}").format(
                    feed=row[0], other=signer.feed
                ),
                hint=_("put that hub's key file in its place, or name another with --key"),
            )
        known = sql.execute("SELECT value FROM meta WHERE key='name'").fetchone()
        if known is not None and (not name or name == known[0]):
            return str(known[0])
        if row is None:
            sql.execute("INSERT INTO meta VALUES('hub', ?)", (signer.feed,))
            if had_key:
                sql.execute("INSERT INTO meta VALUES('rebuilt', '1')")
        sql.execute(
            "INSERT INTO meta VALUES('name', ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
            (name or "HUB",),
        )
    return name or "HUB"


def check_name(name: str) -> None:
    """Raises InvalidValue for what no hub is called."""
    if not (name.strip() and name.isprintable() and len(name) <= MOST_NAME):
        raise InvalidValue(
            _("a hub's name is 1 to {limit} characters of one line: {text}").format(
                limit=MOST_NAME, text=safe(name[:MOST_NAME])
            )
        )


def introduce(filing: Filing, name: str) -> None:
    """The first entry of the hub's feed, before it first writes one: a rebuilt hub gets its own back first."""
    if not any(row.seq for row in filing.chains.rows(filing.signer.feed)):
        filing.write([["feed", filing.signer.public.hex(), name]], kind=chains.HUB_BEGINS, who=name)


def belongs(public: bytes, feed: str) -> bool:
    """Whether a key is the one that names a feed."""
    return keys.feed_id(public) == feed
