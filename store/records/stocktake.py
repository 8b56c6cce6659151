"""Stocktakes: what was counted on a shelf, and the difference that waits for approval (row C5)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Amount, Choice, Ref, Text, Time

STATES = {
    "proposed": ("waits for approval", "待审批"),
    "approved": ("approved", "已批准"),
    "rejected": ("rejected", "已驳回"),
}

STOCKTAKE = register(
    Record(
        noun="stocktake",
        plural="stocktakes",
        en="Stocktake",
        zh="盘点单",
        fields=(
            Field("reserve", "Stock line", "库存明细", Ref("reserve"), required=True, derived=True),
            Field("counted", "Counted", "盘点数量", Amount(), required=True, derived=True),
            Field("booked", "In the books", "账面数量", Amount(-(10**15)), required=True, derived=True),
            Field("unit", "Unit", "单位", derived=True),
            Field("reason", "Reason", "原因", Text(500), derived=True),
            Field("counted_by", "Counted by", "盘点人", derived=True),
            Field("counted_at", "Counted at", "盘点时间", Time(), derived=True),
            Field("state", "State", "状态", Choice(STATES), derived=True),
            Field("decided_by", "Decided by", "审批人", derived=True),
            Field("why", "Why", "审批意见", Text(500), derived=True),
        ),
        listed=("reserve", "counted", "booked", "unit", "reason", "counted_by", "state", "decided_by"),
        search=("reserve", "reason"),
        numbered=True,
        indexed=(("reserve",),),
    )
)
