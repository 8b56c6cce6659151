"""Staging sites: where teams can be placed ahead of an event (row G2)."""

from emergency.store.records.declare import REGION_LABELS, Field, Record, register
from emergency.store.records.types import Integer, Phone, Point, Quantity, Ref

SITE = register(
    Record(
        noun="site",
        plural="sites",
        en="Staging site",
        zh="预置点",
        fields=(
            Field(
                "name",
                "Name",
                "预置点名称",
                required=True,
                aliases=(
                    "前置点名称",
                    "备勤点名称",
                    "驻防点名称",
                    "集结点名称",
                    "预置点",
                    "名称",
                    "Site",
                    "Name",
                ),
            ),
            Field("code", "Code", "编号", aliases=("预置点编号", "编码", "代码", "Code")),
            Field("kind", "Kind", "预置点类型", aliases=("类型", "类别", "场地类型", "Kind", "Type")),
            Field("region", "Region", "行政区", Ref("region"), REGION_LABELS),
            Field(
                "address", "Address", "地址", aliases=("详细地址", "所在地址", "所在地", "位置", "Address")
            ),
            Field("at", "Position", "坐标", Point()),
            Field(
                "capacity",
                "Capacity (teams)",
                "可驻队伍数",
                Integer(0, 10_000),
                ("容量", "可容纳队伍数", "驻队数", "Capacity"),
            ),
            Field(
                "turnout",
                "Turn-out time",
                "出动时间",
                Quantity("min"),
                ("备勤出动时间", "响应时间", "应急响应时间", "Turnout time", "Turnout"),
                help="Of whoever is placed here, on watch; where none is stated, each team's own counts, as at its base.",
            ),
            Field("keeper", "Keeper", "负责人", aliases=("联系人", "管理员", "Contact")),
            Field("phone", "Phone", "联系电话", Phone(), ("电话", "值班电话", "联系方式", "Phone")),
            Field("source", "Source", "来源", aliases=("依据", "出处", "数据来源", "Source")),
        ),
        listed=("name", "kind", "region", "capacity", "at"),
        search=("name", "code"),
        names=("name", "code"),
        same=("name", "code"),
        numbered=True,
        indexed=(("name",), ("at_cell",)),
    )
)
