"""Officers: who acts. The station signs; the officer is named (DESIGN, journal: attribution)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Date, Phone, Ref

ROLES = {
    "duty": ("duty officer", "值班员"),
    "team": ("team leader", "队伍负责人"),
    "approver": ("approver", "审批人"),
    "commission": ("commission", "应急委"),
}

OFFICER = register(
    Record(
        noun="officer",
        plural="officers",
        en="Officer",
        zh="人员",
        fields=(
            Field("name", "Name", "姓名", required=True),
            Field("role", "Role", "角色", Choice(ROLES)),
            Field("station", "Station", "站点", Ref("station")),
            Field("phone", "Phone", "电话", Phone(), personal=True),
            Field("until", "Until", "任期至", Date()),
        ),
        listed=("name", "role", "station", "until"),
        names=("name",),
        same=("name", "station"),
        numbered=True,
    )
)
