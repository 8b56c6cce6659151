"""From the columns of a sheet to the fields of a record: which goes where, and what its cells mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from emergency.plugins.sheets.headers import normal_label
from emergency.plugins.sheets.values import plain
from emergency.store import units
from emergency.store.errors import InvalidValue
from emergency.store.records import Record
from emergency.store.records.types import Phone, Point
from emergency.store.text import quoted, safe
from emergency.store.words import _, listed

#: Labels of columns that are no field of their own, by the field they feed.
COLUMNS = {
    "id": (
        "编码",
        "装备编号",
        "资产编号",
        "器材编号",
        "标签号",
        "编号",
        "Tag",
        "Asset tag",
        "ID",
        "No",
        "Code",
        "Name",
    ),
    "lat": ("纬度", "北纬", "Lat", "Latitude", "纬度坐标", "y"),
    "lng": ("经度", "东经", "Lon", "Lng", "Long", "Longitude", "经度坐标", "x"),
    "point": ("坐标", "经纬度", "位置坐标", "Coordinates", "Position", "GPS"),
    "count": ("数量", "装备数量", "台数", "台套数", "数量合计", "现有数量", "实有数量", "Quantity", "Qty"),
}
#: What a group of columns calls its first: 负责人/姓名 is the 负责人.
_NAMELY = frozenset({"姓名", "名称", "name"})
#: What joins a group to its columns; not a slash in brackets: 排水量(m³/h).
_SLASH = re.compile(r"/(?![^(（\[]*[)）\]])")
#: Labels of the id of kinds that have codes of their own.
CODES = ("id", "编号", "编码", "代码", "行政区划代码", "区划代码", "Code", "ID")
#: Several columns that add up to one figure: heads of all sorts make the strength.
SUMS = {
    "strength": (
        "Active Firefighters - Career",
        "Active Firefighters - Volunteer",
        "Active Firefighters - Paid per Call",
    ),
}
#: Several columns that are one text: the lines of an address.
JOINS = {
    "address": ("Station Addr1", "Station Addr2", "Station City", "Station State", "Station Zip"),
}
DATUMS = {
    "gcj02": ("gcj02", "gcj-02", "火星", "高德", "腾讯", "国测局"),
    "bd09": ("bd09", "bd-09", "百度"),
    "wgs84": ("wgs84", "wgs-84", "cgcs2000", "gps", "大地2000"),
}


class Column(NamedTuple):
    """One column of the sheet that is read."""

    place: int
    label: str
    target: str
    #: Unit stated in the label: 排水量(m³/h).
    unit: str | None


class Name(NamedTuple):
    """One way of naming a column, in the form that labels are compared in."""

    text: str
    unit: str | None
    #: By the whole path of the label; else by a part of it.
    whole: bool

    def counted(self, unit: str) -> Name:
        """The same in a unit that stands elsewhere, unless it has its own."""
        return self._replace(unit=self.unit or unit)


class Plan(NamedTuple):
    """Which column feeds which field."""

    columns: list[Column]
    unread: list[str]
    datum: str


def known_labels(record: Record) -> set[str]:
    """Every label the record knows, for finding the header."""
    out = {label for target, labels in COLUMNS.items() if _has(record, target) for label in labels}
    for field in record.fields:
        out.update((field.en, field.zh, field.name, *field.aliases))
    return out


def plan(
    record: Record,
    header: Sequence[str],
    title: Sequence[str],
    explicit: Mapping[str, str],
    datum: str | None,
) -> Plan:
    """Match columns to fields: as told by `--map`, then by label, best alias first. Raises InvalidValue."""
    taken: dict[int, Column] = {}
    fed: set[str] = set()
    for label, target in explicit.items():
        index = _column(header, label)
        if target in ("", "-"):
            taken[index] = Column(index, header[index], "", None)
            continue
        _check_target(record, target)
        taken[index] = Column(index, header[index], target, _unit_in(header[index]))
        fed.add(target)
    for told in zip(*map(_told, header), strict=True):
        _match(record, header, told, taken, fed)
    columns = sorted((c for c in taken.values() if c.target), key=lambda c: c.place)
    unread = [label for i, label in enumerate(header) if i not in taken and label]
    own = [c.label for c in columns if c.target in ("lat", "lng", "point")]
    datum = datum or stated_datum(own) or stated_datum([*title, *header])
    return Plan(columns, unread, datum or "wgs84")


def _match(
    record: Record,
    header: Sequence[str],
    told: Sequence[Name],
    taken: dict[int, Column],
    fed: set[str],
) -> None:
    """Match the columns still free to the targets still unfed, by one way of naming the columns."""
    places: dict[str, list[int]] = {}
    for i, (name, _u, _whole) in enumerate(told):
        if name and i not in taken:
            places.setdefault(name, []).append(i)
    for target, aliases in _wanted(record):
        if target in fed:
            continue
        for alias in aliases:
            hits = [i for i in places.get(normal_label(alias), ()) if i not in taken]
            if not hits or (len(hits) > 1 and not told[hits[0]].whole and not _any_will_do(record, target)):
                # Several groups have such a column, and no word says which is meant.
                continue
            taken[hits[0]] = Column(hits[0], header[hits[0]], target, told[hits[0]].unit)
            fed.add(target)
            if alias not in SUMS.get(target, ()) and alias not in JOINS.get(target, ()):
                break


def _any_will_do(record: Record, target: str) -> bool:
    field = record.field(target)
    return field is not None and isinstance(field.type, Phone)


def _told(label: str) -> tuple[Name, Name, Name]:
    """What a column is called: by its whole path, by the last part of a grouped label, by its group.

    The units of a header's last row (排水能力/m³/h) are no part of the name.
    """
    parts = _SLASH.split(label)
    for cut in range(1, len(parts)):
        unit = "/".join(parts[cut:]).strip("()（）[] ")
        if _is_unit(unit):
            bare = _told("/".join(parts[:cut]))
            return bare[0].counted(unit), bare[1].counted(unit), bare[2].counted(unit)
    whole, unit_ = _split_unit(label)
    none = Name("", None, False)
    if len(parts) == 1:
        return Name(whole, unit_, True), none, none
    last, unit_last = _split_unit(parts[-1])
    group = Name(_split_unit(parts[-2])[0], unit_last, False) if last in _NAMELY else none
    return Name(whole, unit_, True), Name(last, unit_last, False), group


def stated_datum(texts: Sequence[str]) -> str | None:
    """The coordinate system that the sheet itself names, if it does."""
    for text in texts:
        folded = plain(text).casefold().replace(" ", "")
        for datum, words in DATUMS.items():
            if any(w in folded for w in words):
                return datum
    return None


def _wanted(record: Record) -> list[tuple[str, tuple[str, ...]]]:
    wanted: list[tuple[str, tuple[str, ...]]] = []
    for field in record.fields:
        if isinstance(field.type, Point):
            own = (field.zh, *field.aliases, field.en, field.name)
            wanted += [("lat", COLUMNS["lat"]), ("lng", COLUMNS["lng"]), ("point", (*COLUMNS["point"], *own))]
        elif field.name == "quantity" or not field.derived:
            more = (*SUMS.get(field.name, ()), *JOINS.get(field.name, ()))
            wanted.append((field.name, (*more, field.zh, *field.aliases, field.en, field.name)))
    if record.tagged or not record.numbered:
        wanted.append(("id", COLUMNS["id"] if record.tagged else CODES))
    if _has(record, "count"):
        wanted.append(("count", COLUMNS["count"]))
    return wanted


def _has(record: Record, target: str) -> bool:
    """Whether the record can be fed that target: only of equipment is every piece a row of its own."""
    return target in COLUMNS and (target != "count" or record.noun == "equipment")


def _column(header: Sequence[str], label: str) -> int:
    wanted = normal_label(label)
    for i, text in enumerate(header):
        if normal_label(text) == wanted or _split_unit(text)[0] == wanted:
            return i
    ends = [i for i, text in enumerate(header) if wanted and _told(text)[1].text == wanted]
    if len(ends) == 1:
        return ends[0]
    raise InvalidValue(
        _("--map: the sheet has no column {label}").format(label=quoted(label)),
        hint=_("it has: {names}").format(names=listed(safe(h) for h in header if h)),
    )


def _check_target(record: Record, target: str) -> None:
    field = record.field(target)
    if _has(record, target) or (field is not None and (not field.derived or target == "quantity")):
        return
    names = [f.name for f in record.fields if not f.derived]
    names += [t for t in COLUMNS if _has(record, t)]
    raise InvalidValue(
        _("--map: {record} has no field {name}").format(record=record.label, name=quoted(target)),
        hint=_("it has: {names}").format(names=listed(names)),
    )


def _split_unit(label: str) -> tuple[str, str | None]:
    """(normal label, unit) of a label like 排水量(m³/h) or 数量（件）."""
    match = re.fullmatch(r"(.+?)\s*[(（\[]\s*([^()（）\[\]]+)\s*[)）\]]", plain(label))
    if match and _is_unit(match[2]):
        return normal_label(match[1]), match[2]
    return normal_label(re.sub(r"[*＊:：]+$", "", plain(label))), None


def _unit_in(label: str) -> str | None:
    return _told(label)[0].unit or _told(label)[1].unit


def _is_unit(text: str) -> bool:
    try:
        units.unit(text)
    except InvalidValue:
        return stated_datum([text]) is not None
    return True
