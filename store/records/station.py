"""Stations: the desks and posts that keep a journal, each with its own number prefix."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Ref

STATION = register(
    Record(
        noun="station",
        plural="stations",
        en="Station",
        zh="站点",
        fields=(
            Field("name", "Name", "名称", required=True),
            Field("region", "Region", "行政区", Ref("region")),
            Field("feed", "Feed", "日志流", derived=True),
            Field("phone", "Phone", "值班电话"),
        ),
        listed=("name", "region", "feed"),
        names=("name",),
        same=("name",),
    )
)
