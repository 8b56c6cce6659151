"""Times, durations and dates as typed, at a fixed moment."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store.errors import BadSettings, InvalidValue
from emergency.store.text import safe
from emergency.store.times import (
    DAY,
    HOUR,
    MINUTE,
    format_age,
    format_short,
    format_time,
    now,
    parse_date,
    parse_duration,
    parse_time,
)

NOW = int(datetime(2026, 7, 31, 2, 30, tzinfo=UTC).timestamp()) * 1000  # 10:30 in Beijing


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-07-31T08:00:05+08:00", "2026-07-31T08:00:05+08:00"),
        ("2026-07-31T08:00:05Z", "2026-07-31T16:00:05+08:00"),
        ("2026-07-31T08:00:05.25-03:30", "2026-07-31T19:30:05+08:00"),
        ("2026-07-31 08:00", "2026-07-31T08:00:00+08:00"),
        ("2026/7/31 8:00", "2026-07-31T08:00:00+08:00"),
        ("2026.7.31 8:00", "2026-07-31T08:00:00+08:00"),
        ("2026年7月31日8时30分", "2026-07-31T08:30:00+08:00"),
        ("2026 年 7 月 31 日 8 时", "2026-07-31T08:00:00+08:00"),
        ("２０２６年7月31日 8点05分09秒", "2026-07-31T08:05:09+08:00"),
        ("2026年7月31日24时", "2026-08-01T00:00:00+08:00"),
        ("14:00", "2026-07-31T14:00:00+08:00"),
        ("14：00", "2026-07-31T14:00:00+08:00"),
        ("14时30分", "2026-07-31T14:30:00+08:00"),
        ("昨天 14:00", "2026-07-30T14:00:00+08:00"),
        ("Yesterday 14:00", "2026-07-30T14:00:00+08:00"),
        ("明日8时", "2026-08-01T08:00:00+08:00"),
        ("2h ago", "2026-07-31T08:30:00+08:00"),
        ("30 minutes ago", "2026-07-31T10:00:00+08:00"),
        ("30分钟前", "2026-07-31T10:00:00+08:00"),
        ("-30min", "2026-07-31T10:00:00+08:00"),
        ("+60min", "2026-07-31T11:30:00+08:00"),
        ("60min", "2026-07-31T11:30:00+08:00"),
        ("in 2 h", "2026-07-31T12:30:00+08:00"),
        ("2小时后", "2026-07-31T12:30:00+08:00"),
        ("now", "2026-07-31T10:30:00+08:00"),
    ],
)
def test_times_are_read(text: str, shown: str) -> None:
    assert format_time(parse_time(text, NOW)) == shown


def test_today_is_beijings_today() -> None:
    late = int(datetime(2026, 7, 31, 16, 30, tzinfo=UTC).timestamp()) * 1000
    assert format_time(parse_time("0:10", late)) == "2026-08-01T00:10:00+08:00"


@pytest.mark.parametrize(
    "text",
    [
        "", "03/04/2026 8:00", "3-4-26 8:00", "2026-07-31", "2026-02-30 08:00", "2026-07-31 25:00", "24:01",
        "14:60", "14:00:60", "2026-13-01 08:00", "2026-07-31T08:00+24:00", "2026-07-31T08:00+08:99",
        "1800-01-01 08:00", "2300-01-01 08:00", "2026-07/31 08:00",
        "2026-07-3108:00", "2:00 pm", "60", "ago",
        "0000-01-01 08:00", "yesterday", "1 month ago", "x" * 10_000, "+999999w", "1786000000000",
    ],
)  # fmt: skip
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as error:
        parse_time(text, NOW)
    assert error.value.hint or "outside" in error.value.message


def test_an_ambiguous_order_says_so() -> None:
    with pytest.raises(InvalidValue, match="two ways"):
        parse_time("03/04/2026 08:00", NOW)
    with pytest.raises(InvalidValue, match="two ways"):
        parse_date("03/04/2026")


def test_now_can_be_fixed() -> None:
    assert now({"EMERGENCY_NOW": "2026-07-31T10:30:00+08:00"}) == NOW
    assert now({"EMERGENCY_NOW": "2026-07-31T02:30:00Z"}) == NOW
    for bad in ("14:00", "2026-07-31T10:30:00", "2026-02-30T10:30:00Z", "now"):
        with pytest.raises(BadSettings, match="EMERGENCY_NOW"):
            now({"EMERGENCY_NOW": bad})


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)))
def test_times_survive_a_round_trip(at: datetime) -> None:
    ms = (at.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * 1000
    assert parse_time(format_time(ms), NOW) == ms
    assert datetime.fromisoformat(format_time(ms)).timestamp() * 1000 == ms


@given(st.text(max_size=24))
def test_reading_gives_a_value_or_an_invalid_value(text: str) -> None:
    for read in (lambda t: parse_time(t, NOW), parse_duration, parse_date):
        try:
            read(text)
        except InvalidValue as error:
            assert safe(error.message) == error.message


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("60min", HOUR), ("1h30m", 90 * MINUTE), ("90s", 90_000), ("2d", 2 * DAY), ("36小时", 36 * HOUR),
        ("45分钟", 45 * MINUTE), ("1.5h", 90 * MINUTE), ("1 h 30 min", 90 * MINUTE), ("２个小时", 2 * HOUR),
        ("1w", 7 * DAY), ("0 min", 0), ("250ms", 250), ("1天12小时", 36 * HOUR),
    ],
)  # fmt: skip
def test_durations(text: str, ms: int) -> None:
    assert parse_duration(text) == ms


@pytest.mark.parametrize(
    "text", ["", "60", "1 month", "1y", "30m1h", "1h1h", "-1h", "1.00001s", "1h30", "9" * 13 + "h"]
)
def test_bad_durations(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_duration(text)


def test_short_forms() -> None:
    assert format_short(NOW - HOUR, NOW) == "09:30"
    assert format_short(NOW - DAY, NOW) == "07-30 10:30"
    assert format_short(NOW - 365 * DAY, NOW) == "2025-07-31"
    with pytest.raises(InvalidValue):
        format_time(2**62)


def test_ages() -> None:
    ages = {
        0: "0 s",
        59_999: "59 s",
        MINUTE: "1 min",
        3 * MINUTE: "3 min",
        5 * HOUR: "5 h",
        47 * HOUR: "47 h",
    }
    ages |= {48 * HOUR: "2 d", -5 * MINUTE: "-5 min", -500: "0 s"}
    assert {ms: format_age(ms) for ms in ages} == ages


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2021年12月", "2021-12"), ("2021年12月31日", "2021-12-31"), ("2021年", "2021"),
        ("2021/7/1", "2021-07-01"),        ("20210701", "2021-07-01"),
        ("2021.7.1", "2021-07-01"), ("2021-07", "2021-07"), ("1999", "1999"),
        ("2021.10", "2021-10"), ("2021-07-01 00:00:00", "2021-07-01"), ("２０２１-07-01", "2021-07-01"),
        ("2020-02-29", "2020-02-29"),
    ],
)  # fmt: skip
def test_dates(text: str, iso: str) -> None:
    assert parse_date(text) == iso


@pytest.mark.parametrize(
    "text",
    [
        "", "2021-02-29", "2021-13", "21/7/1", "03/04/2026", "31.12.2021",
        "202107", "2021.1", "1899", "2200",
        "2021-7/1", "2021-07-01 08:00", "2021-07 00:00", "44378", "2021-00-10", "00000000",
    ],
)  # fmt: skip
def test_bad_dates(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_date(text)


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)))
def test_an_iso_date_is_read_as_it_stands(day: date) -> None:
    assert parse_date(day.isoformat()) == day.isoformat()
