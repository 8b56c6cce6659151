"""Season plans: flood season, fire season, major events, and what must be in place by when (row G2)."""

import re
from collections.abc import Mapping
from typing import Any

from emergency.store import times
from emergency.store.errors import InvalidValue
from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Date, Ref, Stored, Text, Type
from emergency.store.text import fold_width, safe
from emergency.store.words import _

KINDS = {
    "flood": ("flood season", "汛期"),
    "fire": ("forest fire season", "森林防火期"),
    "event": ("major event", "重大活动"),
    "other": ("other", "其他"),
}
#: Scenarios that a season of each kind is about, where the plan names none.
HAZARDS = {
    "flood": ("flood", "waterlogging"),
    "fire": ("forest-fire",),
    "event": (),
    "other": (),
}
_EVERY_YEAR = r"(?:每年)? ?([0-9]{1,2})(?:[-/.]|月 ?)([0-9]{1,2})日?"
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class DayOfYear(Type):
    """A day: of every year, MM-DD, or of one, YYYY-MM-DD."""

    def parse(self, text: str) -> Stored:
        folded = fold_width(text).strip()
        if not folded:
            return None
        every = re.fullmatch(_EVERY_YEAR, folded)
        if every:
            return self.check(f"{int(every[1]):02}-{int(every[2]):02}")
        day = times.parse_date(folded)
        if len(str(day)) != 10:
            raise InvalidValue(
                _("not a day: {text}").format(text=safe(text)), hint=_("write 06-01, or 2026-06-01")
            )
        return day

    def check(self, value: Any) -> Stored:
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}", value):
            month, day = int(value[-5:-3]), int(value[-2:])
            if 1 <= month <= 12 and 1 <= day <= _LONGEST[month - 1]:
                return value
        raise InvalidValue(
            _("not a day: {text}").format(text=safe(str(value)[:40])), hint=_("write 06-01, or 2026-06-01")
        )


def _alike(values: Mapping[str, Stored]) -> str:
    """Both ends of a window are of every year, or both of one, and then in order."""
    begin, end = values.get("begin"), values.get("end")
    if begin is None or end is None:
        return ""
    if len(str(begin)) != len(str(end)):
        return _("begin and end are both of every year (06-01), or both of one (2026-06-01)")
    if len(str(begin)) == 10 and str(end) < str(begin):
        return _("it ends before it begins: {begin} to {end}").format(begin=begin, end=end)
    return ""


def _done_already(values: Mapping[str, Stored]) -> str:
    """What is done has been done by today; of a month or a year alone, in one that has begun."""
    done, today = str(values.get("done") or ""), times.format_time(times.now())[:10]
    if done > today[: len(done)] and not values.get("retired"):
        return _("that lies in the future: {time}").format(time=done)
    return ""


SEASON = register(
    Record(
        noun="season",
        plural="seasons",
        en="Season plan",
        zh="重点时段",
        fields=(
            Field(
                "name", "Name", "名称", required=True, aliases=("时段名称", "方案名称", "活动名称", "Name")
            ),
            Field("kind", "Kind", "类型", Choice(KINDS), ("时段类型", "类别", "Kind"), required=True),
            Field(
                "begin",
                "Begins",
                "开始日期",
                DayOfYear(),
                ("起始日期", "开始", "起", "Begin"),
                required=True,
                help="Of every year: 06-01; of one: 2026-06-01.",
            ),
            Field(
                "end",
                "Ends",
                "结束日期",
                DayOfYear(),
                ("截止日期", "结束", "止", "End"),
                required=True,
                help="Its last day; before `begin` in a year it is that of the next.",
            ),
            Field(
                "hazards",
                "Hazards",
                "灾害类型",
                aliases=("灾种", "场景", "Hazards"),
                help="Scenarios, parted by ; or 、. Empty: those of its kind.",
                words_of="scenario",
            ),
            Field("source", "Source", "来源", Text(1000), ("依据", "出处", "Source")),
        ),
        listed=("name", "kind", "begin", "end", "source"),
        search=("name",),
        names=("name",),
        same=("name",),
        numbered=True,
        rule=_alike,
    )
)

TASK = register(
    Record(
        noun="task",
        plural="tasks",
        en="Preparation task",
        zh="准备事项",
        fields=(
            Field(
                "season", "Season plan", "重点时段", Ref("season"), ("时段", "方案", "Season"), required=True
            ),
            Field(
                "what", "What", "事项", Text(1000), ("准备事项", "工作内容", "内容", "What"), required=True
            ),
            Field(
                "by",
                "By",
                "完成期限",
                DayOfYear(),
                ("时限", "期限", "截止日期", "By"),
                required=True,
                help="Of every year: 05-15; of one: 2026-05-15.",
            ),
            Field("owner", "Owner", "责任单位", aliases=("责任人", "负责人", "牵头单位", "Owner")),
            Field("done", "Done on", "完成日期", Date(), ("完成时间", "Done")),
            Field("source", "Source", "来源", Text(1000), ("依据", "出处", "Source")),
        ),
        listed=("season", "what", "by", "owner", "done"),
        search=("what", "owner"),
        same=("season", "what"),
        numbered=True,
        rule=_done_already,
        indexed=(("season",),),
    )
)
