"""Items of equipment, on four axes that never change one another (rows B1, B2, B5, B6).

Serviceability, custody, commitment and crew are told apart; "available", "assigned" and
"out of service" are derived from them. Commitment is not a field that anyone sets: it is
what the claims of call-up lines say (store/claims.py).
"""

from emergency.store.records.capability import CAPABILITIES
from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Date, Integer, Point, Quantity, Ref, Time

#: Best first: of reports made apart, the worse is shown.
SERVICEABILITY = {
    "serviceable": ("serviceable", "完好"),
    "limited": ("limited", "受限使用"),
    "in_inspection": ("in inspection", "检验中"),
    "in_repair": ("in repair", "维修中"),
    "unserviceable": ("unserviceable", "不可用"),
    "lost": ("lost", "丢失"),
    "destroyed": ("destroyed", "毁损"),
}
CUSTODY = {
    "home": ("home", "在库"),
    "pre_positioned": ("pre-positioned", "前置"),
    "in_transit": ("in transit", "途中"),
    "at_incident": ("at incident", "在现场"),
    "on_loan": ("on loan", "借出"),
    "at_workshop": ("at workshop", "送修"),
    "unknown": ("unknown", "不明"),
}
CREW = {
    "crewed": ("crewed", "有人值守"),
    "on_call": ("crew on call", "随叫随到"),
    "resting": ("crew resting", "轮休"),
    "uncrewed": ("no crew", "无操作手"),
}

EQUIPMENT = register(
    Record(
        noun="equipment",
        plural="equipment",
        en="Equipment",
        zh="装备",
        fields=(
            Field(
                "name",
                "Name",
                "装备名称",
                required=True,
                aliases=("名称", "设备名称", "器材名称", "Item Name", "Name", "Equipment"),
            ),
            Field("kind", "Kind", "装备类别", Ref("item"), ("类别", "装备类型", "类型", "Type", "Kind")),
            Field(
                "specification",
                "Specification",
                "规格型号",
                aliases=("型号", "规格", "Brand", "Model", "Specification"),
            ),
            Field(
                "team",
                "Holder",
                "持有队伍",
                Ref("team"),
                (
                    "所属队伍",
                    "队伍名称",
                    "保管单位",
                    "持有单位",
                    "使用单位",
                    "Team",
                    "Holder",
                    "Organisation",
                ),
            ),
            Field("owner", "Owner", "权属单位", aliases=("产权单位", "所有单位", "Owner")),
            Field("region", "Region", "行政区", Ref("region"), ("区县代码", "所在区", "行政区划代码")),
            Field("at", "Position", "位置坐标", Point()),
            Field("address", "Address", "存放地点", aliases=("存放位置", "地址", "Address")),
            Field("plate", "Plate", "车牌号", aliases=("车牌", "车牌号码", "号牌号码", "Plate")),
            Field(
                "serial",
                "Serial number",
                "出厂编号",
                aliases=("序列号", "设备编号", "Serial", "Serial number"),
            ),
            Field("value", "Value (CNY)", "价值（元）", Quantity("CNY"), ("价值", "原值", "单价", "Value")),
            Field("bought", "Bought", "购置日期", Date(), ("购置时间", "采购日期", "Purchase Date")),
            Field(
                "licence",
                "Licence needed",
                "操作资格",
                aliases=("所需资格", "操作证"),
                help="The qualification its operator must hold.",
            ),
            *CAPABILITIES,
            Field(
                "serviceability",
                "Serviceability",
                "完好状态",
                Choice(SERVICEABILITY, worst=True),
                ("技术状态", "状态", "Condition"),
            ),
            Field("custody", "Custody", "保管状态", Choice(CUSTODY), derived=True),
            Field("custodian", "Held by", "现保管人", derived=True),
            Field("crew", "Crew", "人员配备", Choice(CREW, worst=True), ("操作手",)),
            Field("hours", "Hours run", "运行小时", Integer(0, 10**7), ("工作小时", "Hours")),
            Field(
                "odometer",
                "Odometer (km)",
                "里程（公里）",
                Integer(0, 10**8),
                ("里程", "Mileage", "Odometer"),
            ),
            Field("fuel", "Fuel (%)", "油量（%）", Integer(0, 100), ("油量",)),
            Field("inspected", "Last inspected", "上次检验", Date(), ("检验日期",)),
            Field("inspection_until", "Inspection until", "检验到期", Date(), ("检验有效期", "年检有效期")),
            Field("insurance_until", "Insurance until", "保险到期", Date(), ("保险有效期",)),
            Field("reported_at", "Reported", "上报时间", Time(), derived=True),
            Field(
                "same_as",
                "Same thing as",
                "同一装备",
                Ref("equipment"),
                derived=True,
                help="Registered twice: this one counts under the other's id.",
            ),
        ),
        listed=("name", "kind", "specification", "team", "region", "plate", "serviceability", "custody"),
        search=("name", "specification", "plate"),
        names=("plate", "serial"),
        same=("name", "plate", "serial", "team", "address"),
        numbered=True,
        tagged=True,
        indexed=(("kind", "at_cell"), ("at_cell",), ("region",), ("team",), ("plate",), ("serial",)),
    )
)
