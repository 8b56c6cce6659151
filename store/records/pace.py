"""How fast one gets on in a region: fitted from recorded trips (`drive fit`), or stated by somebody (row G6)."""

from __future__ import annotations

from collections.abc import Mapping

from emergency.store.records.declare import REGION_LABELS, Field, Record, register
from emergency.store.records.types import Amount, Date, Integer, Ref, Stored
from emergency.store.words import _

#: km/h, between which a speed over a whole drive can be meant, in thousandths.
SLOWEST, FASTEST = 1_000, 150_000


def can_be_driven(values: Mapping[str, Stored]) -> str:
    """A speed that a vehicle on a road may have on the whole."""
    speed = values.get("speed")
    if isinstance(speed, int) and not SLOWEST <= speed <= FASTEST:
        return _("no speed of a vehicle on roads: between {least} and {most} km/h").format(
            least=SLOWEST // 1000, most=FASTEST // 1000
        )
    return ""


PACE = register(
    Record(
        noun="pace",
        plural="driving speeds",
        en="Driving speed",
        zh="行车速度",
        fields=(
            Field("region", "Region", "行政区", Ref("region"), REGION_LABELS, required=True),
            Field(
                "speed",
                "Speed (km/h)",
                "时速（公里）",
                Amount(),
                ("速度", "车速", "平均车速", "时速", "Speed", "km/h"),
                required=True,
                help="Of drives that end there, once under way, over 1.3 times the straight line.",
            ),
            Field(
                "trips",
                "Trips",
                "行程数",
                Integer(1, 10_000_000),
                ("样本数", "次数", "Trips"),
                help="From so many recorded trips it was fitted; none where somebody states it.",
            ),
            Field(
                "error",
                "Range of error",
                "误差范围",
                aliases=("误差", "Error"),
                help="How far those trips were from it: 8 of 10 of them lay between.",
            ),
            Field("source", "Source", "来源", aliases=("数据来源", "出处", "Source")),
            Field("as_of", "As of", "测定日期", Date(), ("日期", "数据日期", "As of")),
        ),
        listed=("region", "speed", "trips", "error", "source", "as_of"),
        search=("region", "source"),
        same=("region",),
        numbered=True,
        rule=can_be_driven,
    )
)
