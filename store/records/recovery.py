"""Recovery programmes after a disaster (row D5): what was lost or damaged, what replaces it, what has come.

Seed of the form: the Beijing plan of 2024, which recovers from the “23·7” rainstorm and flood and
raises the equipment of municipal professional teams. The program states no figure of its own.
"""

from collections.abc import Mapping

from emergency.store.records.declare import REGION_LABELS, Field, Record, register
from emergency.store.records.types import Amount, Choice, Date, Ref, Stored, Text, Time
from emergency.store.words import _

#: Why a line is in a programme.
CAUSES = {
    "lost": ("lost", "丢失"),
    "damaged": ("damaged", "损毁"),
    "new": ("new allocation", "新增配备"),
}
CAUSE_WORDS = {
    "lost": "遗失 灭失 冲走 失踪 毁损灭失",
    "damaged": "损坏 毁坏 受损 报废",
    "new": "新增 新配 补充 增配 新增装备",
}


def wants_something(values: Mapping[str, Stored]) -> str:
    """A line of which nothing is wanted would count as done."""
    quantity = values.get("quantity")
    if isinstance(quantity, int) and quantity <= 0 and not values.get("retired"):
        return _("a quantity is more than nothing: {text}").format(text=f"{quantity / 1000:g}")
    return ""


RECOVERY = register(
    Record(
        noun="recovery",
        plural="recovery programmes",
        en="Recovery programme",
        zh="恢复重建计划",
        fields=(
            Field(
                "name",
                "Name",
                "计划名称",
                required=True,
                aliases=("名称", "恢复计划", "恢复重建", "Name", "Programme"),
            ),
            Field("event", "After", "灾害事件", aliases=("灾害", "灾害名称", "Event")),
            Field("region", "Region", "行政区", Ref("region"), REGION_LABELS),
            Field("start", "From", "开始日期", Date(), ("起始日期", "开始", "Start")),
            Field("until", "To be done by", "完成期限", Date(), ("截止日期", "完成日期", "End")),
            Field("source", "Source", "来源", Text(2000), ("依据", "文件依据")),
        ),
        listed=("name", "event", "region", "start", "until"),
        search=("name", "event"),
        names=("name",),
        same=("name", "event"),
        numbered=True,
    )
)

LOSS = register(
    Record(
        noun="loss",
        plural="lines of recovery programmes",
        en="Line of a recovery programme",
        zh="恢复重建明细",
        fields=(
            Field(
                "recovery",
                "Programme",
                "恢复重建计划",
                Ref("recovery"),
                ("计划名称", "恢复计划", "计划", "Programme"),
                required=True,
            ),
            Field("cause", "Cause", "原因", Choice(CAUSES, words=CAUSE_WORDS), ("损失情况", "类型", "Cause")),
            Field(
                "team",
                "Team",
                "队伍",
                Ref("team"),
                ("队伍名称", "所属队伍", "持有队伍", "单位", "Team"),
            ),
            Field(
                "item",
                "Item",
                "装备物资",
                Ref("item"),
                ("装备名称", "物资名称", "装备类别", "名称", "品名", "Item"),
                required=True,
            ),
            Field(
                "quantity", "Quantity", "数量", Amount(), ("损失数量", "补充数量", "Quantity"), required=True
            ),
            Field("spec", "Minimum specification", "最低技术要求", Text(1000), ("技术要求",)),
            Field("by", "Wanted by", "要求到位日期", Date(), ("到位日期",)),
            Field(
                "equipment",
                "What was lost",
                "受损装备",
                Ref("equipment"),
                ("原装备编号", "装备编号"),
                once_in="recovery",
            ),
        ),
        listed=("recovery", "cause", "team", "item", "quantity", "by"),
        search=("item", "team"),
        same=("recovery", "cause", "team", "item", "equipment"),
        numbered=True,
        indexed=(("recovery",),),
        rule=wants_something,
    )
)

REPLACEMENT = register(
    Record(
        noun="replacement",
        plural="replacements",
        en="Replacement",
        zh="到位补充",
        fields=(
            Field("loss", "For", "恢复重建明细", Ref("loss"), required=True),
            Field("equipment", "Equipment", "装备", Ref("equipment")),
            Field("reserve", "Stock line", "库存明细", Ref("reserve")),
            Field("quantity", "Quantity", "数量", Amount(), required=True),
            Field("at", "Came", "到位时间", Time(), required=True),
        ),
        listed=("loss", "equipment", "reserve", "quantity", "at"),
        search=("equipment", "reserve"),
        numbered=True,
        indexed=(("loss",), ("equipment",)),
    )
)
