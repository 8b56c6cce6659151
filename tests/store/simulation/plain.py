"""What a set of entries means, said again plainly: slow, from the bytes alone, whatever order they came in.

The auditor holds the tables of every station against this. It shares no fold with the program;
of the program it uses the table of steps, the declarations of fields, and JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emergency.store.authority import orders, tells
from emergency.store.entries import START, Envelope, parsed
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS
from emergency.store.records.grant import WITHOUT_ORDERS, WITHOUT_WORD
from emergency.store.records.steps import AGAIN, ENDED, STEPS
from emergency.store.records.types import Choice

Fact = list[Any]
Cell = tuple[str, str, str]


class Entry(NamedTuple):
    """One entry, and where it stands."""

    hash: str
    feed: str
    seq: int
    prev: str
    seen: dict[str, int]
    wall: int
    at: int
    facts: list[Fact]
    #: {"orders", "tells", "last"} of the writer as hubs grant it, and how far its clock was ahead as they found.
    granted: dict[str, Any] = {}  # noqa: RUF012
    #: Behind a gap of what was withheld from the writer: {row: [[first, last], ...]}.
    runs: dict[str, list[list[int]]] = {}  # noqa: RUF012
    ahead: int = 0


class Dot(NamedTuple):
    """A fact: the hash of its entry, and its place there."""

    hash: str
    place: int


def entry_of(envelope: Envelope) -> Entry:
    """An entry as it can be read; facts that are no sense are none."""
    header = json.loads(envelope.header)
    body = parsed(envelope.facts or b"") or {}
    facts, at = body.get("facts"), body.get("at", header["wall"])
    if header["v"] > 1 or not isinstance(facts, list) or len(facts) > 500 or not _whole(at):
        facts, at = [], header["wall"]
    hash_ = hashlib.sha256(envelope.header).hexdigest()
    return Entry(
        hash_, header["feed"], header["seq"], header["prev"], header["seen"], header["wall"], at, facts,
        runs=header.get("runs", {}),
    )  # fmt: skip


def knowledge(
    before: Mapping[str, frozenset[int]], seen: Mapping[str, int], runs: Mapping[str, list[list[int]]]
) -> dict[str, frozenset[int]]:
    """{row: the places that the writer of an entry had taken in}, from what he had at his entry before."""
    knew = dict(before)
    for row, upto in seen.items():
        knew[row] = knew.get(row, frozenset()) | frozenset(range(1, upto + 1))
    for row, told in runs.items():
        for first, last in told:
            knew[row] = knew.get(row, frozenset()) | frozenset(range(first, last + 1))
    return knew


class Plain:
    """A set of entries, and what it says."""

    def __init__(self, envelopes: Iterable[Envelope], hubs: Iterable[str] = ()) -> None:
        """`hubs` are those whose word counts: the store is enrolled there, or such a hub says that another is one."""
        self.entries = {e.hash: e for e in map(entry_of, envelopes)}
        self._in_order = sorted(self.entries.values(), key=lambda e: (e.feed, e.seq, e.hash))
        #: {hash: the row it stands in}, {row: the row it grows from}.
        self.row: dict[str, str] = {}
        self.above: dict[str, str] = {}
        self._rows()
        self.hubs = set(hubs)
        self._judge()
        #: {hash: {row: the places that its writer had taken in}}.
        self.knew: dict[str, dict[str, frozenset[int]]] = {}
        for e in self._in_order:
            self.knew[e.hash] = knowledge(self.knew.get(e.prev, {}), e.seen, e.runs)
        self.states = {line: self._line(line) for line in self._lines()}

    # -- what hubs say -------------------------------------------------------------------------

    def _judge(self) -> None:
        """Give each entry the role, the last entry that counts, and the clock that hubs tell of its writer."""
        said: dict[str, dict[str, dict[str, Any]]] = {}
        clocks: dict[tuple[str, int], int] = {}
        while self.hubs - said.keys():
            for hub in sorted(self.hubs - said.keys()):
                said[hub] = {}
                mine_of: dict[tuple[str, int], int] = {}
                mine = [e for e in self._in_order if e.feed == hub]
                for e in sorted(mine, key=lambda e: (self.row[e.hash], e.seq)):
                    for fact in e.facts:
                        match fact:
                            case ["new" | "set", "grant", str() as feed, dict() as values]:
                                said[hub].setdefault(feed, {}).update(values)
                            case ["clock", str() as feed, int() as after, int() as ahead]:
                                mine_of[feed, after] = ahead
                for place, ahead in mine_of.items():
                    clocks[place] = max(clocks.get(place, 0), ahead, key=abs)
                self.hubs |= {feed for feed, values in said[hub].items() if values.get("role") == "hub"}
        for e in self._in_order:
            granted = [told[e.feed] for told in said.values() if e.feed in told]
            lasts = [g["last"] for g in granted if g.get("last") is not None]
            roles = [g.get("role") for g in granted]
            may = {
                "orders": not roles or any(role not in WITHOUT_ORDERS for role in roles),
                "tells": not roles or any(role not in WITHOUT_WORD for role in roles),
            }
            wrong = max((after for feed, after in clocks if feed == e.feed and after < e.seq), default=None)
            self.entries[e.hash] = e._replace(
                granted={**may, "last": min(lasts, default=None)},
                ahead=0 if wrong is None else clocks[e.feed, wrong],
            )
        self._in_order = [self.entries[e.hash] for e in self._in_order]

    def _counts(self, e: Entry, fact: Fact) -> bool:
        """Whether a fact is within what its writer may say."""
        last = e.granted["last"]
        if last is not None and e.seq > last:
            return False
        if fact[0] in ("new", "set", "told") and fact[1] == "grant":
            return e.feed in self.hubs
        may = e.granted
        return bool((may["orders"] or not orders(fact)) and (may["tells"] or not tells(fact)))

    # -- chains --------------------------------------------------------------------------------

    def _rows(self) -> None:
        after: dict[tuple[str, str], list[Entry]] = {}
        for e in self._in_order:
            after.setdefault((e.feed, e.prev), []).append(e)
        for (feed, prev), followers in after.items():
            if prev == START:
                self._walk(feed, followers, after)

    def _walk(self, feed: str, followers: list[Entry], after: dict[tuple[str, str], list[Entry]]) -> None:
        waiting = [(feed, followers)]
        while waiting:
            row, followers = waiting.pop()
            while len(followers) == 1:
                self.row[followers[0].hash] = row
                followers = after.get((feed, followers[0].hash), [])
            for e in followers:
                branch = f"{feed}~{e.hash[:20]}"
                self.above[branch] = row
                self.row[e.hash] = branch
                waiting.append((branch, after.get((feed, e.hash), [])))

    @property
    def forked(self) -> set[str]:
        """Feeds that branch."""
        return {row.partition("~")[0] for row in self.above}

    def upward(self, row: str) -> list[str]:
        """A row and those it grows from."""
        out = [row]
        while out[-1] in self.above:
            out.append(self.above[out[-1]])
        return out

    def saw(self, later: Dot, earlier: Dot) -> bool:
        """Had the writer of one fact taken in the other?"""
        if later.hash == earlier.hash:
            return later.place > earlier.place
        if self.entries[later.hash].feed == self.entries[earlier.hash].feed:
            return self._tells(later, earlier)
        # Each cannot have seen the other: one was numbered as another that is not here.
        return self._tells(later, earlier) and not self._tells(earlier, later)

    def _tells(self, later: Dot, earlier: Dot) -> bool:
        mine, its = self.row[later.hash], self.row[earlier.hash]
        a, b = self.entries[later.hash], self.entries[earlier.hash]
        if its == mine:
            return a.seq > b.seq
        if its in self.upward(mine):
            return True
        knew = self.knew[later.hash]
        below = [row for row in self.above if its in self.upward(row)[1:]]
        return b.seq in knew.get(its, ()) or any(knew.get(row) for row in below)

    def facts(self, *words: str) -> list[tuple[Dot, Fact]]:
        """Every fact of these words that has the shape of one."""
        out = []
        for e in self._in_order:
            for place, fact in enumerate(e.facts):
                if isinstance(fact, list) and fact and fact[0] in words and _shaped(fact):
                    if not self._counts(e, fact):
                        continue
                    out.append((Dot(e.hash, place), fact))
        return out

    def _place(self, dot: Dot) -> tuple[str, int, int]:
        return (self.row[dot.hash], self.entries[dot.hash].seq, dot.place)

    # -- fields --------------------------------------------------------------------------------

    def cells(self) -> dict[Cell, list[tuple[Dot, Any]]]:
        """{cell: the facts that no other fact of it had seen}."""
        said: dict[Cell, list[tuple[Dot, Any]]] = {}
        for dot, (_, kind, id_, values) in self.facts("new", "set"):
            for name, value in values.items():
                if _holds(kind, name, value):
                    said.setdefault((kind, id_, name), []).append((dot, value))
        return {
            cell: [(d, v) for d, v in all_ if len(all_) == 1 or not any(self.saw(o, d) for o, _ in all_)]
            for cell, all_ in said.items()
        }

    def told(self) -> dict[Cell, Any]:
        """{cell: what was told of it last}, of those that nobody states himself."""
        said: dict[Cell, list[tuple[Dot, Any]]] = {}
        for dot, (_, kind, id_, values) in self.facts("told"):
            for name, value in values.items():
                if _holds(kind, name, value):
                    said.setdefault((kind, id_, name), []).append((dot, value))
        stated = self.cells().keys()

        def key(one: tuple[Dot, Any]) -> Any:
            return (self.entries[one[0].hash].wall, *self._place(one[0]))

        return {cell: max(all_, key=key)[1] for cell, all_ in said.items() if cell not in stated}

    def shown(self, cell: Cell, heads: list[tuple[Dot, Any]]) -> Any:
        """The value that a person is shown of those that stand."""
        field = RECORDS[cell[0]].field(cell[2])
        kind = field.type if field else None

        def key(head: tuple[Dot, Any]) -> Any:
            worst = kind.rank(head[1]) if isinstance(kind, Choice) and kind.rule == "worst" else 0
            entry = self.entries[head[0].hash]
            return (worst, entry.ahead == 0, entry.wall, *self._place(head[0]))

        return max(heads, key=key)[1]

    # -- call-ups ------------------------------------------------------------------------------

    def _lines(self) -> dict[str, list[tuple[Dot, str, int, dict[str, Any]]]]:
        """{line: its steps, and the settlements that ended it}."""
        out: dict[str, list[tuple[Dot, str, int, dict[str, Any]]]] = {}
        for dot, (_, line, name, data) in self.facts("step"):
            out.setdefault(line, []).append((dot, name, data.get("at", self.entries[dot.hash].at), data))
        for dot, (_, named, keep) in self.facts("settle"):
            for line in set(named) - {keep}:
                out.setdefault(line, []).append((dot, "", 0, {}))
        self.written = {line for _dot, (_, kind, line, _values) in self.facts("new") if kind == "line"}
        for line in self.written:
            out.setdefault(line, [])
        return self._steps(out)

    def _steps(self, out: dict[str, Any]) -> dict[str, Any]:
        self.steps = out
        return out

    def _line(self, line: str) -> tuple[str, dict[Dot, str]]:
        """(the state a line has come to, the steps that had no effect and why)."""
        left = {dot: (name, at, data) for dot, name, at, data in self.steps[line]}
        done = [d for d, (name, _, _) in left.items() if name in STEPS and STEPS[name].physical]
        field = {d for d in left if d in done or any(self.saw(p, d) for p in done)}
        told = {name for name, _, data in left.values() if data.get("told")}
        state, inert = "draft", dict[Dot, str]()
        if "deliver" in told and (line not in self.written or any(n == "issue" for n, _, _ in left.values())):
            told.add("issue")
        while left:
            free = [d for d in left if not any(self.saw(d, e) for e in left if e != d)]
            dot = min(free or left, key=lambda d: (d not in field, left[d][1], *self._place(d)))
            name, _at, data = left.pop(dot)
            if name == "deliver" and data.get("told") and state == "draft" and "issue" in told:
                state = "issued"
            if not name:
                state = "superseded" if state not in ENDED and state != "draft" else state
            elif name not in STEPS:
                inert[dot] = "unknown-step"
            elif state not in STEPS[name].sources:
                inert[dot] = AGAIN if name in told else f"not-from-{state}"
            else:
                state = STEPS[name].target or state
        return state, inert

    def live(self) -> dict[str, dict[str, tuple[Dot, bool]]]:
        """{thing: {line: (its claim, told)}} of the claims that have not ended."""
        settled = {line for _, (_, named, keep) in self.facts("settle") for line in named if line != keep}
        out: dict[str, dict[str, tuple[Dot, bool]]] = {}
        for dot, fact in self.facts("claim"):
            _, line, thing, *more = fact
            if line in settled or self.states.get(line, ("", 0))[0] in ENDED:
                continue
            mine = (dot, bool(more and more[0].get("told")))
            before = out.setdefault(thing, {}).get(line)
            if before is None or (mine[1], self._place(dot)) < (before[1], self._place(before[0])):
                out[thing][line] = mine
        return out

    def contested(self) -> dict[str, set[str]]:
        """{thing: lines that claim it, none of whose writers had seen another's claim and gone ahead}."""
        out = {}
        for thing, claims in self.live().items():
            standing = {
                line
                for line, (dot, _) in claims.items()
                if not any(
                    self.saw(o, dot) for other, (o, told) in claims.items() if other != line and not told
                )
            }
            if len(standing) > 1:
                out[thing] = standing
        return out

    # -- stock ---------------------------------------------------------------------------------

    def stock(self) -> dict[str, int]:
        """{stock line: the latest counts, and every movement that their writers had not seen}."""
        counts: dict[str, list[tuple[Dot, int]]] = {}
        moves: dict[str, list[tuple[Dot, int, Any]]] = {}
        for dot, (word, name, quantity, data) in self.facts("count", "move"):
            if word == "count":
                counts.setdefault(name, []).append((dot, quantity))
            else:
                made = (data.get("line"), data.get("step"))
                moves.setdefault(name, []).append((dot, quantity, made if all(made) else None))
        return {n: self._total(n, counts.get(n, []), moves.get(n, [])) for n in sorted({*counts, *moves})}

    def _total(self, name: str, counts: list[tuple[Dot, int]], moves: list[tuple[Dot, int, Any]]) -> int:
        groups = [([dot], quantity) for dot, quantity, made in moves if made is None]
        for made in sorted({m for _, _, m in moves if m is not None}):
            line, step = made
            entries = {
                d.hash
                for d, s, _, data in self.steps.get(line, [])
                if s == step and data.get("reserve") == name and d not in self.states[line][1]
            }
            told = [(dot, q) for dot, q, m in moves if m == made]
            if entries:
                _, quantity = min(((d.hash not in entries, q) for d, q in told))
                groups.append(([d for d, _ in told], quantity))
        standing = [(d, q) for d, q in counts if not any(self.saw(o, d) for o, _ in counts)]
        totals = [
            q + sum(n for dots, n in groups if not any(self.saw(d, dot) for dot in dots)) for d, q in standing
        ]
        return min(totals) if totals else sum(n for _, n in groups)


def _whole(value: Any) -> bool:
    return type(value) is int and abs(value) < 1 << 53


def _shaped(fact: Fact) -> bool:
    match fact:
        case ["new" | "set" | "told", str() as kind, str() as id_, dict()]:
            return bool(id_) and kind in RECORDS
        case ["step", str(), str(), dict() as data]:
            return _whole(data.get("at", 0))
        case ["settle", [*lines], str()]:
            return all(isinstance(line, str) for line in lines)
        case ["claim", str(), str() as thing] | ["claim", str(), str() as thing, dict()]:
            return ":" in thing
        case ["move" | "count", str(), int() as quantity, dict() as data]:
            return _whole(quantity) and _whole(data.get("at", 0))
    return False


def _holds(kind: str, name: str, value: Any) -> bool:
    field = RECORDS[kind].field(name)
    if field is None or field.folded:
        return False
    try:
        field.type.check(value)
    except InvalidValue:
        return False
    return True
