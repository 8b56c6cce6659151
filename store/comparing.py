"""Two versions of a standard side by side: their lines, and the teams that there are (row D4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from emergency.store import units
from emergency.store.audit import Audit, Scope, Share, audit
from emergency.store.standards import Line, Standard
from emergency.store.store import Store
from emergency.store.words import _, listed, phrase


def lines(before: Standard, after: Standard) -> Iterator[tuple[str, Line, Line | None]]:
    """(`+`, `-` or `~`, the line, what it was): what was added, taken away or changed."""
    old, new = {_key(x): x for x in before.lines}, {_key(x): x for x in after.lines}
    for key, line in new.items():
        was = old.get(key)
        if was is None:
            yield "+", line, None
        elif words(was) != words(line):
            yield "~", line, was
    for key, line in old.items():
        if key not in new:
            yield "-", line, None


def _key(line: Line) -> tuple[Any, ...]:
    return line.type, line.level, line.grade, line.cls, line.item, line.qualification


def per(what: str, each: int) -> str:
    """What a quantity is counted by: a person, so many vehicles; nothing where it is by the team."""
    return {
        "team": "",
        "person": _("for {n} people").format(n=each) if each > 1 else _("per person"),
        "vehicle": _("for {n} vehicles").format(n=each) if each > 1 else _("per vehicle"),
    }[what]


def words(line: Line, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """What a line asks for, in a few words; `names` of the items that may be there instead, else their codes."""
    counted = per(line.per, line.each)
    parts = [units.format_quantity(line.quantity, ""), counted, *(s.text() for s in line.spec), *line.by_hand]
    parts.append(_("(optional)") if line.need == "optional" else "")
    if line.instead:
        parts.append(_("or {items}").format(items=listed(names.get(item, item) for item in line.instead)))
    return phrase(parts)


def teams(store: Store, before: Standard, after: Standard, scope: Scope) -> list[dict[str, Any]]:
    """Each team that either speaks of, before and after; what falls most stands first."""
    sides: list[dict[str, Audit]] = []
    for standard in (before, after):
        found = audit(store, scope, [standard])
        sides.append({a.team["id"]: a for a in found.audits})
    names = found.held.kinds
    out = []
    for id_ in dict.fromkeys([*sides[0], *sides[1]]):
        a, b = sides[0].get(id_), sides[1].get(id_)
        team = (a or b).team  # type: ignore[union-attr]
        short_before, short_after = _short(a), _short(b)
        was, will = _percent(a), _percent(b)
        out.append(
            {
                "team": id_,
                "name": team["name"],
                "type": team["type"],
                "region": team["region"],
                "sample": before.sample or after.sample,
                "before": None if a is None else _plain(a.all),
                "after": None if b is None else _plain(b.all),
                "change": None if was is None or will is None else round(will - was, 1),
                "new_gaps": [names.get(i, i) for i in short_after if i not in short_before],
                "closed_gaps": [names.get(i, i) for i in short_before if i not in short_after],
            }
        )
    out.sort(key=lambda r: (r["change"] is None, r["change"] or 0, len(r["team"]), r["team"]))
    return out


def _short(a: Audit | None) -> list[str]:
    return [] if a is None else list(dict.fromkeys(c.line.item for c in a.gaps))


def _percent(a: Audit | None) -> float | None:
    return None if a is None or a.all.permille is None else a.all.permille / 10


def _plain(share: Share) -> dict[str, Any]:
    return {
        "met": share.met,
        "lines": share.lines,
        "compliance": None if share.permille is None else share.permille / 10,
        "filled": None if share.fill is None else share.fill / 10,
    }
