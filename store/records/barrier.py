"""Barriers that only some places lead across: a river with its bridges, a railway with its underpasses (row G6)."""

from __future__ import annotations

from collections.abc import Mapping

from emergency.store.errors import InvalidValue
from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Stored, Text, Time


def can_be_read(values: Mapping[str, Stored]) -> str:
    """Its line has two points or more, and its crossings lie on it."""
    from emergency.store.barriers import wall

    try:
        wall(str(values.get("name") or ""), str(values.get("line") or ""), str(values.get("crossings") or ""))
    except InvalidValue as error:
        return error.message
    return ""


BARRIER = register(
    Record(
        noun="barrier",
        plural="barriers",
        en="Barrier",
        zh="通行阻隔",
        fields=(
            Field(
                "name", "Name", "名称", required=True, aliases=("阻隔名称", "河流名称", "铁路名称", "河流", "铁路", "Name")
            ),
            Field("kind", "Kind", "阻隔类型", aliases=("类型", "类别", "Kind", "Type")),
            Field(
                "line",
                "Line",
                "走向",
                Text(100_000),
                ("坐标串", "线位", "走向坐标", "Line"),
                required=True,
                help="Its points one after the other, LAT,LNG parted by `;`.",
            ),
            Field(
                "crossings",
                "Crossings",
                "通过点",
                Text(100_000),
                ("桥梁", "过河点", "道口", "桥梁坐标", "Crossings", "Bridges"),
                help="Where one gets across: NAME LAT,LNG parted by `;`, the name as one likes. None: there is no way across.",
            ),
            Field(
                "until",
                "Until",
                "有效期至",
                Time(),
                ("截止时间", "失效时间", "Until"),
                help="From this time on it counts no more.",
            ),
            Field("source", "Source", "来源", aliases=("数据来源", "出处", "Source")),
        ),
        listed=("name", "kind", "crossings", "until", "source"),
        search=("name", "kind"),
        names=("name",),
        same=("name",),
        numbered=True,
        rule=can_be_read,
    )
)  # fmt: skip
