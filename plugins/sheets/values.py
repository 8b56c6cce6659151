"""What single cells mean: emptiness, telephone numbers, degrees."""

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

from emergency.store.words import _

EMPTY_MARKS: frozenset[str] = frozenset(
    {"", "-", "--", "---", "—", "——", "－", "–", "/", "//", "\\", "无", "暂无", "没有", "空", "不详", "未知"}
    | {"n/a", "na", "#n/a", "null", "none", "nil", "(null)", "nan", "无。", "/ /", "*"}
)
"""What people write for nothing, in lower case and stripped."""


def plain(cell: str) -> str:
    """The text in NFKC with white space stripped and collapsed, for comparing."""
    if cell.isascii():
        return " ".join(cell.split())
    return " ".join(unicodedata.normalize("NFKC", cell).replace("\ufeff", "").split())


def is_empty(cell: str) -> bool:
    """Whether the cell says nothing: blank, or a mark for 'none' such as 无, -- or N/A."""
    return cell.strip(" \t\r\n\u3000\xa0\ufeff").casefold() in EMPTY_MARKS


class Phone(NamedTuple):
    """A telephone number in its normal form.

    `number` is 11 digits for a mobile, `0716-8319315` for a landline with its area code, bare
    digits for a local or service number, `+852...` abroad. `doubtful` when somebody should ring
    it before relying on it: marked with '?', completed by us, or of an unusual length.
    """

    number: str
    extension: str = ""
    doubtful: bool = False


_DASHES = re.compile(r"\s*[-‐‑‒–—―−─ー~﹣﹘_]+\s*")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?\s*[eE]\s*\+?\d")
_NOISE = re.compile(
    r"(?i)[^\d+()/;,|#?]*?(电话|手机|座机|固话|传真|办公|值班|号码|tel|phone|mobile|mob|cell)\.?:?"
)
_SPLIT = re.compile(r"[/;,、|\n\r]+|\s+(?:or|and)\s+|[或和]")
_EXTENSION = re.compile(r"(?i)\s*(?:-?\s*(?:转|分机|ext\.?|extension|#)\s*[:.]?\s*|x)(\d{1,6})$")
_SERVICE = re.compile(r"1[12]\d|1[0-2]\d{3}|9[56]\d{3,4}")


def parse_phone(text: str) -> list[Phone]:
    """The numbers in a cell; none for an empty one.

    Several may stand together; a later one without area code takes that of the one before.
    Raises ValueError, with the reason, when any part is not a telephone number.
    """
    if is_empty(text):
        return []
    clean = unicodedata.normalize("NFKC", text.strip())
    if _SCIENTIFIC.search(clean):
        raise ValueError(_("the spreadsheet has rounded this number away: {text}").format(text=text.strip()))
    clean = re.sub(r"\([^()\d]*\)", " ", _NOISE.sub(" ", _DASHES.sub("-", clean)))
    found: list[Phone] = []
    for part in _SPLIT.split(clean):
        if part.strip(" .-?") or "?" in part:
            _append(found, part, text.strip())
    if not found:
        raise ValueError(_("not a telephone number: {text}").format(text=text.strip()))
    return found


def _append(found: list[Phone], part: str, text: str) -> None:
    before = found[-1] if found else None
    whole = _one(part, before)
    pieces = [whole] if whole else [_one(piece, before) for piece in part.split()]
    for piece in pieces:
        if piece is None:
            raise ValueError(_("not a telephone number: {text}").format(text=text))
        found.append(piece)


def _one(part: str, before: Phone | None) -> Phone | None:
    doubtful = "?" in part
    part = part.replace("?", "").strip(" .:-")
    part = re.sub(r"^(\d{7,})\.0+$", r"\1", part)
    extension = ""
    if match := _EXTENSION.search(part):
        extension, part = match[1], part[: match.start()]
    if part.startswith("+") and not part.startswith("+86"):
        digits = re.sub(r"[\s()-]", "", part[1:])
        return Phone("+" + digits, extension, doubtful) if re.fullmatch(r"\d{8,15}", digits) else None
    part = re.sub(r"^\(?(\+\s*86|0086|86(?=[\s)-]|1[3-9]\d{9}$))\)?[\s-]*", "", part)
    part = re.sub(r"\(0\)", "0", part).replace("(", "-").replace(")", "-")
    part = re.sub(r"-+", "-", re.sub(r"\s+", "-", part)).strip("-")
    if not re.fullmatch(r"[\d-]+", part):
        return None
    known = _mobile(part) or _landline(part) or _bare(part, before)
    if known is None:
        return None
    return Phone(known.number, extension or known.extension, doubtful or known.doubtful)


def _mobile(part: str) -> Phone | None:
    digits = part.replace("-", "")
    if re.fullmatch(r"0?1[3-9]\d{9}", digits) and not part.startswith("010"):
        return Phone(digits[-11:])
    if match := re.fullmatch(r"(1[3-9]\d{9})-(\d{1,6})", part):
        return Phone(match[1], match[2])
    return None


def _landline(part: str) -> Phone | None:
    compact = re.fullmatch(r"(?:(010|02\d)-?|(0[3-9]\d\d)-?)(\d{3,4}-?\d{3,4})(?:-(\d{1,6}))?", part)
    if compact is None and not part.startswith("0"):
        compact = re.fullmatch(r"(?:(10|2\d)-|([3-9]\d\d)-)(\d{7,8})(?:-(\d{1,6}))?", part)
        if compact is None:
            return None
        return Phone(f"0{compact[1] or compact[2]}-{compact[3]}", compact[4] or "", True)
    if compact is None:
        return None
    local = compact[3].replace("-", "")
    if len(local) not in (6, 7, 8):
        return None
    three = compact[1] is not None
    return Phone(f"{compact[1] or compact[2]}-{local}", compact[4] or "", len(local) < 7 + three)


def _bare(part: str, before: Phone | None) -> Phone | None:
    digits = part.replace("-", "")
    if re.fullmatch(r"[48]00\d{7}", digits) or _SERVICE.fullmatch(part):
        return Phone(digits)
    if re.fullmatch(r"(10|2\d)\d{8}", digits) or re.fullmatch(r"[3-9]\d{9}", digits):
        cut = 2 if digits[0] in "12" else 3
        return Phone(f"0{digits[:cut]}-{digits[cut:]}", doubtful=True)
    match = re.fullmatch(r"([2-9]\d{6,7}|[2-9]\d{2,3}-\d{4})(?:-(\d{1,6}))?", part)
    area = before.number.split("-")[0] + "-" if before and "-" in before.number else ""
    if match:
        return Phone(area + match[1].replace("-", ""), match[2] or "")
    if before and re.fullmatch(r"\d{1,4}", part) and before.number.lstrip("+")[0] != "1":
        return Phone(before.number[: -len(part)] + part, doubtful=True)
    return None


_SIGN_WORDS = {"东经": "E", "西经": "W", "北纬": "N", "南纬": "S", "东": "E", "西": "W", "北": "N", "南": "S"}
_DEGREES = re.compile(
    r"([NSEW]?)([+-]?)(\d{1,3}(?:\.\d+)?)"
    r"(?:d(?:(\d{1,2}(?:\.\d+)?)m(?:(\d{1,2}(?:\.\d+)?)s?)?)?)?([NSEW]?)"
)


def parse_degrees(text: str) -> Decimal | None:
    """Decimal degrees from a cell such as 116.12, 116°12′30″ or 东经116.12度; None if empty.

    Raises ValueError, with the reason, for anything else and beyond 180 degrees.
    """
    if is_empty(text):
        return None
    clean = re.sub("[°º˚度]", "d", text)
    clean = re.sub("″|''|\"|”|“|秒|′′|＂", "s", clean)
    clean = re.sub("′|'|’|‘|分|＇", "m", clean)
    clean = re.sub(r"\s+", "", unicodedata.normalize("NFKC", clean)).replace("−", "-")
    for word, letter in _SIGN_WORDS.items():
        clean = clean.replace(word, letter)
    clean = re.sub(r"(?i)^(经度|纬度|lat|lon|lng)[.:]*", "", clean)
    clean = re.sub("[nsew]$|^[new]", lambda m: m[0].upper() if m[0] != "s" else "s", clean)
    match = _DEGREES.fullmatch(clean)
    if match is None or (match[1] and match[6]) or (match[2] and (match[1] or match[6])):
        raise ValueError(_("not an angle in degrees: {text}").format(text=text.strip()))
    minutes, seconds = Decimal(match[4] or 0), Decimal(match[5] or 0)
    if minutes >= 60 or seconds >= 60:
        raise ValueError(_("minutes and seconds end at 60: {text}").format(text=text.strip()))
    value = Decimal(match[3])
    if match[4]:
        value = (value + (minutes * 60 + seconds) / 3600).quantize(Decimal("0.00000001")).normalize()
    if value > 180:
        raise ValueError(_("more than 180 degrees: {text}").format(text=text.strip()))
    negative = match[2] == "-" or (match[1] or match[6]) in ("S", "W")
    return Decimal(f"{-value if negative else value:f}")
