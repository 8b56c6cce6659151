"""The journal through a filter, newest first, a window at a time: `who:王 kind:callup since:2h 大红门`.

A term is `name:value` with one of the names below, or a word: a part of who wrote, of the command, or of why.
Quotes keep blanks together. All terms must hold.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store import history, journal, times
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS
from emergency.store.store import Store
from emergency.store.text import like_pattern, quoted
from emergency.store.words import _, listed

#: {name: its Chinese}: what may stand before the colon.
NAMES = {
    "station": "站点", "kind": "命令", "who": "谁", "op": "操作", "since": "自", "before": "至", "on": "日",
    "record": "记录",
}  # fmt: skip
_TERM = re.compile(r'(?:(\w+)([:：]|[=<>≥≤≠!＝＞＜]+))?("(?:[^"]|"")*"|[^\s"]+)(?=\s|$)')
_IS = (":", "：", "=", "＝")
#: SQL of what the header or the facts of an entry say, which anybody may have written.
_SAID = (
    "CASE WHEN json_valid(CAST(e.{part} AS TEXT)) THEN json_extract(CAST(e.{part} AS TEXT), '$.{name}') END"
)


class Entry(NamedTuple):
    """A stored entry, as far as it can be read."""

    n: int
    feed: str
    station: str
    seq: int
    received: int
    envelope: journal.Envelope
    told: journal.Told


def conditions(store: Store, text: str) -> tuple[str, list[Any]]:
    """The SQL of a filter over `entry e JOIN feed f`. Raises InvalidValue, which says where in `at`."""
    parts, values, at = ["1"], [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TERM.match(text, at)
        if match is None:
            raise _wrong(_("a quote is opened here and not closed"), at)
        name, sign, value = match[1], match[2], match[3]
        value = value[1:-1].replace('""', '"') if value.startswith('"') else value
        try:
            name = _name(name)
            if name and sign not in _IS:
                raise InvalidValue(
                    _("{field} is not compared with {sign}").format(field=name, sign=sign),
                    hint=_("write {name}:{value}").format(name=name, value=quoted(value)),
                )
            sql, its = _term(store, name, value)
        except InvalidValue as error:
            error.at = at
            raise
        parts.append(sql)
        values += its
        at = match.end()
    return " AND ".join(parts), values


def _wrong(message: str, at: int, hint: str = "") -> InvalidValue:
    error = InvalidValue(message, hint=hint)
    error.at = at
    return error


def _name(typed: str | None) -> str:
    if typed is None:
        return ""
    found = [name for name, zh in NAMES.items() if typed.lower() in (name, zh)]
    if not found:
        raise InvalidValue(
            _("the journal is not filtered by {name}").format(name=quoted(typed)),
            hint=_("by {names}").format(names=listed(NAMES)),
        )
    return found[0]


def _said(part: str, name: str) -> str:
    return _SAID.format(part=part, name=name)


def _term(store: Store, name: str, value: str) -> tuple[str, list[Any]]:
    like = like_pattern(value)
    if name == "station":
        return "f.station = ? COLLATE NOCASE", [value]
    if name in ("kind", "who"):
        return f"{_said('header', name)} LIKE ? ESCAPE '\\'", [like]
    if name == "op":
        return "e.op >= ? AND e.op < ?", [value, value + "\U0010ffff"]
    if name == "since":
        return "e.wall >= ?", [_moment(value)]
    if name == "before":
        return "e.wall < ?", [_moment(value)]
    if name == "on":
        start = _day(value)
        return "e.wall >= ? AND e.wall < ?", [start, start + times.DAY]
    if name == "record":
        return _about(store, value)
    looked = [_said("header", "who"), _said("header", "kind"), _said("facts", "why")]
    either = " OR ".join(f"{sql} LIKE ? ESCAPE '\\'" for sql in looked)
    return f"({either})", [like] * len(looked)


def _day(value: str) -> int:
    return times.parse_time(f"{times.parse_date(value)} 00:00", times.now())


def _moment(value: str) -> int:
    """A time, the beginning of a day, or how long ago."""
    now = times.now()
    with contextlib.suppress(InvalidValue):
        return times.parse_time(value, now)
    with contextlib.suppress(InvalidValue):
        return now - times.parse_duration(value)
    with contextlib.suppress(InvalidValue):
        return _day(value)
    raise InvalidValue(
        _("{text} is not a time").format(text=quoted(value)), hint=_("write 2h, 08:00, 2026-07-31")
    )


def _about(store: Store, value: str) -> tuple[str, list[Any]]:
    """The entries with a fact about a record, whatever its kind; `team:FT-1` is of that kind."""
    kind, colon, id_ = value.partition(":")
    kinds = [kind] if colon and kind in RECORDS else list(RECORDS)
    id_ = id_ if colon and kind in RECORDS else value
    found = {
        n
        for one in kinds
        for name in dict.fromkeys((id_, id_.upper()))
        for n in history.entries_about(store, one, name)
    }
    return f"e.n IN ({','.join(map(str, sorted(found)))})", []


class Windows:
    """The entries that a filter lets through, by number; newest first, or oldest first. Raises InvalidValue."""

    def __init__(self, store: Store, text: str, *, newest_first: bool = True) -> None:
        self._store, self._newest = store, newest_first
        self._where, self._values = conditions(store, text)

    def after(self, n: int | None, limit: int, *, itself: bool = False) -> list[Entry]:
        """Those behind a number in the order, or the first."""
        return self._walk(n, limit, down=self._newest, itself=itself)

    def before(self, n: int | None, limit: int) -> list[Entry]:
        """The last in front of a number, or of all; in the order."""
        return self._walk(n, limit, down=not self._newest, itself=False)[::-1]

    def has(self, n: int) -> bool:
        """Whether an entry is let through."""
        return bool(self._count("e.n = ?", [n]))

    def count(self) -> int:
        """How many there are."""
        return self._count("1", [])

    def rank(self, n: int) -> int:
        """How many stand before a number."""
        return self._count(f"e.n {'>' if self._newest else '<'} ?", [n])

    def _walk(self, n: int | None, limit: int, *, down: bool, itself: bool) -> list[Entry]:
        where, values = self._where, list(self._values)
        if n is not None:
            where += f" AND e.n {'<' if down else '>'}{'=' if itself else ''} ?"
            values.append(n)
        order = f"e.n {'DESC' if down else 'ASC'} LIMIT {int(limit)}"
        stations = {feed.id: feed.station for feed in journal.feeds(self._store.connection).values()}
        return [
            Entry(number, feed, stations.get(feed, ""), seq, received, envelope, journal.told(envelope))
            for number, feed, seq, received, envelope in journal.read(
                self._store.connection, where, values, order
            )
        ]

    def _count(self, sql: str, values: Sequence[Any]) -> int:
        row = self._store.connection.execute(
            f"SELECT count(*) FROM entry e JOIN feed f ON f.n = e.feed WHERE {self._where} AND {sql}",
            (*self._values, *values),
        ).fetchone()
        return int(row[0])
