"""What equipment can do, in figures: the words used in needs, in filters and in sheets.

Each is a field of an equipment record, searched with `>=`: `drainage>=3000m3/h`.
"""

from emergency.store.records.declare import Field
from emergency.store.records.types import Integer, Quantity

CAPABILITIES: tuple[Field, ...] = (
    Field(
        "drainage",
        "Drainage",
        "排水能力",
        Quantity("m3/h"),
        ("排水", "排水量", "流量", "抽排能力", "Flow", "Flow rate"),
    ),
    Field("power", "Electric power", "发电功率", Quantity("kW"), ("额定功率", "功率", "Power")),
    Field("lift", "Lifting capacity", "起重能力", Quantity("kg"), ("起重量", "额定起重量", "Lift capacity")),
    Field("load", "Payload", "载重", Quantity("kg"), ("载重量", "荷载", "Payload", "Load capacity")),
    Field("persons", "Persons carried", "载员", Integer(0, 100_000), ("载人数", "核载人数", "Seats")),
    Field("reach", "Reach", "作业半径", Quantity("m"), ("臂长", "扬程", "举升高度", "Reach")),
    Field("span", "Span", "跨距", Quantity("m"), ("架设长度", "桥长", "Span")),
    Field("range", "Range", "续航里程", Quantity("km"), ("航程", "通信距离", "Range")),
    Field("endurance", "Endurance", "续航时间", Quantity("min"), ("续航", "航时", "Endurance")),
    Field("tank", "Tank", "水罐容积", Quantity("m3"), ("罐容", "载水量", "Tank")),
    Field("illumination", "Lighting power", "照明功率", Quantity("kW"), ("灯组功率",)),
)

#: What several items do together; of what is left one item alone must do it: no two cranes lift as one.
TOGETHER = ("drainage", "power", "load", "persons", "tank", "illumination")
