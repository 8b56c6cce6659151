"""Facts into tables: the same set of entries gives the same tables, in whatever order they came.

A fact is a JSON array whose first word is one of FACTS. A fact that makes no sense is kept,
forwarded and inert, with a reason that can be seen; it never stops the facts behind it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from emergency.store import cells, claims, lines, stock, trigrams
from emergency.store.alike import Alike
from emergency.store.authority import Authority
from emergency.store.causality import PLACES, Causality
from emergency.store.cells import Setting, set_cells, tell
from emergency.store.errors import InvalidField, InvalidValue
from emergency.store.records import RECORDS, Field, Record, Stored
from emergency.store.records.declare import BY_NAME
from emergency.store.text import search_text

Fact = list[Any]
#: A record as it is registered: (id, values, mark).
Newcomer = tuple[str, dict[str, Any], int]


class Nonsense(Exception):
    """A fact that cannot be folded; the message says why, in a word."""


#: What folding a fact of any shape may raise; anything else is a fault of ours.
_FAULTS = (Nonsense, InvalidValue, ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError)


class Fold:
    """Folds entries into the tables of one open store, inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, *, strict: bool = False) -> None:
        self.connection = connection
        #: Whether what makes no sense is refused, as in a command's own writing, instead of being inert.
        self.strict = strict
        self.order = Causality(connection)
        self.authority = Authority(connection)
        self._indexed = trigrams.indexed(connection)
        self._alike = Alike(connection)
        self._lines: set[str] = set()
        self._claimed: set[str] = set()
        #: What the entry says of fields, by kind of record: folded together, since most of it is alike.
        self._said: dict[str, list[Newcomer]] = {}
        self._facts: dict[str, Callable[[Fact, int, int], None]] = {
            "set": self._set,
            "told": self._told,
            "step": self._step,
            "claim": self._claim,
            "settle": self._settle,
            "move": self._move,
            "count": self._count,
            "log": self._log,
            # What these two say is worked out from the journal before anything is folded.
            "feed": lambda fact, mark, at: None,
            "clock": lambda fact, mark, at: None,
        }

    def entry(self, n: int, feed: int, seq: int, at: int, facts: list[Fact]) -> None:
        """Fold the facts of one entry. `at` is when they happened unless a fact says so itself."""
        self.order.learn(n, feed, seq)
        newcomers: dict[str, list[Newcomer]] = {}
        for place, fact in enumerate(facts):
            try:
                if fact and fact[0] == "new":
                    kind, id_, values = self._new(fact)
                    newcomers.setdefault(kind, []).append((id_, values, n * PLACES + place))
            except _FAULTS as error:
                self._fault(n * PLACES + place, error)
        for kind, rows in newcomers.items():
            self._register(RECORDS[kind], rows)
        for place, fact in enumerate(facts):
            mark = n * PLACES + place
            try:
                if not fact or (fact[0] not in self._facts and fact[0] != "new"):
                    raise Nonsense("unknown-fact")
                if fact[0] != "new":
                    self._facts[fact[0]](fact, mark, at)
            except _FAULTS as error:
                self._fault(mark, error)
        self._set_said()
        self.settle_lines()

    def forget(self) -> None:
        """What was touched and not yet settled was rolled back."""
        self._lines, self._claimed, self._said = set(), set(), {}
        self.order = Causality(self.connection)
        self.authority = Authority(self.connection)
        self._alike = Alike(self.connection)

    def show_again(self) -> None:
        """Choose anew what is shown of cells that stand apart: a clock was found wrong."""
        for kind, id_, name in cells.show_again(self.connection):
            if name in RECORDS[kind].search:
                self._make_findable(RECORDS[kind], [id_])

    def settle_lines(self) -> None:
        """Refold every line that the facts so far have touched, and the claims on it."""
        touched, self._lines = self._lines, set()
        claimed, self._claimed = self._claimed, set()
        lines.refold(self.connection, self.order, touched)
        if touched:
            claims.refold(self.connection, touched)
        if claimed:
            claims.show(self.connection, claimed)
        self._alike.settle()

    def reference(self, kind: str, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Reference data that ships with the program: every fact beats it."""
        self._register(RECORDS[kind], [(id_, values, 0) for id_, values in rows])

    def _fault(self, mark: int, error: Exception) -> None:
        if not self.strict:
            self._inert(mark, str(error))
        elif isinstance(error, Nonsense):
            raise InvalidValue(str(error)) from None
        else:
            raise error

    def _inert(self, mark: int, why: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO inert VALUES(?,?)", (mark, why))

    @staticmethod
    def _new(fact: Fact) -> tuple[str, str, dict[str, Any]]:
        _, kind, id_, values = fact
        if kind not in RECORDS:
            raise Nonsense("unknown-kind")
        if not isinstance(id_, str) or not id_ or not isinstance(values, dict):
            raise Nonsense("malformed")
        return kind, id_, values

    def _register(self, record: Record, rows: list[Newcomer]) -> None:
        """Records set whole. Those nobody has heard of go in as rows; others field by field."""
        kind = record.noun
        present = self._present(kind, [id_ for id_, _, _ in rows])
        fresh: dict[tuple[str, ...], list[Newcomer]] = {}
        late = []
        for row in rows:
            if row[0] in present:
                late.append(row)
            else:
                present.add(row[0])
                fresh.setdefault(tuple(row[1]), []).append(row)
        for names, same_shape in fresh.items():
            self._insert(record, names, same_shape)
        if late:
            self._set_fields(record, late)
            self.connection.executemany(f'UPDATE "{kind}" SET known=1 WHERE id=?', [row[:1] for row in late])
        self._heal(kind, rows)

    def _present(self, kind: str, ids: list[str]) -> set[str]:
        marks = ",".join("?" * len(ids))
        found = self.connection.execute(f'SELECT id FROM "{kind}" WHERE id IN ({marks})', ids)
        return {id_ for (id_,) in found}

    def _insert(self, record: Record, names: tuple[str, ...], rows: list[Newcomer]) -> None:
        """Rows of one shape, column by column."""
        fields = [f for f in map(record.field, names) if f is not None and not f.folded]
        unknown = [n for n in names if (f := record.field(n)) is None or f.folded]
        columns: dict[str, Sequence[Any]] = {"id": [id_ for id_, _, _ in rows]}
        for f in fields:
            values = [values[f.name] for _, values, _ in rows]
            stored = values
            if not f.type.plainly(values):
                stored = [self._checked(f, v, rows[i][2]) for i, v in enumerate(values)]
            names_of = list(f.type.columns(f.name))
            if len(names_of) == 1:
                columns[f.name] = stored
            else:
                columns |= zip(names_of, zip(*map(f.type.spread, stored), strict=True), strict=True)
            # A row's mark speaks for the values it has: a field set to nothing speaks for itself.
            for i in [i for i, v in enumerate(values) if v is None] if None in values else ():
                self._set_to_nothing(record, rows[i][0], f.name, rows[i][2])
        parts = [[str(v.get(s) or "") for _, v, _ in rows] for s in record.search]
        columns["search"] = list(map(search_text, *parts))
        columns["mark"] = [mark for _, _, mark in rows]
        if record.noun == "equipment":
            columns["alike"] = self._alike.register(columns)
        listed = ", ".join(f'"{c}"' for c in columns)
        marks = ",".join("?" * len(columns))
        self.connection.executemany(
            f'INSERT INTO "{record.noun}"({listed}, known) VALUES({marks}, 1)',
            zip(*columns.values(), strict=True),
        )
        if record.noun in self._indexed:
            trigrams.add(self.connection, record.noun, zip(columns["id"], columns["search"], strict=True))
        for _, _, mark in rows if unknown else ():
            self._fault(mark, Nonsense("unknown-field: " + " ".join(unknown)))

    def _checked(self, field: Field, value: Any, mark: int) -> Stored:
        try:
            return field.type.check(value)
        except InvalidValue as error:
            if self.strict:
                raise InvalidField(field.name, f"{field.label}: {error.message}", hint=error.hint) from None
            self._inert(mark, f"{field.name}: {error}")
            return None

    def _set_to_nothing(self, record: Record, id_: str, field: str, mark: int) -> None:
        self.connection.execute(
            "INSERT INTO cell VALUES(?,?,?,?,?,NULL,1)",
            (record.noun, id_, field, mark, self.order.feed(mark)),
        )

    def _heal(self, kind: str, rows: list[Newcomer]) -> None:
        """What waited for these records takes its place now that they have come."""
        if kind == "line":
            self._lines.update(id_ for id_, _, _ in rows)
        elif kind in claims.CLAIMABLE:
            if self.connection.execute("SELECT EXISTS(SELECT 1 FROM claim)").fetchone()[0]:
                self._claimed.update(claims.thing(kind, id_) for id_, _, _ in rows)
        elif kind == "reserve":
            for id_, _, _ in rows:
                stock.show(self.connection, self.order, id_)

    def _set(self, fact: Fact, mark: int, at: int) -> None:
        kind, id_, values = self._new(fact[:4])
        self._said.setdefault(kind, []).append((id_, values, mark))

    def _set_said(self) -> None:
        """Fold what was said of fields so far."""
        said, self._said = self._said, {}
        for kind, facts in said.items():
            self._await(kind, facts)
            self._set_fields(RECORDS[kind], facts)

    def _told(self, fact: Fact, mark: int, at: int) -> None:
        """What a station says of another's record at second hand: it stands under all that is said first-hand."""
        kind, id_, values = self._new(fact)
        self._set_said()
        self._await(kind, [(id_, values, mark)])
        record = RECORDS[kind]
        checked = self._sound(record, values, mark)
        for name, value in checked.items():
            tell(self.connection, kind, id_, BY_NAME[kind][name], value, mark)
        if any(name in checked for name in record.search):
            self._make_findable(record, [id_])

    def _await(self, kind: str, facts: list[Newcomer]) -> None:
        """Spoken of before they were heard of: placeholders, which heal when the records come."""
        named = {fact[0]: fact for fact in facts}
        marks = ",".join("?" * len(named))
        found = self.connection.execute(f'SELECT count(*) FROM "{kind}" WHERE id IN ({marks})', list(named))
        if found.fetchone()[0] == len(named):
            return
        present = self._present(kind, list(named))
        awaited = {id_: fact for id_, fact in named.items() if id_ not in present}
        self.connection.executemany(
            f"INSERT INTO \"{kind}\"(id, search, known) VALUES(?, '', 0)", [(id_,) for id_ in awaited]
        )
        if kind in self._indexed:
            trigrams.add(self.connection, kind, ((id_, "") for id_ in awaited))
        if kind == "equipment":
            self._alike.wait(awaited)
        self._heal(kind, list(awaited.values()))

    def _set_fields(self, record: Record, facts: list[Newcomer]) -> None:
        """Fold facts about fields of records whose rows are there, in the order of their marks."""
        by_field: dict[str, list[Setting]] = {}
        for id_, values, mark in facts:
            for name, value in self._sound(record, values, mark).items():
                by_field.setdefault(name, []).append(Setting(id_, value, mark))
        for name, settings in by_field.items():
            field = BY_NAME[record.noun][name]
            while settings:
                # A cell that is set twice takes turns.
                turn = {s.id: s for s in reversed(settings)}
                set_cells(self.connection, self.order, record.noun, field, list(turn.values()))
                settings = [s for s in settings if turn[s.id] is not s] if len(turn) < len(settings) else []
            if name in record.search:
                self._make_findable(record, [s.id for s in by_field[name]])

    def _sound(self, record: Record, values: dict[str, Any], mark: int) -> dict[str, Stored]:
        """The values that a fact may set; for the others it is inert, with the reason."""
        unknown: list[str] = []
        wrong: list[str] = []
        sound: dict[str, Stored] = {}
        for name, value in values.items():
            field = record.field(name)
            if field is None or field.folded:
                unknown.append(name)
                continue
            try:
                sound[name] = field.type.check(value)
            except InvalidValue as error:
                wrong.append(name)
                if self.strict:
                    raise InvalidField(name, f"{field.label}: {error.message}", hint=error.hint) from None
        why = ["unknown-field: " + " ".join(unknown)] if unknown else []
        why += ["wrong-value: " + " ".join(wrong)] if wrong else []
        if why:
            self._fault(mark, Nonsense("; ".join(why)))
        return sound

    def _make_findable(self, record: Record, ids: Sequence[str]) -> None:
        """Make the search text of records anew where a field that it is made of was set."""
        listed = ", ".join(f'"{name}"' for name in record.search)
        marks = ",".join("?" * len(ids))
        rows = self.connection.execute(
            f'SELECT id, search, {listed} FROM "{record.noun}" WHERE id IN ({marks})', ids
        ).fetchall()
        now = [(id_, was, search_text(*[str(v or "") for v in values])) for id_, was, *values in rows]
        other = [(id_, search) for id_, was, search in now if search != was]
        self.connection.executemany(
            f'UPDATE "{record.noun}" SET search=? WHERE id=?', [(search, id_) for id_, search in other]
        )
        if record.noun in self._indexed:
            trigrams.add(self.connection, record.noun, other)

    def _step(self, fact: Fact, mark: int, at: int) -> None:
        _, line, name, data = fact
        if not isinstance(line, str) or not isinstance(name, str) or not isinstance(data, dict):
            raise Nonsense("malformed")
        happened = data.get("at", at)
        text = json.dumps(data, ensure_ascii=False) if data else None
        self.connection.execute(
            "INSERT OR IGNORE INTO step VALUES(?,?,?,?,?,NULL)", (line, mark, name, happened, text)
        )
        self._lines.add(line)

    def _claim(self, fact: Fact, mark: int, at: int) -> None:
        _, line, thing, *more = fact
        if not isinstance(thing, str) or ":" not in thing or not isinstance(line, str):
            raise Nonsense("malformed")
        told = int(bool(more and more[0].get("told")))
        self.connection.execute("INSERT OR IGNORE INTO claim VALUES(?,?,?,1,?)", (thing, line, mark, told))
        self._lines.add(line)

    def _settle(self, fact: Fact, mark: int, at: int) -> None:
        _, named, keep = fact
        for line in named:
            self.connection.execute("INSERT OR IGNORE INTO settled VALUES(?,?,?)", (line, mark, keep))
            self._lines.add(line)

    def _move(self, fact: Fact, mark: int, at: int) -> None:
        self._ledger(fact, mark, at, is_count=False)

    def _count(self, fact: Fact, mark: int, at: int) -> None:
        self._ledger(fact, mark, at, is_count=True)

    def _ledger(self, fact: Fact, mark: int, at: int, *, is_count: bool) -> None:
        _, reserve, quantity, data = fact
        if not isinstance(reserve, str) or type(quantity) is not int:
            raise Nonsense("malformed")
        text = json.dumps(data, ensure_ascii=False) if data else None
        happened = data.get("at", at)
        stock.add(
            self.connection, self.order, reserve, mark, quantity, is_count=is_count, at=happened, data=text
        )

    def _log(self, fact: Fact, mark: int, at: int) -> None:
        _, kind, id_, data = fact
        self.connection.execute(
            "INSERT OR IGNORE INTO log VALUES(?,?,?,?,?)",
            (kind, id_, mark, data.get("at", at), str(data["text"])),
        )
