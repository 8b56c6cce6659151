"""What stands against something else and waits for a person: each with an id to type.

An id is made of what the conflict is about, so it is the same on every station that has the
same entries: `equipment:BJ-001` for a contested thing, `team:FT-1:commander` for a field,
`FT-12/1` for a line, `equipment:FT-8=FT-9` for one thing registered twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from emergency.store import claims, decisions, history, promised, recounts
from emergency.store.cells import edited_apart
from emergency.store.errors import NoSuchRecord
from emergency.store.query import held_elsewhere, registered_twice, stranded
from emergency.store.records import RECORDS
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, listed

CLAIM = "claim"
SETTLED_APART = "settled apart"
FIELD = "field"
TWICE = "registered twice"
OUT = "out without an order"
HELD = "held by another"
DEFICIT = "promised beyond stock"
COUNTED = "counted apart"
LINE = "line"
#: Not standing any more: a person has decided, between claims, or between values of a field.
SETTLED = "settled"
DECIDED = "decided"


class Conflict(NamedTuple):
    """One thing for a person to decide."""

    id: str
    kind: str
    #: What it is about, in the words of the registers.
    what: str
    sides: tuple[str, ...]
    #: The record it is about: its kind and id.
    about: tuple[str, str]


def kind_words(kind: str) -> str:
    """The kind of a conflict, in the language spoken."""
    return {
        CLAIM: _("contested"),
        SETTLED_APART: _("settled apart"),
        FIELD: _("edited apart"),
        TWICE: _("registered twice"),
        OUT: _("out without an order"),
        HELD: _("held by another"),
        DEFICIT: _("promised beyond stock"),
        COUNTED: _("counted apart"),
        LINE: _("asks for a person"),
        SETTLED: _("settled"),
        DECIDED: _("decided"),
    }[kind]


def title(store: Store, conflict: Conflict) -> str:
    """What a conflict is about, by name: 龙吸水, 房山排水一队 Commander."""
    kind, id_ = conflict.about
    row = store.row(kind, id_) if kind in RECORDS else None
    name = str((row or {}).get("name") or (row or {}).get("title") or "")
    if conflict.kind in (FIELD, DECIDED):
        field = RECORDS[kind].field(conflict.id.rpartition(":")[2])
        return f"{name} {field.label if field else ''}".strip()
    if conflict.kind == TWICE:
        # An identity number is no title.
        return f"{name} {' '.join(_values(conflict))}" if kind == "equipment" else name
    if conflict.kind == LINE:
        return str((row or {}).get("equipment") or (row or {}).get("team") or (row or {}).get("item") or "")
    return name


def standing(store: Store) -> list[Conflict]:
    """All of them, the claims first."""
    connection = store.connection
    out = [
        Conflict(thing, CLAIM, thing, tuple(sorted(lines)), _kind_and_id(thing))
        for thing, lines in claims.contested(connection).items()
    ]
    for thing, decided in decisions.apart(connection).items():
        kept = sorted({d.kept for d in decided})
        out.append(Conflict(f"{thing}:settled", SETTLED_APART, thing, tuple(kept), _kind_and_id(thing)))
    for kind, id_, field in edited_apart(connection):
        values = history.apart(store, kind, id_)[field]
        out.append(
            Conflict(f"{kind}:{id_}:{field}", FIELD, f"{kind} {id_} {field}", tuple(values), (kind, id_))
        )
    out += _twice(store)
    for tag, custodian in stranded(store):
        out.append(
            Conflict(f"equipment:{tag}:out", OUT, f"equipment {tag}", (custodian,), ("equipment", tag))
        )
    for tag, custodian, claimed in held_elsewhere(store):
        sides = (custodian, claimed)
        out.append(Conflict(f"equipment:{tag}:held", HELD, f"equipment {tag}", sides, ("equipment", tag)))
    for found in promised.beyond(connection):
        id_ = f"reserve:{found.reserve}"
        about = ("reserve", found.reserve)
        out.append(Conflict(id_, DEFICIT, f"reserve {found.reserve}", tuple(found.lines), about))
    for reserve, counts in recounts.apart(connection).items():
        names = tuple(count.name for count in counts)
        out.append(
            Conflict(f"reserve:{reserve}:counted", COUNTED, f"reserve {reserve}", names, ("reserve", reserve))
        )
    for row in store.rows("SELECT id, flags FROM line WHERE flags IS NOT NULL ORDER BY id"):
        out.append(Conflict(row["id"], LINE, row["id"], tuple(row["flags"].split()), ("line", row["id"])))
    return out


def _kind_and_id(thing: str) -> tuple[str, str]:
    kind, _colon, id_ = thing.partition(":")
    return kind, id_


def _twice(store: Store) -> list[Conflict]:
    out: dict[str, Conflict] = {}
    for what, value, ids in registered_twice(store):
        kind = what.split(".")[0]
        id_ = f"{kind}:{'='.join(ids)}"
        # The same items may share a plate and a serial number: they are one pair.
        said = f"{out[id_].what}, {what} {value}" if id_ in out else f"{what} {value}"
        out[id_] = Conflict(id_, TWICE, said, tuple(ids), (kind, ids[0]))
    return list(out.values())


def named(store: Store, text: str, *, past: bool = False) -> Conflict:
    """The conflict that a text means: its id, or any name of what it is about, or an order that is a side.

    With `past`, one that was settled where none stands. Raises NoSuchRecord, naming the candidates where it could be several.
    """
    all_ = standing(store)
    wanted = text.strip()
    loose = wanted.casefold().replace(" ", ":")
    exact = [c for c in all_ if c.id == wanted] or [c for c in all_ if c.id.casefold() == loose]
    if exact:
        return exact[0]
    called = things_called(store, wanted)
    found = [c for c in all_ if _means(store, c, wanted, called)]
    # Whoever names a contested thing means the contest: its other conflicts mostly come of that.
    claimed = [c for c in found if c.kind == CLAIM] or [c for c in found if c.kind == SETTLED_APART]
    if len(claimed) == 1 or len(found) == 1:
        return (claimed if len(claimed) == 1 else found)[0]
    if found:
        shown = listed(safe(c.id) for c in found[:5]) + (" ..." if len(found) > 5 else "")
        raise NoSuchRecord(
            _("{id} could be several conflicts: {candidates}").format(id=safe(wanted), candidates=shown),
            hint=_("give the id"),
        )
    decided = settled(store, wanted) if past else []
    if decided:
        thing, lines = decided[0].thing, decided[0].lines
        if not decided[0].lost:
            return Conflict(thing, DECIDED, thing, lines, _kind_and_id(thing.rpartition(":")[0]))
        return Conflict(thing or decided[0].kept, SETTLED, thing, lines, _kind_and_id(thing))
    raise NoSuchRecord(
        _("nothing stands against {id}").format(id=safe(wanted)),
        hint=_("emergency conflict list shows what does"),
    )


def _means(store: Store, conflict: Conflict, wanted: str, called: Iterable[str]) -> bool:
    """Whether a text that is not its id names a conflict all the same."""
    kind, id_ = conflict.about
    if f"{kind}:{id_}" in called or (
        conflict.kind == TWICE and wanted in (*conflict.sides, *_values(conflict))
    ):
        return True
    line = wanted.upper()
    if conflict.kind == LINE:
        return line == conflict.id.split("/")[0]
    if conflict.kind not in (CLAIM, SETTLED_APART):
        return False
    return any(line in (side, side.split("/")[0]) for side in conflict.sides)


def _values(conflict: Conflict) -> list[str]:
    """The plates and numbers that things registered twice share."""
    return [part.partition(" ")[2] for part in conflict.what.split(", ")]


def settled(store: Store, text: str) -> list[decisions.Decision]:
    """The decisions that a text means, by the thing, by the field, or by an order or line they name; the latest first."""
    if of_field := [d for d in decisions.of_fields(store.connection) if d.thing == text.strip()]:
        return of_field
    called = things_called(store, text.strip().removesuffix(":settled"))
    line = text.strip().upper()
    return [
        d
        for d in decisions.decisions(store.connection)
        if d.thing in called or any(line in (name, name.split("/")[0]) for name in d.lines)
    ]


def things_called(store: Store, text: str) -> set[str]:
    """What a name can be of: `equipment:BJ-001` for its tag, its plate, its name, with or without its kind."""
    kind, colon, rest = text.strip().partition(":")
    named_kind = bool(colon) and kind.casefold() in RECORDS
    kinds = (kind.casefold(),) if named_kind else ("equipment", "team", "member", "line", "incident", "depot")
    out = set()
    for one in kinds:
        try:
            found = store.find(one, rest if named_kind else text)
        except NoSuchRecord:
            continue
        out.add(claims.canonical(store.connection, claims.thing(one, found)))
    return out
