"""Grants: what a hub allows a station, and up to which entry (DESIGN 4, attribution; 5, the hub).

Only a hub's own feed states grants with effect; anybody else's are without effect.
"""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Integer, Ref, Text, Time

ROLES = {
    "duty": ("duty station", "值班站"),
    "team": ("team", "队伍"),
    "commission": ("commission", "应急委"),
    "hub": ("hub", "枢纽"),
    "guest": ("guest", "未注册站"),
}
#: What a station of these roles may not do: give orders, claim, settle (row F3).
WITHOUT_ORDERS = ("team", "guest")
#: What they tell of other people's orders counts no more than what they order.
WITHOUT_WORD = ("guest",)
#: Who gets no telephone or identity numbers, and no exact sites, of others from a hub (row H5).
WITHOUT_PERSONAL = ("team", "guest", "hub")

GRANT = register(
    Record(
        noun="grant",
        plural="grants",
        en="Grant",
        zh="授权",
        fields=(
            Field("station", "Station", "站点", required=True, derived=True),
            Field("role", "Role", "角色", Choice(ROLES), derived=True),
            Field("region", "Region", "行政区", Ref("region"), derived=True),
            Field("since", "Since", "起始", Time(), derived=True),
            Field(
                "last",
                "Last valid entry",
                "最后有效条目",
                Integer(0),
                derived=True,
                help="Revoked: entries behind it count no more.",
            ),
            Field("why", "Reason", "理由", Text(1000), derived=True),
        ),
        listed=("station", "role", "region", "since", "last", "why"),
        search=("station",),
        names=("station",),
    )
)
