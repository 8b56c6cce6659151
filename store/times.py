"""Times, durations and dates as people here write them.

A time is whole milliseconds since 1970-01-01T00:00Z and is shown in Beijing time, a fixed
+08:00. A duration is whole milliseconds. A date is ISO text that may lack its day or month,
because papers often do.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone

from emergency.store.errors import BadSettings, InvalidValue
from emergency.store.text import quoted
from emergency.store.words import _

BEIJING = timezone(timedelta(hours=8), "+08:00")
FIRST_YEAR, LAST_YEAR = 1900, 2199

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
#: A clock that is further off than this is worth a word, in milliseconds: here, at a hub, and of who made a bundle.
SKEW = 2 * MINUTE

_EPOCH = datetime(1970, 1, 1, 8, tzinfo=BEIJING)
_LONGEST = 100 * 366 * DAY

# Patterns stay text until used (re keeps them compiled): every command loads this module.
_DAY = (
    r"(?P<y>[0-9]{4})(?:(?P<sep>[-/.])(?P<mo>[0-9]{1,2})(?P=sep)(?P<d>[0-9]{1,2})"
    r"|年(?P<mo2>[0-9]{1,2})月(?P<d2>[0-9]{1,2})[日号])"
)
_CLOCK = (
    r"(?P<h>[0-9]{1,2})(?::(?P<mi>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.(?P<f>[0-9]{1,9}))?)?"
    r"|[时点]整?(?:(?P<mi2>[0-9]{1,2})分?(?:(?P<s2>[0-9]{1,2})秒)?)?)"
)
_ZONE = r"(?: ?(?P<zone>z|[+-][0-9]{2}:?[0-9]{2}))?"
_WORDS = {
    "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "yesterday": -1, "今天": 0, "今日": 0, "today": 0,
    "明天": 1, "明日": 1, "tomorrow": 1, "后天": 2, "后日": 2,
}  # fmt: skip

_MOMENT = _DAY + r"(?:[t ]|(?<=[日号]))" + _CLOCK + _ZONE
_TODAY = rf"(?:(?P<word>{'|'.join(_WORDS)}) ?)?" + _CLOCK
_RFC3339 = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_AGO = r"(.+?) ?(?:ago|以前|之前|前)|-(.+)"
_AHEAD = r"(.+?) ?(?:later|from now|以后|之后|后)|(?:in |\+)?(.+)"
_YEAR_LAST = r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}(?![0-9]).*"

_STEPS: dict[str, int] = {
    **dict.fromkeys(("w", "week", "weeks", "周", "个星期", "星期"), 7 * DAY),
    **dict.fromkeys(("d", "day", "days", "天"), DAY),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时", "个小时"), HOUR),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), MINUTE),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), SECOND),
    "ms": 1,
}
_STEP = r" ?([0-9]{1,12})(?:\.([0-9]{1,6}))? ?([^\W\d]+)"

_DATE = (
    r"(?P<y>[0-9]{4})(?:年(?:(?P<mo>[0-9]{1,2})月(?:(?P<d>[0-9]{1,2})[日号])?)?"
    r"|(?P<mo2>[0-9]{2})(?P<d2>[0-9]{2})"
    r"|(?P<sep>[-/.])(?P<mo3>[0-9]{1,2})(?:(?P=sep)(?P<d3>[0-9]{1,2}))?)?(?:[t ]0?0:00(?::00(?:\.0+)?)?)?"
)


_pinned: int | None = None


def pin(moment: int | None) -> None:
    """Go by this moment from here on: what is read as of a time is judged as of it too. None lets go."""
    global _pinned
    _pinned = moment


def now(environ: Mapping[str, str] = os.environ) -> int:
    """The time, or the one that EMERGENCY_NOW fixes for drills and tests (RFC 3339, with offset).

    Raises BadSettings if EMERGENCY_NOW is set and cannot be read.
    """
    if _pinned is not None:
        return _pinned
    fixed = environ.get("EMERGENCY_NOW")
    if not fixed:
        return time.time_ns() // 1_000_000
    if not re.fullmatch(_RFC3339, fixed.strip()):
        raise BadSettings(
            _("EMERGENCY_NOW is {text}, which is not a time").format(text=quoted(fixed)),
            hint=_("write it as 2026-07-31T08:00:00+08:00"),
        )
    try:
        return parse_time(fixed, 0)
    except InvalidValue as error:
        raise BadSettings.of("EMERGENCY_NOW", error) from None


def parse_time(text: str, now_ms: int) -> int:
    """A time as typed, in milliseconds since the epoch; without an offset it is Beijing time.

    Takes RFC 3339, `2026-07-31 08:00`, `2026/7/31 8:00`, `2026年7月31日8时30分`, `14:00` (today),
    `昨天 14:00`, `tomorrow 8:00`, `now`, `2h ago`, `30分钟前`, and `60min` or `+60min` from now.
    24:00 is the end of its day; finer than a millisecond is cut off. Raises InvalidValue for a
    time that does not exist, a day without its hour, and an order of day and month to guess at.
    """
    plain = _folded(text)
    if plain in ("now", "现在", "此刻"):
        return now_ms
    if match := re.fullmatch(_MOMENT, plain):
        return _moment(text, match)
    if match := re.fullmatch(_TODAY, plain):
        here = _EPOCH + timedelta(milliseconds=now_ms)
        day = here.date() + timedelta(days=_WORDS.get(match["word"], 0))
        return _at(text, day, match)
    if re.fullmatch(_YEAR_LAST, plain):
        raise _order(text, _("write the year first: 2026-07-31 14:00"))
    for pattern, sign in ((_AGO, -1), (_AHEAD, 1)):
        if (match := re.fullmatch(pattern, plain)) and (span := _span(match[1] or match[2])) is not None:
            return now_ms + sign * span
    raise InvalidValue(
        _("{text} is not a time").format(text=quoted(text)),
        hint=_("write 2026-07-31 14:00, 14:00, yesterday 14:00, 2h ago or +60min"),
    )


def midnight(day: date) -> int:
    """The beginning of a day in Beijing, in milliseconds since the epoch."""
    return (datetime(day.year, day.month, day.day, tzinfo=BEIJING) - _EPOCH) // timedelta(milliseconds=1)


def parse_duration(text: str) -> int:
    """A length of time in milliseconds: `60min`, `1h30m`, `90s`, `2d`, `36小时`, `1.5h`.

    `m` is minutes. From 0 to a hundred years. Raises InvalidValue for a number without its unit,
    for months and years, which differ in length, and for parts out of order or repeated.
    """
    span = _span(_folded(text))
    if span is None:
        raise InvalidValue(
            _("{text} is not a length of time").format(text=quoted(text)),
            hint=_("write a number and w, d, h, min or s: 60min, 1h30m, 2d"),
        )
    return span


def span_set(variable: str, usual: int) -> int:
    """The length of time that a variable sets, or the usual one; in milliseconds. Raises BadSettings."""
    text = os.environ.get(variable)
    try:
        return parse_duration(text) if text else usual
    except InvalidValue as error:
        raise BadSettings.of(variable, error) from None


def format_time(ms: int) -> str:
    """The time as RFC 3339 in Beijing, to the second: `2026-07-31T08:00:05+08:00`."""
    return _beijing(ms).isoformat(timespec="seconds")


def format_short(ms: int, now_ms: int) -> str:
    """The time for a narrow column: `14:05` today, `07-30 14:05` this year, else `2025-07-30`."""
    at, today = _beijing(ms), _beijing(now_ms)
    if at.date() == today.date():
        return f"{at:%H:%M}"
    return f"{at:%m-%d %H:%M}" if at.year == today.year else at.date().isoformat()


def format_age(ms: int) -> str:
    """A length of time in its largest whole step: `40 s`, `3 min`, `5 h`, `2 d` from 48 hours on.

    Below zero, where two clocks disagree, it carries a minus sign.
    """
    span, sign = abs(ms), "-" if ms < 0 else ""
    if span < MINUTE:
        return _("{n} s").format(n=f"{sign if span >= SECOND else ''}{span // SECOND}")
    if span < HOUR:
        return _("{n} min").format(n=f"{sign}{span // MINUTE}")
    if span < 2 * DAY:
        return _("{n} h").format(n=f"{sign}{span // HOUR}")
    return _("{n} d").format(n=f"{sign}{span // DAY}")


def parse_date(text: str) -> str:
    """A date as ISO text, as exact as it was written: `2021-12-31`, `2021-12` or `2021`.

    Takes `2021年12月`, `2021/7/1`, `2021.7.1`, `20210701`, `2021-07`, `1999`, and a spreadsheet's
    midnight after the day. Years 1900 to 2199. Raises InvalidValue for a date that does not exist,
    two-digit years, the year last, and `2021.1`, which a sheet also makes of October's `2021.10`.
    """
    plain = _folded(text)
    match = re.fullmatch(_DATE, plain)
    month = match and (match["mo"] or match["mo2"] or match["mo3"])
    day = match and (match["d"] or match["d2"] or match["d3"])
    if match is None or ((" " in plain or "t" in plain) and not day):
        if re.fullmatch(_YEAR_LAST, plain):
            raise _order(text, _("write the year first, in four digits: 2026-07-31"))
        raise InvalidValue(
            _("{text} is not a date").format(text=quoted(text)),
            hint=_("write 2026-07-31, 2026-07 or 2026"),
        )
    if match["sep"] == "." and month == "1" and not day:
        raise _order(text, _("write 2021-01 or 2021-10"))
    whole = _date(text, match["y"], month or "1", day or "1")
    return whole.isoformat()[: 10 if day else 7 if month else 4]


def _folded(text: str) -> str:
    if len(text) > 100:
        return ""
    plain = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    return re.sub(r" ?([年月日号时点分秒]) ?", r"\1", plain)


def _moment(text: str, match: re.Match[str]) -> int:
    at = _at(text, _date(text, match["y"], match["mo"] or match["mo2"], match["d"] or match["d2"]), match)
    zone = match["zone"]
    if zone is None:
        return at
    hours, minutes = (0, 0) if zone == "z" else (int(zone[1:3]), int(zone[-2:]))
    if hours > 23 or minutes > 59:
        raise _impossible(text)
    offset = hours * HOUR + minutes * MINUTE
    return at + 8 * HOUR - (-offset if zone.startswith("-") else offset)


def _at(text: str, day: date, match: re.Match[str]) -> int:
    hours = int(match["h"])
    minutes = int(match["mi"] or match["mi2"] or 0)
    seconds = int(match["s"] or match["s2"] or 0)
    milli = int((match["f"] or "0")[:3].ljust(3, "0"))
    clock = hours * HOUR + minutes * MINUTE + seconds * SECOND + milli
    if minutes > 59 or seconds > 59 or clock > DAY:
        raise _impossible(text)
    return midnight(day) + clock


def _date(text: str, year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise _impossible(text) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InvalidValue(
            _("{text} is outside the years {first} to {last}").format(
                text=quoted(text), first=FIRST_YEAR, last=LAST_YEAR
            )
        )
    return found


def _span(plain: str) -> int | None:
    total, before, at = 0, 8 * DAY, 0
    while at < len(plain):
        match = re.compile(_STEP).match(plain, at)
        step = match and _STEPS.get(match[3])
        if not match or not step or step >= before:
            return None
        part = match[2] or ""
        amount, rest = divmod(int(match[1] + part) * step, 10 ** len(part))
        if rest:
            return None
        total, before, at = total + amount, step, match.end()
    return total if at and total <= _LONGEST else None


def _beijing(ms: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        raise InvalidValue(_("{number} is not a time").format(number=ms)) from None


def _impossible(text: str) -> InvalidValue:
    return InvalidValue(
        _("there is no such time as {text}").format(text=quoted(text)),
        hint=_("check the day and the hour"),
    )


def _order(text: str, hint: str) -> InvalidValue:
    return InvalidValue(_("{text} can be read in two ways").format(text=quoted(text)), hint=hint)


def as_told(value: int) -> str:
    """A time that any clock may have told: RFC 3339, or the figure itself where no calendar has that day."""
    try:
        return format_time(value)
    except (InvalidValue, ValueError, OverflowError, OSError):
        return f"{value} ms"
