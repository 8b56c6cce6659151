"""The sides of a conflict, one beside the other, and what speaks for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from emergency.store import advice, claimants, conflicts, conflictview, decidedwords, history, times
from emergency.store.conflicts import Conflict
from emergency.store.records import RECORDS
from emergency.store.store import Store
from emergency.store.words import _, told
from emergency.tui.panel import Row, Target


class Side(NamedTuple):
    """One side: a title, and what is recorded of it."""

    title: str
    rows: tuple[Row, ...]
    #: What `--keep` takes for it; "" where nothing is settled by choosing.
    keep: str = ""


class Sides(NamedTuple):
    """A conflict as it is shown."""

    sides: tuple[Side, ...]
    #: The advice, or what to do.
    title: str
    advice: tuple[Row, ...]


def read(store: Store, id_: str) -> Sides:
    """A conflict that stands, or that was settled. Raises NoSuchRecord."""
    found = conflicts.named(store, id_.partition("@")[0], past=True)
    if found.kind in (conflicts.CLAIM, conflicts.SETTLED_APART, conflicts.SETTLED):
        return _claims(store, found)
    if found.kind == conflicts.FIELD:
        return _values(store, found)
    if found.kind == conflicts.TWICE:
        return _records(store, found)
    lines = conflictview.tell(store, found).lines
    return Sides((Side(found.id, _rows(lines[1:], Target(*found.about))),), "", ())


def _rows(lines: Iterable[str], target: Target | None = None) -> tuple[Row, ...]:
    return tuple(Row((line,), "", target) for line in lines)


def _claims(store: Store, found: Conflict) -> Sides:
    case = advice.case(store.connection, ":".join(found.about))
    open_ = found.kind != conflicts.SETTLED
    sides = []
    for side in case.sides:
        head, *rest = conflictview.side_lines(side, claimants.losses(store, side), open_=open_)
        target = Target("line", side.line)
        rows = _rows((line.removeprefix("    ") for line in rest), target)
        sides.append(Side(head, rows, side.order if open_ else ""))
    decided = [Row((decidedwords.decided_words(d),)) for d in case.decided]
    if not open_:
        return Sides(tuple(sides), _("Settled"), tuple(decided))
    title, *ranked = conflictview.advice_lines(case)
    return Sides(tuple(sides), title, (*decided, *_rows(ranked)))


def _values(store: Store, found: Conflict) -> Sides:
    kind, id_ = found.about
    sides = []
    now = times.now()
    for n, value in enumerate(history.values_apart(store, kind, id_, found.id.rpartition(":")[2]), 1):
        lines = (
            told(_("Who"), value["who"]), told(_("Station"), value["station"] or "?"),
            told(_("Happened"), times.format_short(value["at"], now)),
            told(_("Recorded"), times.format_short(value["recorded"], now)), told(_("Why"), value["why"] or "-"),
        )  # fmt: skip
        shown = _("shown until somebody decides") if n == 1 else ""
        title = "  ".join(filter(None, (f"{n}. {value['shown'] or _('(none)')}", shown)))
        sides.append(Side(title, _rows(lines, Target(kind, id_)), str(n)))
    return Sides(
        tuple(sides),
        _("Advice, best case first; you decide:"),
        _rows([_("none: ask both, and keep the value that is true")]),
    )


def _records(store: Store, found: Conflict) -> Sides:
    """Only what the records say, the fields in which they differ first."""
    kind = found.about[0]
    record = RECORDS[kind]
    rows = {id_: store.row(kind, id_) or {} for id_ in found.sides}
    fields = []
    for field in record.fields:
        said = {id_: field.type.gather(field.name, row) for id_, row in rows.items() if row}
        if any(value is not None for value in said.values()):
            fields.append((len(set(map(str, said.values()))) < 2, field, said))
    sides = []
    for id_ in found.sides:
        lines = [
            f"{' ' if same else '!'} {told(field.label, field.type.show(said.get(id_)) or '-')}"
            for same, field, said in sorted(fields, key=lambda f: f[0])
        ]
        keep = id_ if kind == "equipment" else ""
        sides.append(Side(f"{id_}  {rows[id_].get('name') or ''}", _rows(lines, Target(kind, id_)), keep))
    lines_ = conflictview.tell(store, found).lines
    return Sides(
        tuple(sides), _("What to do"), _rows(line for line in lines_[1:] if not line.startswith("  "))
    )
