"""Deciding a conflict: what `emergency conflict resolve` writes for each kind of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.commands.register import written
from emergency.commands.session import Session
from emergency.store import advice, claimants, conflicts, history, settling, times
from emergency.store.conflicts import Conflict
from emergency.store.decisions import DECIDED
from emergency.store.errors import Contested, InvalidValue, NoSuchRecord, Refused
from emergency.store.merging import merge_into
from emergency.store.records import RECORDS
from emergency.store.records.steps import AWAY, STATES
from emergency.store.text import quoted, safe
from emergency.store.words import _, language, listed

if TYPE_CHECKING:
    from emergency.store.writer import Writer


class Done(NamedTuple):
    """What was decided: for JSON, in words, and what the person should know of it."""

    value: dict[str, Any]
    said: str
    notes: tuple[str, ...] = ()


class Decision(NamedTuple):
    """What a person typed."""

    conflict: Conflict
    keep: str
    at: int | None


def decide(
    session: Session, found: Conflict, keep: str, why: str, at: int | None, dry_run: bool, as_json: bool
) -> None:
    """Write a decision. Raises NoSuchRecord for what is no side, Refused for what is not decided this way."""
    if found.kind not in _WRITES:
        raise Refused(
            _("{id} is not settled by choosing a side").format(id=safe(found.id)),
            hint=_("emergency conflict show {id} tells what to type").format(id=safe(found.id)),
        )
    verb, write = _WRITES[found.kind]
    with session.store.write(verb, why=why, at=at, dry_run=dry_run) as writer:
        # Within the lock: another officer at this store may have decided while this one typed.
        if found not in conflicts.standing(session.store):
            raise Contested(
                _("{id} has changed since it was read").format(id=safe(found.id)),
                hint=_("emergency conflict show {id}").format(id=safe(found.id)),
            )
        done = write(session, writer, Decision(found, keep.strip(), at))
    for note in done.notes:
        session.note(_("note: {text}").format(text=note))
    value = {"id": found.id, "kind": found.kind, **done.value, "why": why}
    written(session, writer, dry_run, as_json, value, done.said, undoable=verb != DECIDED)


def _settle(session: Session, writer: Writer, decision: Decision) -> Done:
    store, found = session.store, decision.conflict
    thing = ":".join(found.about)
    case = advice.case(store.connection, thing)
    keep = _side(found, case, decision.keep)
    notes = _told(session, case, keep)
    lines = sorted(side.line for side in case.sides)
    kept, order = settling.settle(writer, lines, keep, decision.at or times.now())
    lost = [line for line in lines if line != kept]
    value = {"thing": thing, "kept": kept or None, "lost": lost, "order": order or None}
    if order:
        said = _("settled {thing}: order {order} is given anew and keeps it")
    elif kept:
        said = _("settled {thing}: {kept} keeps it, {lost} is superseded")
    else:
        said = _("settled {thing}: nobody keeps it, {lost} is superseded")
    return Done(value, said.format(thing=thing, kept=kept, order=order, lost=listed(lost)), notes)


def _side(found: Conflict, case: advice.Case, keep: str) -> str:
    """The line that is kept, of an order or line as typed; "" for none of them."""
    wanted = keep.upper()
    if wanted == "NONE":
        return ""
    mine = [s.line for s in case.sides if wanted in (s.line, s.order)]
    if len(mine) == 1:
        return mine[0]
    if mine:
        raise InvalidValue(
            _("{order} has several lines: name one, as {line}").format(order=safe(keep), line=mine[0])
        )
    raise NoSuchRecord(
        _("{order} is no side of {id}").format(order=quoted(keep), id=safe(found.id)),
        hint=_("its sides: {sides}").format(sides=listed(safe(s.line) for s in case.sides)),
    )


def _told(session: Session, case: advice.Case, keep: str) -> tuple[str, ...]:
    """What follows for the losing sides, and where the decision goes against the advice."""
    from emergency.store.conflictview import loss_words

    notes = []
    best = case.ranked[0]
    if keep and keep != best.line:
        notes.append(
            _("the advice was {line}, ahead by {criterion}").format(
                line=best.line, criterion=advice.criterion_words(best.ahead_by)
            )
        )
    for side in case.sides:
        if side.line == keep or not side.live:
            continue
        if side.state in AWAY:
            state = STATES[side.state][1 if language() == "zh" else 0]
            notes.append(
                _("{line} is {state}: what is out there does not move by this, tell them").format(
                    line=side.line, state=state
                )
            )
        notes += [loss_words(loss) for loss in claimants.losses(session.store, side)]
    return tuple(notes)


def _set(session: Session, writer: Writer, decision: Decision) -> Done:
    kind, id_ = decision.conflict.about
    name = decision.conflict.id.rpartition(":")[2]
    field = RECORDS[kind].field(name)
    assert field is not None
    values = history.values_apart(session.store, kind, id_, name)
    wanted = decision.keep
    named = [v for v in values if wanted in (str(v["value"]), v["shown"])]
    if not named and wanted.isdecimal() and 1 <= int(wanted) <= len(values):
        named = [values[int(wanted) - 1]]
    if not named:
        raise NoSuchRecord(
            _("{value} is no value of {id}").format(value=quoted(wanted), id=safe(decision.conflict.id)),
            hint=_("they are: {values}").format(
                values=" | ".join(f"{n} {safe(v['shown'])}" for n, v in enumerate(values, 1))
            ),
        )
    writer.set(kind, id_, {name: named[0]["stored"]})
    value = {"record": id_, "field": name, "kept": named[0]["value"]}
    said = _("{field} of {id} is {value}").format(
        field=field.label, id=id_, value=named[0]["shown"] or _("(none)")
    )
    return Done(value, said)


def _merge(session: Session, writer: Writer, decision: Decision) -> Done:
    found = decision.conflict
    if found.about[0] != "equipment":
        raise Refused(
            _("{id} is not settled by choosing a side").format(id=safe(found.id)),
            hint=_("emergency conflict show {id} tells what to type").format(id=safe(found.id)),
        )
    keep = next((s for s in found.sides if s.casefold() == decision.keep.casefold()), None)
    if keep is None:
        raise NoSuchRecord(
            _("{order} is no side of {id}").format(order=quoted(decision.keep), id=safe(found.id)),
            hint=_("its sides: {sides}").format(sides=listed(map(safe, found.sides))),
        )
    gone = [tag for tag in found.sides if tag != keep]
    for tag in gone:
        merge_into(session.store, writer, keep, tag)
    return Done({"kept": keep, "aliases": gone}, _("{other} is {id}").format(other=listed(gone), id=keep))


#: What decides each kind, and the verb it is recorded under: a merge is taken back like any other merge.
_WRITES: dict[str, tuple[str, Callable[[Session, Writer, Decision], Done]]] = {
    conflicts.CLAIM: (DECIDED, _settle),
    conflicts.SETTLED_APART: (DECIDED, _settle),
    conflicts.FIELD: (DECIDED, _set),
    conflicts.TWICE: ("equipment merge", _merge),
}
