"""Writing sheets: every cell is text that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from emergency.store.errors import UnreadableInput
from emergency.store.words import _

#: What XML, and so XLSX, cannot hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿]")


def write_csv(path: str, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> int:
    """UTF-8 with a BOM; returns how many rows."""
    count = 0
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            if not count:
                columns = list(row)
                writer.writerow(columns)
            writer.writerow([row.get(c, "") for c in columns])
            count += 1
        if not count:
            writer.writerow(columns)
    return count


def write_ndjson(path: str, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> int:
    """One JSON object a line."""
    count = 0
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def write_xlsx(path: str, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> int:
    """A workbook of one sheet, every cell typed as text."""
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
    except ImportError:
        raise UnreadableInput(
            _("writing XLSX needs a library"), hint="pip install 'emergency-toolkit[sheets]'"
        ) from None
    book = Workbook(write_only=True)
    sheet = book.create_sheet("emergency")
    count = 0
    for row in rows:
        if not count:
            columns = list(row)
            sheet.append(list(columns))
        cells = []
        for column in columns:
            cell = WriteOnlyCell(sheet, value=_NOT_XML.sub("", str(row.get(column, ""))))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
        count += 1
    if not count:
        sheet.append(list(columns))
    book.save(path)
    return count
