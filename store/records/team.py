"""Rescue teams: who they are, where they stand, and what they last reported (rows A1, A3, A6, A10)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Date, Integer, Phone, Point, Ref, Text, Time

#: Best first: of reports made apart, the worse is shown until a person reports again.
READINESS = {
    "ready": ("ready", "就绪"),
    "standby": ("standby", "备勤"),
    "off": ("off duty", "休整"),
    "unavailable": ("unavailable", "不可用"),
}

#: A team's report of its readiness counts as stale after this, in milliseconds (row A6).
#: Twelve hours: one duty shift. Change it with EMERGENCY_STALE_AFTER.
STALE_AFTER = 12 * 3600 * 1000

#: The contact ladder, first rung first (row A10).
LADDER = ("mobile", "duty_phone", "radio", "satellite_phone", "beidou")

TEAM = register(
    Record(
        noun="team",
        plural="teams",
        en="Team",
        zh="队伍",
        fields=(
            Field(
                "name",
                "Name",
                "队伍名称",
                required=True,
                aliases=("名称", "队伍", "机构名称", "法人机构名称", "Team", "Station Name", "Team Name"),
            ),
            Field(
                "code",
                "Official code",
                "队伍编号",
                aliases=("编号", "统一社会信用代码/机构编码", "Code", "FDID"),
            ),
            Field(
                "host_unit",
                "Host unit",
                "依托单位",
                aliases=(
                    "所属单位",
                    "主管部门",
                    "业务主管部门",
                    "建队单位",
                    "Fire Dept Name",
                    "Organisation",
                    "Organization",
                ),
            ),
            Field(
                "type",
                "Type",
                "队伍类型",
                aliases=("类型", "专业类型", "机构类型", "大类", "Dept Type", "Team Type"),
            ),
            Field(
                "level",
                "Level",
                "级别",
                Choice(
                    {
                        "municipal": ("municipal", "市级"),
                        "district": ("district", "区级"),
                        "enterprise": ("enterprise", "企业"),
                        "social": ("social", "社会"),
                    }
                ),
                ("队伍级别", "组织级别"),
            ),
            Field(
                "region",
                "Region",
                "行政区",
                Ref("region"),
                ("区县代码", "行政区划代码", "所在区", "区县名称", "所属区", "Region"),
            ),
            Field("address", "Address", "地址", aliases=("驻地", "详细地址", "Station Addr1", "Address")),
            Field("at", "Base", "驻地坐标", Point()),
            Field("jurisdiction", "Jurisdiction", "责任区", aliases=("辖区",)),
            Field(
                "strength",
                "Strength",
                "队伍总人数",
                Integer(0, 1_000_000),
                ("人数", "总人数", "专职人员人数", "在编人数", "Strength"),
            ),
            Field("commander", "Commander", "负责人", aliases=("队长", "单位负责人", "Commander")),
            Field(
                "capabilities",
                "Capabilities",
                "专业能力",
                Text(2000),
                ("主要业务方向", "主要救援技术特长", "Capabilities"),
            ),
            Field("mobile", "Mobile", "手机", Phone(), ("手机号", "负责人手机", "Mobile"), personal=True),
            Field("duty_phone", "Duty phone", "值班电话", Phone(), ("联系电话", "电话", "Phone")),
            Field("radio", "Radio", "电台呼号", aliases=("对讲机", "呼号", "Radio")),
            Field("satellite_phone", "Satellite phone", "卫星电话", Phone(), ("卫星电话号码",)),
            Field("beidou", "Beidou terminal", "北斗终端", aliases=("北斗卡号", "北斗终端号")),
            Field("founded", "Founded", "组建时间", Date(), ("队伍组建或成立时间", "成立时间", "注册时间")),
            Field("insurance_until", "Insurance until", "保险到期", Date(), ("保险有效期",)),
            Field("agreement", "Agreement", "协议编号", aliases=("协议",)),
            Field("agreement_until", "Agreement until", "协议到期", Date(), ("协议有效期",)),
            Field("contract_until", "Contract until", "合同到期", Date()),
            Field("readiness", "Readiness", "战备状态", Choice(READINESS, worst=True), derived=True),
            Field("headcount", "Ready people", "在岗人数", Integer(0, 1_000_000), derived=True),
            Field("reported_at", "Reported", "上报时间", Time(), derived=True),
        ),
        listed=("name", "type", "level", "region", "strength", "readiness", "headcount", "reported_at"),
        search=("name", "host_unit", "code"),
        names=("name", "code"),
        same=("name", "host_unit", "code", "address"),
        numbered=True,
        indexed=(("name",), ("region",), ("at_cell",), ("type",)),
    )
)
