"""The way in: a path or standard input becomes a Sheet of labelled columns and numbered rows."""

import io
import os
import stat
import sys
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import BinaryIO

from emergency.plugins.sheets.delimited import Text
from emergency.plugins.sheets.files import refuse_foreign, refuse_size
from emergency.plugins.sheets.headers import find_header
from emergency.plugins.sheets.rows import Batch, Judge, Row, is_number_row, looks_swallowed
from emergency.plugins.sheets.workbook import Workbook
from emergency.store.errors import UnreadableInput, reason
from emergency.store.words import _, listed

__all__ = ["Row", "Sheet", "read"]

_HEAD = 128
_SPOOL = 64 << 20
_ROW: Callable[[tuple[int, list[str]]], Row] = partial(tuple.__new__, Row)
_first = itemgetter(0)
_second = itemgetter(1)
_start = itemgetter(slice(0, 2))
_end = itemgetter(slice(-1, None))


class Sheet:
    """A table found in a file: its header, what stood above it, and its rows on demand.

    `problems` and `skipped` are (row number, reason) in the officer's language, begun anew and
    filled while `rows()` is consumed; a row's problem is there before the row is handed out.
    """

    source: str
    sheet: str
    others: list[str]
    header: list[str]
    header_row: int
    title: list[str]
    encoding: str
    skipped: list[tuple[int, str]]
    problems: list[tuple[int, str]]

    def __init__(
        self, name: str, book: Text | Workbook, known: Collection[str], header_row: int | None
    ) -> None:
        self.source, self.encoding = name, book.encoding
        self.sheet = book.sheet if isinstance(book, Workbook) else ""
        self.others = book.others if isinstance(book, Workbook) else []
        self._book = book
        self.skipped, self.problems = [], []
        head: list[Row] = []
        for numbers, cells in book.batches():
            head.extend(map(Row, numbers, cells))
            if len(head) >= _HEAD and (header_row is None or head[-1].number >= header_row):
                break
        found = find_header(
            head, book.merges if isinstance(book, Workbook) else None, known, header_row, name
        )
        self.header, self.header_row, self.title = found.labels, found.last, found.title
        self._header_cells = found.cells

    def column_letter(self, i: int) -> str:
        """The letter a spreadsheet shows over the column with this 0-based index."""
        letters = ""
        while i >= 0:
            i, rest = divmod(i, 26)
            letters, i = chr(65 + rest) + letters, i - 1
        return letters

    def rows(self) -> Iterator[Row]:
        """The data rows, each with exactly one cell per column of the header.

        Left out, and told in `skipped`: blank rows, totals, notes, repeated headers. Raises
        UnreadableInput where a quotation mark is never closed.
        """
        self.skipped.clear()
        self.problems.clear()
        width = len(self.header)
        judge = Judge(self._header_cells, width)
        blanks: list[int] = []
        starts, ends, words = judge.starts, judge.ends, judge.words
        second = _second if width > 1 else _first
        for numbers, cells in self._below_header(judge):
            firsts: list[str] | None = None
            if type(numbers) is range and set(map(len, cells)) == {width}:
                firsts = list(map(_first, cells))
            if (
                firsts is not None
                and starts.isdisjoint(map(_start, firsts))
                and ends.isdisjoint(map(_end, firsts))
                and words.isdisjoint(map(second, cells))
            ):
                self._note_blanks(blanks)
                yield from map(_ROW, zip(numbers, cells, strict=True))
            else:
                yield from self._slowly(numbers, cells, judge, blanks)

    def _slowly(
        self, numbers: Sequence[int], cells: list[list[str]], judge: Judge, blanks: list[int]
    ) -> Iterator[Row]:
        width = judge.width
        starts, ends, words = judge.starts, judge.ends, judge.words
        for index, (number, record) in enumerate(zip(numbers, cells, strict=True)):
            if not (
                len(record) >= width
                and (first := record[0])[:2] not in starts
                and first[-1:] not in ends
                and record[width > 1] not in words
            ) and (why := judge.why_not(record)):
                if not any(map(str.strip, record)):
                    blanks.append(number)
                else:
                    self._note_blanks(blanks)
                    self.skipped.append((number, why))
                continue
            if blanks:
                self._note_blanks(blanks)
            if len(record) != width:
                self._fit(number, record, width)
            if type(numbers) is not range and self._book.delimiter:
                after = numbers[index + 1] if index + 1 < len(numbers) else number + 2
                if after != number + 1 and looks_swallowed(record, self._book.delimiter, width):
                    self.problems.append((number, _("a cell holds whole rows: a quotation mark is missing")))
            yield _ROW((number, record))

    def _fit(self, number: int, record: list[str], width: int) -> None:
        if len(record) < width:
            record.extend([""] * (width - len(record)))
            return
        extra = [self.column_letter(i) for i in range(width, len(record)) if record[i].strip()]
        del record[width:]
        if extra:
            self.problems.append(
                (number, _("cells beyond the last column: {letters}").format(letters=listed(extra)))
            )

    def _note_blanks(self, blanks: list[int]) -> None:
        """Blank rows count only between rows: those after the last one are the end of the sheet."""
        if blanks:
            self.skipped.extend((number, _("blank row")) for number in blanks[:1000])
            blanks.clear()

    def _below_header(self, judge: Judge) -> Iterator[Batch]:
        batches = self._book.batches()
        for numbers, cells in batches:
            if numbers[-1] <= self.header_row:
                continue
            at = next(i for i, number in enumerate(numbers) if number > self.header_row)
            if is_number_row(cells[at][: judge.width]):
                self.skipped.append((numbers[at], _("column numbers")))
                at += 1
            if at < len(cells):
                yield from chain([(numbers[at:], cells[at:])], batches)
            else:
                yield from batches
            return


def read(
    path: str,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    header_row: int | None = None,
    known: Collection[str] = (),
) -> Sheet:
    """Read the table in a CSV, XLSX or XLS file, told by its content; '-' is standard input.

    `sheet` is a name or 1-based number; `header_row` the last row of the header as shown by a
    spreadsheet; `known` labels make a header likelier. Raises UnreadableInput with the reason.
    """
    name = _("standard input") if path == "-" else path
    try:
        opener = _opener(path, name)
        with opener() as stream:
            size = stream.seek(0, os.SEEK_END)
            refuse_size(size, name)
            stream.seek(0)
            kind = refuse_foreign(stream.read(8192), name, encoding)
            book = Workbook(stream, name, sheet) if kind == "workbook" else None
    except OSError as error:
        raise UnreadableInput(_os_reason(error, name)) from None
    if book is None and sheet is not None:
        raise UnreadableInput(_("{name} is text and has no sheets").format(name=name))
    return Sheet(name, book or Text(opener, name, encoding), known, header_row)


def _opener(path: str, name: str) -> Callable[[], BinaryIO]:
    if path == "-":
        return _spool(sys.stdin.buffer, name)
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise UnreadableInput(_("{name} is a folder").format(name=name), hint=_("name a file in it"))
    if not stat.S_ISREG(mode):
        with open(path, "rb") as pipe:
            return _spool(pipe, name)
    return lambda: open(path, "rb")


def _spool(stream: BinaryIO, name: str) -> Callable[[], BinaryIO]:
    """A stream can be read once only; keep it, in memory when small, so that passes can follow."""
    content = stream.read(_SPOOL)
    if len(content) < _SPOOL:
        return lambda: io.BytesIO(content)
    handle, path = tempfile.mkstemp(prefix="emergency-")

    def again() -> BinaryIO:
        return open(path, "rb")

    weakref.finalize(again, os.unlink, path)
    with os.fdopen(handle, "wb") as copy:
        total = copy.write(content)
        while chunk := stream.read(1 << 20):
            total += copy.write(chunk)
            refuse_size(total, name)
    return again


def _os_reason(error: OSError, name: str) -> str:
    if isinstance(error, FileNotFoundError):
        return _("{name}: no such file").format(name=name)
    if isinstance(error, PermissionError):
        return _("{name}: no permission to read it").format(name=name)
    return _("{name} cannot be read: {reason}").format(name=name, reason=reason(error))
