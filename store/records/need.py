"""Needs of an incident: a capability or an item, how much, where, by when (row E3, ICS 215)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Amount, Choice, Flag, Ref, Time, Unit

PRIORITIES = {"life": ("life safety", "人命"), "urgent": ("urgent", "紧急"), "normal": ("normal", "一般")}

NEED = register(
    Record(
        noun="need",
        plural="needs",
        en="Need",
        zh="需求",
        fields=(
            Field("incident", "Incident", "事件", Ref("incident"), required=True),
            Field(
                "what",
                "What",
                "能力或物资",
                required=True,
                help="A capability (drainage), an item kind, `people` or `teams`.",
            ),
            Field(
                "amount",
                "Amount",
                "数量",
                Amount(),
                required=True,
            ),
            Field("unit", "Unit", "单位", Unit()),
            Field("by", "By", "时限", Time()),
            Field("place", "Place", "地点"),
            Field("priority", "Priority", "优先级", Choice(PRIORITIES)),
            Field("exercise", "Exercise", "演练", Flag(), derived=True),
            Field(
                "source",
                "Source",
                "来源",
                derived=True,
                help="The scenario that proposed the figure, where a person took it as it was.",
            ),
        ),
        listed=("incident", "what", "amount", "unit", "by", "priority", "place"),
        search=("what", "place"),
        same=("incident", "what", "amount", "by"),
        numbered=True,
        indexed=(("incident",),),
    )
)
