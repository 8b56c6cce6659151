"""Assemblies for one incident (row A8): teams under one leader and one call sign, called up and let go as one."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Ref, Text

#: ICS: like teams under one leader; mixed ones for a task.
KINDS = {"strike_team": ("strike team", "突击编队"), "task_force": ("task force", "混合编队")}

ASSEMBLY = register(
    Record(
        noun="assembly",
        plural="assemblies",
        en="Assembly",
        zh="编组",
        fields=(
            Field("name", "Call sign", "呼号", required=True),
            Field("kind", "Kind", "类型", Choice(KINDS), required=True, derived=True),
            Field("incident", "Incident", "事件", Ref("incident"), required=True, derived=True),
            Field("leader", "Leader", "负责人", required=True),
            Field("phone", "Reached by", "联络方式"),
            Field("teams", "Teams", "队伍", Text(2000), required=True, derived=True),
            Field("orders", "Called up by", "调用令", Text(2000), derived=True),
        ),
        listed=("name", "kind", "incident", "leader", "teams", "orders"),
        names=("name",),
        numbered=True,
        indexed=(("incident",),),
    )
)
