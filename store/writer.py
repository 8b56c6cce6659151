"""One command's writing: facts gathered into entries, checked, signed, folded and committed."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emergency.store import journal
from emergency.store.errors import InvalidField, InvalidValue, NoSuchRecord
from emergency.store.fold import Fact, Fold
from emergency.store.records import BY_NAME, RECORDS, Stored
from emergency.store.regions import Regions
from emergency.store.screening import screened
from emergency.store.text import safe
from emergency.store.words import _, told

if TYPE_CHECKING:
    from emergency.store.keys import Signer

#: {kind: its fields that some are not entitled to}, of the kinds that have any.
WITHHELD = {
    noun: names
    for noun, record in RECORDS.items()
    if (names := frozenset(f.name for f in record.fields if f.withheld))
}
#: {kind: its fields of which one record says one value}, of the kinds that have any.
ONCE = {
    noun: fields for noun, record in RECORDS.items() if (fields := [f for f in record.fields if f.once_in])
}


def _refuse_nonsense(fact: Fact) -> None:
    """Hold our own facts to what is asked of those that come from elsewhere."""
    _kept, why = screened(fact)
    if not why:
        return
    if fact[0] == "set" and fact[1] in RECORDS:
        for name, value in fact[3].items():
            field = RECORDS[fact[1]].field(name)
            if field is None or field.folded:
                continue
            try:
                field.type.check(value)
            except InvalidValue as error:
                raise InvalidField(name, told(field.label, error.message), hint=error.hint) from None
    raise InvalidValue(why)


class _Draft:
    """An entry that gathers."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.packed: list[bytes] = []
        self.size = 0


def _parted(fact: Fact) -> tuple[Fact | None, Fact | None]:
    """A fact without what it says of fields that some are not entitled to, and that."""
    hidden = WITHHELD.get(fact[1]) if fact[0] in ("new", "set", "told") else None
    if not hidden or hidden.isdisjoint(fact[3]):
        return fact, None
    word, kind, id_, values = fact
    kept = {name: value for name, value in values.items() if name not in hidden}
    apart = {name: value for name, value in values.items() if name in hidden}
    told = ["set" if word == "new" else word, kind, id_, apart]
    return ([word, kind, id_, kept] if kept or word == "new" else None), told


class Writer:
    """Made by Store.write; every method adds facts, none of them commits.

    Facts reach the tables when an entry is full or at `flush`, so a command that must read
    back what it has just written flushes first.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        signer: Signer,
        *,
        kind: str,
        who: str,
        why: str,
        wall: int,
        at: int | None,
        op: str,
    ) -> None:
        self.connection = connection
        self.fold = Fold(connection, strict=True)
        self.op = op
        self.kind = kind
        self.wall = wall
        self.at = at
        #: Every fact of the command so far, for `--dry-run` and for the note after it.
        self.written: list[Fact] = []
        self.keep_written = True
        self.entries = 0
        self._signer = signer
        self._who, self._why = who, why
        self._public, self._personal = _Draft(), _Draft()
        self._pack = journal.bulk_packer() if "msgspec" in sys.modules else journal.pack
        self._places = Regions(connection)
        self._feed = signer.feed
        self._number: int | None = None
        self._prefix = ""
        #: {(kind, field, where, value): id} of what only one record may say (Field.once_in).
        self._said_once: dict[tuple[Any, ...], str] = {}

    @property
    def may_order(self) -> bool:
        """Whether this station may give orders."""
        return self.fold.authority.of(self._feed).may_order

    def number(self) -> str:
        """The next id this station gives: `FT-12`."""
        if self._number is None:
            meta = dict(
                self.connection.execute("SELECT key, value FROM meta WHERE key IN ('prefix', 'number')")
            )
            self._number, self._prefix = int(meta.get("number", 0)), meta["prefix"]
        self._number += 1
        return f"{self._prefix}-{self._number}"

    def new(self, kind: str, values: Mapping[str, Stored], id_: str | None = None) -> str:
        """Register a record; returns its id. Raises InvalidValue for what breaks the record's rules."""
        record = RECORDS[kind]
        values = {k: v for k, v in values.items() if v is not None}
        for field in record.required:
            if field.name not in values:
                raise InvalidValue(
                    _("{record}: {field} is missing").format(record=record.label, field=field.label)
                )
        wrong = record.rule(values) if record.rule else ""
        if wrong:
            raise InvalidValue(wrong)
        if values.get("incident") and "exercise" in BY_NAME[kind] and "exercise" not in values:
            # What belongs to a drill says so itself: it may come to a station before its incident does.
            values |= self._drill(str(values["incident"]))
        id_ = self._given(id_) if id_ else self.number()
        self._once(kind, id_, values, values)
        self.fact(["new", kind, id_, values])
        return id_

    def _once(self, kind: str, id_: str, whole: Mapping[str, Stored], said: Mapping[str, Stored]) -> None:
        """Raises InvalidField where another record in use has what only one may have (Field.once_in)."""
        for field in ONCE.get(kind, ()):
            if whole.get("retired") or not {field.name, field.once_in} & said.keys():
                continue
            where, value = whole.get(field.once_in), whole.get(field.name)
            if where is None or value is None:
                continue
            found = self.connection.execute(
                f'SELECT id FROM "{kind}" WHERE "{field.once_in}"=? AND "{field.name}"=? AND id<>? AND retired IS NULL',
                (where, value, id_),
            ).fetchone()
            # What this command has just written is not in the tables yet.
            before = self._said_once.setdefault((kind, field.name, where, value), found[0] if found else id_)
            if before != id_:
                raise InvalidField(
                    field.name,
                    _("{field}: {value} stands in {record} {id} already").format(
                        field=field.label, value=safe(str(value)), record=RECORDS[kind].label, id=safe(before)
                    ),
                )

    def _drill(self, incident: str) -> dict[str, Stored]:
        row = self.connection.execute("SELECT exercise FROM incident WHERE id=?", (incident,)).fetchone()
        return {"exercise": "yes"} if row and row[0] == "yes" else {}

    def _given(self, id_: str) -> str:
        """An id that came with its record; one that looks like our own numbers is never given again."""
        prefix, dash, number = id_.rpartition("-")
        if dash and number.isdigit() and len(number) < 16 and number.isascii():
            counter = self.connection.execute(
                "SELECT key, value FROM meta WHERE key IN ('prefix', 'number')"
            ).fetchall()
            meta = dict(counter)
            if prefix == meta["prefix"]:
                self._number = max(self._number or int(meta.get("number", 0)), int(number))
                self._prefix = prefix
        return id_

    def set(self, kind: str, id_: str, values: Mapping[str, Stored]) -> None:
        """State new values of fields of a record; None clears a field."""
        record = RECORDS[kind]
        if record.rule or kind in ONCE:
            row = self.connection.execute(f'SELECT * FROM "{kind}" WHERE id=?', (id_,))
            found = row.fetchone()
            whole = dict(zip((d[0] for d in row.description), found, strict=True)) if found else {}
            whole |= values
            wrong = record.rule(whole) if record.rule else ""
            if wrong:
                raise InvalidValue(wrong)
            self._once(kind, id_, whole, values)
        if values:
            self.fact(["set", kind, id_, dict(values)])

    def told(self, kind: str, id_: str, values: Mapping[str, Stored]) -> None:
        """What another station says of a record of its own, at second hand: its own entries stand above it."""
        kept = {k: v for k, v in values.items() if v is not None}
        self.fact(["told", kind, self._given(id_), kept])

    def step(self, line: str, name: str, **data: Stored) -> None:
        """A step of a call-up line; `at` is when it happened, where that is not now."""
        self.fact(["step", line, name, {k: v for k, v in data.items() if v is not None}])

    def claim(self, line: str, thing: str, *, told: bool = False) -> None:
        """The line takes the thing; `told` where this station only repeats what another claimed."""
        self.fact(["claim", line, thing, {"told": 1}] if told else ["claim", line, thing])

    def settle(self, lines: list[str], keep: str) -> None:
        """A person settles the claims of these lines: all but `keep` end."""
        self.fact(["settle", lines, keep])

    def move(self, reserve: str, quantity: int, **data: Stored) -> None:
        """Stock changes by this many thousandths of its unit."""
        self.fact(["move", reserve, quantity, {k: v for k, v in data.items() if v is not None}])

    def count(self, reserve: str, quantity: int, **data: Stored) -> None:
        """Stock was counted."""
        self.fact(["count", reserve, quantity, {k: v for k, v in data.items() if v is not None}])

    def log(self, kind: str, id_: str, text: str, at: int | None = None) -> None:
        """A line in the log of a record."""
        self.fact(["log", kind, id_, {"text": text} | ({} if at is None else {"at": at})])

    def fact(self, fact: Fact) -> None:
        """Add any fact; an entry that would grow too large is closed first.

        What it says of personal fields and exact sites goes into an entry of its own, whose facts can be withheld
        from those not entitled while every chain still verifies (row H5).
        """
        # A record registered whole is checked with others of its kind, column by column, when it is folded.
        if fact[0] != "new":
            _refuse_nonsense(fact)
        self.fold.authority.check(self._feed, fact)
        if self.keep_written:
            self.written.append(fact)
        public, personal = _parted(fact)
        if public is not None:
            self._add(public, personal=False)
        if personal is not None:
            self._add(personal, personal=True)

    def _add(self, fact: Fact, *, personal: bool) -> None:
        packed = self._pack(fact)
        size = len(packed) + 1
        if size > journal.MOST_BYTES - 4096:
            raise InvalidValue(_("one record is larger than an entry may be"))
        draft = self._personal if personal else self._public
        if len(draft.facts) >= journal.MOST_FACTS or draft.size + size > journal.MOST_BYTES - 4096:
            self.flush()
            # A full entry tells bulk work from a single command: from here on the encoder that
            # takes 20 ms to import pays for itself. Both give the same bytes.
            self._pack = journal.bulk_packer()
            draft = self._personal if personal else self._public
        draft.facts.append(fact)
        draft.packed.append(packed)
        draft.size += size

    @property
    def pending(self) -> bool:
        """Whether facts wait to be folded."""
        return bool(self._public.facts or self._personal.facts)

    def flush(self) -> None:
        """Write what has gathered as an entry, and fold it; then what of it some are not entitled to."""
        drafts = ((self._public, False), (self._personal, True))
        self._public, self._personal = _Draft(), _Draft()
        for draft, personal in drafts:
            if draft.facts:
                journal.append(
                    self.connection,
                    self.fold,
                    self._signer,
                    facts=draft.facts,
                    packed=draft.packed,
                    wall=self.wall,
                    who=self._who,
                    kind=self.kind,
                    regions=self._places.of_facts(draft.facts),
                    op=self.op,
                    why=self._why,
                    at=self.at,
                    personal=personal,
                )
                self.entries += 1

    def finish(self) -> None:
        """The last entry, and the counter of numbers."""
        self.flush()
        if self._number is not None:
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES('number', ?)", (str(self._number),))

    def require(self, kind: str, id_: str) -> dict[str, Any]:
        """The row of a record. Raises NoSuchRecord."""
        cursor = self.connection.execute(f'SELECT * FROM "{kind}" WHERE id=?', (id_,))
        row = cursor.fetchone()
        if row is None:
            raise NoSuchRecord(_("no {record} {id}").format(record=RECORDS[kind].label, id=safe(id_)))
        return dict(zip((d[0] for d in cursor.description), row, strict=True))
