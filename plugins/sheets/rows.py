"""One row of a sheet, and the telling of data rows from what people write between them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from emergency.plugins.sheets.values import plain
from emergency.store.words import _


class Row(NamedTuple):
    """A row as it stands in the file.

    `number` is 1-based, as a spreadsheet or an editor shows it; for text files, the line
    on which the record begins. `cells` are not stripped.
    """

    number: int
    cells: list[str]


Batch = tuple[Sequence[int], list[list[str]]]

_TOTALS = frozenset(
    {"合计", "总计", "小计", "共计", "累计", "总合计", "合计数", "总计数", "本页合计", "本页小计", "合计总计"}
    | {"total", "totals", "subtotal", "subtotals", "sub-total", "grandtotal", "sum"}
)
_TOTAL_HEAD = re.compile(r"(合计|总计|小计|共计|累计|(grand)?total|sub-?total)[:(]")
_TOTAL_TAIL = re.compile(r"[^,;。]{0,12}(合计|小计|总计)[:]?$")
_NOTE = re.compile(
    r"(注|备注|说明|附注|填表说明|填报说明|notes?|remarks?|source|数据来源|资料来源)\d*[:、.]", re.I
)
_SIGNED = re.compile(
    r"(单位负责人|统计负责人|部门负责人|负责人|填表人|填报人|制表人|制表|审核人|审核|复核人|复核|经办人|"
    r"审批人|批准人|联系人|联系电话|报出日期|填报日期|填表日期|制表日期|填报单位|填表单位|盖章|签字|签章)[:(]"
)
_LETTERS = "甲乙丙丁戊己庚辛"
_SPACES = " \t\u3000\xa0\ufeff"
_MARKED = "合总小共累本注备说附填制审复经批单统部负联报数资盖签"
_STARTS = frozenset(
    {"", "#", *(f"#{c}" for c in " !#-*@=_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")}
    | {a + b for a in _SPACES for b in ("", *_SPACES, *_MARKED, *"tTsSgGnN#")}
    | {a + b for a in "合总小共累" for b in (*_SPACES, "计", "合")}
    | {"to", "To", "TO", "su", "Su", "SU", "gr", "Gr", "GR", "no", "No", "NO", "re", "Re", "RE", "so", "So"}
    | {
        "本页",
        "注:",
        "注：",
        "注1",
        "注释",
        "备注",
        "说明",
        "附注",
        "填表",
        "填报",
        "制表",
        "审核",
        "复核",
        "经办",
    }
    | {"审批", "批准", "单位", "统计", "部门", "负责", "联系", "报出", "数据", "资料", "盖章", "签字", "签章"}
)
_ENDS = frozenset("计:：" + _SPACES)


class Judge:
    """Says which rows are data. Built from the header, so that it knows its repetitions."""

    def __init__(self, header: Iterable[Sequence[str]], width: int) -> None:
        self._headers = {tuple(plain(c) for c in cells[:width]) for cells in header}
        raw = {cells[0][:2] for cells in header if cells}
        self.starts = _STARTS | raw
        self.ends = _ENDS
        self.words = frozenset(
            {"合计", "总计", "小计", "共计", "累计", "合 计", "小 计", "总 计", "Total", "Subtotal"}
        )
        self.width = width

    def why_not(self, cells: Sequence[str]) -> str:
        """Why this row is no data row, in the officer's language; empty for data."""
        filled = [text for cell in cells if (text := plain(cell))]
        if not filled:
            return _("blank row")
        first = filled[0]
        if len(filled) == 1 and self.width > 1 and re.match(r"#(?!N/A|REF|DIV|VALUE|NAME|NUM|NULL)", first):
            return _("comment")
        if _is_total(first) or (len(filled) > 1 and filled[1].casefold() in _TOTALS):
            return _("total row")
        if self._repeats(cells):
            return _("the header again")
        if _is_note(filled, self.width):
            return _("note")
        return ""

    def _repeats(self, cells: Sequence[str]) -> bool:
        mine = tuple(plain(c) for c in cells[: self.width])
        mine += ("",) * (self.width - len(mine))
        return mine in self._headers and sum(map(bool, mine)) > (self.width > 1)


def _is_total(first: str) -> bool:
    word = re.sub(r"\s", "", first).casefold()
    return word.rstrip(":") in _TOTALS or bool(_TOTAL_HEAD.match(word) or _TOTAL_TAIL.fullmatch(word))


def _is_note(filled: Sequence[str], width: int) -> bool:
    first = filled[0]
    if _NOTE.match(first) and len(filled) <= max(1, width // 3):
        return True
    if not _SIGNED.match(re.sub(r"\s", "", first)):
        return False
    return width > 1 and len(filled) <= max(1, width // 2 + 1)


def is_number_row(cells: Sequence[str]) -> bool:
    """Whether a row only numbers the columns, as statistical forms do: 甲, 乙, 1, 2, 3."""
    filled = [text for cell in cells if (text := plain(cell))]
    if len(filled) < 4 or len(filled) < len(cells) - 1:
        return False
    letters = 0
    while letters < len(filled) and filled[letters] in (
        _LETTERS[letters : letters + 1],
        "ABCDEFGH"[letters : letters + 1],
    ):
        letters += 1
    rest = [cell.strip("()[]") for cell in filled[letters:]]
    return rest == [str(n) for n in range(1, len(rest) + 1)]


def looks_swallowed(cells: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a cell of several lines holds whole records: the sign of a missing quotation mark."""
    for cell in cells:
        lines = cell.splitlines()[1:]
        if any(line.count(delimiter) >= max(2, width // 2) for line in lines):
            return True
    return False


def numbered(cells: list[list[str]], first: int) -> Iterator[int]:
    """The line on which each record begins, where some records hold line breaks."""
    for record in cells:
        yield first
        first += 1
        for cell in record:
            if "\n" in cell or "\r" in cell:
                first += cell.count("\n") + cell.count("\r") - cell.count("\r\n")
