"""Call-up orders and their lines (rows F1, F2). The state of a line is folded from its steps."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.steps import STATES
from emergency.store.records.types import Amount, Choice, Flag, Integer, Ref, Text, Time

KINDS = {
    "callup": ("call-up", "调用"),
    "requisition": ("requisition", "征用"),
    "transfer": ("stock transfer", "调拨"),
    "preposition": ("pre-position", "预置"),
    "standby": ("standby", "待命"),
    "help": ("help request", "支援请求"),
}
#: Kinds that hold a thing until an incident takes it (CASES 13).
HOLDING = ("preposition", "standby")
#: What a short code of an order may leave out, that missed least first; and what it may come by.
LEAVABLE = ("approver", "basis", "report_to", "until", "ack_by", "incident", "by")
CODE_CHANNELS = ("sms", "beidou", "voice", "radio")

CALLUP = register(
    Record(
        noun="callup",
        plural="callups",
        en="Call-up order",
        zh="调用令",
        fields=(
            Field("incident", "Incident", "事件", Ref("incident")),
            Field("kind", "Kind", "类型", Choice(KINDS), required=True),
            Field("report_to", "Report to", "报到地点"),
            Field("by", "By", "到位时限", Time()),
            Field("until", "Until", "使用期限", Time()),
            Field("basis", "Legal basis", "法律依据"),
            Field("approver", "Approved by", "批准人"),
            Field(
                "ref", "Reference", "来文编号", help="The sender's own key: the same reference orders once."
            ),
            Field("issued_at", "Issued", "下达时间", Time(), derived=True),
            Field("ack_by", "Answer by", "应答时限", Time()),
            Field(
                "asked", "Asked for", "请求内容", derived=True, help="A hash of what the reference ordered."
            ),
            Field("override", "Rule passed over", "越过规则", derived=True),
            Field("answer_within", "To answer within (ms)", "应答时长（毫秒）", Integer(0), derived=True),
            # Of a drill: the order says so itself, since it may come before its incident does.
            Field("exercise", "Exercise", "演练", Flag(), derived=True),
        ),
        listed=("incident", "kind", "report_to", "by", "issued_at"),
        search=("report_to", "ref"),
        names=("ref",),
        numbered=True,
        indexed=(("incident",), ("ref",)),
    )
)

LINE = register(
    Record(
        noun="line",
        plural="lines",
        en="Order line",
        zh="调用明细",
        fields=(
            Field("order", "Order", "调用令", Ref("callup"), required=True),
            Field("team", "Team", "队伍", Ref("team")),
            Field("equipment", "Equipment", "装备", Ref("equipment")),
            Field("item", "Item", "物资", Ref("item")),
            Field("depot", "Depot", "储备库", Ref("depot")),
            Field("reserve", "Stock line", "库存明细", Ref("reserve")),
            Field("quantity", "Quantity", "数量", Amount()),
            Field("people", "People", "人数", Integer(0, 1_000_000)),
            Field("exercise", "Exercise", "演练", Flag(), derived=True),
            Field("area", "Assigned to", "派往区域", Ref("area"), derived=True),
            Field("from_line", "From line", "来源明细", Ref("line"), help="The line this one continues."),
            Field("state", "State", "状态", Choice(STATES), derived=True, folded=True),
            Field("since", "Since", "状态时间", Time(), derived=True, folded=True),
            Field("answered", "Answered", "应答数量", Amount(), derived=True, folded=True),
            Field("until", "Until", "使用期限", Time(), derived=True, folded=True),
            Field("flags", "Asks for a person", "待办", Text(1000), derived=True, folded=True),
        ),
        listed=("order", "team", "equipment", "item", "quantity", "people", "state", "since"),
        search=("team", "equipment", "item"),
        indexed=(("order",), ("state",), ("equipment",), ("team",), ("reserve",)),
    )
)
