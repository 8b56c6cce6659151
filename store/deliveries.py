"""Orders that travel as a short code: put into one, taken in from one, and each delivery on record.

Whoever takes a code in repeats what another station says: its facts are `told` (docs/format.md), under
everything first-hand, so that the sender's own entries, whenever they come, fall on the same records
and stand above them. An order that comes three times is one order with three deliveries (CASES 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import claims, delivered, ordercode, times
from emergency.store.errors import Contested, InvalidValue, NoSuchRecord, Refused
from emergency.store.lookup import row_of
from emergency.store.ordercode import KIND_PLACES, CodedLine, CodedOrder
from emergency.store.records.callup import LEAVABLE
from emergency.store.records.steps import ENDED
from emergency.store.store import Store
from emergency.store.text import quoted, safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: What a code never carries; it comes with the sender's own entries.
NEVER = ("ref", "note", "override")
SAMPLE = "sample 样例"
_TIMES = ("by", "until", "ack_by")
_TEXTS = ("kind", "incident", "report_to", "basis", "approver")
_CALLED = ("team", "equipment", "item", "depot", "reserve", "quantity", "people")
#: What makes a line the one it is; a lot may be drawn on anew.
_SAME = ("team", "equipment", "item", "quantity", "people")


class Delivered(NamedTuple):
    """What came of a code."""

    #: Lines that nobody here had heard of; all of them where the order is new.
    added: tuple[str, ...]
    #: {field: (what stands here, what the code says)}
    differs: dict[str, tuple[str, str]]


# -- into a code -----------------------------------------------------------------------------------


def coded(store: Store, text: str, leave_out: Iterable[str] = ()) -> CodedOrder:
    """What the code of `FT-12`, or of its one line `FT-12/2`, says. Raises NoSuchRecord, Refused."""
    order, _slash, number = text.strip().partition("/")
    id_ = store.find("callup", order)
    row = store.row("callup", id_) or {}
    lines = store.rows('SELECT * FROM line WHERE "order"=? ORDER BY length(id), id', (id_,))
    chosen = [line for line in lines if not number or line["id"] == f"{id_}/{number}"]
    if not chosen:
        raise NoSuchRecord(
            _("no order or line {id}").format(id=safe(text)), hint=_("emergency callup list shows them")
        )
    if row["issued_at"] is None or any(line["state"] == "draft" for line in chosen):
        raise Refused(
            _("order {id} is a draft: there is nothing to send").format(id=safe(id_)),
            hint=_("emergency callup issue-draft gives it"),
        )
    if row["kind"] not in KIND_PLACES:
        raise Refused(
            _("{line} calls up what no code can say").format(line=safe(id_)), hint=_("send it in words")
        )
    standing = [line for line in chosen if line["state"] not in ENDED]
    if not standing:
        raise Refused(_("{id} has ended: there is nothing to send").format(id=safe(text)))
    # Heard by code alone: what that left out is left out still, and not nothing.
    unheard = _left_out(store, id_) if not row["known"] else frozenset()
    sent = tuple(_coded_line(id_, line) for line in standing)
    in_turn = [line.number for line in sent] == list(range(1, len(lines) + 1))
    incident = store.row("incident", row["incident"]) if row["incident"] else None
    said: dict[str, Any] = {name: row[name] or None for name in _TEXTS}
    said |= {name: None if row[name] is None else row[name] // times.MINUTE for name in _TIMES}
    found = CodedOrder(
        id=id_,
        issued=row["issued_at"] // times.MINUTE,
        lines=sent,
        exercise="yes" in (row["exercise"], (incident or {}).get("exercise")),
        sample=bool(row["sample"]),
        left_out=frozenset(name for name in unheard if name in LEAVABLE and row[name] is None),
        whole=in_turn and "lines" not in unheard,
        **said,
    )
    return ordercode.without(found, frozenset(leave_out))


def _coded_line(order: str, row: dict[str, Any]) -> CodedLine:
    of, _slash, number = row["id"].rpartition("/")
    if of != order or not (number.isascii() and number.isdigit()) or not 0 < int(number) < 10_000:
        raise Refused(
            _("{line} calls up what no code can say").format(line=safe(row["id"])),
            hint=_("send it in words"),
        )
    return CodedLine(int(number), **{name: row[name] for name in _CALLED})


def _left_out(store: Store, order: str) -> frozenset[str]:
    """What the codes by which an order came here left out."""
    words: set[str] = set()
    for delivery in delivered.deliveries(store, order):
        words.update(delivery["left_out"])
    return frozenset(words)


def never_carried(store: Store, order: str) -> list[str]:
    """Fields that an order has and no code carries."""
    row = store.row("callup", order) or {}
    return [name for name in NEVER if row.get(name)]


# -- out of a code ---------------------------------------------------------------------------------


def take_in(writer: Writer, order: CodedOrder, at: int, channel: str) -> Delivered:
    """Put a delivery on record, and take in what nobody here had heard of the order.

    Raises Contested where the number names another order here, InvalidValue where it is no number at all.
    """
    if safe(order.id) != order.id or order.id.strip() != order.id or "/" in order.id or len(order.id) > 60:
        raise InvalidValue(
            _("not a code: {id}").format(id=quoted(order.id)), hint=_("one line of at most 60 characters")
        )
    head = row_of(writer.connection, "callup", order.id)
    rows = {line: row_of(writer.connection, "line", _id(order, line)) for line in order.lines}
    here = {line: row for line, row in rows.items() if row is not None and row["order"] is not None}
    if head is not None:
        _same(order, head, here)
    differs = _tell_head(writer, order, head)
    if order.exercise and order.incident:
        _tell_drill(writer, order.incident)
    added = tuple(_tell_line(writer, order, line) for line in order.lines if line not in here)
    left_out = " ".join(sorted(order.left_out | (frozenset() if order.whole else {"lines"})))
    told = None if writer.may_order else 1
    for line in order.lines:
        writer.step(_id(order, line), "deliver", at=at, channel=channel, left_out=left_out or None, told=told)
    return Delivered(added, differs)


def _id(order: CodedOrder, line: CodedLine) -> str:
    return f"{order.id}/{line.number}"


def _same(order: CodedOrder, head: dict[str, Any], here: dict[CodedLine, dict[str, Any]]) -> None:
    """Refuse a code whose number is that of another order here. Raises Contested."""
    issued = head["issued_at"]
    pairs = [(order.id, "kind", head["kind"], order.kind)]
    if issued is not None:
        said, stands = (
            times.format_time(minute * times.MINUTE) for minute in (order.issued, issued // times.MINUTE)
        )
        pairs.append((order.id, "issued_at", stands, said))
    pairs += [
        (_id(order, line), name, row[name], getattr(line, name))
        for line, row in here.items()
        for name in _SAME
    ]
    for what, name, stands, said in pairs:
        if stands is not None and stands != said:
            raise Contested(
                _(
                    "{what} is here already, and is another: {field} is {here} here, {said} in the code"
                ).format(what=safe(what), field=name, here=quoted(str(stands)), said=quoted(str(said))),
                hint=_("ask the sender which order this is; nothing was recorded"),
            )


def _values(order: CodedOrder) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(order, name) for name in _TEXTS}
    values |= {
        name: None if getattr(order, name) is None else getattr(order, name) * times.MINUTE for name in _TIMES
    }
    values |= {"issued_at": order.issued * times.MINUTE, "sample": SAMPLE if order.sample else None}
    values["exercise"] = "yes" if order.exercise else None
    return {name: value for name, value in values.items() if value is not None}


def _tell_head(writer: Writer, order: CodedOrder, head: dict[str, Any] | None) -> dict[str, tuple[str, str]]:
    """Tell what is not known of the order itself; returns where the code differs from what stands here."""
    values = _values(order)
    if head is None:
        writer.told("callup", order.id, values)
        return {}
    news, differs = {}, {}
    for name, said in values.items():
        stands = head[name]
        if name in _TIMES and stands is not None:
            stands = stands // times.MINUTE * times.MINUTE
        if stands is not None and stands != said and name not in ("issued_at", "sample"):
            shown = times.format_time if name in _TIMES else str
            differs[name] = (shown(stands), shown(said))
        if not head["known"] and stands != said and not (name in ("issued_at", "sample") and stands):
            news[name] = said
    if news:
        writer.told("callup", order.id, news)
    return differs


def _tell_drill(writer: Writer, incident: str) -> None:
    row = row_of(writer.connection, "incident", incident)
    if row is None or row["exercise"] is None:
        writer.told("incident", incident, {"exercise": "yes"})


def _tell_line(writer: Writer, order: CodedOrder, line: CodedLine) -> str:
    """A line nobody here had heard of: what it calls up, its claim, and that it was issued."""
    id_ = _id(order, line)
    drill = {"exercise": "yes"} if order.exercise else {}
    writer.told("line", id_, {"order": order.id, **drill, **{name: getattr(line, name) for name in _CALLED}})
    if not writer.may_order:
        # That it was delivered tells that it was issued (store/lines.py); what it takes is for others to say.
        return id_
    if line.equipment:
        writer.claim(id_, claims.thing("equipment", line.equipment), told=True)
    elif line.team and line.item is None and line.people is None:
        writer.claim(id_, claims.thing("team", line.team), told=True)
    writer.step(id_, "issue", at=order.issued * times.MINUTE, told=1)
    return id_
