"""A call-up order as a short code of at most 70 characters, and back, exactly (row F11).

70 bytes are one global short message of Beidou-3 (560 bits); as capitals and figures they are also one
SMS and can be read out over a radio. The first character is the version of the format, the last four
are the check (store/symbols.py); between them stand the fields, packed without gaps (store/bits.py).
Times are to the minute. A field is there, or empty at the sender, or left out of the code: the three
are told apart, so that whoever takes the code in never mistakes what was left out for nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from emergency.store import symbols, times
from emergency.store.bits import Packer, Unpacker, Unreadable
from emergency.store.errors import InvalidValue, Refused
from emergency.store.records.callup import LEAVABLE
from emergency.store.text import safe
from emergency.store.words import _, listed

VERSION = 1
#: One global short message of Beidou-3: 560 bits, in bytes.
MOST_BYTES = 70
#: Issue times are minutes since 2020 in 25 bits: until 2083.
EPOCH = 1_577_836_800_000 // times.MINUTE
_ISSUED_BITS = 25
#: The time to answer that costs nothing to say, in minutes.
USUAL_ANSWER = 15
#: Never reordered: the place is what the code says. The last two places are free.
KIND_PLACES = ("callup", "requisition", "transfer", "preposition", "standby", "help")
#: Codes of law whose articles are cheap to name.
LAWS = ("EREL", "FCL", "BJ")
_TEAM, _EQUIPMENT, _STOCK, _PEOPLE = range(4)


class CodedLine(NamedTuple):
    """One line of an order: a whole team, an item of equipment, stock, or people."""

    number: int
    team: str | None = None
    equipment: str | None = None
    item: str | None = None
    depot: str | None = None
    reserve: str | None = None
    #: Thousandths of the item's unit.
    quantity: int | None = None
    people: int | None = None


class CodedOrder(NamedTuple):
    """What a code says of an order. Times are minutes since 1970, as the code has them."""

    id: str
    kind: str
    issued: int
    lines: tuple[CodedLine, ...]
    incident: str | None = None
    by: int | None = None
    until: int | None = None
    ack_by: int | None = None
    report_to: str | None = None
    basis: str | None = None
    approver: str | None = None
    #: A drill, and made up for the demo: neither may ever be taken for a real order.
    exercise: bool = False
    sample: bool = False
    #: Fields of LEAVABLE that the order may have and the code has not.
    left_out: frozenset[str] = frozenset()
    #: Whether these are all lines of the order.
    whole: bool = True


def size(order: CodedOrder) -> int:
    """How many bytes the code of an order takes, whether or not they are too many."""
    return 1 + symbols.CHECKS + len(_packed(order).symbols())


def encode(order: CodedOrder) -> str:
    """The code of an order. Raises Refused where it is too long, naming what takes the room and what to do."""
    needed = size(order)
    if needed > MOST_BYTES:
        raise _too_long(order, needed)
    return symbols.sealed([VERSION, *_packed(order).symbols()])


def decode(text: str) -> CodedOrder:
    """The order that a code says, however it was typed. Raises InvalidValue for a wrong or a newer one."""
    found = symbols.opened(text, MOST_BYTES)
    if found[0] != VERSION:
        raise InvalidValue(
            _("the code is of version {version}; this program reads version {ours}").format(
                version=found[0], ours=VERSION
            ),
            hint=_("update this program, or ask for the order in words"),
        )
    try:
        order = _unpacked(Unpacker(found[1:]))
        right = _packed(order).symbols() == found[1:]
    except (Unreadable, Refused, IndexError, ValueError):
        right = False
    if not right:
        raise InvalidValue(
            _("the code is sound, but says no order that this program knows"),
            hint=_("update this program, or ask for the order in words"),
        )
    return order


def without(order: CodedOrder, names: frozenset[str]) -> CodedOrder:
    """The order with these fields left out; what is empty anyway is not said to be left out."""
    dropped = frozenset(name for name in names if getattr(order, name) is not None)
    emptied: dict[str, Any] = dict.fromkeys(dropped)
    return order._replace(left_out=order.left_out | dropped, **emptied)


# -- what is too long ----------------------------------------------------------------------------


def _too_long(order: CodedOrder, needed: int) -> Refused:
    over = needed - MOST_BYTES
    saved = {name: needed - size(without(order, frozenset((name,)))) for name in LEAVABLE}
    costs = listed(f"{name} {n}" for name, n in sorted(saved.items(), key=lambda s: -s[1]) if n > 0)
    return Refused(
        _("order {id} takes {needed} bytes and a code holds {most}: {over} too many ({costs})").format(
            id=safe(order.id),
            needed=needed,
            most=MOST_BYTES,
            over=over,
            costs=costs or _("{count} lines").format(count=len(order.lines)),
        ),
        hint=_advice(order, saved, over),
    )


def _advice(order: CodedOrder, saved: dict[str, int], over: int) -> str:
    """What to leave out: one thing if one is enough, else the first few that are, else the lines apart."""
    apart = _("send its lines apart: emergency callup code {line}").format(
        line=safe(f"{order.id}/{order.lines[0].number}")
    )
    names: tuple[str, ...] = tuple(name for name in LEAVABLE if saved[name] >= over)[:1]
    if not names:
        for count in range(1, len(LEAVABLE) + 1):
            names = tuple(name for name in LEAVABLE[:count] if saved[name] > 0)
            if size(without(order, frozenset(names))) <= MOST_BYTES:
                break
        else:
            return apart if len(order.lines) > 1 else _("send it in words")
    advice = _("leave something out: {options}").format(
        options=" ".join(f"--leave-out {name}" for name in names)
    )
    return _("{one}; or {other}").format(one=advice, other=apart) if len(order.lines) > 1 else advice


# -- packing -------------------------------------------------------------------------------------


def _packed(order: CodedOrder) -> Packer:
    out = Packer()
    out.id(order.id)
    out.put(KIND_PLACES.index(order.kind), 3)
    out.put(order.exercise, 1)
    out.put(order.sample, 1)
    if not 0 <= order.issued - EPOCH < 1 << _ISSUED_BITS:
        raise Refused(
            _("order {id} was issued at a time that no code can say").format(id=safe(order.id)),
            hint=_("send it in words"),
        )
    out.put(order.issued - EPOCH, _ISSUED_BITS)
    usual = order.ack_by == order.issued + USUAL_ANSWER
    out.put(not usual, 1)
    for name in ("by", "until") if usual else ("by", "until", "ack_by"):
        value = getattr(order, name)
        if _present(out, order, name, value):
            after = value - order.issued
            out.put(after < 0, 1)
            out.whole(abs(after), 5)
    if _present(out, order, "incident", order.incident):
        out.id(order.incident or "")
    for name in ("report_to", "approver"):
        if _present(out, order, name, getattr(order, name)):
            out.text(getattr(order, name))
    if _present(out, order, "basis", order.basis):
        law = Packer(*LAWS)
        law.id(order.basis or "")
        out.bits += law.bits
    _pack_lines(out, order)
    return out


def _present(out: Packer, order: CodedOrder, name: str, value: object) -> bool:
    """1 where it is there; 00 where it is empty, 01 where it was left out."""
    out.put(value is not None, 1)
    if value is None:
        out.put(name in order.left_out, 1)
    return value is not None


def _pack_lines(out: Packer, order: CodedOrder) -> None:
    out.whole(len(order.lines) - 1, 2)
    out.put(order.whole, 1)
    before, team = 0, None
    for line in order.lines:
        if not order.whole:
            out.whole(line.number - before - 1, 2)
        before = line.number
        what = _what(order, line)
        out.put(what, 2)
        out.put(line.team != team, 1)
        if line.team != team:
            out.put(line.team is not None, 1)
            if line.team is not None:
                out.id(line.team)
        team = line.team
        if what == _EQUIPMENT:
            out.id(line.equipment or "")
        elif what == _PEOPLE:
            out.whole(line.people or 0, 3)
        elif what == _STOCK:
            _pack_stock(out, line)


def _what(order: CodedOrder, line: CodedLine) -> int:
    """What sort of line it is. Raises Refused for one that is of two sorts, or none."""
    sorts = [
        sort
        for sort, value in ((_EQUIPMENT, line.equipment), (_STOCK, line.item), (_PEOPLE, line.people))
        if value is not None
    ]
    if len(sorts) > 1 or (not sorts and line.team is None) or (line.item is None) != (line.quantity is None):
        raise Refused(
            _("{line} calls up what no code can say").format(line=safe(f"{order.id}/{line.number}")),
            hint=_("send it in words"),
        )
    return sorts[0] if sorts else _TEAM


def _pack_stock(out: Packer, line: CodedLine) -> None:
    quantity, item = line.quantity or 0, line.item or ""
    out.id(item)
    out.put(quantity % 1000 != 0, 1)
    out.whole(quantity if quantity % 1000 else quantity // 1000)
    out.put(line.depot is not None, 1)
    if line.depot is not None:
        out.id(line.depot)
    shelf, reserve = _shelf(line), line.reserve
    if reserve is None or reserve == shelf:
        out.put(0 if reserve else 1, 2)
    elif reserve.startswith(f"{shelf}/") and reserve != f"{shelf}/":
        out.put(2, 2)
        out.id(reserve[len(shelf) + 1 :])
    else:
        out.put(3, 2)
        out.id(reserve)


def _shelf(line: CodedLine) -> str:
    """The stock line that an item has in a depot where no lot is told apart."""
    return f"{line.depot}/{line.item}"


# -- unpacking -----------------------------------------------------------------------------------


def _unpacked(bits: Unpacker) -> CodedOrder:
    id_, kind = bits.id(), KIND_PLACES[bits.get(3)]
    exercise, sample = bool(bits.get(1)), bool(bits.get(1))
    issued = bits.get(_ISSUED_BITS) + EPOCH
    left_out: set[str] = set()
    told: dict[str, Any] = {}
    usual = not bits.get(1)
    for name in ("by", "until") if usual else ("by", "until", "ack_by"):
        told[name] = None
        if _is_there(bits, name, left_out):
            earlier = bits.get(1)
            after = bits.whole(5)
            told[name] = issued - after if earlier else issued + after
    if usual:
        told["ack_by"] = issued + USUAL_ANSWER
    told["incident"] = bits.id() if _is_there(bits, "incident", left_out) else None
    for name in ("report_to", "approver"):
        told[name] = bits.text() if _is_there(bits, name, left_out) else None
    told["basis"] = None
    if _is_there(bits, "basis", left_out):
        with bits.under(*LAWS):
            told["basis"] = bits.id()
    whole, lines = _unpacked_lines(bits)
    return CodedOrder(
        id=id_,
        kind=kind,
        issued=issued,
        lines=lines,
        exercise=exercise,
        sample=sample,
        left_out=frozenset(left_out),
        whole=whole,
        **told,
    )


def _is_there(bits: Unpacker, name: str, left_out: set[str]) -> bool:
    if bits.get(1):
        return True
    if bits.get(1):
        left_out.add(name)
    return False


def _unpacked_lines(bits: Unpacker) -> tuple[bool, tuple[CodedLine, ...]]:
    count = bits.whole(2) + 1
    whole = bool(bits.get(1))
    lines: list[CodedLine] = []
    number, team = 0, None
    for _n in range(count):
        number += 1 if whole else bits.whole(2) + 1
        what = bits.get(2)
        if bits.get(1):
            team = bits.id() if bits.get(1) else None
        line = CodedLine(number, team)
        if what == _EQUIPMENT:
            line = line._replace(equipment=bits.id())
        elif what == _PEOPLE:
            line = line._replace(people=bits.whole(3))
        elif what == _STOCK:
            line = _unpacked_stock(bits, line)
        lines.append(line)
    return whole, tuple(lines)


def _unpacked_stock(bits: Unpacker, line: CodedLine) -> CodedLine:
    item = bits.id()
    quantity = bits.whole() if bits.get(1) else bits.whole() * 1000
    line = line._replace(item=item, quantity=quantity, depot=bits.id() if bits.get(1) else None)
    match bits.get(2):
        case 0:
            return line._replace(reserve=_shelf(line))
        case 1:
            return line
        case 2:
            return line._replace(reserve=f"{_shelf(line)}/{bits.id()}")
    return line._replace(reserve=bits.id())
