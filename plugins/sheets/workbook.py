"""XLSX and XLS workbooks: cells as exact text, merged cells, error cells."""

import datetime
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

from emergency.plugins.sheets.rows import Batch
from emergency.store.errors import UnreadableInput
from emergency.store.words import _, listed

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

UNZIPPED_LIMIT = 1 << 30
CELL_LIMIT = 1 << 26
_RATIO = 200
_BATCH = 128
_CELL = rb'<(?:\w+:)?c r="([A-Z]{2,3})\d+"(?:[^>]*[^/>])?>'
_ERROR = rb'<(?:\w+:)?c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>(?:<f[^>]*/>|<f.*?</f>)?<v>([^<]*)</v>'
_PROSE = re.compile(r"说明|须知|目录|字典|代码表|下拉|封面|readme|instruction|guide|cover|lookup", re.I)

Merge = tuple[tuple[int, int], tuple[int, int]]


class Workbook:
    """One sheet of a workbook, held in memory; raises UnreadableInput with the reason when it cannot be."""

    delimiter = ""

    def __init__(self, stream: BinaryIO, name: str, wanted: str | None) -> None:
        try:
            import python_calamine as calamine
        except ImportError:
            raise UnreadableInput(
                _("reading {name} needs an optional library").format(name=name),
                hint="pip install 'emergency-toolkit[sheets]'",
            ) from None
        self.name = name
        archive = _archive(stream, name)
        self.encoding = "xls" if archive is None else "xlsx"
        self._errors: dict[int, dict[int, str]] = {}
        stream.seek(0)
        try:
            book = calamine.CalamineWorkbook.from_filelike(stream)
            candidates, names = _candidates(book, name, wanted)
            for chosen in candidates:
                sheet = self._load(book, archive, chosen)
                if sheet.start is not None or self._errors:
                    break
            self.merges: list[Merge] = sheet.merged_cell_ranges or []
        except calamine.PasswordError:
            raise UnreadableInput(_("{name} is protected by a password").format(name=name)) from None
        except (calamine.CalamineError, zipfile.BadZipFile, KeyError, OSError) as error:
            raise UnreadableInput(
                _("{name} is a damaged workbook: {reason}").format(name=name, reason=str(error).strip())
            ) from None
        self.sheet, self.others = chosen, [n for n in names if n != chosen]
        self._sheet = sheet
        if sheet.start is None and not self._errors:
            raise UnreadableInput(_("{name}: sheet {sheet} is empty").format(name=name, sheet=chosen))

    def _load(self, book: "CalamineWorkbook", archive: zipfile.ZipFile | None, sheet: str) -> "CalamineSheet":
        """Scan before loading: calamine holds the full rectangle, whatever its size."""
        self._errors = _scan(archive, sheet, self.name) if archive is not None else {}
        return book.get_sheet_by_name(sheet)

    def batches(self) -> Iterator[Batch]:
        """The rows as text; a value merged over several rows stands in each of them."""
        left = [""] * (self._sheet.start[1] if self._sheet.start else 0)
        fills = self._fills()
        held: dict[tuple[int, int], str] = {}
        batch: list[list[str]] = []
        first = 1
        for index, raw in enumerate(self._sheet.iter_rows()):
            cells = left + [c if type(c) is str else as_text(c) for c in raw]
            for column, error in self._errors.get(index, {}).items():
                cells.extend([""] * (column + 1 - len(cells)))
                cells[column] = error
            if index in fills and any(cells):
                for origin in fills[index]:
                    _fill(cells, origin, index, held)
            batch.append(cells)
            if len(batch) == _BATCH:
                yield range(first, first + _BATCH), batch
                first, batch = first + _BATCH, []
        if batch:
            yield range(first, first + len(batch)), batch

    def _fills(self) -> dict[int, list[tuple[int, int]]]:
        fills: dict[int, list[tuple[int, int]]] = {}
        for (top, column), (bottom, _right) in self.merges:
            if top < bottom:
                for row in range(top, min(bottom, self._sheet.total_height) + 1):
                    fills.setdefault(row, []).append((top, column))
        return fills


def _fill(cells: list[str], origin: tuple[int, int], row: int, held: dict[tuple[int, int], str]) -> None:
    top, column = origin
    if column >= len(cells):
        return
    if row == top:
        held[origin] = cells[column]
    elif not cells[column]:
        cells[column] = held.get(origin, "")


def as_text(value: object) -> str:
    """A cell's value as a person would type it: exact, ISO dates, no '.0', no exponent."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return f"{Decimal(repr(value)):f}" if value - value == 0 else str(value)
    if isinstance(value, datetime.datetime):
        if value.microsecond:
            value = (value + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)
        return value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.isoformat("seconds")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)


def _candidates(book: "CalamineWorkbook", name: str, wanted: str | None) -> tuple[list[str], list[str]]:
    """The sheets to try in turn, and the names of all."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    meta = [m for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    names = [m.name for m in meta]
    if wanted is not None:
        for candidate in names:
            if candidate.strip().casefold() == wanted.strip().casefold():
                return [candidate], names
        if wanted.isdecimal() and 0 < int(wanted) <= len(names):
            return [names[int(wanted) - 1]], names
        raise UnreadableInput(
            _("{name} has no sheet {sheet}").format(name=name, sheet=wanted),
            hint=_("its sheets: {names}").format(names=listed(names)),
        )
    visible = [m.name for m in meta if m.visible == SheetVisibleEnum.Visible] or names
    if not visible:
        raise UnreadableInput(_("{name} holds no worksheet").format(name=name))
    return sorted(visible, key=lambda n: bool(_PROSE.search(n))), names


def _archive(stream: BinaryIO, name: str) -> zipfile.ZipFile | None:
    stream.seek(0)
    if stream.read(2) != b"PK":
        return None
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableInput(
            _("{name} is a damaged workbook: {reason}").format(name=name, reason=error)
        ) from None
    members = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise UnreadableInput(
            _("{name} is a zip archive, but no XLSX workbook").format(name=name),
            hint=_("save it as .xlsx or .csv"),
        )
    swollen = any(m.file_size > _RATIO * max(1, m.compress_size) and m.file_size > 50 << 20 for m in members)
    if swollen or sum(m.file_size for m in members) > UNZIPPED_LIMIT:
        raise UnreadableInput(
            _("{name} unpacks to more than this program will hold").format(name=name),
            hint=_("save it as CSV"),
        )
    return archive


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The archive member that holds a sheet."""
    from xml.etree import ElementTree

    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    targets = {
        e.get("Id"): e.get("Target", "")
        for e in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            target = targets.get(element.get(relation), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return path if path in archive.namelist() else None
    return None


def _scan(archive: zipfile.ZipFile, sheet: str, name: str) -> dict[int, dict[int, str]]:
    """The error cells, which calamine drops; and a refusal of extents no memory could hold."""
    from xml.etree import ElementTree

    try:
        part = _part(archive, sheet)
    except ElementTree.ParseError as error:
        raise UnreadableInput(
            _("{name} is a damaged workbook: {reason}").format(name=name, reason=error)
        ) from None
    errors: dict[int, dict[int, str]] = {}
    if part is None:
        return errors
    widest, last, rest = 26, 0, b""
    with archive.open(part) as xml:
        while chunk := xml.read(1 << 20):
            text = rest + chunk
            cut = text.rfind(b"<row ")
            rest, text = (text[cut:], text[:cut]) if cut > 0 else (text, b"")
            widest, last = _extent(text, widest, last)
            _collect(text, errors)
            if len(rest) > 64 << 20:
                break
    widest, last = _extent(rest, widest, last)
    _collect(rest, errors)
    if widest * last > CELL_LIMIT:
        raise UnreadableInput(
            _("{name}: sheet {sheet} spans {rows} rows and {columns} columns, too many to hold").format(
                name=name, sheet=sheet, rows=last, columns=widest
            ),
            hint=_("a stray cell far from the table does this: delete it, or save as CSV"),
        )
    return errors


def _extent(text: bytes, widest: int, last: int) -> tuple[int, int]:
    for letters in set(re.findall(_CELL, text)):
        widest = max(widest, column_index(letters.decode()) + 1)
    for number in re.findall(rb'<row [^>]*?\br="(\d+)"', text[max(0, text.rfind(b"<row ")) :]):
        last = max(last, int(number))
    return widest, last


def _collect(text: bytes, errors: dict[int, dict[int, str]]) -> None:
    if b't="e"' not in text:
        return
    for letters, number, value in re.findall(_ERROR, text, re.S):
        errors.setdefault(int(number) - 1, {})[column_index(letters.decode())] = value.decode()


def column_index(letters: str) -> int:
    """'A' -> 0, 'AA' -> 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
