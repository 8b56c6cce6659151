"""Quantities: read exactly or refused, and the factors against their definitions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store.errors import InvalidValue
from emergency.store.text import safe
from emergency.store.units import (
    LIMIT,
    Condition,
    Quantity,
    Unit,
    compatible,
    convert,
    dimension,
    format_quantity,
    nearest,
    normal_number,
    parse_condition,
    parse_quantity,
    unit,
    units,
)

BASES = sorted({one.base for one in units()})


@pytest.mark.parametrize(
    ("text", "milli", "base"),
    [
        ("3000m3/h", 3_000_000, "m3/h"),
        ("3,000 m³/h", 3_000_000, "m3/h"),
        ("3000 立方米／小时", 3_000_000, "m3/h"),
        ("3000方/时", 3_000_000, "m3/h"),
        ("3000 M3/H", 3_000_000, "m3/h"),
        ("3000立方米每小时", 3_000_000, "m3/h"),
        ("50 L/s", 180_000, "m3/h"),
        ("50升/秒", 180_000, "m3/h"),
        ("1000 L/min", 60_000, "m3/h"),
        ("2.5t", 2_500_000, "kg"),
        ("3 斤", 1_500, "kg"),
        ("１２００", 1_200_000, ""),
        ("1 200", 1_200_000, ""),
        ("1\u202f200,".rstrip(","), 1_200_000, ""),
        ("1.2万m3", 12_000_000, "m3"),
        ("1.2万", 12_000_000, ""),
        ("3亿元", 300_000_000_000, "元"),
        ("5千瓦", 5_000, "kW"),
        ("5千", 5_000_000, ""),
        ("5百万人", 5_000_000_000, "persons"),
        ("㎥".join(["3", ""]), 3_000, "m3"),
        ("60公里/小时", 60_000, "km/h"),
        ("20 公里", 20_000_000, "m"),
        ("-5 箱", -5_000, "box"),
        (".5 kg", 500, "kg"),
        ("11000 pcs", 11_000_000, "pcs"),
        ("7 bx", 7_000, "box"),
        ("8 pck", 8_000, "pack"),
        ("12 kgs", 12_000, "kg"),
        ("4 Unit", 4_000, "unit"),
        ("5 tins", 5_000, "can"),
        ("2 doz.", 24_000, "pcs"),
        ("0.8 MPa", 800_000, "kPa"),
        ("200 kVA", 200_000, "kVA"),
        ("3 亩", 2_000_000, "m2"),
    ],
)
def test_quantities_are_read(text: str, milli: int, base: str) -> None:
    assert parse_quantity(text) == Quantity(milli, base)


@pytest.mark.parametrize(
    "text",
    [
        "", "约300", "≥3000m3/h", ">3", "300余人", "300人以上", "10-20", "10~20台", "10至20台", "300+",
        "三千",        "1.234,5", "1.234.567,8", "1,5", "12,3456", "0,123",
        "12 34", "1e5", "1.2E+05", "10³ m3", "2½ t", "①",
        "٣", "3 3 m", "5.", "1/2 t", "5 wibble", "100 mW", "5 m3/kg", "nan", "inf", "1'200", "9" * 60,
        "9" * 5000, "0.0001 kg", "3 m/m", "5 /h", "±5 m", "--5",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_quantity(text)


def test_default_unit() -> None:
    assert parse_quantity("5", "L/s") == Quantity(18_000, "m3/h")
    assert parse_quantity("1.2万", "人") == Quantity(12_000_000, "persons")
    assert parse_quantity("5", "万m3") == Quantity(50_000_000, "m3")
    assert parse_quantity("5 kg", "t") == Quantity(5_000, "kg")
    with pytest.raises(InvalidValue):
        parse_quantity("5", "wibble")


def test_an_unknown_unit_names_the_nearest() -> None:
    with pytest.raises(InvalidValue) as error:
        unit("kilogramm\x1b")
    assert "kg" in error.value.hint
    assert "\x1b" not in error.value.message


def test_limit() -> None:
    assert parse_quantity("9223372036854775.807").milli == LIMIT
    with pytest.raises(InvalidValue):
        parse_quantity("9223372036854775.808")


# Independently: 1 in = 0.0254 m and 1 nmi = 1852 m (BIPM), 1 metric horsepower = 75 x 9.80665 W,
# 1 kgf/cm2 = 98.0665 kPa, 15 亩 = 1 ha, 2 里 = 1 km, 20 两 = 1 kg.
@pytest.mark.parametrize(
    ("symbol", "base", "factor"),
    [
        ("L/s", "m3/h", Fraction(3600, 1000)),
        ("L/min", "m3/h", Fraction(60, 1000)),
        ("m3/s", "m3/h", Fraction(3600)),
        ("m3/d", "m3/h", Fraction(1, 24)),
        ("m/s", "km/h", Fraction(3600, 1000)),
        ("节", "km/h", Fraction(1852, 1000)),
        ("inch", "m", Fraction("0.0254")),
        ("海里", "m", Fraction(1852)),
        ("里", "m", Fraction(1000, 2)),
        ("亩", "m2", Fraction(10000, 15)),
        ("马力", "kW", Fraction("9.80665") * 75 / 1000),
        ("kgf/cm2", "kPa", Fraction("98.0665")),
        ("公斤", "kg", Fraction(1)),
        ("斤", "kg", Fraction(1, 2)),
        ("两", "kg", Fraction(1, 20)),
        ("吨", "kg", Fraction(1000)),
        ("MW", "kW", Fraction(1000)),
        ("bar", "kPa", Fraction(100)),
        ("week", "min", Fraction(7 * 24 * 60)),
        ("万人", "persons", Fraction(10000)),
    ],
)
def test_factors(symbol: str, base: str, factor: Fraction) -> None:
    found = unit(symbol)
    assert (found.base, Fraction(found.num, found.den)) == (base, factor)


def test_every_unit_is_its_own_symbol_and_has_a_base() -> None:
    for one in units():
        assert unit(one.symbol) == one
        assert unit(one.base).base == one.base
        assert (unit(one.base).num, unit(one.base).den) == (1, 1)
        assert dimension(one.symbol)


def test_what_is_not_the_same() -> None:
    assert not compatible("kW", "kVA")
    assert not compatible("box", "pcs")
    assert not compatible("台", "unit")
    assert not compatible("m", "")
    assert compatible("", "")
    assert compatible("件", "pcs")
    with pytest.raises(InvalidValue):
        convert(1, "kW", "kVA")


def test_convert() -> None:
    assert convert(1_000, "t", "kg") == 1_000_000
    assert convert(1_000, "亩", "m2") == 666_667
    assert convert(1, "g", "kg") == 0
    assert convert(-1_500, "kg", "斤") == -3_000


@given(st.integers(-LIMIT, LIMIT), st.sampled_from([*BASES, ""]))
def test_base_units_survive_a_round_trip(milli: int, base: str) -> None:
    assert parse_quantity(format_quantity(milli, base)) == Quantity(milli, base)


@given(st.integers(-(10**12), 10**12), st.sampled_from(units()))
def test_any_unit_is_read_as_its_factor(milli: int, found: Unit) -> None:
    if milli == 0 or abs(milli * found.num) >= found.den:
        expected = nearest(milli * found.num, found.den)
        assert parse_quantity(format_quantity(milli, found.symbol)) == Quantity(expected, found.base)


@given(st.integers(), st.integers(1))
def test_nearest_is_half_to_even(num: int, den: int) -> None:
    assert nearest(num, den) == round(Fraction(num, den))


@given(st.text(max_size=20))
def test_reading_gives_a_quantity_or_an_invalid_value(text: str) -> None:
    for read in (parse_quantity, parse_condition, unit, normal_number):
        try:
            read(text)
        except InvalidValue as error:
            assert safe(error.message) == error.message


def test_format() -> None:
    assert format_quantity(3_000_000, "m3/h") == "3000 m3/h"
    assert format_quantity(2_500, "t") == "2.5 t"
    assert format_quantity(-1, "kg") == "-0.001 kg"
    assert format_quantity(0, "") == "0"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("drainage>=3000m3/h", Condition("drainage", ">=", 3_000_000, "m3/h")),
        ("drainage >= 3,000 m³/h", Condition("drainage", ">=", 3_000_000, "m3/h")),
        ("载客≥8人", Condition("载客", ">=", 8_000, "persons")),
        ("lifting-height < 12", Condition("lifting-height", "<", 12_000, "")),
        ("power＝5千瓦", Condition("power", "=", 5_000, "kW")),
        ("x==1", Condition("x", "=", 1_000, "")),
        ("x>-1", Condition("x", ">", -1_000, "")),
    ],
)
def test_conditions(text: str, condition: Condition) -> None:
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    "text", ["", "drainage", ">=3", "a>=", "3>=a", "a=>3", "a!=3", "a>>3", "a b>3", "a><3"]
)
def test_bad_conditions(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_condition(text)


def test_numbers() -> None:
    assert normal_number("１，２００．５０") == "1200.50"
    assert normal_number("+7") == "7"
    assert normal_number(" −1,234,567 ") == "-1234567"
