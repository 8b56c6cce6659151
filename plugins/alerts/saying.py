"""The words that alerts use: colours, statuses, kinds of message and times, however they are written."""

from __future__ import annotations

import email.utils
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from emergency.store import times
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS
from emergency.store.records.alert import (
    CERTAINTIES,
    COLOURS,
    MESSAGES,
    SCOPES,
    SEVERITIES,
    STATUSES,
    URGENCIES,
)
from emergency.store.records.incident import LEVEL_WORDS, LEVELS
from emergency.store.records.types import FIRST_MOMENT, LAST_MOMENT
from emergency.store.words import _, listed

_CHINESE_COLOURS = {
    "红": "red",
    "橙": "orange",
    "黄": "yellow",
    "蓝": "blue",
    "白": "white",
    "绿": "green",
    "灰": "grey",
    "黑": "black",
}
#: In running text only a whole word counts: 黄 alone may be of 黄河; and a Red Flag Warning has no colour.
_COLOUR = re.compile(
    r"([红橙黄蓝白])色"
    r"|\b(red|orange|yellow|blue)\s+(?!flag\b)(?:[a-z]+\s+){0,2}?(?:warning|signal)\b"
    r"|\b(red|orange|yellow)\s+alert\b",
    re.I,
)
_COLOUR_WORD = re.compile(r"([红橙黄蓝白])色|\b(red|orange|yellow|blue|white|green|gr[ae]y|black)\b", re.I)
#: A warning's grade where it has a field of its own, and in running text, where a response has grades too.
_NUMERAL = r"(?:iv|i{1,3})级?|[一二三四1-4]级"
_DEGREES = {"特别严重": "red", "严重": "orange", "较重": "yellow", "一般": "blue"}
_DEGREE = "|".join(_DEGREES)
_GRADE = re.compile(
    rf"(?:(?P<n>{_NUMERAL})(?:预警)?[(/\[]?(?:{_DEGREE})?[)\]]?|(?P<d>{_DEGREE})[(/\[]?(?P<m>{_NUMERAL})?[)\]]?)"
    r"(?:预警)?(?:信号)?"
)
_GRADE_TOLD = re.compile(rf"(?<![a-z0-9一二三四十])({_NUMERAL})(?:\([^)]{{1,8}}\))?(?:预警|警报)")
#: Emergency Response Law 63: one to four are marked red, orange, yellow and blue.
_GRADES = {"i": "red", "ii": "orange", "iii": "yellow", "iv": "blue"}
_GRADES |= dict(zip("一二三四1234", [*_GRADES.values()] * 2, strict=True))
_CANCELS = re.compile(r"解除|取消|撤销|撤消|终止|cancel", re.I)
_UPDATES = re.compile(r"升级|降级|继续|变更|更新|调整|延长|续发|update", re.I)
_ISSUES = re.compile(r"发布|发出|升级为|变更为|调整为")
_DRILL = re.compile(r"演练|演习|\bexercise\b|\bdrill\b", re.I)
_TRIAL = re.compile(r"测试|\btest\b", re.I)
#: Issued by somebody: the words before the verb. 市气象台2018年12月10日16时20分发布 has a date in between.
_ISSUER = re.compile(
    r"^[\s【\[]*(?P<who>[^\s，。,；;：:（(]{2,40}?)(?:于|在)?(?:\d{4}年[\d年月日时分]*|\d{1,2}月[\d月日时分]*|\d{1,2}日[\d日时分]*|\d{1,2}时[\d时分]*)?"
    r"(?:联合|继续|升级|降级|变更|更新|解除|取消|撤销|再次|维持|已)*(?:发布|发出|解除|取消|撤销|变更|升级|降级|维持)"
)
#: What stands in brackets before all else and names nobody: 【演练】, (TEST), [转发].
_MARKED = re.compile(
    r"(?:\s*[【\[（(〔][^】\])）〕省市区县旗州盟台局]{0,20}[】\])）〕]|\s*(?:演练|演习|测试)[:：])+\s*"
)
_EVENT = re.compile(
    r"(?:(?:变更|升级|降级|继续|更新|再次|联合)?(?:发布|发出)|解除|取消|撤销|变更为?|升级为?|降级为?|更新|维持|将|把)(?P<what>[^\s，。,；;：:（()）]{1,20}?)"
    r"(?:[红橙黄蓝白]色|[ⅠⅡⅢⅣIVⅤ一二三四1-4]{1,3}级)"
)
_SOURCE = re.compile(r"预警信息来源[:：]\s*([^）)\s]{2,60})")
#: First digits of the codes of GB/T 2260.
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")


def _folded(text: str) -> str:
    """Lower case, and Ⅱ as II."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def _by_word(options: Mapping[str, tuple[str, str]], **more: str) -> dict[str, str]:
    """{word in lower case: code}, of the codes, their words, and further words parted by blanks."""
    out = {_folded(word): code for code, words in options.items() for word in (code, *words)}
    for code, words in more.items():
        out |= {_folded(word): code for word in words.split()}
    return out


_CHOICES = {
    "status": _by_word(
        STATUSES,
        Exercise="exercise 演练 演习 drill",
        System="system 系统",
        Test="test 测试",
        Draft="draft 草稿",
        Actual="actual 实际 real",
    ),
    "msg_type": _by_word(
        MESSAGES,
        Alert="alert new 发布 首次发布 issue",
        Update="update updated 更新 变更 升级 降级 继续 续发 延长",
        Cancel="cancel cancelled canceled cancellation 取消 解除 撤销 已解除",
        Ack="ack",
        Error="error",
    ),
    "scope": _by_word(SCOPES),
    "urgency": _by_word(URGENCIES),
    "severity": _by_word(SEVERITIES),
    "certainty": _by_word(CERTAINTIES) | {"very likely": "Likely"},
    "level": _by_word(LEVELS, **LEVEL_WORDS),
}


def plain(value: Any) -> str:
    """A value as one text without blanks at its ends; "" for what is no text and no number."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def choice(field: str, text: str) -> str | None:
    """The code of a word of a field, in any case and either language; None for a word it does not have."""
    return _CHOICES[field].get(_folded(text))


def response_level(text: str) -> str | None:
    """The level of a response that the value of a field is: Ⅱ, 二级, Ⅱ级响应, 启动Ⅱ级应急响应."""
    return choice("level", text) or choice("level", re.sub("启动|应急|响应", "", text))


def colour(text: str) -> str | None:
    """The colour that a short value is: `Orange`, 橙色, 橙, `2; yellow; Moderate`."""
    word = text.strip().lower()
    word = {"gray": "grey"}.get(word, word)
    if word in COLOURS:
        return word
    if (single := word.removesuffix("预警").removesuffix("色")) in _CHINESE_COLOURS:
        return _CHINESE_COLOURS[single]
    found = _COLOUR_WORD.findall(text) if len(text) <= 40 else []
    if not found:
        return None
    chinese, english = found[0]
    return _CHINESE_COLOURS[chinese] if chinese else english.lower().replace("gray", "grey")


def grade(text: str) -> str | None:
    """The colour of a warning's grade, which the value of a field is: Ⅰ级, 一级, I级（特别严重）, 特别严重.

    A number alone is none: feeds count from either end.
    """
    match = _GRADE.fullmatch(_folded(text))
    if match is None:
        return None
    number = match["n"] or match["m"]
    return _GRADES[number.removesuffix("级")] if number else _DEGREES[match["d"]]


def colour_told(text: str) -> str | None:
    """The colour that a headline tells: the last one, which a change arrives at (由黄色升级为橙色).

    Where it names none, that of the grade of its warning (Ⅰ级预警); 一级应急响应 is a response's.
    """
    found = _COLOUR.findall(text)
    if not found:
        graded = _GRADE_TOLD.findall(_folded(text))
        return _GRADES[graded[-1].removesuffix("级")] if graded else None
    chinese, *english = found[-1]
    return _CHINESE_COLOURS[chinese] if chinese else "".join(english).lower()


def message_told(text: str) -> str:
    """What kind of message a headline is: 解除 ends a warning, 升级 and 继续 carry it on."""
    if _CANCELS.search(text):
        # One warning ended and another issued by the same words is a change.
        return "Update" if _ISSUES.search(_CANCELS.split(text)[-1]) else "Cancel"
    return "Update" if _UPDATES.search(text) else "Alert"


def status_told(text: str) -> str | None:
    """`Exercise` or `Test` where a headline says so."""
    if _DRILL.search(text):
        return "Exercise"
    return "Test" if _TRIAL.search(text) else None


def _unmarked(text: str) -> str:
    """A headline without what is marked before its first words."""
    marked = _MARKED.match(text)
    return text[marked.end() :] if marked else text


def issuer_told(text: str) -> str:
    """Who issued it, by the first words of a headline or text."""
    match = _ISSUER.match(_unmarked(text))
    return match["who"].rstrip("】]") if match else ""


def place_of_issuer(issuer: str) -> str:
    """The division that an office is of: 北京市 of 北京市气象台; "" where its name tells none."""
    match = re.match(r"(.{1,20}?[省市区县旗州盟])[^省市区县旗州盟]{2,12}$", issuer)
    return match[1] if match and not match[1][0].isascii() and len(match[1]) > 1 else ""


def place_told(title: str) -> str:
    """The division that a headline begins with: 房山区 of 房山区雷电黄色预警."""
    match = re.match(r"[\s【\[]*([^\s，。,；;：:（(\d]{1,20}?[省市区县旗州盟])", _unmarked(title))
    return match[1] if match else ""


def place_named(title: str, issuer: str) -> str:
    """The division that an alert without an area is for: of who issues it by its headline, else of its sender."""
    return place_of_issuer(issuer_told(title)) or place_told(title) or place_of_issuer(issuer)


def colours_remark(told: Iterable[str | None]) -> list[str]:
    """That an alert names several colours, where it does; the first of these is taken."""
    field = RECORDS["alert"].field("colour")
    several = list(dict.fromkeys(c for c in told if c))
    if len(several) < 2 or field is None:
        return []
    words = listed(field.type.show(c) for c in several)
    return [_("it names several warning colours: {colours}; the first is taken").format(colours=words)]


def event_told(text: str) -> str:
    """What is warned of, by a headline: 发布暴雨橙色预警."""
    found = [m["what"] for m in _EVENT.finditer(text)]
    word = found[-1] if found else ""
    return re.sub(r"^(?:为|了|将|把|的)+", "", word)


def source_told(text: str) -> str:
    """Where a feed says its words come from."""
    match = _SOURCE.search(text)
    return match[1] if match else ""


def first_sentence(text: str, most: int = 80) -> str:
    """The beginning of a text, up to its first full stop: a headline for what has none."""
    sentence = re.split(r"[。！!\n]|(?<=[a-z])\. ", text.strip(), maxsplit=1)[0].strip()
    return sentence if len(sentence) <= most else sentence[: most - 3] + "..."


def moment(value: Any) -> int | None:
    """A time in any of the forms that feeds use, in milliseconds; without an offset it is Beijing time.

    RFC 3339 with or without seconds, `2018-12-10 16:25`, 2018年12月10日16时20分, 20181210162500, seconds
    or milliseconds since 1970, RFC 2822. None for what is no time.
    """
    text = plain(value)
    if isinstance(value, float):
        text = str(int(value)) if value == value and abs(value) < 1e15 else ""
    if not text or len(text) > 60:
        return None
    found = _digits(text) if text.isascii() and text.isdigit() else _written(text)
    return found if found is not None and FIRST_MOMENT <= found <= LAST_MOMENT else None


def _digits(text: str) -> int | None:
    if len(text) in (12, 14) and text[:2] in ("19", "20", "21"):
        spread = f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:] or '00'}"
        return _typed(spread)
    if len(text) in (9, 10):
        return int(text) * times.SECOND
    return int(text) if len(text) in (12, 13) else None


def _written(text: str) -> int | None:
    if re.match(r"\s*\d{4}\D", text):
        return _typed(text)
    try:
        stamp = email.utils.parsedate_to_datetime(text)
        return int(stamp.replace(tzinfo=stamp.tzinfo or times.BEIJING).timestamp() * 1000)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _typed(text: str) -> int | None:
    # `.0` behind seconds, and a day alone, which begins it.
    if re.fullmatch(r"\s*\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?\s*", text):
        text = text.strip() + " 00:00"
    # ISO 8601 leaves the minutes of an offset out where they are none.
    text = re.sub(r"(:\d\d(?:\.\d+)?[+-]\d\d)\s*$", r"\1:00", text)
    try:
        return times.parse_time(text, 0)
    except InvalidValue:
        return None


def division_code(text: str, *, short: bool = False) -> str | None:
    """The six digits of GB/T 2260 at the front of a code of 6, 9 or 12 digits; None for any other code.

    With `short` also 11 and 1101, which are a whole province and city.
    """
    digits = unicodedata.normalize("NFKC", text).strip()
    lengths = r"\d{2}|\d{4}|" if short else ""
    whole = re.fullmatch(lengths + r"\d{6}(?:\d{3}|\d{6})?", digits, re.ASCII)
    return digits[:6].ljust(6, "0") if whole and _PROVINCES.fullmatch(digits[:2]) else None
