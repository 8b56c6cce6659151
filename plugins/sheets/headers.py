"""Finding the header: which of the first rows name the columns, and what each column is called."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from emergency.plugins.sheets.rows import Row, is_number_row
from emergency.plugins.sheets.values import plain
from emergency.plugins.sheets.workbook import Merge
from emergency.store.errors import UnreadableInput
from emergency.store.words import _

_DEEPEST = 3
_TITLES = 40
_BELOW = 12
_DATA = re.compile(
    r"[-+(]?[\d.,:/%°′″'\" -]*\d[\d.,:/%°′″'\" -]*[)%]?"
    r"|\d{2,4}[-/.年]\d{1,2}([-/.月]\d{0,2}日?)?([T ][\d:.]+)?"
    r"|[^@\s]+@[^@\s]+\.\w+|https?://\S+|TRUE|FALSE|#\S+[!?A]"
    r"|[A-Za-z]{0,3}\d{5,}\w*|\d+(\.\d+)?[个人台辆套件吨米元顶支张]"
)
_STATED = re.compile(r"[^:]{1,16}:(.*)|.{40,}")
_UNIT = re.compile(
    r"[([].+[)\]]|人|个|台|辆|套|件|吨|t|千克|公斤|kg|g|克|米|m|m2|m3|㎡|平方米|立方米|平方公里|公里|km|km2|亩|公顷|万元|亿元|元|"
    r"小时|h|分钟|min|天|次|张|顶|床|支|艘|架|箱|袋|瓶|双|条|块|升|l|%|处|座|户|岁|年|月|日|pcs|kw|千瓦|℃|mm|cm|毫米|厘米|度",
    re.I,
)
_META = re.compile(
    r"(省|市|区|县|局|厅|委|办|公司|中心)$|^(附件|附表|表)\s*\d*|^\d{4}年|^(单位|日期|密级|编号)$"
)
_HINTS = frozenset(
    re.split(
        r"\s+",
        "序号 编号 名称 姓名 单位 地址 电话 联系电话 联系人 备注 数量 类型 类别 型号 规格 职务 手机 手机号 "
        "经度 纬度 日期 负责人 部门 name address phone code type id no lat lon lng latitude longitude "
        "quantity unit date category comments city country state zip level email organisation "
        "organization pattern count",
    )
)
_HINT_ENDS = (
    "名称",
    "编号",
    "电话",
    "地址",
    "数量",
    "类型",
    "姓名",
    "日期",
    "人数",
    "代码",
    "单位",
    "经度",
    "纬度",
    "面积",
)


class Header(NamedTuple):
    """What was found: the labels, the number of the last header row, the lines above, the raw rows."""

    labels: list[str]
    last: int
    title: list[str]
    cells: list[list[str]]


def normal_label(label: str) -> str:
    """A label for comparing: NFKC, lower case, without spaces, punctuation and bracketed units."""
    bare = re.sub(r"[(\[][^)\]]*[)\]]", "", plain(label)) or plain(label)
    return re.sub(r"[\W_]+", "", bare).casefold()


def find_header(
    head: Sequence[Row],
    merges: Sequence[Merge] | None,
    known: Collection[str],
    asked: int | None,
    name: str,
) -> Header:
    """The likeliest header among the first rows, or the one that ends in row `asked`.

    `merges` is None for text, where a group's label is followed by empty cells. Raises
    UnreadableInput when no row looks like one.
    """
    rows = [Row(number, [plain(c) for c in cells]) for number, cells in head]
    shown = [[" ".join(c.replace("\ufeff", "").split()) for c in cells] for _number, cells in head]
    finder = _Finder(rows, shown, merges, frozenset(map(normal_label, known)))
    block = finder.asked(asked, name) if asked is not None else finder.best(name)
    labels = finder.labels(block)
    while labels and not labels[-1]:
        labels.pop()
    title = [c for cells in shown[: block[0]] for c in dict.fromkeys(cells) if c]
    return Header(_distinct(labels), rows[block[-1]].number, title, [head[i].cells for i in block])


def _distinct(labels: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    distinct: list[str] = []
    for label in labels:
        times = seen[label] = seen.get(label, 0) + 1
        distinct.append(f"{label} ({times})" if label and times > 1 else label)
    return distinct


def _is_label(cell: str) -> bool:
    if len(cell) == 4 and cell.isdecimal() and cell[:2] in ("19", "20"):
        return True
    return len(cell) <= 60 and not _DATA.fullmatch(cell) and not _STATED.fullmatch(cell)


def _is_units(cells: Sequence[str]) -> bool:
    filled = [c for c in cells if c]
    bracketed = all(c[0] in "([" for c in filled)
    return bool(filled) and all(map(_UNIT.fullmatch, filled)) and (bracketed or len(filled) > 1)


def _at(cells: Sequence[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""


Block = list[int]


class _Finder:
    """The candidate blocks of one to three rows, each weighed as if it were the header."""

    def __init__(
        self,
        rows: list[Row],
        shown: list[list[str]],
        merges: Sequence[Merge] | None,
        known: frozenset[str],
    ) -> None:
        self._rows, self._shown = rows, shown
        self._known = known
        self._width = max((i + 1 for r in rows for i, c in enumerate(r.cells) if c), default=0)
        self._spans: dict[int, list[tuple[int, int, int]]] | None = None if merges is None else {}
        for (top, left), (bottom, right) in merges or ():
            if self._spans is not None:
                self._spans.setdefault(top, []).append((left, bottom, right))
        counts = sorted(sum(map(bool, r.cells)) for r in rows if any(r.cells))
        self._usual = max(1, counts[len(counts) // 2] if counts else 1)

    def best(self, name: str) -> Block:
        """The block with the highest score, the earlier of equals."""
        best: Block = []
        best_score = 0.0
        filled = [i for i, row in enumerate(self._rows) if any(row.cells)]
        for order, start in enumerate(filled[:_TITLES]):
            for block in self._blocks(start):
                score = self._score(block) - 0.12 * order + 0.1 * (len(block) - 1)
                if score > best_score:
                    best, best_score = block, score
        if not best or best_score < 2.5:
            raise UnreadableInput(
                _("{name}: no row looks like a header").format(name=name),
                hint=_("say which row it is: --header-row 1"),
            )
        return best

    def asked(self, number: int, name: str) -> Block:
        """The block that ends in this row, with the group rows above it."""
        for last, row in enumerate(self._rows):
            if row.number == number and any(row.cells):
                block = [last]
                while len(block) < _DEEPEST and block[0] > 0 and self._extends(block[0] - 1, block[0]):
                    block.insert(0, block[0] - 1)
                return block
        raise UnreadableInput(
            _("{name} has nothing in row {row}").format(name=name, row=number),
            hint=_("--header-row counts as the spreadsheet does, from 1"),
        )

    def _blocks(self, start: int) -> Iterator[Block]:
        block = [start]
        yield block
        while len(block) < _DEEPEST and block[-1] + 1 < len(self._rows):
            if not self._extends(block[-1], block[-1] + 1):
                return
            block = [*block, block[-1] + 1]
            yield block

    def _extends(self, top: int, low: int) -> bool:
        """Whether `low` continues, as sub-labels or units, a header begun in `top`."""
        upper, lower = self._rows[top].cells, self._rows[low].cells
        filled = [c for c in lower if c]
        if not filled or not any(upper):
            return False
        if _is_units(lower):
            return sum(map(bool, upper)) >= len(filled) and all(map(_is_label, filter(None, upper)))
        if not all(map(_is_label, (c for c in (*upper, *lower) if c))):
            return False
        if self._spans is not None and (verdict := self._merged(top, low)) is not None:
            return verdict
        return _grouped(upper, lower)

    def _merged(self, top: int, low: int) -> bool | None:
        """What the merged cells of a workbook say; None when they do not speak."""
        assert self._spans is not None
        number = self._rows[top].number - 1
        lower = self._rows[low].cells
        wide = [s for s in self._spans.get(number, ()) if s[2] > s[0] and s[1] == number]
        if any(right - left + 1 >= 0.75 * self._width for left, _bottom, right in wide):
            return False
        for left, _bottom, right in wide:
            if sum(bool(_at(lower, c)) for c in range(left, right + 1)) > 1:
                return True
        for start, spans in self._spans.items():
            for left, bottom, right in spans:
                if start <= number < bottom and left == right == 0 and self._mostly_labels(low):
                    return any(r > c for c, _b, r in self._spans.get(number, ()))
        return None

    def _mostly_labels(self, index: int) -> bool:
        return all(map(_is_label, filter(None, self._rows[index].cells)))

    def labels(self, block: Block) -> list[str]:
        """One label per column: each row's part, spread over its group, joined by '/'."""
        spread = [self._spread(block, i) for i in range(len(block))]
        labels = []
        for column in range(self._width):
            parts = list(dict.fromkeys(part for row in spread if (part := row[column])))
            labels.append("/".join(parts))
        return labels

    def _spread(self, block: Block, depth: int) -> list[str]:
        cells = [_at(self._shown[block[depth]], c) for c in range(self._width)]
        if self._spans is not None:
            for left, _bottom, right in self._spans_over(self._rows[block[depth]].number - 1):
                if right - left + 1 < self._width or len(block) == 1:
                    for column in range(left, min(right + 1, self._width)):
                        cells[column] = cells[column] or cells[left]
        if depth + 1 == len(block) or _is_units(self._rows[block[depth + 1]].cells):
            return cells
        below = [self._rows[i].cells for i in block[depth + 1 :]]
        above = [self._rows[i].cells for i in block[:depth]]
        for column in range(1, self._width):
            fresh = any(_at(row, column) for row in above)
            if not cells[column] and not fresh and any(_at(row, column) for row in below):
                cells[column] = cells[column - 1]
        return cells

    def _spans_over(self, number: int) -> Iterator[tuple[int, int, int]]:
        for start, spans in (self._spans or {}).items():
            for left, bottom, right in spans:
                if start <= number <= bottom:
                    yield left, bottom, right

    def _score(self, block: Block) -> float:
        labels = [label for label in self.labels(block) if label]
        cells = [c for i in block for c in self._rows[i].cells if c]
        if not labels or (len(labels) == 1 < self._width and self._usual > 1):
            return 0.0
        cover = min(1.0, len(labels) / max(self._usual, 1)) * 0.5 + 0.5 * len(labels) / self._width
        textual = sum(map(_is_label, cells)) / len(cells)
        distinct = len(set(labels)) / len(labels)
        normal = [normal_label(part) for label in labels for part in {label, *label.split("/")}]
        known = sum(n in self._known for n in normal) / len(labels) if self._known else 0.0
        hints = sum(n in _HINTS or n.endswith(_HINT_ENDS) for n in normal) / len(labels)
        return (
            2 * cover
            + 2 * textual
            + distinct
            + 4 * min(1.0, known)
            + 1.5 * min(1.0, hints)
            + 1.5 * self._contrast(block)
            - 3 * (textual < 0.5)
        )

    def _contrast(self, block: Block) -> float:
        """The share of columns whose cells below look like data while the label does not."""
        below = [r.cells for r in self._rows[block[-1] + 1 : block[-1] + 1 + _BELOW] if any(r.cells)]
        below = [r for r in below if not is_number_row(r)]
        if not below:
            return 0.0
        columns = 0
        for column in range(self._width):
            values = [c for r in below if (c := _at(r, column))]
            data = sum(not _is_label(v) for v in values)
            repeated = len(values) > 3 and len(set(values)) < 0.7 * len(values)
            columns += bool(values) and (data > 0.5 * len(values) or repeated)
        return columns / self._width


def _grouped(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether, in text without merged cells, `upper` has groups whose members stand in `lower`."""
    tops = [i for i, c in enumerate(upper) if c]
    if len(tops) < 2 and not (tops and tops[0] > 0):
        return False
    groups = 0
    for at, column in enumerate(tops):
        end = tops[at + 1] if at + 1 < len(tops) else max(len(upper), len(lower))
        members = [c for c in range(column + 1, end) if _at(lower, c)]
        own = _at(lower, column)
        if members and own:
            groups += 1
        elif members or (own and own != upper[column]):
            return False
    before = any(_at(lower, c) for c in range(tops[0]))
    if groups == 0 or (before and len(tops) < 2):
        return False
    everything = groups == len(tops) and all(_at(lower, c) for c in range(len(lower)))
    return not (everything and any(map(_META.search, (upper[c] for c in tops))))
