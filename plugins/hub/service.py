"""What a hub answers: bytes in, bytes out. Knows no server and no socket, so that a simulation can run it.

Protocol version 1 (docs/sync.md). Bodies of /heads, /push and /pull are blocks (store/frames.py).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from emergency.plugins.hub import asking, giving, proofs
from emergency.plugins.hub.clocks import clock_stated, state_clock
from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.engine import Engine, Unavailable
from emergency.plugins.hub.filing import Pushed
from emergency.plugins.hub.identity import Identity
from emergency.plugins.hub.members import Member, signing
from emergency.plugins.hub.nonces import Nonces
from emergency.plugins.hub.writing import Writing
from emergency.store import chains, exchange, frames, keys, requests, times
from emergency.store.chains import Feed, Sql
from emergency.store.entries import Envelope, digest, pack, parsed, whole
from emergency.store.exchange import Bare, Cursor
from emergency.store.headers import read_in_bulk, stem

T = TypeVar("T")
log = logging.getLogger("emergency.hub")
PROTOCOL = 1
#: The most bytes of a request's body as sent, and once inflated.
MOST_BODY = 4 * 1024 * 1024
MOST_INFLATED = 32 * 1024 * 1024
#: The most entries of a body: an honest one cannot be compressed below 128 bytes.
MOST_ENTRIES = 40_000
#: The most bytes of a body that nobody signed, and of feeds in it that are not the hub's own.
MOST_INTRODUCED, MOST_GUESTS = 2 * 1024 * 1024, 4
BLOCKS = "application/x-emergency-blocks"
#: What anyone may ask, and what is answered to those alone who are enrolled and sign for it.
OPEN = (("GET", "/v1/info"), ("GET", "/v1/health"), ("POST", "/v1/enrol"), ("POST", "/v1/introduce"))
SIGNED = (("POST", "/v1/heads"), ("POST", "/v1/push"), ("POST", "/v1/pull"))


class Answer(NamedTuple):
    """What a hub answers."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: Mapping[str, str] = {}
    #: What follows the body, made as it is taken; it needs no database, and cannot fail.
    rest: Iterable[bytes] = ()

    def whole(self) -> Answer:
        """The same with all of it in the body."""
        return self._replace(body=b"".join([self.body, *self.rest]), rest=())


class Filed:
    """What is answered once the one writer has stored what was brought; no thread need wait for it."""

    def __init__(self, asked: str, stored: Future[Any], told: Callable[[Any], Answer]) -> None:
        self._asked, self._stored, self._told = asked, stored, told

    def answer(self) -> Answer:
        """Wait for it."""
        return explained(self._asked, lambda: self._told(self._stored.result()))

    def then(self, tell: Callable[[Answer], object]) -> None:
        """Tell it, from whichever thread comes to know it."""
        self._stored.add_done_callback(lambda _stored: tell(self.answer()))


class _Rows:
    """Rows that a member may have."""

    def __init__(self, rows: list[Feed]) -> None:
        self.rows = rows

    @cached_property
    def total(self) -> str:
        """One hash over how far they have come."""
        return exchange.total(self.rows)


class _Known:
    """What the hub had when it counted so many entries, and had admitted this last: read once, for all who ask until then."""

    def __init__(self, counter: str, sql: Sql, hub: str, *, asks: bool) -> None:
        self.counter = counter
        #: Whether any entry is asked for that a disk damaged.
        self.asks = asks
        told = sql.execute("SELECT id, admitted, via FROM feed").fetchall()
        self._admitted = {id_ for id_, admitted_, _via in told if admitted_} | {hub}
        self._brought: dict[str, set[str]] = {}
        for id_, admitted_, via in told:
            if via and not admitted_:
                self._brought.setdefault(via, set()).add(id_)
        self._all = list(chains.feeds(sql).values())
        self._shared = _Rows([f for f in self._all if stem(f.id) in self._admitted])

    def of(self, member: Member) -> _Rows:
        """What a member may have; nearly all may have the same."""
        more = {member.feed, *self._brought.get(member.feed, ())} - self._admitted
        if not more:
            return self._shared
        return _Rows([f for f in self._all if stem(f.id) in self._admitted or stem(f.id) in more])


class Service:
    """One hub. `now` is its clock, in milliseconds."""

    def __init__(self, engine: Engine, identity: Identity, writing: Writing, now: Callable[[], int]) -> None:
        self.engine, self.identity, self.writing, self._now = engine, identity, writing, now
        self.nonces = Nonces(now)
        self._keys = proofs.Keys(engine)
        read_in_bulk()
        self._known: _Known | None = None
        opened = (self._info, self._health, self._enrol, self._introduce)
        self._open: dict[tuple[str, str], Callable[[bytes], Answer | Filed]] = dict(
            zip(OPEN, opened, strict=True)
        )
        signed = (self._heads, self._push, self._pull)
        self._signed: dict[tuple[str, str], Callable[[Member, bytes], Answer | Filed]] = dict(
            zip(SIGNED, signed, strict=True)
        )

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request, whole; never raises for what a request says."""
        begun = self.begin(method, path, headers, body)
        return (begun.answer() if isinstance(begun, Filed) else begun).whole()

    def begin(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | Filed:
        """The same with what takes long to pack still to come, so that it can be sent meanwhile, or to be stored."""
        return explained(f"{method} {path[:200]}", lambda: self._begun(method, path, headers, body))

    def _begun(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | Filed:
        if (method, path) in self._open:
            return self._open[method, path](body)
        if (method, path) in self._signed:
            return self._signed[method, path](self.member(method, path, headers, body), body)
        for allowed, known in (*OPEN, *SIGNED):
            if path == known:
                return _json({"error": "no-such-endpoint"}, 405, {"allow": allowed})
        raise Denied(404, "no-such-endpoint")

    def member(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Member:
        """Who signed a request. Raises Denied; nothing else of the request has been looked at."""
        said = requests.told(headers)
        if said is None:
            raise Denied(401, "unsigned", nonce=self.nonces.new())
        if not self.nonces.good(said.nonce):
            raise Denied(401, "nonce", nonce=self.nonces.new())
        found = signing(self.engine, said.feed)
        if found is None:
            with self.engine.reading() as sql:
                own = chains.feed_of(sql, self.identity.feed)
            raise Denied(403, "not-enrolled", hub=self.identity.feed, seq=own.seq if own else 0)
        key, member = found
        self._keys.learn(said.feed, key)
        if not requests.fits(key, said, method, path, body):
            raise Denied(401, "signature", nonce=self.nonces.new())
        if not self.nonces.use(said.nonce, said.turn):
            raise Denied(401, "nonce", nonce=self.nonces.new())
        if member.last is not None:
            raise Denied(403, "revoked", why=member.why, last=member.last)
        return member

    def live(self, headers: Mapping[str, str]) -> Member:
        """Who may wait on the live line. Raises Denied."""
        try:
            return self.member("GET", "/v1/live", headers, b"")
        except Unavailable:
            raise Denied(503, "unavailable") from None

    def still(self, feed: str) -> Member | None:
        """The member that a feed is by now; None where it may have nothing more, or nobody can say."""
        try:
            found = signing(self.engine, feed)
        except Unavailable:
            return None
        return found[1] if found is not None and found[1].last is None else None

    # -- open to anyone ------------------------------------------------------------------------

    def _info(self, _body: bytes) -> Answer:
        return _json(
            {
                "protocol": PROTOCOL,
                "hub": self.identity.feed,
                "name": self.identity.name,
                "nonce": self.nonces.new(),
                "time": self._now(),
                "limits": {"body": MOST_BODY, "inflated": MOST_INFLATED},
            }
        )

    def _health(self, _body: bytes) -> Answer:
        ((counter,),) = self.engine.ask("SELECT value FROM meta WHERE key='counter'")
        return _json({"ok": True, "entries": int(counter)})

    def _enrol(self, body: bytes) -> Filed:
        from emergency.plugins.hub.enrolling import enrol

        enrolled = self.writing.submit(lambda filing: enrol(filing, self.identity, _object(body)))
        return Filed("POST /v1/enrol", enrolled, lambda told: _json(told, 403 if "error" in told else 200))

    def _introduce(self, body: bytes) -> Filed:
        """The hub's own entries, brought back to a hub that lost them; or a feed an enrolled one vouches for.

        Nobody has signed this: what the hub did not sign itself is let through to the one writer
        in so small a number that it keeps no one waiting.
        """
        if len(body) > MOST_INTRODUCED:
            raise Denied(413, "too-large")
        own, envelopes, guests = self.identity.signer.public, [], 0
        for envelope in _entries(body):
            if not keys.verify(own, digest(envelope.header), envelope.signature):
                guests += 1
                if guests > MOST_GUESTS:
                    raise Denied(403, "not-enrolled")
            envelopes.append(envelope)
        coming = proofs.read(envelopes)
        filed = self.writing.submit(lambda filing: filing.push(coming, None), coming.many)
        return Filed("POST /v1/introduce", filed, _told)

    # -- of members ----------------------------------------------------------------------------

    def _heads(self, member: Member, body: bytes) -> Answer:
        said = _first_json(body)
        self._check_clock(member, said.get("now"))
        with self.engine.reading() as sql:
            known = self._read(sql)
            rows = known.of(member)
            anew = asking.asked(sql, {f.id: f for f in rows.rows}) if known.asks else asking.Asked([], [])
            # What it has without facts another hub kept from it, or we did when it was granted less.
            all_ = giving.may_have_all(member)
            bares = exchange.bares(said.get("bare", []))
            runs = exchange.runs(said.get("runs", []))
            fuller = exchange.fuller(sql, bares, rows.rows, runs) if all_ else []
            # What it wrote itself and another hub brought here, without what is not for other hubs.
            lacks = exchange.bare(sql, [f for f in rows.rows if stem(f.id) == member.feed])
            if "total" in said:
                same = rows.total == said["total"]
                short = {"same": same, "give": fuller, "bare": lacks, "all": all_, "time": self._now()}
                return self._told_of_heads(short, anew)
            told = exchange.cursors(said.get("heads"))
            give = exchange.together(exchange.lacking(sql, told, rows.rows), fuller)
            there = _refused(sql, told, bares, {f.id: f for f in rows.rows})
            if member.role != "hub":
                # What another hub brings is admitted, so it brings all of it.
                there |= self._kept_back(sql, rows.rows, told)
        ours = {c.row: c for c in exchange.heads(rows.rows)}
        differ = [
            ours.get(c.row, Cursor(c.row, 0, "")) for c in told if ours.get(c.row) != c and c not in there
        ]
        answer = {"give": give, "differ": differ, "bare": lacks, "total": rows.total, "all": all_}
        answer["time"] = self._now()
        return self._told_of_heads(answer, anew)

    def _told_of_heads(self, answer: dict[str, Any], anew: asking.Asked) -> Answer:
        if anew.come:
            self.writing.submit(lambda filing: asking.forget(filing.sql, anew.come)).result()
        more = {"anew": anew.places} if anew.places else {}
        return Answer(200, frames.json_block(answer | more), BLOCKS)

    def _check_clock(self, member: Member, now: Any) -> None:
        """State it in an entry when a station's clock is found wrong, or right again."""
        if not whole(now):
            return
        ahead = now - self._now()
        ahead = ahead if abs(ahead) > times.SKEW else 0
        with self.engine.reading() as sql:
            before = clock_stated(sql, member.feed)
        if abs(ahead - before) > times.SKEW:
            self.writing.submit(lambda filing: state_clock(filing, self.identity, member, ahead)).result()

    def _read(self, sql: Sql) -> _Known:
        """What there is, for any member: rows of admitted feeds, and what it brought itself."""
        words = "SELECT key, value FROM meta WHERE key IN ('counter', 'admitted', ?) ORDER BY key"
        told = dict(sql.execute(words, (asking.ASKS,)).fetchall())
        counter = " ".join(f"{key} {value}" for key, value in told.items())
        known = self._known
        if known is None or known.counter != counter:
            # No row changes but with an entry, and every entry is counted; or it is noted which was admitted.
            asks = asking.ASKS in told
            known = self._known = _Known(counter, sql, self.identity.feed, asks=asks)
        return known

    def _kept_back(self, sql: Sql, rows: list[Feed], told: list[Cursor]) -> set[Cursor]:
        """Of what a member told, what stands here in feeds that it may not have: others brought them, and they wait.

        It learns no more of them, and does not bring the same at every round until somebody admits them.
        """
        may = {stem(f.id) for f in rows}
        kept: dict[str, list[Feed]] = {}
        asked = [c for c in told if stem(c.row) not in may]
        for feed in chains.feeds(sql).values() if asked else ():
            kept.setdefault(stem(feed.id), []).append(feed)
        return {c for c in asked if exchange.among(sql, kept.get(stem(c.row), ()), c)}

    def _push(self, member: Member, body: bytes) -> Filed:
        coming = proofs.read(_entries(body), self._keys, member.feed)
        feeds = {member.feed, *(run.feed for run in coming.runs)}
        filed = self.writing.submit(lambda filing: filing.push(coming, member), coming.many, feeds)
        return Filed("POST /v1/push", filed, _told)

    def _pull(self, member: Member, body: bytes) -> Answer:
        want = exchange.stretches(_first_json(body).get("want"))
        with self.engine.reading() as sql:
            page = giving.page(sql, want, {f.id: f for f in self._read(sql).of(member).rows})
        blocks = giving.blocks(giving.handed(page.pieces, member, self.identity.feed))
        # Told before the entries as well, so that more can be asked for while they are read; behind them it ends the page.
        first = [frames.json_block({"left": page.left, "entries": True})] if page.left else []
        last = frames.json_block({"left": page.left})
        answer = Answer(200, b"".join(first), BLOCKS, rest=chain(blocks, [last]))
        return answer if sum(map(len, page.pieces)) > frames.FULL else answer.whole()

    def scoped(self, envelope: Envelope, member: Member) -> Envelope:
        """The entry as the member may have it."""
        return giving.scoped(envelope, member, self.identity.feed)


def explained(asked: str, work: Callable[[], T]) -> T | Answer:
    """What comes of work on a request; where it fails, what is answered."""
    try:
        return work()
    except Denied as denied:
        return _json({"error": denied.word, **denied.more}, denied.status)
    except (frames.Damaged, ValueError) as error:
        return _json({"error": "unreadable", "why": str(error)}, 400)
    except Unavailable as error:
        log.error("unavailable", extra={"told": {"why": str(error)[:500]}})
        why = "full" if str(error) == "full" else "unavailable"
        return _json({"error": why}, 507 if why == "full" else 503, {"retry-after": "2"})
    except Exception:
        # A request that no check foresaw ends alone; what it was about is in the log, not in the answer.
        log.exception(
            "failed", extra={"told": dict(zip(("method", "path"), asked.split(" ", 1), strict=True))}
        )
        return _json({"error": "failed"}, 500)


def _refused(
    sql: Sql, told: Iterable[Cursor], bares: Iterable[Bare], rows: Mapping[str, Feed]
) -> set[Cursor]:
    """Of what a member told, what came before and was kept aside, since its station is revoked: once is enough."""
    lasts = dict(sql.execute("SELECT feed, last FROM member WHERE last IS NOT NULL").fetchall())
    # It hands over a row no further than it has the facts.
    ends = {b.row: b.after for b in bares}
    out = set()
    for cursor in told:
        last = lasts.get(stem(cursor.row))
        if last is None or cursor.seq <= last:
            continue
        end = min(cursor.seq, ends.get(cursor.row, cursor.seq))
        came = sql.execute(
            "SELECT header FROM aside WHERE feed=? AND seq=? AND why='revoked'", (stem(cursor.row), end)
        ).fetchall()
        if end < cursor.seq:
            # What counts is asked for as of anybody else.
            there = bool(came) if end > last else cursor.row in rows and rows[cursor.row].seq >= end
        else:
            there = any(digest(bytes(header)).hex().startswith(cursor.hash) for (header,) in came)
        if there and len(cursor.hash) == exchange.TOLD:
            out.add(cursor)
    return out


def _json(value: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, pack(value), headers=headers or {})


def _object(body: bytes) -> dict[str, Any]:
    value = parsed(body) if len(body) <= 64 * 1024 else None
    if value is None:
        raise ValueError("not a JSON object")
    return value


def _first_json(body: bytes) -> dict[str, Any]:
    for found in frames.read(io.BytesIO(body)):
        if found.kind == b"J":
            return frames.json_of(found)
        break
    raise frames.Damaged("no-json")


def _entries(body: bytes) -> Iterator[Envelope]:
    """The entries of a body, no more of them and no more inflated than may be. Raises Damaged."""
    size = number = 0
    for found in frames.read(io.BytesIO(body)):
        if found.kind != b"E":
            raise frames.Damaged("no-entries")
        raw = frames.inflate(found.payload)
        size += len(raw)
        if size > MOST_INFLATED:
            raise frames.Damaged("too-large")
        envelopes = frames.entries(raw)
        number += len(envelopes)
        if number > MOST_ENTRIES:
            raise frames.Damaged("too-many")
        yield from envelopes


def _told(pushed: Pushed) -> Answer:
    return _json(
        {
            "new": pushed.new,
            "known": pushed.known,
            "aside": dict(pushed.aside),
            "forked": list(pushed.forked),
            "waiting": list(pushed.waiting),
        }
    )
