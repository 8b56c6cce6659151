"""Reserves: what a depot holds of an item, by lot and form (rows C1, C2, C3).

The quantity is never set: it is the sum of movements since the last count (store/stock.py).
An id reads `DEPOT/ITEM`, with `/LOT` and `@form` where they are not the plain ones.
"""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Amount, Choice, Date, Ref

FORMS = {
    "physical": ("physical", "实物"),
    "agreement": ("agreement", "协议"),
    "capacity": ("production capacity", "产能"),
}


def reserve_id(depot: str, item: str, lot: str = "", form: str = "physical") -> str:
    """The id of one stock line."""
    return f"{depot}/{item}" + (f"/{lot}" if lot else "") + ("" if form == "physical" else f"@{form}")


RESERVE = register(
    Record(
        noun="reserve",
        plural="reserves",
        en="Reserve",
        zh="物资储备",
        fields=(
            Field(
                "depot",
                "Depot",
                "储备库",
                Ref("depot"),
                ("储备库名称", "仓库", "仓库名称", "存放仓库", "Warehouse", "Depot"),
                required=True,
            ),
            Field(
                "item",
                "Item",
                "物资",
                Ref("item"),
                ("物资名称", "品名", "名称", "物资编码", "Item Name", "Item"),
                required=True,
            ),
            Field("lot", "Lot", "批次", aliases=("批号", "Tracking Number", "Lot")),
            Field("form", "Form", "储备方式", Choice(FORMS), ("储备形式",)),
            Field("unit", "Unit", "单位", aliases=("计量单位", "Unit of Measure", "Unit")),
            Field("expires", "Expires", "有效期至", Date(), ("有效期", "保质期至", "Expiry", "Expiry Date")),
            Field(
                "minimum",
                "Minimum",
                "最低储备",
                Amount(),
                ("最低库存", "下限"),
            ),
            Field(
                "target",
                "Target",
                "目标储备",
                Amount(),
                ("目标库存", "定额"),
            ),
            Field(
                "quantity",
                "Quantity",
                "数量",
                Amount(-(10**15)),
                ("库存", "库存数量", "现有数量", "实有数量", "Quantity", "Qty"),
                derived=True,
                folded=True,
            ),
        ),
        listed=("depot", "item", "lot", "form", "quantity", "unit", "minimum", "target", "expires"),
        search=("item", "depot", "lot"),
        same=("depot", "item", "lot", "form"),
        indexed=(("item",),),
    )
)
