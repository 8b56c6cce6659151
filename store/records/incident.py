"""Incidents: what the law asks to be stated when a response starts (Emergency Response Law 72; row E1)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Flag, Point, Ref, Text, Time

#: Response levels, gravest first (Emergency Response Law 71). Not the warning colours (63).
LEVELS = {
    "I": ("level I", "一级"),
    "II": ("level II", "二级"),
    "III": ("level III", "三级"),
    "IV": ("level IV", "四级"),
}
STATES = {"open": ("open", "处置中"), "closed": ("closed", "已结束")}

INCIDENT = register(
    Record(
        noun="incident",
        plural="incidents",
        en="Incident",
        zh="突发事件",
        fields=(
            Field("title", "Title", "事件名称", required=True, aliases=("名称", "Title")),
            Field("scenario", "Scenario", "场景", Ref("scenario"), ("场景类型",), required=True),
            Field("level", "Response level", "响应级别", Choice(LEVELS), ("级别",), required=True),
            Field("region", "Region", "行政区", Ref("region"), ("事发区",)),
            Field("place", "Place", "地点", aliases=("事发地点",)),
            Field("at", "Position", "坐标", Point()),
            Field("state", "State", "状态", Choice(STATES)),
            Field("opened_at", "Opened", "启动时间", Time()),
            Field("closed_at", "Closed", "结束时间", Time()),
            Field("matter", "Matter", "响应事项", Text(2000)),
            Field("period", "Expected period", "预计期限"),
            Field("measures", "Measures", "应急处置措施", Text(4000)),
            Field("exercise", "Exercise", "演练", Flag()),
        ),
        listed=("title", "scenario", "level", "region", "state", "opened_at"),
        search=("title", "place"),
        names=("title",),
        same=("title", "opened_at"),
        numbered=True,
    )
)
