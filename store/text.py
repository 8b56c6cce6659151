"""Text from outside: made harmless for a terminal, made findable, and measured in cells.

`safe` belongs in front of every print of a word we did not write ourselves. `search_text` fills
the column that names are found by; `search_terms` turns a query into its words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

SEARCH_VERSION = 1
"""Raise when `search_text` gives other answers: stored columns are then rebuilt."""

MAX_READINGS = 8
"""Most readings kept for one run of Chinese characters."""

_RUN_LIMIT = 40

# Soft hyphen, Arabic letter mark, Mongolian vowel separator, zero-width and bidi marks, line and
# paragraph separators, interlinear marks, Hangul fillers (letters that draw nothing), tags, selectors of
# variants (they draw nothing, and whole texts have been hidden in them); then what terminals do not agree
# on the width of: skin tones, letters that pair as flags, and again selectors.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff"
    "\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e01ef]"
)

# A sign that is drawn as a picture or as a letter as the selector after it says, at a width terminals do not
# agree on: telephones write it behind every such sign, and without it the sign is the same.
_PICTURED = re.compile("(?<=[#*0-9\u00a9\u00ae\u203c-\u3299\U0001f004-\U0001faff])[\ufe0e\ufe0f]")

_CHINESE = "[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003347f]+"

# Where the dictionary of pypinyin 0.55 reads a place name otherwise than its people do.
_PLACES = {
    "长寿": ("chang", "shou"),
    "长沟": ("chang", "gou"),
    "长阳": ("chang", "yang"),
    "长辛店": ("chang", "xin", "dian"),
    "长哨营": ("chang", "shao", "ying"),
    "单县": ("shan", "xian"),
    "单城": ("shan", "cheng"),
    "浚县": ("xun", "xian"),
    "大城": ("dai", "cheng"),
    "蔚州": ("yu", "zhou"),
    "泊头": ("bo", "tou"),
    "柴沟堡": ("chai", "gou", "bu"),
    "十里堡": ("shi", "li", "pu"),
    "大栅栏": ("da", "shi", "lan"),
    "佛子庄": ("fo", "zi", "zhuang"),
    "解州": ("xie", "zhou"),
    "繁峙": ("fan", "shi"),
    "洪洞": ("hong", "tong"),
    "会稽": ("kuai", "ji"),
    "荥经": ("ying", "jing"),
    "筠连": ("jun", "lian"),
    "宕昌": ("tan", "chang"),
    "蚌埠": ("beng", "bu"),
    "六安": ("lu", "an"),
    "乐亭": ("lao", "ting"),
    "铅山": ("yan", "shan"),
    "番禺": ("pan", "yu"),
    "东阿": ("dong", "e"),
}

# Characters that the dictionary, lacking the word, guesses wrong often enough in local names.
_OTHER_READINGS = {"长": ("chang", "zhang"), "堡": ("pu", "bu", "bao"), "都": ("du",)}

_SURNAMES = {
    "万俟": ("mo qi",),
    "尉迟": ("yu chi",),
    "澹台": ("tan tai",),
    "长孙": ("zhang sun",),
    "单于": ("chan yu",),
    "令狐": ("ling hu",),
    "鲜于": ("xian yu",),
    "覃": ("qin", "tan"),
    "单": ("shan",),
    "仇": ("qiu",),
    "曾": ("zeng",),
    "解": ("xie",),
    "区": ("ou",),
    "尉": ("wei",),
    "翟": ("zhai", "di"),
    "盖": ("ge", "gai"),
    "查": ("zha",),
    "朴": ("piao",),
    "缪": ("miao",),
    "员": ("yun",),
    "种": ("chong",),
    "洗": ("xian",),
    "黑": ("he",),
    "召": ("shao",),
    "折": ("she",),
    "乐": ("yue", "le"),
    "葛": ("ge",),
    "繁": ("po",),
    "牟": ("mu", "mou"),
    "隗": ("wei", "kui"),
    "祭": ("zhai",),
    "句": ("gou",),
    "谌": ("chen", "shen"),
    "卜": ("bu",),
    "褚": ("chu",),
    "费": ("fei", "bi"),
    "薄": ("bo",),
    "秘": ("bi",),
    "都": ("du",),
    "阚": ("kan",),
    "郇": ("xun", "huan"),
    "莘": ("shen", "xin"),
    "訾": ("zi",),
    "任": ("ren",),
    "宓": ("mi", "fu"),
    "藏": ("zang",),
    "郗": ("xi", "chi"),
    "贲": ("ben",),
    "钭": ("tou",),
    "角": ("jue",),
    "炅": ("gui",),
    "重": ("chong",),
    "粘": ("nian",),
    "能": ("nai",),
    "乜": ("nie",),
    "盛": ("sheng",),
    "适": ("kuo",),
    "隽": ("juan",),
    "呙": ("guo",),
    "於": ("yu",),
    "哈": ("ha",),
    "石": ("shi",),
}


#: What a cell begins with that a spreadsheet takes for a formula: exports put a ' before it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe(text: str) -> str:
    r"""The text with everything that could move a cursor or hide itself shown as an escape.

    Control characters, direction marks, invisible characters, tags, lone surrogates and what
    terminals draw at several widths become `\x1b`, `\u202e` or `\U000e0041`. A sign loses the
    selector that telephones put behind it (❤ with U+FE0F is ❤). All other text, Chinese and
    emoji included, is unchanged.
    A line break is a control character too: pass lines one by one.
    """
    return _UNSAFE.sub(_escape, _PICTURED.sub("", text)) if _UNSAFE.search(text) else text


def quoted(text: str) -> str:
    """The text made safe, at most 40 characters of it, in quotes: for naming it in a message."""
    return f"'{safe(text if len(text) <= 40 else text[:39] + '~')}'"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def fold_width(text: str) -> str:
    """The text in NFKC, without outer blanks, each inner run of blanks one space.

    For comparing headers and values from sheets: `（Ａ　１）` and `(A 1)` are then equal.
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def search_text(name: str, *aliases: str) -> str:
    """What a name is found by: itself and its aliases folded, then pinyin and initials.

    Every run of Chinese characters adds each plausible reading joined (`fangshan`) and by
    initials (`fs`). Parts are separated by one space. Match it with `search_terms`.
    """
    written, spoken = [], []
    for part in (name, *aliases):
        if part.isascii() or (part[1:] and part[1:].isascii() and "一" <= part[0] <= "鿿"):
            # A code, or a number plate: nobody spells 京A12345 out in pinyin.
            written.append(part.lower() if " " not in part else " ".join(part.lower().split()))
        else:
            folded, readings = _found_by(part)
            written.append(folded)
            spoken.append(readings)
    return " ".join(filter(None, written + spoken))


@lru_cache(maxsize=65536)
def _found_by(name: str) -> tuple[str, str]:
    folded = _fold(name)
    readings = [part for run in re.findall(_CHINESE, folded) for part in _spoken(run)]
    return folded, " ".join(dict.fromkeys(readings))


def search_terms(query: str) -> list[str]:
    """The words of a query, folded as `search_text` folds names; all of them must match."""
    return _fold(query).replace("ü", "v").split()


def like_pattern(term: str) -> str:
    r"""The LIKE pattern for one term anywhere in the column; use with `ESCAPE '\'`."""
    for special in ("\\", "%", "_"):
        term = term.replace(special, "\\" + special)
    return f"%{term}%"


def cells(text: str) -> int:
    """How many terminal columns the text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


#: More than so many characters a column are marks heaped on a letter: no language needs them.
MOST_HEAPED = 4


def fit(text: str, width: int) -> str:
    """The text, or as much of it as leaves room for a closing `~` in this many columns."""
    if width <= 0:
        return ""
    if len(text) <= MOST_HEAPED * width and cells(text) <= width:
        return text
    # No character that draws anything is narrower than a column, so the cut starts near its place.
    end = min(len(text), width)
    while end and cells(text[:end]) > width - 1:
        end -= 1
    return text[:end] + "~"


#: Marks that begin no line of Chinese, and those that end none.
_NEVER_FIRST, _NEVER_LAST = "，。、；：！？）》」』”’", "（《「『“‘"
#: A blank further than this many columns from the edge is no place to part lines of Chinese, which part anywhere.
_RAGGED = 10


def _parted(text: str, end: int) -> int:
    """How much of a text makes a line that can hold so many characters of it."""
    blank = text.rfind(" ", 0, end + 1)
    if blank > 0 and cells(text[blank:end]) <= _RAGGED:
        return blank
    for at in range(end, max(blank, 0), -1):
        before, behind = text[at - 1], text[at]
        if behind in _NEVER_FIRST or before in _NEVER_LAST:
            continue
        if cells(before) > 1 or cells(behind) > 1:
            return at
    return blank if blank > 0 else max(1, end)


def in_lines(text: str, width: int) -> list[str]:
    """The text in lines of at most this many columns, parted at blanks and as Chinese is parted."""
    out, rest = [], text.strip()
    width = max(2, width)
    # Measuring all of a long text for each of its lines would take the square of its length.
    while len(rest) > MOST_HEAPED * width or cells(rest) > width:
        end = min(len(rest), width)
        while cells(rest[:end]) > width:
            end -= 1
        cut = _parted(rest, end)
        out.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*out, rest] if rest or not out else out


def _fold(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    # Lower case first may compose differently (İ), so the fold is taken again: it must be stable.
    return fold_width(fold_width(text).lower())


@lru_cache(maxsize=65536)
def _spoken(run: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for reading in _readings(run[:_RUN_LIMIT]):
        found["".join(reading)] = None
        found["".join(syllable[0] for syllable in reading)] = None
    return tuple(part for part in found if part)


def _readings(run: str) -> list[list[str]]:
    """Every plausible reading of a run, one syllable for each character, the best first."""
    from pypinyin import lazy_pinyin

    base = lazy_pinyin(run)
    if len(base) != len(run):  # what the dictionary lacks comes back in one piece
        base = [lazy_pinyin(character)[0] for character in run]
    base = [syllable if syllable.isascii() else "" for syllable in base]
    best = _with_places(run, base)
    variants = [best, *_with_surname(run, best), *_with_characters(run, best), base]
    unique: list[list[str]] = []
    for variant in variants:
        reading = [syllable for syllable in variant if syllable]
        if reading not in unique:
            unique.append(reading)
    return unique[:MAX_READINGS]


def _with_places(run: str, base: list[str]) -> list[str]:
    reading = list(base)
    for place, syllables in _PLACES.items():
        at = run.find(place)
        while at >= 0:
            reading[at : at + len(place)] = syllables
            at = run.find(place, at + 1)
    return reading


def _with_surname(run: str, base: list[str]) -> Iterator[list[str]]:
    if len(run) > 4:
        return
    for length in (2, 1):
        readings: Iterable[str] = _SURNAMES.get(run[:length], ())
        for reading in readings:
            yield [*reading.split(), *base[length:]]
        if readings:
            return


def _with_characters(run: str, base: list[str]) -> Iterator[list[str]]:
    for at, character in enumerate(run):
        for other in _OTHER_READINGS.get(character, ()):
            yield [*base[:at], other, *base[at + 1 :]]
