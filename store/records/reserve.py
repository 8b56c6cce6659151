"""Reserves: what a depot holds of an item, by lot and form (rows C1, C2, C3).

The quantity is never set: it is the sum of movements since the last count (store/stock.py).
An id reads `DEPOT/ITEM`, with `/LOT` and `@form` where they are not the plain ones.
"""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Amount, Choice, Date, Ref, Unit

FORMS = {
    "physical": ("physical", "实物"),
    "agreement": ("agreement", "协议"),
    "capacity": ("production capacity", "产能"),
}


#: What else sheets write for these.
FORM_WORDS = {
    "physical": "实物储备 自有 自储 政府储备 库存",
    "agreement": "协议储备 代储 委托代储 企业代储 合同储备",
    "capacity": "产能储备 生产能力储备 生产能力 能力储备",
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
                (
                    *("储备库名称", "仓库", "仓库名称", "库房", "库房名称", "存放仓库", "存放库", "存放库房"),
                    *("所在仓库", "所在库房", "所在储备库", "所属仓库", "储备点", "储备地点", "存放地点"),
                    *("存放点", "库点", "Warehouse", "Depot"),
                ),
                required=True,
            ),
            Field(
                "item",
                "Item",
                "物资",
                Ref("item"),
                (
                    "物资名称",
                    "品名",
                    "物品名称",
                    "物资品名",
                    "储备物资",
                    "货物名称",
                    "物品",
                    "品种",
                    "名称",
                    "物资编码",
                    "Item Name",
                    "Item",
                ),
                required=True,
            ),
            Field(
                "lot",
                "Lot",
                "批次",
                aliases=("批号", "批次号", "生产批号", "入库批次", "Tracking Number", "Lot"),
            ),
            Field(
                "form",
                "Form",
                "储备方式",
                Choice(FORMS, words=FORM_WORDS),
                ("储备形式",),
            ),
            Field(
                "unit",
                "Unit",
                "单位",
                Unit(),
                aliases=("计量单位", "数量单位", "单位（计量）", "Unit of Measure", "Unit"),
            ),
            Field(
                "expires",
                "Expires",
                "有效期至",
                Date(),
                (
                    "有效期",
                    "有效期限",
                    "有效日期",
                    "失效日期",
                    "到期日期",
                    "到期时间",
                    "到期日",
                    "保质期至",
                    "保质期到期",
                    "Expiry",
                    "Expiry Date",
                ),
            ),
            Field(
                "minimum",
                "Minimum",
                "最低储备",
                Amount(),
                ("最低库存", "最低储备量", "库存下限", "安全库存", "下限"),
            ),
            Field(
                "target",
                "Target",
                "目标储备",
                Amount(),
                ("目标库存", "目标储备量", "储备定额", "储备标准", "应储数量", "计划数量", "定额"),
            ),
            Field(
                "quantity",
                "Quantity",
                "数量",
                Amount(-(10**15)),
                (
                    "库存",
                    "库存数量",
                    "库存量",
                    "现有数量",
                    "现有库存",
                    "实有数量",
                    "实存数量",
                    "实际数量",
                    "储备数量",
                    "储备量",
                    "在库数量",
                    "数目",
                    "Quantity",
                    "Qty",
                ),
                derived=True,
                folded=True,
            ),
            Field(
                "rest_with",
                "Unlent stock with",
                "未下借定额持有站点",
                Ref("station"),
                derived=True,
                help="Once quotas are lent: the station whose all the stock is that is lent to nobody.",
            ),
        ),
        listed=("depot", "item", "lot", "form", "quantity", "unit", "minimum", "target", "expires"),
        search=("item", "depot", "lot"),
        same=("depot", "item", "lot", "form"),
        indexed=(("item",),),
    )
)
