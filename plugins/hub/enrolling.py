"""Enrolment by a one-time code, and what an administrator does with those enrolled."""

from __future__ import annotations

from typing import Any, NamedTuple

from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.identity import Identity, check_name, introduce
from emergency.plugins.hub.members import Member, admitted, founder, holder, members
from emergency.store import chains, headers, keys, requests, times
from emergency.store.chains import Sql
from emergency.store.creating import station_name
from emergency.store.errors import InvalidValue, NoSuchRecord, Refused
from emergency.store.text import safe
from emergency.store.words import _
from emergency.store.writing import check_why

#: How long a code is good, in milliseconds, and how often it may be tried with a wrong proof.
GOOD_FOR = times.DAY
MOST_FAILED = 5


def new_code(
    sql: Sql, station: str, role: str, region: str, now: int, *, again: bool = False
) -> tuple[str, int]:
    """Give out a code for one station; returns it and when it runs out. Only its hash is kept.

    `again` lets it enrol a key that was revoked here: what was written with it meanwhile counts then.
    Raises InvalidValue for a name that no station, or no hub, can have.
    """
    station = name_for(station, role)
    sql.execute("DELETE FROM code WHERE expires < ?", (now - 7 * times.DAY,))
    code = requests.new_code()
    plain = requests.plain_code(code)
    sql.execute(
        "INSERT INTO code VALUES(?,?,?,?,?,?,0,'',?)",
        (
            requests.finding(plain),
            requests.code_key(plain),
            station,
            role,
            region,
            now + GOOD_FOR,
            int(again),
        ),
    )
    return code, now + GOOD_FOR


def name_for(text: str, role: str) -> str:
    """Whom a code is for, as its name is written. Raises InvalidValue."""
    if role != "hub":
        return station_name(text)
    check_name(text)
    return text


class _Asked(NamedTuple):
    """What a station that enrols tells: which code, its key, its own name, and that it has the code."""

    find: str
    public: bytes
    station: str
    proof: str
    #: As what it asks, of requests.ASKING.
    as_: str


class _Code(NamedTuple):
    """A code that was given out."""

    key: bytes
    station: str
    role: str
    region: str
    expires: int
    failed: int
    #: The feed that used it.
    feed: str
    again: int


def _asked(told: dict[str, Any]) -> _Asked:
    match told:
        case {
            "find": str() as find,
            "key": str() as key,
            "station": str() as station,
            "proof": str() as proof,
        }:
            public = bytes.fromhex(key)
            sound = requests.is_finding(find) and "\0" not in station and len(station) <= 64
            as_ = told.get("as", "station")
            if len(public) == 32 and sound and as_ in requests.ASKING:
                return _Asked(find, public, station, proof, as_)
    raise ValueError("enrolment")


def enrol(filing: Filing, identity: Identity, told: dict[str, Any]) -> dict[str, Any]:
    """Enrol a station that proves it has a code; returns what it must know of the hub, proved likewise.

    The same station may ask again with the same code, in case the answer was lost; anybody
    else may not. Raises Denied, ValueError.
    """
    asked = _asked(told)
    row = filing.sql.execute(
        "SELECT key, station, role, region, expires, failed, feed, again FROM code WHERE find=?",
        (asked.find,),
    ).fetchone()
    if row is None:
        raise Denied(403, "no-such-code")
    code = _Code(bytes(row[0]), *row[1:])
    feed = keys.feed_id(asked.public)
    if code.failed >= MOST_FAILED:
        raise Denied(403, "code-void")
    if not requests.is_proof(asked.proof, code.key, asked.as_.encode(), asked.public, asked.station.encode()):
        return _failed(filing, asked.find)
    if code.feed and code.feed != feed:
        raise Denied(403, "code-used")
    if code.expires < filing.now:
        raise Denied(403, "code-expired")
    _check_revoked(filing, code, feed)
    if not code.feed:
        check_rebuilt(filing)
        _check_meant(filing, code, asked, feed)
        filing.sql.execute("UPDATE code SET feed=? WHERE find=?", (feed, asked.find))
        introduce(filing, identity.name)
        filing.chains.rows(feed) or filing.chains.enrol(feed, asked.public, asked.station)
        grant = Member(feed, code.station, code.role, code.region, filing.now, None, "")
        filing.grant(grant, kind="hub enrol", who=identity.name)
    answer = {
        "hub": identity.feed,
        "key": identity.signer.public.hex(),
        "name": identity.name,
        "ca": identity.ca,
    }
    answer |= {"station": code.station, "role": code.role, "region": code.region}
    parts = [str(answer[k]).encode() for k in sorted(answer)]
    return {**answer, "proof": requests.proof(code.key, b"hub", asked.public, *parts)}


def _check_revoked(filing: Filing, code: _Code, feed: str) -> None:
    """A key that was revoked enrols by a code that says so alone: all it wrote meanwhile would count."""
    member = admitted(filing.sql, feed)
    if member is not None and member.last is not None and (code.feed or not code.again):
        raise Denied(403, "revoked", why=member.why, last=member.last)


def _check_meant(filing: Filing, code: _Code, asked: _Asked, feed: str) -> None:
    """Whether the code was given out for whoever asks, and its numbers are nobody else's. Raises Denied."""
    if feed == filing.signer.feed:
        raise Denied(403, "itself")
    if (asked.as_ == "peer") != (code.role == "hub"):
        raise Denied(403, "code-of-hub" if code.role == "hub" else "code-of-station")
    if code.role == "hub":
        # Hubs give no numbers, and are called by names of any length.
        return
    if not of_station(asked.station, code.station):
        raise Denied(403, "other-station", station=code.station)
    if holder(filing.sql, asked.station, feed, founders=True):
        raise Denied(403, "name-taken", station=asked.station)


def of_station(prefix: str, station: str) -> bool:
    """Whether numbers that begin so are those of a station: it was restored where two letters follow its name."""
    said, meant = prefix.strip().upper(), station.strip().upper()
    return said == meant or (said[:-2] == meant and said[-2:].isalpha() and said.isascii())


def _failed(filing: Filing, find: str) -> dict[str, Any]:
    """Count a wrong proof. The count must stay, so this is no exception, which would take it back."""
    filing.sql.execute("UPDATE code SET failed=failed+1 WHERE find=?", (find,))
    return {"error": "wrong-code"}


def check_rebuilt(filing: Filing) -> None:
    """A hub that was lost writes nothing before it has its own feed back: two beginnings would be a fork. Raises Denied."""
    rebuilt = filing.sql.execute("SELECT value FROM meta WHERE key='rebuilt'").fetchone()
    # A feed that was begun twice all the same, when it was lost before, stands in branches alone.
    own = chains.Chains(filing.sql).rows(filing.signer.feed)
    if rebuilt is not None and not any(row.seq for row in own):
        raise Denied(503, "rebuilt")


def named(sql: Sql, text: str) -> list[Member]:
    """The members that a name, or at least four letters of a feed, means: those not revoked, if any is. Raises NoSuchRecord."""
    wanted = text.strip()
    of_feed = dict(sql.execute("SELECT id, station FROM feed").fetchall())
    found = [
        m
        for m in members(sql)
        if wanted.casefold() in (m.station.casefold(), str(of_feed.get(m.feed, "")).casefold())
        or (len(wanted) >= 4 and m.feed.startswith(wanted))
    ]
    if not wanted or not found:
        raise NoSuchRecord(
            _("no station {name} is enrolled").format(name=safe(text)),
            hint=_("emergency hub stations lists them"),
        )
    return [m for m in found if m.last is None] or found


def revoke(filing: Filing, text: str, why: str, who: str, last: int | None) -> Member:
    """Let one feed's entries count up to one and no further. Raises NoSuchRecord, Refused, InvalidValue."""
    _check_reason(why)
    going = named(filing.sql, text)
    if len(going) > 1:
        raise InvalidValue(
            _("{text} means several stations").format(text=safe(text)),
            hint=_("name one by its feed: {feeds}; or all of them by --all").format(
                feeds=", ".join(m.feed for m in going)
            ),
        )
    return _revoked(filing, going[0], why, who, last)


def revoke_all(filing: Filing, text: str, why: str, who: str) -> list[Member]:
    """The same for every feed of a station: copies and successors with it. Raises NoSuchRecord, Refused, InvalidValue."""
    _check_reason(why)
    going = named(filing.sql, text)
    going += [m for one in going for m in others(filing.sql, one)]
    return [_revoked(filing, m, why, who, None) for m in dict.fromkeys(going)]


def _check_reason(why: str) -> None:
    """The station is told it at each round. Raises InvalidValue."""
    if not why.strip():
        raise InvalidValue(_("--why is empty: the station is told it at each round"))
    check_why(why)


def others(sql: Sql, member: Member) -> list[Member]:
    """Those enrolled under the same name as a member, and not revoked: copies of it, and feeds that follow it."""
    same = member.station.casefold()
    return [
        m for m in members(sql) if m.feed != member.feed and m.last is None and m.station.casefold() == same
    ]


def _revoked(filing: Filing, member: Member, why: str, who: str, last: int | None) -> Member:
    if member.last is not None:
        raise Refused(_("station {name} is revoked already").format(name=safe(member.station)))
    has = max((f.seq for f in filing.chains.rows(member.feed)), default=0)
    if last is not None and last > has:
        raise InvalidValue(
            _("the hub has {n} entries of {name}, and no entry {last}").format(
                n=has, name=safe(member.station), last=last
            ),
            hint=_("without --last all that it has count"),
        )
    revoked = member._replace(last=has if last is None else last, why=why)
    filing.grant(revoked, kind="hub revoke", who=who, why=why)
    return revoked


def admit(filing: Filing, text: str, role: str, region: str, who: str) -> Member:
    """Enrol a feed that somebody brought, on a person's word. Raises NoSuchRecord, Refused."""
    rows = filing.sql.execute(
        "SELECT id, station FROM feed WHERE admitted=0 AND seq>0 AND parent IS NULL ORDER BY id"
    ).fetchall()
    found = [
        (id_, s)
        for id_, s in rows
        if text.casefold() == s.casefold() or (len(text) > 3 and id_.startswith(text))
    ]
    if len(found) != 1:
        raise NoSuchRecord(
            _("no station {name} waits to be admitted").format(name=safe(text)),
            hint=_("emergency hub stations lists them"),
        )
    if chains.is_hub(filing.sql, found[0][0]):
        raise Refused(
            _("{name} is another hub, and no station").format(name=safe(found[0][1])),
            hint=_(
                "emergency hub peer add URL CODE exchanges with it, by a code with the role `hub` from there"
            ),
        )
    if founder(filing.sql, found[0][0]) and (
        other := holder(filing.sql, found[0][1], found[0][0], founders=True)
    ):
        raise Refused(
            _("another station {name} is here already, {feed}: both would give the same numbers").format(
                name=safe(found[0][1]), feed=other
            ),
            hint=_("make its store anew under a name of its own: emergency init --station"),
        )
    introduce(filing, "hub")
    member = Member(found[0][0], found[0][1], role, region, filing.now, None, "")
    filing.grant(member, kind="hub admit", who=who)
    return admitted(filing.sql, member.feed) or member


def listed(sql: Sql) -> list[dict[str, Any]]:
    """Every member, then every feed that was brought and not admitted, for people and programs."""
    rows = chains.feeds(sql)
    came = dict(sql.execute("SELECT feed, max(received) FROM entry GROUP BY feed").fetchall())
    out = []
    known = set()
    for m in members(sql):
        known.add(m.feed)
        own = [f for f in rows.values() if headers.stem(f.id) == m.feed]
        forked = any(f.parent is not None for f in own)
        state = "revoked" if m.last is not None else "forked" if forked else "enrolled"
        out.append(_listed(m, state, own, came))
    for f in rows.values():
        stem = headers.stem(f.id)
        waits = (
            f.seq
            and f.parent is None
            and stem not in known
            and sql.execute("SELECT 1 FROM feed WHERE id=? AND admitted=0 AND via<>''", (stem,)).fetchone()
        )
        if waits:
            role = "hub" if chains.is_hub(sql, f.id) else "guest"
            out.append(_listed(Member(f.id, f.station, role, "", 0, None, ""), "waiting", [f], came))
    return out


def _listed(m: Member, state: str, own: list[chains.Feed], came: dict[int, int]) -> dict[str, Any]:
    prefixes = sorted({f.station for f in own if f.station})
    return {
        "station": m.station or ", ".join(prefixes),
        "prefix": ", ".join(prefixes),
        "role": m.role,
        "region": m.region or None,
        "state": state,
        "entries": sum(f.seq - f.base for f in own),
        "last_entry": max((came[f.n] for f in own if f.n in came), default=None),
        "feed": m.feed,
        "last": m.last,
        "why": m.why or None,
    }
