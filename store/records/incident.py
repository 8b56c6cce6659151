"""Incidents: what the law asks to be stated when a response starts (Emergency Response Law 72; row E1)."""

from emergency.store.records.declare import REGION_LABELS, Field, Record, register
from emergency.store.records.types import Choice, Flag, Point, Ref, Text, Time

#: Stands wherever a drill is shown or told of, in both languages: it must never pass for the real thing (row E4).
EXERCISE_MARK = "EXERCISE 演练"
#: Response levels, gravest first (Emergency Response Law 71). Not the warning colours (63).
LEVELS = {
    "I": ("level I", "一级"),
    "II": ("level II", "二级"),
    "III": ("level III", "三级"),
    "IV": ("level IV", "四级"),
}
STATES = {"open": ("open", "处置中"), "closed": ("closed", "已结束")}

#: What else sheets write for these.
LEVEL_WORDS = {
    "I": "1 1级 I级 Ⅰ级 一级响应 Ⅰ级响应",
    "II": "2 2级 II级 Ⅱ级 二级响应 Ⅱ级响应",
    "III": "3 3级 III级 Ⅲ级 三级响应 Ⅲ级响应",
    "IV": "4 4级 IV级 Ⅳ级 四级响应 Ⅳ级响应",
}
STATE_WORDS = {
    "open": "进行中 响应中 正在处置 未结束 应急处置中",
    "closed": "结束 关闭 已关闭 终止 已终止 已解除 办结 已办结",
}

INCIDENT = register(
    Record(
        noun="incident",
        plural="incidents",
        en="Incident",
        zh="突发事件",
        fields=(
            Field(
                "title",
                "Title",
                "事件名称",
                required=True,
                aliases=("事件", "名称", "事件标题", "突发事件名称", "标题", "Title"),
            ),
            Field(
                "scenario",
                "Scenario",
                "场景",
                Ref("scenario"),
                ("场景类型", "事件类型", "灾害类型", "灾种", "事件类别", "类型"),
                required=True,
            ),
            Field(
                "level",
                "Response level",
                "响应级别",
                Choice(LEVELS, words=LEVEL_WORDS),
                ("响应等级", "应急响应级别", "应急响应等级", "启动级别", "级别", "等级"),
                required=True,
            ),
            Field(
                "region",
                "Region",
                "行政区",
                Ref("region"),
                ("事发区", "事发区县", "事发地区", *REGION_LABELS),
            ),
            Field(
                "place",
                "Place",
                "地点",
                aliases=("事发地点", "发生地点", "事发位置", "事件地点", "地址", "详细地址"),
            ),
            Field("at", "Position", "坐标", Point()),
            Field("state", "State", "状态", Choice(STATES, words=STATE_WORDS)),
            Field(
                "opened_at",
                "Opened",
                "启动时间",
                Time(),
                ("响应启动时间", "发生时间", "事发时间", "开始时间"),
            ),
            Field(
                "closed_at",
                "Closed",
                "结束时间",
                Time(),
                ("终止时间", "响应终止时间", "响应结束时间", "解除时间"),
            ),
            Field("matter", "Matter", "响应事项", Text(2000)),
            Field("period", "Expected period", "预计期限"),
            Field("measures", "Measures", "应急处置措施", Text(4000)),
            Field(
                "exercise",
                "Exercise",
                "演练",
                Flag(),
                fixed=True,
                help="A drill. What belongs to it says so itself, and never counts as the real thing.",
            ),
        ),
        listed=("title", "scenario", "level", "region", "state", "opened_at"),
        search=("title", "place"),
        names=("title",),
        same=("title", "opened_at"),
        numbered=True,
    )
)
