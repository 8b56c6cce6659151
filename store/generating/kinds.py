"""What a made-up team has, by its type: the ten types of T/BJWSA 0001 to 0010-2020.

The titles of those standards are public, their tables are not: every figure and every share here
is a SAMPLE. They were chosen so that a team has some nine sorts of things, a few large ones and
many small ones.
"""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    """One specification of a kind of equipment, with what it can do as facts keep it."""

    specification: str
    figures: dict[str, int]


class Kind(NamedTuple):
    """A kind of the item catalogue, as made-up teams have it."""

    name: str
    models: tuple[Model, ...]
    #: Whether it has a number plate, and so papers that run out.
    plated: bool = False
    #: The qualification that its operator needs.
    licence: str = ""


def _thousands(**figures: int) -> dict[str, int]:
    return {name: figure * 1000 for name, figure in figures.items()}


_ANY = (Model("甲型", {}), Model("乙型", {}))

KINDS: dict[str, Kind] = {
    "dragon-pump": Kind(
        "龙吸水",
        (
            Model("子母式 3000", _thousands(drainage=3000)),
            Model("子母式 履带 1500", _thousands(drainage=1500)),
        ),
        plated=True,
        licence="泵站操作证",
    ),
    "pump-truck": Kind(
        "排水泵车",
        (Model("1000型", _thousands(drainage=1000)), Model("600型", _thousands(drainage=600))),
        plated=True,
    ),
    "mobile-pump": Kind(
        "移动泵站", (Model("600型", _thousands(drainage=600)), Model("300型", _thousands(drainage=300)))
    ),
    "water-relay": Kind(
        "远程供水系统",
        (Model("24000 L/min", _thousands(drainage=1440)), Model("10000 L/min", _thousands(drainage=600))),
        plated=True,
    ),
    "generator-truck": Kind(
        "应急发电车",
        (Model("400 kW", _thousands(power=400)), Model("200 kW", _thousands(power=200))),
        plated=True,
        licence="高压电工证",
    ),
    "generator": Kind("发电机", (Model("50 kW", _thousands(power=50)), Model("5 kW", _thousands(power=5)))),
    "lighting-tower": Kind(
        "照明车",
        (Model("4 kW", _thousands(illumination=4)), Model("2 kW", _thousands(illumination=2))),
        plated=True,
    ),
    "excavator": Kind("挖掘机", (Model("20 t 级", {}), Model("6 t 级", {}))),
    "loader": Kind("装载机", (Model("5 t 级", {}), Model("3 t 级", {}))),
    "bulldozer": Kind("推土机", _ANY),
    "crane": Kind(
        "起重机",
        (Model("50 t", _thousands(lift=50_000)), Model("25 t", _thousands(lift=25_000))),
        plated=True,
        licence="起重机械操作证",
    ),
    "rescue-truck": Kind("抢险救援车", _ANY, plated=True),
    "hazmat-truck": Kind(
        "化学洗消车", (Model("8 t", _thousands(tank=8)), Model("4 t", _thousands(tank=4))), plated=True
    ),
    "truck": Kind(
        "运输车",
        (Model("8 t", _thousands(load=8000)), Model("5 t", _thousands(load=5000))),
        plated=True,
    ),
    "bus": Kind("客车", (Model("45 座", {"persons": 45}), Model("30 座", {"persons": 30})), plated=True),
    "ambulance": Kind(
        "救护车", (Model("监护型", {"persons": 4}), Model("转运型", {"persons": 6})), plated=True
    ),
    "command-vehicle": Kind("指挥车", _ANY, plated=True),
    "satcom-vehicle": Kind("卫星通信车", _ANY, plated=True),
    "backpack-station": Kind("背负式基站", _ANY),
    "uav": Kind(
        "无人机",
        (
            Model("多旋翼", _thousands(endurance=40, range=10)),
            Model("复合翼", _thousands(endurance=120, range=50)),
        ),
    ),
    "boat": Kind("冲锋舟", (Model("12 人", {"persons": 12}), Model("8 人", {"persons": 8}))),
    "rubber-boat": Kind("橡皮艇", (Model("8 人", {"persons": 8}), Model("6 人", {"persons": 6}))),
    "amphibious-vehicle": Kind(
        "水陆两栖车", (Model("10 人", {"persons": 10, "load": 500_000}),), plated=True
    ),
    "pontoon": Kind("浮桥", (Model("50 m", _thousands(span=50)), Model("30 m", _thousands(span=30)))),
    "gas-detector": Kind("气体检测仪", (Model("四合一", {}), Model("便携式", {}))),
    "breathing-apparatus": Kind("正压式空气呼吸器", (Model("6.8 L", _thousands(endurance=60)),)),
    "protective-suit": Kind("防护服", (Model("A 级", {}), Model("B 级", {}))),
    "life-jacket": Kind("救生衣", _ANY),
    "lifebuoy": Kind("救生圈", _ANY),
    "lamp": Kind("应急灯", _ANY),
    "satellite-phone": Kind("卫星电话", _ANY),
}


class Outfit(NamedTuple):
    """A type of team: what it is good at, and its things as {kind: share of all it has, in hundredths}."""

    capabilities: str
    shares: dict[str, int]
    #: Chance in a hundred that the type is the next team's.
    often: int


TYPES: dict[str, Outfit] = {
    "道路桥梁抢险": Outfit(
        "道路抢通;桥梁抢修",
        {"excavator": 9, "loader": 9, "bulldozer": 4, "crane": 3, "truck": 12, "pontoon": 4, "lighting-tower": 5,
         "generator": 8, "lamp": 36, "satellite-phone": 10},
        13,
    ),
    "危险化学品救援": Outfit(
        "危化品处置;洗消",
        {"hazmat-truck": 5, "rescue-truck": 6, "gas-detector": 15, "breathing-apparatus": 26, "protective-suit": 30,
         "lighting-tower": 3, "water-relay": 3, "ambulance": 2, "satellite-phone": 10},
        8,
    ),
    "电力抢险": Outfit(
        "应急供电;线路抢修",
        {"generator-truck": 8, "generator": 22, "lighting-tower": 9, "crane": 4, "truck": 10, "uav": 4, "lamp": 33,
         "satellite-phone": 10},
        10,
    ),
    "燃气抢险": Outfit(
        "燃气抢修;气体检测",
        {"rescue-truck": 9, "gas-detector": 24, "breathing-apparatus": 24, "excavator": 4, "generator": 8,
         "lighting-tower": 4, "lamp": 20, "protective-suit": 7},
        8,
    ),
    "供热抢险": Outfit(
        "供热抢修",
        {"rescue-truck": 9, "excavator": 5, "mobile-pump": 12, "generator": 12, "truck": 9, "lighting-tower": 5,
         "lamp": 38, "gas-detector": 10},
        8,
    ),
    "防汛排水抢险": Outfit(
        "排水;防汛抢险",
        {"dragon-pump": 7, "pump-truck": 10, "mobile-pump": 17, "water-relay": 3, "generator-truck": 3,
         "lighting-tower": 6, "truck": 6, "life-jacket": 26, "lamp": 22},
        20,
    ),
    "通信保障": Outfit(
        "应急通信;无人机",
        {"satcom-vehicle": 7, "command-vehicle": 6, "backpack-station": 22, "uav": 17, "generator": 12, "bus": 2,
         "satellite-phone": 34},
        8,
    ),
    "环境应急": Outfit(
        "环境监测;污染处置",
        {"gas-detector": 26, "protective-suit": 22, "breathing-apparatus": 15, "uav": 7, "truck": 8,
         "hazmat-truck": 3, "mobile-pump": 9, "lamp": 10},
        6,
    ),
    "建筑工程抢险": Outfit(
        "破拆;支护;起重",
        {"excavator": 10, "loader": 7, "crane": 6, "bulldozer": 3, "rescue-truck": 8, "generator": 10, "truck": 10,
         "lighting-tower": 6, "lamp": 40},
        11,
    ),
    "水域救援": Outfit(
        "水上搜救;人员转移",
        {"boat": 13, "rubber-boat": 14, "amphibious-vehicle": 3, "bus": 3, "ambulance": 3, "uav": 5, "life-jacket": 38,
         "lifebuoy": 15, "satellite-phone": 6},
        8,
    ),
}  # fmt: skip

#: What depots keep: (kind of item, a usual quantity in its unit, months to its expiry or 0).
STOCK: tuple[tuple[str, int, int], ...] = (
    ("sandbag", 8000, 0), ("geotextile", 2000, 0), ("gravel", 250, 0), ("life-jacket", 400, 0), ("tent", 180, 0),
    ("quilt", 900, 0), ("cot", 450, 0), ("blanket", 800, 0), ("drinking-water", 1500, 12), ("ready-food", 1200, 9),
    ("diesel", 9000, 0), ("lamp", 250, 0),
)  # fmt: skip
