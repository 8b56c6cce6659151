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
from emergency.store.records.types import Point
from emergency.store.text import quoted, safe
from emergency.store.words import _

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
}
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


class Plan(NamedTuple):
    """Which column feeds which field."""

    columns: list[Column]
    unread: list[str]
    datum: str


def known_labels(record: Record) -> set[str]:
    """Every label the record knows, for finding the header."""
    out = {label for labels in COLUMNS.values() for label in labels}
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
    split = [_split_unit(label) for label in header]
    for target, aliases in _wanted(record):
        if target in fed:
            continue
        for alias in aliases:
            hits = [i for i, (name, _u) in enumerate(split) if i not in taken and name == normal_label(alias)]
            if hits:
                taken[hits[0]] = Column(hits[0], header[hits[0]], target, split[hits[0]][1])
                fed.add(target)
                if alias not in SUMS.get(target, ()) and alias not in JOINS.get(target, ()):
                    break
    columns = sorted((c for c in taken.values() if c.target), key=lambda c: c.place)
    unread = [label for i, label in enumerate(header) if i not in taken and label]
    return Plan(columns, unread, datum or stated_datum([*title, *header]) or "wgs84")


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
    return wanted


def _column(header: Sequence[str], label: str) -> int:
    wanted = normal_label(label)
    for i, text in enumerate(header):
        if normal_label(text) == wanted or _split_unit(text)[0] == wanted:
            return i
    raise InvalidValue(
        _("--map: the sheet has no column {label}").format(label=quoted(label)),
        hint=_("it has: {names}").format(names=", ".join(safe(h) for h in header if h)),
    )


def _check_target(record: Record, target: str) -> None:
    field = record.field(target)
    if target in COLUMNS or (field is not None and (not field.derived or target == "quantity")):
        return
    names = [f.name for f in record.fields if not f.derived] + list(COLUMNS)
    raise InvalidValue(
        _("--map: {record} has no field {name}").format(record=record.label, name=quoted(target)),
        hint=_("it has: {names}").format(names=", ".join(names)),
    )


def _split_unit(label: str) -> tuple[str, str | None]:
    """(normal label, unit) of a label like 排水量(m³/h) or 数量（件）."""
    match = re.fullmatch(r"(.+?)\s*[(（\[]\s*([^()（）\[\]]+)\s*[)）\]]", plain(label))
    if match and _is_unit(match[2]):
        return normal_label(match[1]), match[2]
    return normal_label(re.sub(r"[*＊:：]+$", "", plain(label))), None


def _unit_in(label: str) -> str | None:
    return _split_unit(label)[1]


def _is_unit(text: str) -> bool:
    try:
        units.unit(text)
    except InvalidValue:
        return stated_datum([text]) is not None
    return True
