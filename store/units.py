"""The quantities of the field: one table of units, and exact reading, converting and writing.

A quantity is a whole number of thousandths of its dimension's base unit: 2.5 t is 2,500,000
thousandths of a kg. Factors are ratios of whole numbers, so nothing drifts; where a conversion
has no exact answer (1 亩 = 2000/3 m2, 1 s = 1/60 min) it is rounded half to even, once.

kVA is not kW, and a box is not a piece: things counted have as many dimensions as they have
counting words, because only the item can say how many pieces its box holds. `pcs`, 件 and 个
count single things and are one unit. 台 counts machines, while the `unit` of foreign lists may
be a bed, a kit or a bottle, so they are two. `ton` is read as the metric ton, the only legal one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from emergency.store.errors import InvalidValue
from emergency.store.text import quoted, safe
from emergency.store.unitwords import in_words
from emergency.store.words import _, listed

LIMIT = 2**63 - 1
"""The largest number of thousandths the store can hold."""

# dimension, symbol, factor to the base unit, aliases (`_` is a space). The first line of each
# dimension is its base unit. Sources: GB 3100-93 and GB 3101-93 (SI), the State Council's order
# of 1984 on legal units (nautical mile, knot), the order of 1959 (斤, 里), 亩 as 10000/15 m2,
# 马力 as 75 kgf m/s with g = 9.80665 m/s2.
_TABLE = """
flow m3/h 1 cmh
flow m3/min 60
flow m3/s 3600 cumec cumecs
flow m3/d 1/24
flow L/h 1/1000 lph
flow L/min 3/50 lpm
flow L/s 18/5 lps
power kW 1 千瓦 kilowatt kilowatts
power W 1/1000 瓦 瓦特 watt watts
power MW 1000 Mw 兆瓦 megawatt megawatts
power 马力 73549875/100000000 公制马力
apparent_power kVA 1 千伏安
apparent_power VA 1/1000 伏安
apparent_power MVA 1000 兆伏安
energy kWh 1 千瓦时 千瓦·时 kW·h
energy Wh 1/1000 瓦时
energy MWh 1000 兆瓦时
voltage V 1 伏 伏特 volt volts
voltage kV 1000 千伏
current A 1 安 安培 amp amps ampere amperes
capacity Ah 1 安时 A·h
capacity mAh 1/1000 毫安时
length m 1 米 公尺 metre metres meter meters
length mm 1/1000 毫米
length cm 1/100 厘米 公分
length dm 1/10 分米
length km 1000 公里 千米 kms kilometre kilometres kilometer kilometers
length 里 500 华里 市里
length nmi 1852 海里 nautical_mile nautical_miles
length inch 127/5000 inches 英寸
mass kg 1 公斤 千克 kgs kilo kilos kilogram kilograms
mass g 1/1000 克 gram grams
mass mg 1/1000000 毫克
mass t 1000 吨 公吨 mt tonne tonnes ton tons metric_ton metric_tons
mass 斤 1/2 市斤
mass 两 1/20 市两
volume m3 1 立方米 立方 方 cbm cum cubic_metre cubic_metres cubic_meter cubic_meters
volume L 1/1000 升 公升 litre litres liter liters ltr ltrs dm3
volume mL 1/1000000 毫升 cc cm3 立方厘米
area m2 1 平方米 平米 平方 sqm sq_m square_metre square_metres square_meter square_meters
area km2 1000000 平方公里 平方千米 sqkm sq_km
area ha 10000 公顷 hectare hectares
area 亩 2000/3 市亩 mu
speed km/h 1 kph kmh 迈
speed m/s 18/5 mps
speed kn 463/250 节 knot knots
duration min 1 分钟 mins minute minutes
duration s 1/60 秒 秒钟 sec secs second seconds
duration h 60 小时 个小时 hr hrs hour hours
duration d 1440 天 日 day days
duration week 10080 周 星期 weeks
pressure kPa 1 千帕
pressure Pa 1/1000 帕 帕斯卡
pressure hPa 1/10 百帕
pressure MPa 1000 Mpa 兆帕
pressure bar 100 巴
pressure kgf/cm2 980665/10000 kg/cm2 公斤/平方厘米
force kN 1 千牛
force N 1/1000 牛 牛顿
light lm 1 流明 lumen lumens
light klm 1000
frequency MHz 1 兆赫
frequency kHz 1/1000 千赫
frequency GHz 1000 吉赫
share % 1 percent
share ‰ 1/10 permille
money 元 1 CNY RMB yuan 人民币
persons persons 1 人 名 位 person people pax
households 户 1 household households hh
piece pcs 1 件 个 pc piece pieces ea each
piece dozen 12 打 doz dz
unit unit 1 units 单元
machine 台 1
set set 1 sets 套
kit kit 1 kits 套件
box box 1 bx bxs boxes 箱
small_box 盒 1
carton carton 1 ctn ctns cartons 纸箱
case case 1 cs cases 整箱
pack pack 1 pck pcks pk packs pkt packet packets 包
bag bag 1 bags 袋
bottle bottle 1 bottles btl btls 瓶
can can 1 cans tin tins 罐 听
pail 桶 1
barrel barrel 1 barrels 大桶
drum drum 1 drums 圆桶
roll roll 1 rolls 卷
pair pair 1 pairs 双 对
sheet sheet 1 sheets 单张
pallet pallet 1 pallets 托盘
vehicle 辆 1 vehicle vehicles
vessel 艘 1
aircraft 架 1
tent 顶 1
bedding 床 1
zh_zhi 只 1
zh_zhi3 支 1
zh_mei 枚 1
zh_tiao 条 1
zh_ba 把 1
zh_gen 根 1
zh_zhang 张 1
zh_kuai 块 1
zh_pian 片 1
zh_bu 部 1
zh_zu 组 1
zh_fu 副 1
zh_zuo 座 1
zh_chu 处 1
"""

# Told apart by the case of their prefix only, a factor of a thousand million: never folded.
_CASE_MATTERS = frozenset({"mw", "mwh", "mva", "mpa"})

_PER_TIME = {"时": "h", "小时": "h", "分": "min", "分钟": "min", "秒": "s", "天": "d", "日": "d"}
_SCALES = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "万亿": 10**12}
# Patterns stay text until used (re keeps them compiled): every command loads this module.
_SCALE = "([百千]?)(万亿|万|亿|)(.*)"

_DIGITS = r"[+-]?[0-9.][0-9., ]*"
_PLAIN = (
    r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?"
    r"|[1-9][0-9]{0,2}(?: [0-9]{3})+(?:\.[0-9]+)?)"
)
# NFKC would turn 10³ into 103 and ½ into 1/2 without a word.
_RAISED = "[0-9０-９.]\\s*[²³¹⁰-₟]|[¼-¾⅐-↋①-⓿]"
_INEXACT = (
    r"^(?:约|大约|近|超|逾|不少于|不低于|不超过|至少|最多|about|approx|circa|ca\b|over)|[~≈≥≤<>±]"
    r"|[0-9][^0-9]*(?:-|—|–|至|到)\s*[0-9]|[0-9]\s*[+余多几]|[eE][+-]?[0-9]+$"
    r"|(?:以上|以下|以内|左右|上下|余|多)[^0-9]*$"
)
_CONDITION = r"(?s)\s*([^\W\d][\w-]*)\s*(>=|<=|==|=|>|<|≥|≤)\s*([^<>=≥≤].*)"
_LONGEST = 100


class Unit(NamedTuple):
    """One unit: 1 `symbol` is `num`/`den` of `base`, the base unit of its dimension."""

    symbol: str
    base: str
    num: int
    den: int


class Quantity(NamedTuple):
    """An amount: thousandths of `unit`, a base unit's symbol, or "" for a bare number."""

    milli: int
    unit: str


class Condition(NamedTuple):
    """What is asked of a capability: `op` is one of `>= <= > < =`; the rest as in Quantity."""

    name: str
    op: str
    milli: int
    unit: str


def _load() -> tuple[dict[str, Unit], dict[str, Unit], dict[str, str]]:
    exact: dict[str, Unit] = {}
    folded: dict[str, Unit] = {}
    bases: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        dimension, symbol, factor, *aliases = line.split()
        num, _slash, den = factor.partition("/")
        unit_ = Unit(symbol, bases.setdefault(dimension, symbol), int(num), int(den or 1))
        for name in (symbol, *(alias.replace("_", " ") for alias in aliases)):
            exact[name] = unit_
            if name.lower() not in _CASE_MATTERS:
                folded[name.lower()] = unit_
    return exact, folded, {base: dimension for dimension, base in bases.items()}


_EXACT, _FOLDED, _DIMENSIONS = _load()
#: In the table measures come first, and then what things are counted in.
_COUNTED = frozenset(list(_DIMENSIONS)[list(_DIMENSIONS.values()).index("persons") :])


def unit(symbol: str) -> Unit:
    """The unit of that symbol or name, in either language, with 万 or 亿 before it if need be.

    Raises InvalidValue, naming the nearest known units.
    """
    return _unit(symbol)


def dimension(symbol: str) -> str:
    """The name of what a unit measures: `flow`, `length`. Raises InvalidValue if not known."""
    return _DIMENSIONS[unit(symbol).base]


def counts(symbol: str) -> bool:
    """Whether a unit counts whole things: people, pieces, boxes. Raises InvalidValue if not known."""
    return unit(symbol).base in _COUNTED


def units() -> list[Unit]:
    """Every unit of the table, for listings, in the table's order."""
    return list(dict.fromkeys(_EXACT.values()))


def compatible(a: str, b: str) -> bool:
    """Whether amounts in these two units can be compared. Raises InvalidValue if one is unknown."""
    return _unit(a, bare=True).base == _unit(b, bare=True).base


def convert(milli: int, from_unit: str, to_unit: str) -> int:
    """Thousandths of one unit as thousandths of another, rounded half to even.

    Raises InvalidValue if either is not known, or they measure different things.
    """
    source, target = _unit(from_unit, bare=True), _unit(to_unit, bare=True)
    if source.base != target.base:
        raise InvalidValue(
            _("{first} and {second} measure different things").format(
                first=safe(from_unit) or _("a bare number"), second=safe(to_unit) or _("a bare number")
            )
        )
    return nearest(milli * source.num * target.den, source.den * target.num)


def nearest(num: int, den: int) -> int:
    """num/den as the nearest whole number, half to even. `den` is above 0."""
    quotient, rest = divmod(num, den)
    return quotient + (2 * rest > den or (2 * rest == den and quotient % 2 == 1))


def normal_number(text: str) -> str:
    """A number as typed or pasted, as plain digits: `１,200.50` gives `1200.50`.

    Thousands may be set off by commas or spaces. A point is the decimal sign and a comma never
    is, so `1.234,5`, `1.234.567,8`, `1,5` and `12,3456` are refused rather than guessed at; so are
    fractions, powers of ten and figures in Chinese. Raises InvalidValue.
    """
    if len(text) > _LONGEST or re.search(_RAISED, text):
        raise _unreadable(text)
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("−", "-").split())
    if not re.fullmatch(_PLAIN, plain):
        raise _unreadable(text)
    return plain.replace(",", "").replace(" ", "").lstrip("+")


@lru_cache(maxsize=8192)
def parse_quantity(text: str, default_unit: str | None = None) -> Quantity:
    """A number and its unit, as thousandths of the base unit: `1.2万m3`, `3,000 m³/h`, `2.5t`.

    A number alone takes `default_unit`, or stays bare (unit ""). Finer than a thousandth of the
    base unit is rounded half to even, but not to nothing. A sign is kept: who cannot take a
    negative amount must say so. Raises InvalidValue for a number that is not one exact figure
    (约300, ≥3000, 10-20), for an unknown unit, and beyond what the store can hold.
    """
    if len(text) > _LONGEST or re.search(_RAISED, text):
        raise _unreadable(text)
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("−", "-").split())
    match = re.match(_DIGITS, plain)
    if match is None:
        raise _unreadable(text)
    number, rest = normal_number(match[0].rstrip()), plain[match.end() :].strip()
    try:
        of = _unit(rest, bare=True)
    except InvalidValue:
        if re.search(_INEXACT, plain):
            raise _unreadable(text) from None
        raise
    if not of.base and default_unit:
        default = _unit(default_unit)
        of = Unit(default.symbol, default.base, default.num * of.num, default.den)
    return Quantity(_thousandths(text, number, of), of.base)


def parse_condition(text: str) -> Condition:
    """A demand such as `drainage>=3000m3/h` or `载客 ≥ 8 人`; the unit may be missing.

    Raises InvalidValue if it is not name, sign and amount, or the amount cannot be read.
    """
    match = re.fullmatch(_CONDITION, unicodedata.normalize("NFKC", text)) if len(text) <= _LONGEST else None
    if match is None:
        raise InvalidValue(
            _("condition {text} cannot be read").format(text=quoted(text)),
            hint=_("write a name, one of >= <= > < = and an amount: drainage>=3000m3/h"),
        )
    amount = parse_quantity(match[3].strip())
    op = {"≥": ">=", "≤": "<=", "==": "="}.get(match[2], match[2])
    return Condition(match[1], op, amount.milli, amount.unit)


def format_quantity(milli: int, unit: str) -> str:
    """Thousandths of this unit as the shortest exact decimal: `3000 m3/h`, `2.5 t`."""
    whole, rest = divmod(abs(milli), 1000)
    number = f"{'-' if milli < 0 else ''}{whole}" + f".{rest:03}".rstrip("0") * bool(rest)
    return f"{number} {in_words(unit)}" if unit else number


@lru_cache(maxsize=4096)
def _unit(text: str, bare: bool = False) -> Unit:
    name = unicodedata.normalize("NFKC", text).replace("^", "").replace("每", "/").strip().rstrip(".")
    name = "/".join(" ".join(side.split()) for side in name.split("/"))
    if len(name) <= _LONGEST:
        if (found := _named(name)) is not None:
            return found
        match = re.fullmatch(_SCALE, name)
        if match and (match[1] or match[2]):
            scale = _SCALES.get(match[1], 1) * _SCALES.get(match[2], 1)
            of = _named(match[3].strip()) if match[3] else Unit("", "", 1, 1)
            if of is not None and (of.base or bare):
                return Unit(name, of.base, of.num * scale, of.den)
        if not name and bare:
            return Unit("", "", 1, 1)
    raise _unknown(text)


def _named(name: str) -> Unit | None:
    found = _EXACT.get(name) or _FOLDED.get(name.lower())
    if found or "/" not in name:
        return found
    amount, _slash, time = name.partition("/")
    above = _EXACT.get(amount) or _FOLDED.get(amount.lower())
    per = _PER_TIME.get(time)
    if per is None and (below := _EXACT.get(time) or _FOLDED.get(time.lower())) is not None:
        per = below.symbol
    return _EXACT.get(f"{above.symbol}/{per}") if above else None


def _thousandths(text: str, number: str, of: Unit) -> int:
    whole, _point, part = number.partition(".")
    milli = nearest(int(whole + part) * of.num * 1000, of.den * 10 ** len(part))
    if abs(milli) > LIMIT:
        raise InvalidValue(_("{text} is more than can be stored").format(text=quoted(text)))
    if milli == 0 and number.strip("-0."):
        raise InvalidValue(
            _("{text} is less than a thousandth of one {unit}").format(text=quoted(text), unit=of.base or "1")
        )
    return milli


def _unreadable(text: str) -> InvalidValue:
    return InvalidValue(
        _("{text} is not one exact figure").format(text=quoted(text)),
        hint=_("write digits with a point for decimals, then the unit: 1234.5 m3/h"),
    )


def _unknown(text: str) -> InvalidValue:
    from difflib import get_close_matches

    near = get_close_matches(text.strip().lower()[:_LONGEST], list(_FOLDED), n=5, cutoff=0.5)
    names = list(dict.fromkeys(_FOLDED[name].symbol for name in near))[:3]
    hint = _("the nearest are {units}").format(units=listed(names)) if names else ""
    return InvalidValue(_("unit {unit} is not known").format(unit=quoted(text)), hint=hint)
