"""The duty roster: shifts with an officer in charge and a hand-over note (row A4)."""

from collections.abc import Mapping

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Ref, Stored, Text, Time
from emergency.store.words import _


def ends_after_it_starts(values: Mapping[str, Stored]) -> str:
    """A shift must end after it starts."""
    start, end = values.get("start"), values.get("end")
    if isinstance(start, int) and isinstance(end, int) and end <= start:
        return _("the shift ends before it starts")
    return ""


DUTY = register(
    Record(
        noun="duty",
        plural="duties",
        en="Duty shift",
        zh="值班",
        fields=(
            Field("team", "Team", "队伍", Ref("team"), ("队伍名称", "Team")),
            Field("start", "From", "开始", Time(), ("开始时间", "From", "Start"), required=True),
            Field("end", "Until", "结束", Time(), ("结束时间", "Until", "End"), required=True),
            Field(
                "officer",
                "Officer in charge",
                "带班负责人",
                aliases=("值班员", "值班人员", "带班领导", "Officer"),
                required=True,
            ),
            Field("deputy", "Deputy", "副班", aliases=("副值班员",)),
            Field("phone", "Phone", "值班电话", aliases=("电话",)),
            Field("handover", "Hand-over note", "交接记录", Text(4000), ("交接班记录",)),
        ),
        listed=("team", "start", "end", "officer", "handover"),
        search=("officer",),
        same=("team", "start", "end", "officer"),
        numbered=True,
        indexed=(("start",),),
        order="start",
        rule=ends_after_it_starts,
    )
)
