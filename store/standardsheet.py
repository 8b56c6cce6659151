"""A standard as the rows of a sheet, as offices write them: reading it (standardfile.py makes sense of it).

Besides a column for each field, tables have 必配 and 选配 as columns of marks or of quantities of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from emergency.store.standardcells import FILLED, HOLLOW, is_nothing
from emergency.store.standardfile import HEAD, Written, types_of
from emergency.store.standardlines import FIELDS
from emergency.store.text import fold_width
from emergency.store.words import _

#: The headings of a sheet, by the field that each gives.
LABELS: dict[str, tuple[str, ...]] = {
    "code": ("标准编号", "标准号", "标准代号", "code", "standard"),
    "version": ("版本", "版本号", "version"),
    "name": ("标准名称", "standard name"),
    "effective": ("实施日期", "生效日期", "effective"),
    "source": ("来源", "source"),
    "sample": ("样例", "sample"),
    "mark_compliance": ("达标率目标", "mark_compliance"),
    "mark_people": ("人数目标", "people mark", "mark_people"),
    "mark_source": ("目标来源", "mark_source"),
    "types": ("全部队伍类型", "types"),
    "type": ("队伍类型", "队伍类别", "救援队伍类型", "适用队伍", "team type", "type"),
    "level": ("队伍级别", "级别", "level"),
    "grade": ("队伍等级", "等级", "grade"),
    "class": ("类别", "装备类别", "装备分类", "分类", "class", "category"),
    "item": (
        "装备名称",
        "物资名称",
        "装备物资",
        "器材名称",
        "设备名称",
        "名称",
        "品名",
        "装备",
        "item",
        "name",
    ),
    "need": ("配备要求", "配备性质", "必配选配", "配备类型", "必配", "required", "need"),
    "quantity": (
        "配备数量",
        "数量",
        "标准数量",
        "配备标准",
        "最低数量",
        "最低配备数量",
        "应配数量",
        "quantity",
        "qty",
    ),
    "unit": ("单位", "计量单位", "unit"),
    "per": ("计算方式", "配备方式", "计量方式", "per", "counted"),
    "spec": ("最低技术要求", "技术要求", "技术指标", "主要性能", "性能要求", "minimum specification", "spec"),
    "instead": ("可替代", "可替代装备", "替代装备", "替代", "substitutes", "instead"),
    "dimension": ("战备维度", "dimension"),
    "clause": ("条款", "条款号", "clause"),
    "note": ("备注", "说明", "note", "remarks"),
}
#: Columns for what is required and for what is optional, of marks or of quantities; by the need that each says.
SIDES: dict[str, tuple[str, ...]] = {
    "required": ("必配", "必配数量", "必配量", "必配数", "必配标准", "必配装备数量"),
    "optional": ("选配", "选配数量", "选配量", "选配数", "选配标准", "选配装备数量"),
}
#: Headings of a field that count where no other column gives it: what is a model's name to one table is asked for by another.
ELSE: dict[str, tuple[str, ...]] = {
    "spec": ("规格型号", "型号规格", "规格", "规格要求", "技术参数", "主要技术参数")
}
#: Headings of nothing that a standard says.
_NOTHING = frozenset(("序号", "编号", "no.", "no", "#", ""))
#: Words of a note that say of a table without a column for it what its line is.
_NEEDS = {"必配": "required", "必备": "required", "选配": "optional", "选备": "optional", "可选": "optional"}
#: Without a column for each of these there is no line.
_NEEDED = ("type", "item", "quantity")
_SYMBOLS = frozenset((*FILLED.split(), *HOLLOW.split()))
#: What says in a column of one side that the line is of it.
_SAYS = _SYMBOLS | {"是", "有", "必配", "选配"}


def known_labels() -> list[str]:
    """Headings of sheets that we know, to find the header by."""
    return [label for labels in (*LABELS.values(), *SIDES.values(), *ELSE.values()) for label in labels]


def columns(header: Sequence[str]) -> dict[int, str]:
    """{place of a column: the field it gives, or `required` or `optional`}; the first that fits a field has it.

    Of headings in several rows (配备数量/必配) the parts say it of what every line needs, where no whole heading does.
    """
    by_label = {fold_width(w).casefold(): name for name, labels in LABELS.items() for w in labels}
    by_label |= {w: name for name, labels in SIDES.items() for w in labels}
    by_else = {w: name for name, labels in ELSE.items() for w in labels}

    def bared(label: str) -> str:
        return re.sub(r"[\s*:：]|[(（][^)）]*[)）]", "", fold_width(label)).casefold()

    def field(label: str) -> str | None:
        return by_label.get(fold_width(label).casefold()) or by_label.get(bared(label))

    def of_parts(label: str) -> str | None:
        names = [field(part) for part in label.split("/")]
        side = next((name for name in names if name in SIDES), None)
        if side and all(name in (side, "quantity", "need") for name in names):
            return side
        return names[-1] if names[-1] in _NEEDED else None

    out: dict[int, str] = {}
    for find in (field, of_parts, lambda label: by_else.get(bared(label))):
        for place, label in enumerate(header):
            name = None if place in out else find(label)
            if name and name not in out.values():
                out[place] = name
    return out


def unread(header: Sequence[str], fed: Mapping[int, str]) -> tuple[str, ...]:
    """The headings of columns that give nothing, but for numbers of rows."""
    return tuple(h for n, h in enumerate(header) if n not in fed and fold_width(h).casefold() not in _NOTHING)


def lacks(fed: Mapping[int, str]) -> list[str]:
    """The fields of every line that a sheet has no column for."""
    given = {"quantity" if name in SIDES else name for name in fed.values()}
    return [name for name in _NEEDED if name not in given]


def read_rows(
    rows: Iterable[tuple[int, Sequence[str]]], fed: Mapping[int, str], letter: Any, type_: str = ""
) -> tuple[dict[str, str], dict[str, list[str]], list[Written]]:
    """The same of the rows of a sheet; a cell left empty below a type or a class has that of above.

    `type_` is the team type of rows that name none.
    """
    head: dict[str, str] = {}
    types: dict[str, list[str]] = {}
    lines = []
    above = {"type": type_} if type_ else {}
    rows = list(rows)
    sides = _sides(rows, fed)
    for number, cells in rows:
        texts = {name: cells[place].strip() for place, name in fed.items() if cells[place].strip()}
        for name in HEAD:
            if name != "note" and name in texts:
                head.setdefault(name, texts.pop(name))
        for name in ("type", "class"):
            if name in texts:
                above[name] = texts[name]
            elif name in above:
                texts[name] = above[name]
        for name, words in types_of(texts.pop("types", "")).items():
            types.setdefault(name, words)
        if texts.get("type", "*") != "*":
            types.setdefault(texts["type"], [])
        if "need" not in fed.values() and not sides and texts.get("note") in _NEEDS:
            texts["need"] = _NEEDS[texts.pop("note")]
        places = {name: f"{number}:{letter(place)}" for place, name in fed.items()}
        for said, at, why in _needs(texts, sides):
            mine = {k: v for k, v in (texts | said).items() if k in FIELDS}
            lines.append(Written(mine, str(number), places | {k: places[v] for k, v in at.items()}, why=why))
    return head, types, lines


def _sides(rows: Sequence[tuple[int, Sequence[str]]], fed: Mapping[int, str]) -> dict[str, frozenset[str]]:
    """{side: the marks in its column}, of the sides that have one."""
    return {
        name: frozenset(cells[place].strip() for _number, cells in rows) & _SYMBOLS
        for place, name in fed.items()
        if name in SIDES
    }


_Said = tuple[dict[str, str], dict[str, str], str]


def _needs(texts: Mapping[str, str], sides: Mapping[str, frozenset[str]]) -> Iterator[_Said]:
    """(fields, {field: the column that says it}, what is wrong) of each line that one row stands for."""
    if not sides:
        yield {}, {}, ""
        return
    given = {side: texts.get(side, "") for side in sides if not is_nothing(texts.get(side, ""))}
    if len(sides) == 1 and "quantity" in texts:
        (side,) = sides
        yield _alone(side, texts.get(side, ""), sides[side]), {"need": side}, ""
        return
    marked = [side for side, text in given.items() if text in _SAYS]
    if len(marked) == 2:
        yield {}, {"need": "optional"}, _("marked both as required and as optional")
    elif not given:
        yield {}, {"need": next(iter(sides))}, _("neither required nor optional is marked, or has a quantity")
    else:
        for side, text in given.items():
            said = {"need": side} if side in marked else {"need": side, "quantity": text}
            yield said, dict.fromkeys(said, side), ""


def _alone(side: str, text: str, marks: frozenset[str]) -> dict[str, str]:
    """What the cell of a side says that has no other beside it, with the quantity in a column of its own."""
    other = "optional" if side == "required" else "required"
    if text in marks:
        hollow = text in HOLLOW.split() and not marks.isdisjoint(FILLED.split())
        return {"need": other if hollow else side}
    if marks and is_nothing(text):
        return {"need": other}
    if side == "optional":
        # No word but a mark was ever read in such a column.
        return {"need": other if is_nothing(text) else side if text in _SAYS else text}
    return {"need": text} if text else {}
