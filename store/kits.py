"""Whether a kit is complete: every part there, and in date, at a check that is not too old (row B3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import times, units
from emergency.store.board import moment
from emergency.store.errors import InvalidValue, NoSuchRecord, Refused
from emergency.store.lookup import find
from emergency.store.records.types import Date
from emergency.store.store import Store
from emergency.store.text import fold_width, quoted, safe
from emergency.store.words import _, listed

if TYPE_CHECKING:
    from emergency.store.writer import Writer


class Part(NamedTuple):
    """One thing that a kit must hold; amounts in thousandths of its unit."""

    id: str
    item: str
    name: str
    unit: str
    wanted: int
    #: At the last check; None where it was never looked for.
    found: int | None
    #: The day on which it runs out, "" where none is stated; and whether that is past.
    expires: str = ""
    expired: bool = False

    @property
    def short(self) -> int:
        """How much is missing."""
        return max(0, self.wanted - (self.found or 0))


class Standing(NamedTuple):
    """How a kit stands: `ready`, `incomplete`, `unchecked`, `stale`, or `empty` without any parts."""

    state: str
    parts: tuple[Part, ...]

    @property
    def missing(self) -> list[Part]:
        """The parts that keep it from being ready: too few, or expired."""
        return [p for p in self.parts if p.short or p.expired] if self.state != "unchecked" else []


def standing(store: Store, kit: Mapping[str, Any]) -> Standing:
    """How a kit stands, from its row."""
    parts = _parts(store, "p.kit=?", (kit["id"],)).get(kit["id"], ())
    return Standing(_state(kit, parts, moment(store)), parts)


def kept_by(
    store: Store, teams: str, values: Sequence[Any]
) -> dict[str, list[tuple[Mapping[str, Any], Standing]]]:
    """{team: its kits, also those in its depots, and how they stand}; `teams` is SQL for the ids asked for."""
    kept = f"FROM kit k LEFT JOIN depot d ON d.id = k.depot WHERE k.retired IS NULL AND coalesce(k.team, d.team) IN ({teams})"
    parts = _parts(store, f"p.kit IN (SELECT k.id {kept})", values)
    now = moment(store)
    out: dict[str, list[tuple[Mapping[str, Any], Standing]]] = {}
    for kit in store.rows(
        f"SELECT k.*, coalesce(k.team, d.team) AS keeper {kept} ORDER BY length(k.id), k.id", values
    ):
        mine = parts.get(kit["id"], ())
        out.setdefault(kit["keeper"], []).append((kit, Standing(_state(kit, mine, now), mine)))
    return out


def _parts(store: Store, where: str, values: Sequence[Any]) -> dict[str, tuple[Part, ...]]:
    """{kit: its parts}"""
    today = times.format_time(moment(store))[:10]
    out: dict[str, list[Part]] = {}
    for r in store.rows(
        "SELECT p.kit, p.id, p.item, i.name, coalesce(p.unit, i.unit, '') AS unit, p.quantity, p.found, p.expires FROM part p"
        f" LEFT JOIN item i ON i.id = p.item WHERE {where} AND p.retired IS NULL ORDER BY length(p.id), p.id",
        values,
    ):
        until = str(r["expires"] or "")
        part = Part(
            r["id"], r["item"], str(r["name"] or r["item"]), r["unit"], int(r["quantity"] or 0), r["found"],
            until, bool(until) and Date.last_day(until) < today,
        )  # fmt: skip
        out.setdefault(r["kit"], []).append(part)
    return {kit: tuple(some) for kit, some in out.items()}


def _state(kit: Mapping[str, Any], parts: tuple[Part, ...], now: int) -> str:
    if not parts:
        return "empty"
    if kit["checked_at"] is None:
        return "unchecked"
    if any(part.short or part.expired for part in parts):
        return "incomplete"
    every = kit["check_every"]
    return "stale" if every and now > kit["checked_at"] + every * times.DAY else "ready"


def state_words(found: Standing) -> str:
    """The same for a person, a mark first, with the parts that are missing."""
    mark = {"ready": "✓", "incomplete": "✗", "stale": "!"}.get(found.state, "?")
    return f"{mark} {plain_words(found)}"


def plain_words(found: Standing) -> str:
    """The same without its mark."""
    if found.state == "incomplete":
        return _("missing: {parts}").format(parts=listed(missing_words(found)))
    return {
        "ready": _("complete"),
        "unchecked": _("never checked"),
        "stale": _("checked too long ago"),
        "empty": _("no parts are stated"),
    }[found.state]


def missing_words(found: Standing) -> list[str]:
    """Which parts are missing, and how much of each; and which have expired."""
    out = []
    for p in found.missing:
        if p.short:
            out.append(f"{safe(p.name)} {units.format_quantity(p.short, p.unit).strip()}")
        if p.expired:
            out.append(_("{part} expired {day}").format(part=safe(p.name), day=p.expires))
    return out


def check(writer: Writer, store: Store, kit: Mapping[str, Any], found: Mapping[str, int], at: int) -> None:
    """Put a check on record: what was found of each item, all of it there where nothing is said.

    Raises Refused for a kit without parts, NoSuchRecord for an item that is no part of it, InvalidValue
    where it was checked since then.
    """
    if kit["checked_at"] is not None and at < kit["checked_at"]:
        raise InvalidValue(
            _("kit {id} was checked since then, at {time}").format(
                id=safe(str(kit["id"])), time=times.format_time(kit["checked_at"])
            ),
            hint=_("what was found last stands; if that was wrong, check it again"),
        )
    parts = standing(store, kit).parts
    if not parts:
        raise Refused(
            _("kit {id} has no parts to check").format(id=safe(str(kit["id"]))),
            hint=_("state them: emergency kit part {id} ITEM AMOUNT").format(id=safe(str(kit["id"]))),
        )
    known = {part.item for part in parts}
    for item in found:
        if item not in known:
            raise NoSuchRecord(
                _("{item} is no part of kit {id}").format(item=safe(item), id=safe(str(kit["id"]))),
                hint=_("it has: {names}").format(names=listed(safe(p.item) for p in parts)),
            )
    for part in parts:
        writer.set("part", part.id, {"found": found.get(part.item, part.wanted)})
    writer.set("kit", str(kit["id"]), {"checked_at": at, "checked_by": store.who})


def amounts(store: Store, kit: Mapping[str, Any], texts: tuple[str, ...], *, missing: bool) -> dict[str, int]:
    """`ITEM=AMOUNT` words as {item: what was found}; of what is `missing`, without an amount all of it.

    Raises InvalidValue, NoSuchRecord.
    """
    parts = {part.item: part for part in standing(store, kit).parts}
    out = {}
    for text in texts:
        name, equals, amount = text.partition("=")
        item = _item(store, parts, name)
        part = parts.get(item)
        if part is None or (not equals and missing):
            out[item] = 0
            continue
        if not equals:
            raise InvalidValue(_("how much was found? write {item}=AMOUNT").format(item=safe(name)))
        asked = units.parse_quantity(amount, part.unit or None)
        milli = units.convert(asked.milli, asked.unit, part.unit) if part.unit and asked.unit else asked.milli
        if milli < 0 or (missing and milli > part.wanted):
            raise InvalidValue(_("{text}: not a part of what the kit should have").format(text=quoted(text)))
        out[item] = part.wanted - milli if missing else milli
    return out


def _item(store: Store, parts: Mapping[str, Part], name: str) -> str:
    """The item that a name means, a part of the kit before any other kind."""
    wanted = fold_width(name.strip()).casefold()
    mine = [p.item for p in parts.values() if wanted in (p.item.casefold(), fold_width(p.name).casefold())]
    return mine[0] if mine else find(store.connection, "item", name)
