"""A line of a standard, from the texts of a file to values; and the quantity that it asks for.

The same reader serves every form of the file: a line is {field: text as written}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from emergency.store import units
from emergency.store.errors import InvalidField, InvalidValue
from emergency.store.records import BY_NAME
from emergency.store.records.capability import CAPABILITIES
from emergency.store.records.item import CLASSES
from emergency.store.records.standard import DIMENSIONS, NEEDS, PEOPLE
from emergency.store.records.team import LEVELS
from emergency.store.records.types import Choice, Integer, Quantity, Stored
from emergency.store.standardcells import FILLED, HOLLOW, plain
from emergency.store.text import fold_width, quoted, safe
from emergency.store.words import _

#: The fields of a line as a file may give them; `unit` says what the quantity is counted in.
FIELDS = (
    *("type", "level", "grade", "class", "item", "need", "quantity", "unit", "per", "spec", "instead"),
    *("dimension", "clause", "note"),
)
_CHOICES = {
    "level": Choice(LEVELS, words={"municipal": "市", "district": "区 县级"}),
    "class": Choice(
        CLASSES,
        words={
            "rescue": "抢险救援装备 救援装备 抢险 救援 抢险救援类",
            "support": "综合保障装备 保障装备 保障 综合保障类 support",
            "ppe": "个人防护装备 个体防护装备 个体防护 防护 个人防护类 防护装备",
        },
    ),
    "need": Choice(
        NEEDS,
        words={
            "required": f"必配 必备 必须 应配 是 {FILLED}",
            "optional": f"选配 可选 宜配 选备 否 {HOLLOW}",
        },
    ),
    "dimension": Choice(DIMENSIONS),
}
_SIGN = re.compile(r">=|<=|==|[=<>≥≤]")
_PER = re.compile(
    r"(?:每|per |each |for each )?\s*(\d+)?\s*(?:(人|名|persons?|people)|(车|辆|辆车|台车|vehicles?))$"
)
_FOR_TEAM = ("", "team", "队", "每队", "固定", "fixed", "per team", "支", "每支队伍", "for the team")
_MOST = 200_000
#: What the store keeps of a quantity that was no single figure: in the note; and where none stood, for a person to check.
_WROTE, _VAGUE_SPEC = "原文：", "数量"

#: The item kind that a text means, or None.
Known = Callable[[str], "str | None"]


class Spec(NamedTuple):
    """One condition on a capability: `op` is one of >= <= > < =, the amount in thousandths."""

    name: str
    op: str
    milli: int

    def text(self) -> str:
        """As a person writes it."""
        field = _CAPABLE[self.name]
        unit = field.type.unit if isinstance(field.type, Quantity) else ""
        return f"{self.name}{self.op}{units.format_quantity(self.milli, unit).replace(' ', '')}"

    @property
    def scale(self) -> int:
        """By how much the stored figure is to be multiplied to be in thousandths."""
        return 1000 if isinstance(_CAPABLE[self.name].type, Integer) else 1


_CAPABLE = {f.name: f for f in CAPABILITIES}


def specification(text: str) -> tuple[list[Spec], list[str]]:
    """(conditions that can be checked, what is left for a person to check), in their order."""
    checked: list[Spec] = []
    by_hand: list[str] = []
    for part in re.split(r"[;；\n]+", text):
        if not part.strip():
            continue
        found = _condition(part.strip())
        if found is None:
            by_hand.append(part.strip())
        elif found not in checked:
            checked.append(found)
    return checked, by_hand


def _condition(text: str) -> Spec | None:
    """A condition on a capability that we know; None for any other demand."""
    if not _SIGN.search(text):
        return None
    try:
        parsed = units.parse_condition(text)
        field = _CAPABLE.get(parsed.name) or next(
            (f for f in CAPABILITIES if parsed.name in (f.zh, f.en.lower(), *f.aliases)), None
        )
        if field is None or parsed.milli < 0:
            return None
        milli = parsed.milli
        if isinstance(field.type, Quantity):
            milli = units.convert(milli, parsed.unit or field.type.unit, field.type.unit)
        elif parsed.unit not in ("", "persons"):
            return None
    except InvalidValue:
        return None
    return Spec(field.name, parsed.op, milli)


def counted(text: str) -> tuple[str, int]:
    """(`team`, `person` or `vehicle`, of so many): `每5人` is ("person", 5). Raises InvalidValue."""
    plain = fold_width(text).lower()
    if plain in _FOR_TEAM:
        return "team", 1
    match = _PER.fullmatch(plain)
    if match is None or (match[1] and not 1 <= int(match[1][:9]) <= 1_000_000):
        raise InvalidValue(
            _("{text} is no way to count").format(text=quoted(text)),
            hint=_("write team, person, '5 persons' or vehicle"),
        )
    return ("person" if match[2] else "vehicle"), int(match[1] or 1)


def required(quantity: int, per: str, each: int, people: int | None, vehicles: int) -> int | None:
    """How much a line asks of a team, in thousandths; None where nobody knows how many people it has.

    By head or by vehicle: the quantity for each `each` of them begun, rounded up to a whole one.
    """
    if per == "team":
        return quantity
    number = people if per == "person" else vehicles
    if number is None:
        return None
    return -(-(-(-number // each) * quantity) // 1000) * 1000


class Drafted(NamedTuple):
    """A line that could be read."""

    values: dict[str, Stored]
    #: The name of a kind that the catalogue does not have, and its unit.
    new_kind: tuple[str, str] | None
    #: What of its specification only a person can check.
    by_hand: tuple[str, ...]
    #: What stood for its quantity, where the least is taken that it may mean; else "".
    wrote: str = ""


def read_line(texts: Mapping[str, str], known: Known, unit_of: Callable[[str], str]) -> Drafted:
    """Read one line. Raises InvalidField, which names the field, for what it cannot be."""
    values: dict[str, Stored] = {}
    for name in ("type", "item"):
        values[name] = _text(texts, name)
        if values[name] is None:
            raise InvalidField(name, _("{name} is missing").format(name=name), hint=_needed(name))
    for name, choice in _CHOICES.items():
        values[name] = _chosen(name, choice, texts.get(name, ""))
    values["need"] = values["need"] or "required"
    for name in ("grade", "clause", "note"):
        values[name] = _text(texts, name)
    amount, per = _split(texts.get("quantity", ""), texts.get("per", ""))
    said = plain(amount, per)
    if said is not None:
        amount, per = said.amount, said.per
    wrote, vague = (said.wrote, said.vague) if said is not None else ("", False)
    values["note"] = _with_wrote(values["note"], wrote)
    try:
        values["per"], values["each"] = counted(per)
    except InvalidValue as error:
        raise InvalidField("per", error.message, hint=error.hint) from None
    item = str(values["item"])
    if item.lower() in (PEOPLE, "人员", "人"):
        if vague:
            raise InvalidField(
                "quantity",
                _("{text} says not how many people").format(text=quoted(wrote)),
                hint=_("write the least that are wanted: 30"),
            )
        return _people_line(values, texts, amount)._replace(wrote=wrote)
    id_ = known(item)
    new_kind = None
    if id_ is None:
        if len(item) > 60 or "/" in item or "@" in item or safe(item) != item:
            raise InvalidField("item", _("not the name of an item kind: {text}").format(text=quoted(item)))
        new_kind = (item, _unit(texts.get("unit", "")))
    values["item"] = id_ or item
    unit = new_kind[1] if new_kind else unit_of(str(id_))
    values["quantity"] = _quantity(amount, texts.get("unit", ""), unit)
    checked, by_hand = specification(texts.get("spec", ""))
    if vague and (unknown := f"{_VAGUE_SPEC} {wrote}") not in by_hand:
        by_hand.append(unknown)
    values["spec"] = "; ".join([*(s.text() for s in checked), *by_hand])[:1000] or None
    values["instead"] = _instead(texts.get("instead", ""), known, str(values["item"]))
    return Drafted({k: v for k, v in values.items() if v is not None}, new_kind, tuple(by_hand), wrote)


def _with_wrote(note: Stored, wrote: str) -> Stored:
    """The note of a line, with what stood there for a quantity as far as there is room."""
    if not wrote:
        return note
    whole = (f"{note}; " if note else "") + f"{_WROTE}{wrote}"
    return whole if len(whole) <= BY_NAME["allocation"]["note"].type.limit else note


def _people_line(values: dict[str, Stored], texts: Mapping[str, str], amount: str) -> Drafted:
    """So many people, or so many who hold a qualification."""
    if texts.get("instead", "").strip():
        raise InvalidField("instead", _("people have no substitutes"))
    values["class"] = None
    values |= {"item": PEOPLE, "dimension": "people", "quantity": _quantity(amount, "", "")}
    if int(values["quantity"] or 0) % 1000:
        raise InvalidField("quantity", _("not a whole number: {text}").format(text=quoted(amount)))
    values["spec"] = _text(texts, "spec")
    return Drafted({k: v for k, v in values.items() if v is not None}, None, ())


def _text(texts: Mapping[str, str], name: str) -> str | None:
    text = texts.get(name, "").strip()
    limit = BY_NAME["allocation"][name].type.limit
    if len(text) > limit:
        raise InvalidField(name, _("longer than {limit} characters").format(limit=limit))
    text = " ".join(text.split())
    if safe(text) != text:
        raise InvalidField(name, _("{text} has characters that cannot be seen").format(text=quoted(text)))
    return text or None


def _chosen(name: str, choice: Choice, text: str) -> Stored:
    try:
        return choice.parse(text)
    except InvalidValue as error:
        raise InvalidField(name, error.message, hint=error.hint) from None


def _split(quantity: str, per: str) -> tuple[str, str]:
    """`2/5人` says how it is counted too."""
    amount, slash, after = quantity.rpartition("/")
    if (
        slash
        and not per.strip()
        and (_PER.fullmatch(fold_width(after).lower()) or after.strip() in _FOR_TEAM[1:])
    ):
        return amount, after
    return quantity, per


def _unit(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return units.unit(text).symbol
    except InvalidValue as error:
        raise InvalidField("unit", error.message, hint=error.hint) from None


def _quantity(text: str, unit: str, own: str) -> int:
    """In thousandths of the item's own unit."""
    if not text.strip():
        raise InvalidField(
            "quantity", _("{name} is missing").format(name="quantity"), hint=_needed("quantity")
        )
    try:
        asked = units.parse_quantity(text, unit.strip() or None)
        counts_things = own == "" or asked.unit == ""
        milli = asked.milli if counts_things else units.convert(asked.milli, asked.unit, own)
    except InvalidValue as error:
        raise InvalidField("quantity", error.message, hint=error.hint) from None
    if milli <= 0:
        raise InvalidField("quantity", _("a quantity is more than nothing: {text}").format(text=quoted(text)))
    if milli > _MOST * 10**6:
        raise InvalidField("quantity", _("more than can be meant: {text}").format(text=quoted(text)))
    return milli


def _instead(text: str, known: Known, item: str) -> str | None:
    """Ids of substitutes, parted by semicolons."""
    ids: list[str] = []
    for part in re.split(r"[;；、\n]+", text):
        if not part.strip():
            continue
        id_ = known(part.strip())
        if id_ is None:
            raise InvalidField(
                "instead",
                _("substitute {item} is no known kind").format(item=quoted(part.strip())),
                hint=_("emergency item list shows them, emergency item add makes one"),
            )
        if id_ not in (item, *ids):
            ids.append(id_)
    return ";".join(ids) or None


def _needed(name: str) -> str:
    words = {
        "type": _("name the team type, or * for every type of the standard"),
        "item": _("name an item kind, or people"),
        "quantity": _("say how many: 2, or 1 with per = person"),
    }
    return words[name]


def same_place(values: Mapping[str, Stored]) -> tuple[Stored, ...]:
    """What two lines may not have in common."""
    return tuple(values.get(n) for n in ("type", "level", "grade", "item", "spec", "need"))
