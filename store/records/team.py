"""Rescue teams: who they are, where they stand, and what they last reported (rows A1, A3, A6, A10)."""

from emergency.store.records.declare import REGION_LABELS, Field, Record, register
from emergency.store.records.types import Choice, Date, Integer, Phone, Point, Quantity, Ref, Text, Time

#: Best first: of reports made apart, the worse is shown until a person reports again.
READINESS = {
    "ready": ("ready", "就绪"),
    "standby": ("standby", "备勤"),
    "off": ("off duty", "休整"),
    "unavailable": ("unavailable", "不可用"),
}

#: Whose team it is.
LEVELS = {
    "municipal": ("municipal", "市级"),
    "district": ("district", "区级"),
    "enterprise": ("enterprise", "企业"),
    "social": ("social", "社会"),
}

#: A team's report of its readiness counts as stale after this, in milliseconds (row A6).
#: Twelve hours: one duty shift. Change it with EMERGENCY_STALE_AFTER.
STALE_AFTER = 12 * 3600 * 1000

#: The contact ladder, first rung first (row A10).
LADDER = ("mobile", "duty_phone", "radio", "satellite_phone", "beidou")


def people_of(team: str = "") -> str:
    """SQL over a team, such as `t.`: so many people plans and floors count on; NULL where nobody knows.

    Those on duty by its report, and of them no more than its strength where one is registered: a report of more is
    a slip as often as it is the truth, and an order by hand may still call them.
    """
    return f"coalesce(min({team}headcount, {team}strength), {team}headcount, {team}strength)"


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
                aliases=(
                    "名称",
                    "队伍",
                    "队名",
                    "救援队名称",
                    "救援队伍名称",
                    "应急队伍名称",
                    "单位名称",
                    "机构名称",
                    "法人机构名称",
                    "Team",
                    "Station Name",
                    "Team Name",
                ),
            ),
            Field(
                "code",
                "Official code",
                "队伍编号",
                aliases=(
                    "编号",
                    "队伍代码",
                    "编码",
                    "统一社会信用代码",
                    "机构编码",
                    "统一社会信用代码/机构编码",
                    "Code",
                    "FDID",
                ),
            ),
            Field(
                "host_unit",
                "Host unit",
                "依托单位",
                aliases=(
                    "所属单位",
                    "主管单位",
                    "主管部门",
                    "主管单位（部门）",
                    "隶属单位",
                    "隶属关系",
                    "上级单位",
                    "管理单位",
                    "组建单位",
                    "挂靠单位",
                    "单位",
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
                aliases=(
                    "类型",
                    "队伍类别",
                    "类别",
                    "队伍性质",
                    "专业类型",
                    "专业",
                    "机构类型",
                    "大类",
                    "Dept Type",
                    "Team Type",
                ),
            ),
            Field(
                "level",
                "Level",
                "级别",
                Choice(
                    LEVELS,
                    words={
                        "municipal": "市 地级 地市级 设区市级 市属 市级队伍",
                        "district": "区 县 县级 区县级 县区级 县（区）级 区（县）级 区属 县属 区级队伍 县级队伍",
                        "enterprise": "企业级 企业专职 企业队伍 企事业 企事业单位 国企 央企",
                        "social": "社会级 社会力量 社会组织 社会应急力量 社会救援力量 民间 志愿 志愿者",
                    },
                ),
                ("队伍级别", "组织级别", "层级"),
            ),
            Field(
                "grade",
                "Grade",
                "队伍等级",
                help="The grade an allocation standard gives it, where it has grades: 一级, 二级, 三级.",
            ),
            Field(
                "region",
                "Region",
                "行政区",
                Ref("region"),
                REGION_LABELS,
            ),
            Field(
                "address",
                "Address",
                "地址",
                aliases=(
                    "驻地",
                    "驻地地址",
                    "队伍地址",
                    "驻扎地点",
                    "驻地位置",
                    "所在地址",
                    "单位地址",
                    "所在地",
                    "详细地址",
                    "Station Addr1",
                    "Address",
                ),
                exact_site=True,
            ),
            Field("at", "Base", "驻地坐标", Point(), exact_site=True),
            Field(
                "jurisdiction", "Jurisdiction", "责任区", aliases=("辖区", "责任区域", "责任范围", "服务区域")
            ),
            Field(
                "strength",
                "Strength",
                "队伍总人数",
                Integer(0, 1_000_000),
                (
                    "总人数",
                    "队员人数",
                    "队员总数",
                    "人员总数",
                    "人员数量",
                    "队伍人数",
                    "队员数",
                    "人数",
                    "编制人数",
                    "专职人员人数",
                    "在编人数",
                    "Strength",
                ),
            ),
            Field(
                "floor",
                "Floor",
                "底线留守量",
                Integer(0, 1_000_000),
                ("留守人数", "底线留守人数"),
                help="So many people stay at home, whatever is called up.",
            ),
            Field(
                "turnout",
                "Turn-out time",
                "出动时间",
                Quantity("min"),
                ("集结时间", "响应时间", "应急响应时间", "出动用时", "集结用时", "Turnout time", "Turnout"),
                help="From the order until its wheels turn; every plan adds it to the drive. None stated counts as 0.",
            ),
            Field(
                "commander",
                "Commander",
                "负责人",
                aliases=(
                    *("队伍负责人", "队长", "队长姓名", "负责人姓名", "指挥员", "带队负责人", "单位负责人"),
                    *("主要负责人", "联系人", "联系人姓名", "Commander", "Contact"),
                ),
            ),
            Field(
                "capabilities",
                "Capabilities",
                "专业能力",
                Text(2000),
                (
                    "能力",
                    "救援能力",
                    "业务能力",
                    "专长",
                    "擅长",
                    "主要能力",
                    "救援专长",
                    "主要任务",
                    "主要业务方向",
                    "主要救援技术特长",
                    "Capabilities",
                ),
            ),
            Field(
                "mobile",
                "Mobile",
                "手机",
                Phone(),
                (
                    *("手机号", "手机号码", "移动电话", "负责人手机", "负责人手机号", "负责人电话"),
                    *(
                        "负责人联系电话",
                        "负责人联系方式",
                        "队长手机",
                        "队长手机号",
                        "队长电话",
                        "队长联系电话",
                    ),
                    *("指挥员电话", "联系人手机", "联系人手机号", "联系人电话", "Mobile"),
                ),
                personal=True,
            ),
            Field(
                "duty_phone",
                "Duty phone",
                "值班电话",
                Phone(),
                (
                    *("24小时值班电话", "值守电话", "值班室电话", "应急值守电话", "联系电话", "办公电话"),
                    *("固定电话", "座机", "电话", "电话号码", "联系方式", "Phone"),
                ),
            ),
            Field("radio", "Radio", "电台呼号", aliases=("电台", "对讲机", "对讲机呼号", "呼号", "Radio")),
            Field(
                "satellite_phone",
                "Satellite phone",
                "卫星电话",
                Phone(),
                ("卫星电话号码", "卫星电话号", "海事卫星电话"),
            ),
            Field("beidou", "Beidou terminal", "北斗终端", aliases=("北斗卡号", "北斗终端号")),
            Field(
                "founded",
                "Founded",
                "组建时间",
                Date(),
                ("组建日期", "成立日期", "建队时间", "队伍组建或成立时间", "成立时间", "注册时间"),
            ),
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
