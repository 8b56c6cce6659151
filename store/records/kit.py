"""Kits (模块): sets of things that go out together, with their contents and the last check of them (row B3)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Amount, Date, Integer, Ref, Time, Unit

KIT = register(
    Record(
        noun="kit",
        plural="kits",
        en="Kit",
        zh="模块",
        fields=(
            Field("name", "Name", "模块名称", aliases=("名称", "Name"), required=True),
            Field("team", "Holder", "持有队伍", Ref("team"), ("所属队伍", "队伍", "队伍名称")),
            Field("depot", "Depot", "储备库", Ref("depot")),
            Field("place", "Place", "存放地点", aliases=("存放位置", "地点")),
            Field(
                "check_every",
                "Checked every (days)",
                "检查周期（天）",
                Integer(1, 3660),
                help="A check older than that is stale, and the kit not ready.",
            ),
            Field("checked_at", "Last checked", "上次检查", Time(), derived=True),
            Field("checked_by", "Checked by", "检查人", derived=True),
        ),
        listed=("name", "team", "depot", "place", "checked_at"),
        names=("name",),
        same=("name", "team", "depot"),
        numbered=True,
        indexed=(("team",),),
    )
)

PART = register(
    Record(
        noun="part",
        plural="parts",
        en="Part of a kit",
        zh="模块内容",
        fields=(
            Field("kit", "Kit", "模块", Ref("kit"), ("模块名称",), required=True),
            Field("item", "Item", "物资", Ref("item"), ("物资名称", "品名"), required=True),
            Field("quantity", "Quantity", "应有数量", Amount(1), ("数量",), required=True),
            Field("unit", "Unit", "单位", Unit(), aliases=("计量单位",)),
            Field(
                "expires",
                "Expires",
                "有效期至",
                Date(),
                ("有效期", "有效期限", "有效日期", "失效日期", "到期日期", "Expiry date", "Expires"),
                help="After that day the part does not count, and its kit is not whole.",
            ),
            Field("found", "Found", "实有数量", Amount(), derived=True, help="At the last check of its kit."),
        ),
        listed=("kit", "item", "quantity", "found", "unit", "expires"),
        search=("item",),
        same=("kit", "item"),
        numbered=True,
        indexed=(("kit",),),
    )
)
