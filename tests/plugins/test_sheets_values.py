"""Single cells: telephone numbers, degrees, emptiness."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.plugins.sheets.values import Phone, is_empty, parse_degrees, parse_phone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0714-6510960", [Phone("0714-6510960")]),
        ("027-82857342", [Phone("027-82857342")]),
        ("7103443849", [Phone("0710-3443849", doubtful=True)]),
        ("027-88929419?", [Phone("027-88929419", doubtful=True)]),
        ("0719-8209095/8236123", [Phone("0719-8209095"), Phone("0719-8236123")]),
        ("(0715)8812526", [Phone("0715-8812526")]),
        ("0710-622245", [Phone("0710-622245", doubtful=True)]),
        ("0710-3466120-8061", [Phone("0710-3466120", "8061")]),
        ("0719—5229621", [Phone("0719-5229621")]),
        ("(029)33280120", [Phone("029-33280120")]),
        ("027-88041911-83073", [Phone("027-88041911", "83073")]),
        ("2552058", [Phone("2552058")]),
        ("0712-2323036转8683", [Phone("0712-2323036", "8683")]),
        ("0712-5240911；0712-5225861", [Phone("0712-5240911"), Phone("0712-5225861")]),
        ("07136683747??", [Phone("0713-6683747", doubtful=True)]),
        ("0715--8068026", [Phone("0715-8068026")]),
        ("0715－8319315", [Phone("0715-8319315")]),
        ("029-83608315 ", [Phone("029-83608315")]),
        ("(0912)5641700?", [Phone("0912-5641700", doubtful=True)]),
        ("+86 138 0013 8000", [Phone("13800138000")]),
        ("电话：１３８００１３８０００、010 8888 6666", [Phone("13800138000"), Phone("010-88886666")]),
        ("13800138000 13900139000", [Phone("13800138000"), Phone("13900139000")]),
        ("13800138000(张三)", [Phone("13800138000")]),
        ("+86-10-88886666", [Phone("010-88886666", doubtful=True)]),
        ("400-812-3123", [Phone("4008123123")]),
        ("13800138000.0", [Phone("13800138000")]),
        ("+852 2345 6789", [Phone("+85223456789")]),
        ("12350", [Phone("12350")]),
        ("无", []),
    ],
)
def test_phones(text: str, expected: list[Phone]) -> None:
    assert parse_phone(text) == expected


@pytest.mark.parametrize("text", ["1.38E+10", "张三", "1380013800", "138001380000", "13800138000/张三", "?"])
def test_what_is_no_phone(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_phone(text)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "+86 ", "86-", "0086"]))
def test_mobiles_in_any_dress(number: str, prefix: str) -> None:
    for shown in (
        number,
        f"{number[:3]}-{number[3:7]}-{number[7:]}",
        f"{number[:3]} {number[3:7]} {number[7:]}",
    ):
        assert parse_phone(prefix + shown) == [Phone(number)]


@given(st.text(max_size=30))
def test_any_text_gives_phones_or_a_reason(text: str) -> None:
    try:
        for phone in parse_phone(text):
            assert parse_phone(phone.number)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("116.12", "116.12"),
        ("116°12′30″", "116.20833333"),
        ("116°12'30\"", "116.20833333"),
        ("116度12分30秒", "116.20833333"),
        ("东经116.12度", "116.12"),
        ("E116.12", "116.12"),
        ("116.12E", "116.12"),
        ("１１６．１２", "116.12"),
        ("北纬39°54′", "39.9"),
        ("-41.5", "-41.5"),
        ("41.5 S", "-41.5"),
        ("N39°54′26.5″", "39.90736111"),
    ],
)
def test_degrees(text: str, value: str) -> None:
    assert parse_degrees(text) == Decimal(value)


@pytest.mark.parametrize("text", ["116.1,39.9", "1.16E+02", "181", "116°61′", "inf", "东", "-116E", "#N/A x"])
def test_what_are_no_degrees(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_degrees(text)


def test_emptiness() -> None:
    assert all(map(is_empty, ["", " ", "\u3000", "-", "--", "/", "无", "N/A", "#N/A", "暂无", "NULL"]))
    assert not any(map(is_empty, ["0", "9999", "无线电台"]))
    assert parse_degrees("--") is None
