"""What an audit against a standard says to a person, in lists and on screens alike."""

from __future__ import annotations

from collections.abc import Mapping

from emergency.store import units
from emergency.store.audit import Audit, Counted
from emergency.store.records import BY_NAME
from emergency.store.records.item import CLASSES
from emergency.store.showing import starred
from emergency.store.standards import Line, Standard
from emergency.store.store import Store
from emergency.store.surplus import Candidate
from emergency.store.words import _, language, listed, ngettext


def percent(permille: int | None) -> str:
    """72.5 %; - where nothing is required."""
    return "-" if permille is None else f"{permille / 10:g}%"


def mark_words(a: Audit) -> str:
    """Which marks a team reaches; those that were set for other teams stand in brackets."""
    said = []
    if a.all.permille is not None:
        said.append(("✓" if a.at_mark else "✗") + f" {a.standard.mark}%")
    if a.bound:
        wanted = a.standard.mark_people
        enough = ngettext("{n} person", "{n} people", wanted).format(n=wanted)
        said.append(("✓ " if a.enough_people else "✗ ") + enough)
    return " ".join(said) if a.bound else f"({' '.join(said)})" if said else ""


def class_words(cls: str | None) -> str:
    """A class of a standard, in the language spoken."""
    return CLASSES[cls][1 if language() == "zh" else 0] if cls else ""


def need_words(need: str) -> str:
    """Whether a line is required or optional."""
    return BY_NAME["allocation"]["need"].type.show(need)


def demands(line: Line) -> str:
    """Its specification, what only a person can check behind a ~."""
    return "; ".join([*(s.text() for s in line.spec), *("~" + text for text in line.by_hand)])


def amount(milli: int | None, unit: str) -> str:
    """So much of an item; ? where nobody can say."""
    return "?" if milli is None else units.format_quantity(milli, unit)


def short_words(c: Counted, unit: str) -> str:
    """What lacks for a line, a mark before it."""
    return "✓" if c.met else "✗ " + amount(c.short, unit)


def units_of(store: Store) -> Mapping[str, str]:
    """{kind: its unit}"""
    return dict(store.connection.execute("SELECT id, coalesce(unit, '') FROM item").fetchall())


def candidate(one: Candidate) -> str:
    """Who has something over, how much, and how far away."""
    far = "" if one.distance is None else f" {one.distance / 1000:.1f} km"
    return f"{starred(one.name or one.holder, one.sample)} {one.amount / 1000:g}{far}"


def made_up(standard: Standard) -> str:
    """Said of a standard whose quantities are samples."""
    return _("the quantities of {id} are made up; no official table").format(id=standard.id)


def unspoken_words(unspoken: Mapping[str, int], shown: int = 5) -> str:
    """Teams of which no standard speaks, by type."""
    some = listed(f"{t or '-'} {n}" for t, n in sorted(unspoken.items())[:shown])
    count = sum(unspoken.values())
    return ngettext(
        "{n} team is of a type no standard in force speaks of: {some}",
        "{n} teams are of types no standard in force speaks of: {some}",
        count,
    ).format(n=count, some=some)
