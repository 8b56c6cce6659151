"""Driving times that somebody measured or worked out: they win over every estimate (row G6)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Amount, Date

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
                required=True,
            ),
            Field("source", "Source", "来源", aliases=("数据来源", "出处", "Source")),
            Field("as_of", "As of", "测定日期", Date(), ("日期", "数据日期", "As of")),
        ),
        listed=("from", "to", "minutes", "source", "as_of"),
        search=("from", "to", "source"),
        same=("from", "to"),
        numbered=True,
        indexed=(("from",),),
    )
)
