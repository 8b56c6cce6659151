"""Driving times that somebody measured or worked out: they win over every estimate (row G6)."""

from __future__ import annotations

from collections.abc import Mapping

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Amount, Date, Flag, Stored, Time
from emergency.store.words import _


def says_how_long_or_closed(values: Mapping[str, Stored]) -> str:
    """It must say how long the drive is, or whether there is a way through; one that is open again counts for nothing."""
    if values.get("minutes") is None and values.get("closed") is None:
        return _("give minutes, or closed=yes where there is no way through")
    return ""


DRIVE = register(
    Record(
        noun="drive",
        plural="driving times",
        en="Driving time",
        zh="行车时间",
        fields=(
            Field(
                "from",
                "From",
                "起点",
                aliases=("出发地", "出发点", "起始点", "从", "Origin", "From"),
                required=True,
                help="A point (LAT,LNG), or the id or name of a team, site, key area, depot, incident or region.",
            ),
            Field(
                "to",
                "To",
                "终点",
                aliases=("目的地", "到达点", "到达地", "到", "Destination", "To"),
                required=True,
                help="As `from`; the way back is a driving time of its own.",
            ),
            Field(
                "minutes",
                "Minutes",
                "分钟数",
                Amount(),
                ("行车时间", "行车时间（分钟）", "行驶时间", "时长", "分钟", "耗时", "Minutes"),
            ),
            Field(
                "closed",
                "Closed",
                "中断",
                Flag(),
                ("是否中断", "道路中断", "是否封闭", "封闭", "封路", "是否封路", "Closed"),
                help="`yes`: there is no way through, whatever the minutes or an estimate say; no plan goes that way.",
            ),
            Field(
                "until",
                "Until",
                "有效期至",
                Time(),
                ("截止时间", "失效时间", "恢复时间", "预计恢复时间", "Until"),
                help="From this time on it counts no more; of a road that was closed until then the minutes count again.",
            ),
            Field(
                "closed_by",
                "Closed by",
                "中断依据",
                aliases=("封路依据", "封闭依据", "封路通告", "中断原因", "封路原因", "封闭原因", "Closed by"),
                help="Who says that there is no way through, or why; the source is that of the minutes.",
            ),
            Field("source", "Source", "来源", aliases=("数据来源", "出处", "Source")),
            Field("as_of", "As of", "测定日期", Date(), ("日期", "数据日期", "As of")),
        ),
        listed=("from", "to", "minutes", "closed", "closed_by", "until", "source", "as_of"),
        search=("from", "to", "closed_by", "source"),
        same=("from", "to"),
        numbered=True,
        indexed=(("from",),),
        rule=says_how_long_or_closed,
    )
)
