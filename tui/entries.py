"""An entry of the journal in full: who, when, why, each of its facts in words, and whether it is as it was signed."""

from __future__ import annotations

from typing import Any

from emergency.store import journal, proof, saying, times
from emergency.store.causality import PLACES
from emergency.store.errors import NoSuchRecord
from emergency.store.records import RECORDS
from emergency.store.store import Store
from emergency.store.words import _, aside, listed
from emergency.tui.panel import Row, Target
from emergency.tui.style import mark

#: So many facts are told one by one: an import has as many as its sheet has rows.
MOST = 500


def told(store: Store, n: str) -> tuple[str, tuple[Row, ...]]:
    """(title, rows). Raises NoSuchRecord."""
    connection = store.connection
    found = next(iter(journal.read(connection, "e.n = ?", [n])), None)
    if found is None:
        raise NoSuchRecord(_("no entry {which}").format(which=n))
    number, feed, seq, received, envelope = found
    entry = journal.told(envelope)
    header = entry.header
    known = journal.feeds(connection).get(feed)
    wrong = proof.of_one(connection, number)
    signed = proof.words(wrong) if wrong else _("signed by the key of its feed, unchanged")
    rows = [
        Row(("", _("Command"), header["kind"])),
        Row(("", _("Who"), "  ".join(filter(None, (header["who"], known.station if known else ""))))),
        Row(("", _("Happened"), times.as_told(entry.at))),
        Row(("", _("Recorded"), times.as_told(header["wall"]))),
        Row(("", _("Received"), times.as_told(received))),
        Row(("", _("Why"), entry.why)),
        Row(("", _("Operation"), header["op"])),
        Row((mark("late" if wrong else "good"), _("Signature"), signed), "late" if wrong else ""),
        Row(("", _("Hash"), journal.digest(envelope.header).hex())),
        Row(("", _("Feed"), f"{feed}:{seq}")),
        Row(("", _("Regions"), listed(header["regions"]))),
        *_facts(connection, number, entry),
    ]
    return f"{_('Entry')} {n}", tuple(row for row in rows if row.tone == "head" or row.cells[2])


def _facts(connection: Any, number: int, entry: journal.Told) -> list[Row]:
    if entry.facts is None:
        return [Row((mark("ask"), _("Facts"), _("withheld from this station")), "ask")]
    inert = dict(
        connection.execute(
            "SELECT mark % ?1, why FROM inert WHERE mark / ?1 = ?2", (PLACES, number)
        ).fetchall()
    )
    rows = [Row(("", _("Facts: {n}").format(n=len(entry.facts)), ""), "head")]
    for place, stated in enumerate(entry.facts[:MOST]):
        done, what, how = saying.fact(stated)
        if why := inert.get(place):
            how = aside(how, _("of no effect: {why}").format(why=why))
        tone = "ask" if why else ""
        rows.append(Row((mark(tone), done, f"{what}  {how}".strip()), tone, _record(stated)))
    if len(entry.facts) > MOST:
        rows.append(Row(("", "", _("and {n} more").format(n=len(entry.facts) - MOST)), "dim"))
    return rows


def _record(stated: Any) -> Target | None:
    """What a fact is about, to be opened."""
    match stated:
        case ["new" | "set" | "told" | "log", str() as kind, str() as id_, *_rest] if kind in RECORDS:
            return Target(kind, id_)
        case ["step" | "claim", str() as line, *_rest]:
            return Target("line", line)
        case ["move" | "count", str() as reserve, *_rest]:
            return Target("reserve", reserve)
    return None


def short(entry: journal.Told) -> str:
    """What an entry says in one phrase: its first fact, and how many more."""
    if entry.facts is None:
        return _("withheld from this station")
    if not entry.facts:
        return ""
    done, what, how = saying.fact(entry.facts[0])
    more = f" +{len(entry.facts) - 1}" if len(entry.facts) > 1 else ""
    return f"{what or how} {done}{more}".strip()


def when(ms: int) -> str:
    """A time that any clock may have told, as short as can be."""
    try:
        return times.format_short(ms, times.now())
    except (ValueError, OverflowError, OSError):
        return times.as_told(ms)
