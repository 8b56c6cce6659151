"""Key areas: what a season plan keeps a team near (row G2)."""

from emergency.store.records.declare import REGION_LABELS, Field, Record, register
from emergency.store.records.types import Integer, Point, Ref

KEYAREA = register(
    Record(
        noun="keyarea",
        plural="key areas",
        en="Key area",
        zh="重点区域",
        fields=(
            Field(
                "name",
                "Name",
                "重点区域名称",
                required=True,
                aliases=(
                    "重点区域",
                    "重点部位",
                    "区域名称",
                    "部位名称",
                    "风险点名称",
                    "名称",
                    "Area",
                    "Name",
                ),
            ),
            Field("code", "Code", "编号", aliases=("区域编号", "编码", "代码", "Code")),
            Field("region", "Region", "行政区", Ref("region"), REGION_LABELS),
            Field("at", "Position", "坐标", Point()),
            Field(
                "weight",
                "Weight",
                "权重",
                Integer(0, 1_000_000),
                ("重要程度", "重要性", "分值", "Weight"),
                help="How much it counts beside others: people at risk, say. Empty counts 1, and 0 nothing.",
            ),
            Field(
                "hazards",
                "Hazards",
                "灾害类型",
                aliases=("灾种", "风险类型", "隐患类型", "场景", "Hazards"),
                help="Scenarios, parted by ; or 、: flood;waterlogging.",
                words_of="scenario",
            ),
            Field(
                "seasons",
                "Seasons",
                "重点时段",
                aliases=("时段", "适用时段", "Seasons"),
                help="Seasons in which it counts, parted by ; or 、. Empty: those with a hazard of it.",
                words_of="season",
            ),
            Field("source", "Source", "来源", aliases=("依据", "出处", "数据来源", "Source")),
        ),
        listed=("name", "region", "weight", "hazards", "seasons", "at"),
        search=("name", "code"),
        names=("name", "code"),
        same=("name", "code"),
        numbered=True,
        indexed=(("name",), ("at_cell",)),
    )
)
