"""Filters as SQL: what each term of filters.py asks of the tables, and what free, ready and stale mean there."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from emergency.store import filters, times, trigrams
from emergency.store.errors import EmergencyError, InvalidValue, NoSuchRecord
from emergency.store.filters import Term
from emergency.store.records import RECORDS, Record
from emergency.store.records.capability import TOGETHER
from emergency.store.records.declare import Field
from emergency.store.records.equipment import AT_HAND, OUT_OF_SERVICE, itself
from emergency.store.records.steps import ACTIVE, ENDED
from emergency.store.records.team import STALE_AFTER
from emergency.store.records.types import Amount, Date, Integer, Point, Quantity, Ref, Stored, Time
from emergency.store.store import Store
from emergency.store.text import quoted, safe, search_terms
from emergency.store.trigrams import Sql
from emergency.store.words import _, listed


def _words(values: Sequence[str]) -> str:
    return ", ".join(f"'{v}'" for v in values)


#: SQL: a call-up line is late, as following.overdue says of one; now, three times.
LATE = (
    """EXISTS(SELECT 1 FROM callup c WHERE c.id = line."order" AND (line.state = 'issued' AND ? > c.ack_by"""
    f" OR line.state IN ({_words([s for s in ACTIVE if s not in ('on_scene', 'released')])}) AND ? > c.by"
    " OR line.state IN ('on_scene', 'released') AND ? > coalesce(line.until, c.until)))"
)
#: SQL: in use, one thing once, and not out of service.
_IN_SERVICE = f"retired IS NULL AND {itself()} AND coalesce(serviceability, 'serviceable') NOT IN ({_words(OUT_OF_SERVICE)})"
#: SQL: nobody claims it, it is at hand, and it is not out of service.
FREE = (
    f"claimed IS NULL AND coalesce(custody, 'home') IN ({_words(AT_HAND)})"
    f" AND coalesce(serviceability, 'serviceable') NOT IN ({_words(OUT_OF_SERVICE)})"
)
_READY = "readiness = 'ready' AND reported_at >= ?"


def unleased() -> str:
    """SQL: no other station alone may order it now."""
    return (
        f"(leased_until IS NULL OR leased_until < {times.now()}"
        " OR leased_to = (SELECT value FROM meta WHERE key='station'))"
    )


def stale_after() -> int:
    """The age at which a report counts as stale, in milliseconds. Raises BadSettings."""
    return times.span_set("EMERGENCY_STALE_AFTER", STALE_AFTER)


def all_of(store: Store, kind: str, terms: Sequence[Term], *, retired: bool = False) -> Sql:
    """SQL for all terms together, over the records in use; with `retired`, over the others too.

    A term about `retired` looks at both by itself. Raises InvalidValue and NoSuchRecord, which say where.
    """
    record = RECORDS[kind]
    words = [folded(term.value) for term in terms if term.op == filters.WORD and kind != "line"]
    # First, since it is this that finds the few that a rare word lets through.
    sql, values = trigrams.narrowed(store.connection, kind, words)
    parts, values = [sql], [*values]
    for term in terms:
        try:
            sql, its = _one(store, record, term)
        except EmergencyError as error:
            if error.at is None:
                error.at = term.at
            raise
        parts.append(sql)
        values += its
    # Last, since SQLite asks in this order, and most records are in use.
    if not retired and not any(term.name == "retired" for term in terms):
        parts.append("retired IS NULL")
        if kind == "equipment":
            parts.append(itself())
    return " AND ".join(parts), values


def _one(store: Store, record: Record, term: Term) -> Sql:
    if term.op == filters.WORD:
        return _word(term.value) if record.noun != "line" else _line_word(store, term.value)
    if term.op == filters.STATE:
        return _derived(record.noun, term.value)
    field = filters.field_of(record, term.name)
    if field is None or type(field.type) is Point:
        raise InvalidValue(
            _("{record} has no field {name}").format(record=record.label, name=safe(term.name))
        )
    if record.noun == "team" and field.name in filters.ABILITIES:
        return _able(field, term)
    column = f'"{field.name}"'
    if record.noun == "line" and field.name == "incident":
        column = '(SELECT incident FROM callup WHERE callup.id = line."order")'
    if not term.value:
        return f"{column} IS {'NOT ' if term.op == '!=' else ''}NULL", []
    if isinstance(field.type, Quantity | Integer):
        times_1000 = "" if isinstance(field.type, Quantity | Amount) else " * 1000"
        figure = filters.thousandths(field, term.value)
        return _compared(f"{column}{times_1000}", term.op, figure)
    if isinstance(field.type, Date):
        return _day(column, term.op, str(field.type.parse(term.value)))
    if isinstance(field.type, Time):
        return _moment(column, term.op, field.type.parse(term.value))
    if isinstance(field.type, Ref):
        return _reference(store, field, column, term)
    return _text(field, column, term)


def _able(field: Field, term: Term) -> Sql:
    """Teams by what their items that are not out of service can do together, or one of them; without such an item, nothing."""
    together = field.name in TOGETHER
    # As kept in groups (alike.py), beside what is looked at by itself: a million items are some thousand groups.
    able = (
        f'SELECT h.team, k."{field.name}"{" * h.items" if together else ""} AS able FROM likeness k'
        f" JOIN held h ON h.alike = k.n WHERE k.\"{field.name}\" IS NOT NULL AND k.why <> 'broken' UNION ALL"
        f' SELECT team, "{field.name}" FROM equipment WHERE id IN (SELECT id FROM alone)'
        f' AND "{field.name}" IS NOT NULL AND team IS NOT NULL AND {_IN_SERVICE}'
    )
    if not term.value:
        return f"id {'' if term.op == '!=' else 'NOT '}IN (SELECT team FROM ({able}))", []
    best = f"{'sum' if together else 'max'}(able){'' if isinstance(field.type, Quantity) else ' * 1000'}"
    sql, values = _compared(best, term.op, filters.thousandths(field, term.value))
    return f"id IN (SELECT team FROM ({able}) GROUP BY team HAVING {sql})", values


def _compared(column: str, op: str, value: Stored) -> Sql:
    """A plain comparison; what is not there is not equal to anything, and neither more nor less."""
    return f"{column} {'IS NOT' if op == '!=' else op} ?", [value]


def _word(word: str) -> Sql:
    """A part of a name, its pinyin or initials; with a figure in it, of an id too."""
    needle = folded(word)
    if any(c.isdigit() for c in needle):
        # Ids are in capitals, as stations give them.
        return "(instr(search, ?) OR instr(id, ?))", [needle, needle.upper()]
    return "instr(search, ?)", [needle]


def _line_word(store: Store, word: str) -> Sql:
    """A part of what a line calls, by its names, or of its id."""
    needle = folded(word)
    parts, values = [], []
    for kind in ("team", "equipment", "item"):
        sql, its = _called(store, kind, needle)
        parts.append(f'"{kind}" IN ({sql})')
        values += its
    named = " OR ".join(parts)
    if any(c.isdigit() for c in needle):
        # FT-1 is that order, or that team, and neither FT-10 nor FT-11.
        whole = needle.upper()
        return f'({named} OR id = ? OR "order" = ? OR team = ? OR instr(equipment, ?))', [
            *values,
            *[whole] * 4,
        ]
    return f"({named})", [*values]


def _called(store: Store, kind: str, needle: str) -> Sql:
    """The ids of the records with a part of a name."""
    sql, values = trigrams.narrowed(store.connection, kind, [needle])
    return f'SELECT id FROM "{kind}" WHERE {sql} AND instr(search, ?)', [*values, needle]


def folded(word: str) -> str:
    """A word in the form that the search column has."""
    return " ".join(search_terms(word))


def narrows(terms: Sequence[Term], before: Sequence[Term]) -> bool:
    """Whether all that these terms let through, those before let through too: the last word was typed further."""
    if (
        len(terms) != len(before)
        or not terms
        or any(t.value == "stale" for t in before if t.op == filters.STATE)
    ):
        return False
    last, was = terms[-1], before[-1]
    if not last.op == was.op == filters.WORD or [t[:3] for t in terms[:-1]] != [t[:3] for t in before[:-1]]:
        return False
    (sql, values), (sql_before, values_before) = _word(last.value), _word(was.value)
    return sql == sql_before and values_before[0] in values[0]


def _derived(kind: str, state: str) -> Sql:
    since = times.now() - stale_after()
    if state == "ready" and kind == "equipment":
        reported = f"(team IS NULL OR team IN (SELECT id FROM team WHERE {_READY}))"
        return f"({FREE} AND {unleased()} AND {reported})", [since]
    if state == "ready":
        return f"({_READY})", [since]
    if state == "stale":
        return "reported_at < ?", [since]
    if state == "open":
        return f"state NOT IN ({_words(ENDED)})", []
    if state == "overdue":
        return LATE, [times.now()] * 3
    return f"({FREE} AND {unleased()})", []


def _day(column: str, op: str, day: str) -> Sql:
    """A month or a year is all of its days."""
    if op in ("=", "!="):
        return _compared(f"substr({column}, 1, {len(day)})", op, day)
    return _compared(column, op, Date.last_day(day) if op in (">", "<=") else day)


def _moment(column: str, op: str, at: Stored) -> Sql:
    """Equal is within its minute, the finest that is shown."""
    if op not in ("=", "!="):
        return _compared(column, op, at)
    within = f"({column} IS NOT NULL AND {column} >= ? AND {column} < ?)"
    return ("NOT " if op == "!=" else "") + within, [at, int(at or 0) + times.MINUTE]


def _reference(store: Store, field: Field, column: str, term: Term) -> Sql:
    assert isinstance(field.type, Ref)
    kind = field.type.kind
    unlike = "NOT " if term.op == "!=" else ""
    if kind == "region":
        return f"{unlike}({column} IS NOT NULL AND {column} >= ? AND {column} < ?)", [
            *region_range(store, term.value)
        ]
    if kind == "item" and field.name == "kind":
        kinds = kinds_named(store, term.value)
        return f"{unlike}({column} IS NOT NULL AND {column} IN ({','.join('?' * len(kinds))}))", [*kinds]
    if term.op == ":":
        sql, values = _called(store, kind, folded(term.value))
        return f"({column} = ? OR {column} IN ({sql}))", [term.value, *values]
    return _compared(column, term.op, store.find(kind, term.value, loose=True))


def _text(field: Field, column: str, term: Term) -> Sql:
    if term.op == ":":
        return f"instr(lower({column}), lower(?))", [field.type.normal(term.value)]
    return _compared(column, term.op, field.type.parse(term.value))


def known_type(store: Store, text: str) -> str:
    """A type of team as it was typed: that of a team in use, or a part of it. Raises NoSuchRecord."""
    types = [
        str(type_)
        for (type_,) in store.connection.execute(
            "SELECT type FROM team WHERE type IS NOT NULL AND retired IS NULL GROUP BY type ORDER BY count(*) DESC, type"
        )
    ]
    if not any(text in type_ for type_ in types):
        raise NoSuchRecord(
            _("no team is of the type {type}").format(type=quoted(text)),
            hint=_("there are: {names}").format(names=safe(listed(types[:12])))
            if types
            else _("no team says its type"),
        )
    return text


def region_range(store: Store, text: str) -> tuple[str, str]:
    """The range of codes under a region: a code, the beginning of one, or a name.

    An abolished code stands for its successor (row H8). Raises NoSuchRecord.
    """
    code = text.strip()
    if not code.isdigit():
        named = store.connection.execute(
            "SELECT id FROM region WHERE (name=?1 OR short=?1) AND retired IS NULL ORDER BY id", (code,)
        ).fetchall()
        # 北京市 is a province and the city level below it: the one that holds the others is meant.
        wide = [id_ for (id_,) in named if all(other.startswith(id_.rstrip("0")) for (other,) in named)]
        code = wide[0] if wide else store.find("region", code)
    row = store.row("region", code) if len(code) == 6 else None
    if row and row["successors"]:
        successors = str(row["successors"]).split()
        if len(successors) > 1:
            raise NoSuchRecord(
                _("region {code} is abolished; it became {successors}").format(
                    code=safe(code), successors=listed(successors)
                ),
                hint=_("name one of them"),
            )
        code = successors[0]
    prefix = code[:6]
    if len(prefix) == 6:
        for tail in ("0000", "00"):
            if prefix.endswith(tail):
                prefix = prefix[: -len(tail)]
                break
    # Beijing and Tianjin keep a city level (110100) that covers the same counties as the province.
    if not prefix.isdigit() or not 2 <= len(prefix) <= 6:
        raise NoSuchRecord(
            _("no region {code}").format(code=safe(text)), hint=_("emergency region list shows them")
        )
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)


def kinds_named(store: Store, text: str) -> list[str]:
    """Every item kind that a word means, and all below them: 泵 is each kind of pump."""
    try:
        named = [store.find("item", text)]
    except NoSuchRecord:
        sql, values = all_of(store, "item", [Term("", filters.WORD, text)])
        named = [id_ for (id_,) in store.connection.execute(f"SELECT id FROM item WHERE {sql}", values)]
        if not named:
            raise
    return sorted({kind for name in named for kind in kinds_under(store.connection, name)})


def kinds_under(connection: sqlite3.Connection, item: str) -> list[str]:
    """An item kind and every kind below it."""
    rows = connection.execute(
        "WITH RECURSIVE down(id) AS (VALUES(?) UNION SELECT i.id FROM item i JOIN down ON i.parent = down.id)"
        " SELECT id FROM down",
        (item or "",),
    )
    return [id_ for (id_,) in rows]
