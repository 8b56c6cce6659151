"""What cells of official tables say beyond figures: `≥2`, `2～4顶`, `每人1件`, `若干`, and marks such as √ and ●.

A figure that is one already is left as it stands: nothing here changes what it means.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from emergency.store import units
from emergency.store.errors import InvalidValue
from emergency.store.text import fold_width

#: What a cell of marks or figures holds where nothing is meant to be there.
_NOTHING = frozenset(("", "-", "—", "——", "–", "/", "\\", "×", "✗", "✘", "无", "否", "0"))
#: Of marks in one column: the filled ones ask, the hollow ones leave the choice.
FILLED, HOLLOW = "√ ✓ ✔ ☑ ● ■ ★", "○ 〇 ◯ □ ☆"

#: A longer text is no quantity.
_LONGEST = 60
_NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_RANGE = re.compile(
    rf"({_NUMBER}) ?([^0-9\s~〜∼—–−-]*?) ?(?:~|〜|∼|—|——|–|−|-|至|到) ?({_NUMBER}) ?([^0-9\s].*)?"
)
_LEAST = re.compile(r"(?:≥|≧|⩾|>=|不少于|不低于|不小于|至少|最少|大于等于|大于或等于)[:,、]? ?(.+)")
_ABOVE = re.compile(r"(.+?) ?\(?(?:及|或)?以上\)?(?:\(含(?:本数)?\))?")
_EACH = re.compile(
    r"(?:每个? ?([0-9]*) ?(?:(人|名)(?:队员)?|(辆车|台车|车|辆)|(支队伍|支队|个队|队伍|队))|(人均|人手))"
    r"[:,、]? ?(?:各?应?(?:配备|配发|配置|配)|各)? ?(.+)"
)
_VAGUE = re.compile(
    r"(?:若干|适量|足量|酌情|(?:按|视|根据)(?:实际|工作|任务)?(?:情况|需要|需求|需|情))"
    r"(?:确定|配备|配置|配发|配)?([^0-9.,].{0,5})?"
)


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is none: nothing at all, a dash, a stroke or a nought of any width."""
    return fold_width(text).strip() in _NOTHING


class Cell(NamedTuple):
    """A quantity as a table writes it, made plain."""

    #: A figure with or without its unit.
    amount: str
    #: How it is counted, as standardlines.counted reads it.
    per: str
    #: What stood there, where the figure is only the least that it may mean; else "".
    wrote: str = ""
    #: Whether no figure stood there at all, so that only a person knows how much is enough.
    vague: bool = False


def plain(text: str, per: str) -> Cell | None:
    """A quantity that is no single figure, with how it is counted; None where it is one, or says nothing we know.

    `per` is what another cell says of how it is counted.
    """
    if len(text) > _LONGEST or _is_figure(text):
        return None
    said, rest = " ".join(text.split()), fold_width(text)
    match = _EACH.fullmatch(rest)
    if match and not per.strip():
        number, _person, vehicle, _team, _by_head, rest = match.groups()
        if match[4] and number not in ("", "1"):
            return None
        per = "每队" if match[4] else f"每{number or ''}{'车' if vehicle else '人'}"
        if _is_figure(rest):
            return Cell(rest, per)
    match = _VAGUE.fullmatch(rest)
    if match and _is_figure("1" + (match[1] or "")):
        return Cell("1", per, said, vague=True)
    for form in (_LEAST, _ABOVE):
        if (match := form.fullmatch(rest)) and _is_figure(match[1]):
            return Cell(match[1], per, said)
    match = _RANGE.fullmatch(rest)
    if match is None:
        return None
    unit, last = match[2] or match[4] or "", match[4] or match[2] or ""
    low, high = match[1] + unit, match[3] + last
    if not (_is_figure(low) and _is_figure(high)):
        return None
    first, second = units.parse_quantity(low), units.parse_quantity(high)
    return Cell(low, per, said) if first.unit == second.unit and first.milli <= second.milli else None


def _is_figure(text: str) -> bool:
    try:
        units.parse_quantity(text)
    except InvalidValue:
        return False
    return True
