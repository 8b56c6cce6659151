"""Items of equipment, on four axes that never change one another (rows B1, B2, B5, B6).

Serviceability, custody, commitment and crew are told apart; "available", "assigned" and
"out of service" are derived from them. Commitment is not a field that anyone sets: it is
what the claims of call-up lines say (store/claims.py).
"""

from emergency.store.records.capability import CAPABILITIES
from emergency.store.records.declare import REGION_LABELS, Field, Record, register
from emergency.store.records.types import Choice, Date, Integer, Plate, Point, Quantity, Ref, Time

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
#: An item in one of these cannot be called, whoever asks.
OUT_OF_SERVICE = ("in_repair", "unserviceable", "lost", "destroyed")
#: What else sheets write for these.
SERVICEABILITY_WORDS = {
    "serviceable": "良好 正常 可用 好 完好可用 状态良好 性能良好 运行正常 在用 使用中 优 良 OK good",
    "limited": "受限 限用 部分可用 带病运行 基本完好 基本可用 降级使用 fair",
    "in_inspection": "检测中 年检中 送检 在检 待检 待检验",
    "in_repair": "待修 维修 在修 修理中 送修 检修 检修中 保养中 待维修 返修 大修",
    "unserviceable": "故障 损坏 不能用 停用 坏 待报废 报废 已报废 不完好 不正常 broken",
    "lost": "遗失 失踪 已丢失 盘亏",
    "destroyed": "毁坏 灭失 损毁 已毁",
}
CREW_WORDS = {
    "crewed": "有 有人 有操作手 已配备 配备 齐全",
    "on_call": "待命 备勤 听班 听召",
    "resting": "休息 休整",
    "uncrewed": "无人 未配备 缺 没有操作手 缺操作手",
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
#: Where a free item may be.
AT_HAND = ("home", "pre_positioned")
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
                aliases=(
                    "设备名称",
                    "器材名称",
                    "车辆名称",
                    "装备",
                    "品名",
                    "名称",
                    "Item Name",
                    "Name",
                    "Equipment",
                ),
            ),
            Field(
                "kind",
                "Kind",
                "装备类别",
                Ref("item"),
                (
                    "装备类型",
                    "装备种类",
                    "设备类别",
                    "设备类型",
                    "器材类别",
                    "车辆类型",
                    "类别",
                    "类型",
                    "种类",
                    "Type",
                    "Kind",
                ),
            ),
            Field(
                "specification",
                "Specification",
                "规格型号",
                aliases=(
                    "型号规格",
                    "规格/型号",
                    "装备型号",
                    "设备型号",
                    "品牌型号",
                    "型号",
                    "规格",
                    "Brand",
                    "Model",
                    "Specification",
                ),
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
                    "所在队伍",
                    "使用队伍",
                    "配属队伍",
                    "队伍",
                    "所属单位",
                    "管理单位",
                    "责任单位",
                    "Team",
                    "Holder",
                    "Organisation",
                ),
            ),
            Field(
                "owner",
                "Owner",
                "权属单位",
                aliases=("产权单位", "所有单位", "权属", "所有权单位", "资产所属单位", "Owner"),
            ),
            Field("region", "Region", "行政区", Ref("region"), REGION_LABELS),
            Field("at", "Position", "位置坐标", Point()),
            Field(
                "address",
                "Address",
                "存放地点",
                aliases=(
                    "存放地址",
                    "存放位置",
                    "存放库",
                    "存放库房",
                    "存放仓库",
                    "存放点",
                    "停放地点",
                    "停放位置",
                    "所在位置",
                    "所在仓库",
                    "地点",
                    "地址",
                    "Address",
                ),
            ),
            Field(
                "plate",
                "Plate",
                "车牌号",
                Plate(),
                ("车牌", "车牌号码", "号牌", "号牌号码", "车号", "牌照", "牌照号", "Plate"),
            ),
            Field(
                "serial",
                "Serial number",
                "出厂编号",
                aliases=(
                    "序列号",
                    "机身号",
                    "机身编号",
                    "设备编号",
                    "出厂号",
                    "产品编号",
                    "车架号",
                    "Serial",
                    "Serial number",
                ),
            ),
            Field(
                "value",
                "Value (CNY)",
                "价值（元）",
                Quantity("CNY"),
                ("价值", "原值", "购置价格", "购置金额", "资产原值", "单价", "Value"),
            ),
            Field(
                "bought",
                "Bought",
                "购置日期",
                Date(),
                (
                    "购置时间",
                    "购买日期",
                    "购买时间",
                    "购入日期",
                    "采购日期",
                    "采购时间",
                    "配备时间",
                    "Purchase Date",
                ),
            ),
            Field(
                "licence",
                "Licence needed",
                "操作资格",
                aliases=("所需资格", "操作证", "操作证要求", "操作资质"),
                help="The qualification its operator must hold.",
            ),
            *CAPABILITIES,
            Field(
                "serviceability",
                "Serviceability",
                "完好状态",
                Choice(SERVICEABILITY, worst=True, words=SERVICEABILITY_WORDS),
                (
                    "装备状态",
                    "设备状态",
                    "完好情况",
                    "技术状况",
                    "技术状态",
                    "使用状态",
                    "车况",
                    "状况",
                    "状态",
                    "Condition",
                ),
            ),
            Field("custody", "Custody", "保管状态", Choice(CUSTODY), derived=True),
            Field("custodian", "Held by", "现保管人", derived=True),
            Field(
                "crew",
                "Crew",
                "人员配备",
                Choice(CREW, worst=True, words=CREW_WORDS),
                ("操作手", "操作手情况"),
            ),
            Field(
                "hours",
                "Hours run",
                "运行小时",
                Integer(0, 10**7),
                ("工作小时", "运行时间", "累计运行小时", "Hours"),
            ),
            Field(
                "odometer",
                "Odometer (km)",
                "里程（公里）",
                Integer(0, 10**8),
                ("里程", "行驶里程", "公里数", "里程数", "Mileage", "Odometer"),
            ),
            Field("fuel", "Fuel (%)", "油量（%）", Integer(0, 100), ("油量",)),
            Field(
                "inspected",
                "Last inspected",
                "上次检验",
                Date(),
                ("上次检验日期", "检验日期", "检测日期", "年检日期", "维保日期"),
            ),
            Field(
                "inspection_until",
                "Inspection until",
                "检验到期",
                Date(),
                (
                    "检验有效期",
                    "检验有效期至",
                    "年检有效期",
                    "年检有效期至",
                    "年检到期",
                    "检测有效期",
                    "检测有效期至",
                ),
            ),
            Field(
                "insurance_until",
                "Insurance until",
                "保险到期",
                Date(),
                ("保险有效期", "保险有效期至", "保险到期日", "保险到期日期"),
            ),
            Field("reported_at", "Reported", "上报时间", Time(), derived=True),
            Field(
                "leased_to",
                "Leased to",
                "预授权使用单位",
                Ref("station"),
                derived=True,
                help="The one station that may order it, also while cut off.",
            ),
            Field("leased_until", "Lease until", "预授权截止", Time(), derived=True),
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
        crowded=True,
        # The last serves the filters of the screens: what is searched for, in the order of the ids.
        indexed=(
            ("kind", "at_cell"),
            ("at_cell",),
            ("region",),
            # Whose and where they are, and which are alike: what a plan counts (alike.py).
            ("team", "at_cell", "alike"),
            ("plate",),
            ("serial",),
            ("id", "retired", "same_as", "search"),
        ),
    )
)


def itself(table: str = "equipment") -> str:
    """SQL: the row stands for its thing, and is no second tag of another.

    Of two tags that were each merged into the other, apart, the lesser stands for it, as in claims.canonical.
    """
    return (
        f"({table}.same_as IS NULL OR ({table}.id < {table}.same_as AND EXISTS("
        f"SELECT 1 FROM equipment o WHERE o.id = {table}.same_as AND o.same_as = {table}.id)))"
    )
