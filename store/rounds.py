"""A round with a hub: each hands the other the entries it lacks.

Nothing is remembered that the round rests on: the hub is asked for its heads each time, so one
that was restored from an old copy is filled again by its stations. Pulled off anywhere, it is
run again and converges. With nothing to do it takes two requests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple, Protocol

from emergency.store import chains, exchange, frames, notices, pages, times
from emergency.store.arrivals import Taken
from emergency.store.chains import Feed, Sql
from emergency.store.entries import Envelope, parsed
from emergency.store.exchange import Bare, Stretch
from emergency.store.headers import stem
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import Link, Offline, Refusal
from emergency.store.reasons import Reason
from emergency.store.talking import Pulling, Talk

#: So many entries of one round that cannot be taken in are put aside; behind more the hub is refused.
MOST_ASIDE = 20_000
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
    #: Why it is not `synced`, in the language spoken, and as a code with its parameters (reasons.py).
    why: str = ""
    code: str = ""
    values: dict[str, str] = {}  # noqa: RUF012
    #: Lines of our orders that others ended.
    taken: tuple[notices.Taken, ...] = ()
    #: Whether the hub had lost what it had.
    lost: bool = False


class Progress(NamedTuple):
    """How far a round has come."""

    what: str
    done: int
    total: int


Tell = Callable[[Progress], None]


class Side(Protocol):
    """Who meets a hub: a station, or another hub."""

    #: Whether only entries with their facts are handed over. A hub may hand on a chain without them.
    whole: bool

    @property
    def connection(self) -> Sql:
        """The journal, as it stands at each statement."""
        ...

    @property
    def signer(self) -> Signer:
        """The key that requests are signed with."""
        ...

    def rows(self) -> dict[str, Feed]:
        """The feeds and branches that may be told of, as they stand."""
        ...

    def take(self, envelopes: Iterable[Envelope]) -> Taken:
        """Take in entries, in one durable transaction."""
        ...

    def handed(self, envelope: Envelope) -> Envelope:
        """An entry as the other may have it."""
        ...

    def begin(self) -> None:
        """Write the first entry of the feed that the present key signs."""
        ...

    def bare(self) -> list[Bare]:
        """What is here without its facts."""
        ...

    def gaps(self, *, newly: bool) -> list[Stretch]:
        """Where facts are missing here that the hub may now give; `newly` it says that we may have all it has."""
        ...

    def known_whole(self, hub: Hub) -> Collection[str] | None:
        """The feeds that the hub had whole from their writers; None where `handed` decides of each entry."""
        ...

    def note(self, hub: Hub) -> None:
        """Keep what a round found."""
        ...


def meet(side: Side, hub: Hub, line: Link | Talk, tell: Tell = lambda progress: None) -> Outcome:
    """One round with a hub, and what came of it. Being offline is an outcome, not an error."""
    talk = line if isinstance(line, Talk) else Talk(line)
    round_ = _Round(side, hub, talk, tell)
    try:
        round_.run()
        outcome = round_.outcome("synced")
    except Offline as error:
        outcome = round_.outcome("offline", error)
    except Refusal as error:
        outcome = round_.outcome("refused", error)
    if outcome.state != "synced":
        talk.forget()
    synced = times.now() if outcome.state == "synced" else hub.synced
    told = {
        **hub.told,
        "state": outcome.state,
        "why": outcome.why,
        "code": outcome.code,
        "values": outcome.values,
        "at": times.now(),
        "own": round_.own if outcome.state == "synced" else hub.told.get("own", {}),
        "kept": round_.kept
        if outcome.state == "synced" and not outcome.refused
        else hub.told.get("kept", {}),
        "all": round_.all if outcome.state == "synced" else hub.told.get("all", False),
        # What one side would not take it will not tell of either.
        "alike": round_.alike and not (outcome.refused or outcome.aside or outcome.waiting),
        "waiting": outcome.waiting,
        "skew": hub.told.get("skew") if talk.skew is None else talk.skew,
    }
    side.note(hub._replace(synced=synced, told=told))
    return outcome


class _Round:
    def __init__(self, side: Side, hub: Hub, talk: Talk, tell: Tell) -> None:
        self.side, self.hub, self.talk, self.tell = side, hub, talk, tell
        self.signer = side.signer
        self.sent = self.received = 0
        self.refused: dict[str, int] = {}
        self.aside: dict[str, int] = {}
        self.forked: set[str] = set()
        self.waiting: set[str] = set()
        #: {row: seq} of our own feeds that the hub has.
        self.own: dict[str, int] = {}
        #: The same by its own word: told as a head, or taken from us.
        self.kept: dict[str, int] = {}
        self.lost = False
        self._introduced = False
        #: Whether the hub says that we may have all facts that it has.
        self.all = False
        #: The most bytes of a push that are tried there.
        self.most = pages.PUSH
        #: Places behind each of which the hub asks anybody for an entry that its disk damaged.
        self.anew: list[Stretch] = []
        #: Whether one hash over all heads is likely to be the hub's, too.
        self.alike = self.hub.told.get("alike", True) is True

    def outcome(self, state: str, error: Reason | None = None) -> Outcome:
        """What came of it so far."""
        why, code = ("", "") if error is None else (str(error), error.known)
        forked, waiting = tuple(sorted(self.forked)), tuple(sorted(self.waiting))
        return Outcome(
            self.hub.name, self.hub.url, state, self.sent, self.received, self.refused, self.aside, forked,
            waiting, self.talk.skew or 0, why, code=code, values=error.values if error else {},
            lost=self.lost,
        )  # fmt: skip

    def run(self) -> None:
        """Rounds until neither has anything the other lacks. Raises Offline, Refusal."""
        self.talk.begin(self.hub, self.signer, self._introduce)
        for n in range(MOST_ROUNDS):
            # What is written from here on may miss this round, and counts as not sent.
            self.own = {f.id: f.seq for f in self.side.rows().values() if f.own}
            sent = self.own == self.hub.told.get("own")
            give, lack = self._heads(alike=n == 0 and sent and self.alike)
            forked = self._in_parts(partial(self._push, lack))
            forked = self._pull(give) or forked
            if not forked:
                break
        self._pull(self.side.gaps(newly=self.all and not self.hub.told.get("all")))

    def _introduce(self) -> bool:
        """What lets a hub know us that does not: its own lost entries, or what an earlier key of ours says.

        Returns whether it is worth asking again; once a round, as an answer that was lost tells nothing new.
        """
        if self._introduced:
            return False
        self._introduced = True
        connection = self.side.connection
        earlier = [feed for feed, _proof in self.signer.vouched()]
        if chains.feed_of(connection, self.signer.feed) is None and earlier:
            # A restored store whose new key an earlier one vouches for, and that has written nothing yet.
            self.side.begin()
        known = chains.Chains(connection)
        # A branch begins further on than the row it grows from, which must come before it.
        lost = sorted(known.rows(self.hub.feed), key=lambda f: f.base)
        stands = self.talk.stands
        self.lost = self.lost or (
            stands is not None and any(f.id == self.hub.feed and f.seq > stands for f in lost)
        )
        entries = [e for _s, e in exchange.behind(connection, [Stretch(f.id, 0) for f in lost])]
        # A hub that was lost has no key of ours: the first of each tells it, the earliest before those it vouches for.
        # Where a feed has two first entries either will do: both name its key, and the key that vouches for it.
        for feed in (*reversed(earlier), self.signer.feed):
            firsts = [Stretch(f.id, 0) for f in known.rows(feed) if not f.base]
            entries += [e for _s, e in islice(exchange.behind(connection, firsts), 1)]
        return self._in_parts(partial(self._told_who, entries))

    def _told_who(self, entries: list[Envelope]) -> bool:
        took = False
        for body, _entries in pages.bodies(entries, self.most):
            status, answer = self.talk.link.call("POST", "/v1/introduce", {}, body)
            told = parsed(answer) or {}
            why = self.talk.denied(status, told) if status != 200 else None
            if why is not None and (isinstance(why, Offline) or why.code == "too-long"):
                # It has no time or no room for us now, or takes less at once, which says nothing of who we are.
                raise why
            took = took or (status == 200 and bool(told.get("new") or told.get("known")))
        return took

    def _heads(self, *, alike: bool) -> tuple[list[Stretch], list[Stretch]]:
        """What the hub would give, and what it lacks of ours. Raises Offline, Refusal.

        Where both may be `alike`, one hash over all heads is told first, and mostly that is all.
        """
        rows = self.side.rows()
        ours = exchange.total(rows.values())
        try:
            if alike and (told := self._asked_for_heads({"total": ours})).get("same") is True:
                self.kept = dict(self.own)
                return exchange.stretches(told.get("give", [])), self._asked_for_facts(told)
            told = self._asked_for_heads({"heads": exchange.heads(rows.values())})
            give, differ = exchange.stretches(told.get("give")), exchange.cursors(told.get("differ"))
            asked = self._asked_for_facts(told)
        except ValueError:
            raise Offline("damaged") from None
        wanted = exchange.wanted(self.side.connection, differ, rows)
        stands = {c.row: c.seq for c in differ}
        self.lost = self._has_lost(stands, wanted, give) or self.lost
        self.kept = {row: stands.get(row, seq) for row, seq in self.own.items()}
        lack = exchange.together(wanted, asked)
        # It may keep from us what we have ourselves, or know less of where a feed parts: then there is no use
        # in asking so the next time.
        self.alike = bool(give or lack) or told.get("total") == ours
        return give, lack

    def _has_lost(self, stands: dict[str, int], wanted: list[Stretch], give: list[Stretch]) -> bool:
        """Whether what it has of a feed of ours ends before what it had by its own word, and does not part there."""
        parted = {stem(s.row) for s in give if stem(s.row) != s.row}
        kept = self.hub.told.get("kept", {})
        return any(
            s.after == stands.get(s.row) and s.after < kept.get(s.row, 0) and stem(s.row) not in parted
            for s in wanted
        )

    def _asked_for_facts(self, told: dict[str, Any]) -> list[Stretch]:
        """Where the hub has what we wrote without its facts: another hub, that we were sooner at, kept them back."""
        bares = [b for b in exchange.bares(told.get("bare", [])) if stem(b.row) == self.signer.feed]
        rows = self.side.rows() if bares else {}
        return [Stretch(b.row, b.after) for b in bares if b.row in rows]

    def _asked_for_heads(self, told: dict[str, Any]) -> dict[str, Any]:
        # Another hub may have withheld facts from us that this one may give.
        bare = self.side.bare() if self.hub.told.get("all") else []
        told |= {"now": times.now(), **({"bare": bare} if bare else {})}
        if runs := exchange.bare_runs(self.side.connection, bare, self.side.rows() if bare else {}):
            told["runs"] = runs
        answer = pages.told(self.talk.ask("/v1/heads", frames.json_block(told)))
        self.anew = [*dict.fromkeys(exchange.stretches(answer.get("anew", [])))]
        self.all = answer.get("all") is True
        return answer

    def _in_parts(self, hand_over: Callable[[], bool]) -> bool:
        """Hand entries over in parts as large as what stands before the hub takes."""
        while True:
            refused = dict(self.refused)
            try:
                return hand_over()
            except Refusal as error:
                if error.code != "too-long" or self.most <= pages.LEAST_PUSH:
                    raise
                self.most //= pages.FEWER
                # What was taken comes twice: it is known there by then, and what was kept aside is so again.
                self.refused = refused

    def _push(self, stretches: list[Stretch]) -> bool:
        """Hand over what they lack; returns whether a feed was found to branch there."""
        rows = self.side.rows()
        total = sum(rows[s.row].seq - s.after for s in stretches)
        forked = False
        done = 0
        behind = exchange.behind(self.side.connection, stretches, rows, with_facts=self.side.whole)
        handed = (self.side.handed(e) for e in chain(self._handed(behind), self._whole_here(rows)))
        for body, entries in pages.bodies(handed, self.most):
            self.tell(Progress("push", done, max(done, total)))
            told = pages.pushed(self.talk.ask("/v1/push", body), entries)
            self.sent += told.new
            for why, n in told.aside.items():
                self.refused[why] = self.refused.get(why, 0) + n
            forked = forked or told.forked
            self.waiting |= told.waiting
            done += entries
        if total:
            self.tell(Progress("push", done, max(done, total)))
            # All that it lacks stands behind facts that were withheld from us: it will be so the next time.
            self.alike = self.alike and bool(done)
        return forked

    def _whole_here(self, rows: dict[str, Feed]) -> Iterator[Envelope]:
        """Of the entries that it asks anybody for, those of others that are here with their facts, and may be its."""
        known = self.side.known_whole(self.hub) if self.anew else ()
        for place in self.anew:
            if place.row not in rows or (known is not None and stem(place.row) not in known):
                continue
            for left, envelope in islice(exchange.behind(self.side.connection, [place], rows, page=1), 1):
                if left.after == place.after + 1 and self.side.handed(envelope).facts is not None:
                    yield envelope

    def _handed(self, behind: Iterable[tuple[Stretch, Envelope]]) -> Iterator[Envelope]:
        """What is handed over; of our own it is noted how far that goes."""
        for left, envelope in behind:
            if left.row in self.own:
                self.kept[left.row] = left.after
            yield envelope

    def _pull(self, give: list[Stretch]) -> bool:
        """Take in what we lack, page by page; returns whether a feed was found to branch here."""
        forked = False
        left = give
        here = again = aside = 0
        with Pulling(self.talk) as asked:
            while left:
                page = asked.page(left)
                taken = self._take(page)
                before, left = left, page.left
                self.received += taken.new
                # Without an end it could give only what is new: what stands here already comes once. Another
                # program may take in the same meanwhile.
                again, aside = again + taken.known, aside + sum(taken.aside.values())
                if again > here:
                    here = sum(f.seq for f in self.side.rows().values())
                nothing = not (taken.new or taken.known or taken.aside)
                for why, n in taken.aside.items():
                    self.aside[why] = self.aside.get(why, 0) + n
                self.forked |= taken.forked
                forked = forked or bool(taken.forked)
                self.tell(Progress("pull", self.received, self.received + len(left)))
                endless = again > here or aside > MOST_ASIDE
                if left and (left == before or nothing or endless):
                    raise Refusal("gives-nothing")
        return forked

    def _take(self, page: pages.Page) -> Taken:
        """Take in one answer to /pull, a block in memory at a time, in one transaction."""
        try:
            return self.side.take(page.envelopes())
        except (frames.Damaged, ValueError):
            raise Offline("damaged") from None
