"""Delimited text: which separator, and its records in batches without holding the file."""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO

from emergency.plugins.sheets.encoding import SAMPLE, detect
from emergency.plugins.sheets.rows import Batch, numbered
from emergency.store.errors import UnreadableInput
from emergency.store.words import _

FIELD_LIMIT = 1 << 20
"""The most characters in one cell; beyond it a quotation mark was surely never closed."""
BATCH = 128
_SEPARATORS = ",\t;|"


class Text:
    """A delimited text file, read anew on every pass."""

    def __init__(self, open_: Callable[[], BinaryIO], name: str, asked: str | None) -> None:
        self._open, self.name = open_, name
        with open_() as stream:
            self.encoding = detect(stream, name, asked)
        csv.field_size_limit(FIELD_LIMIT)
        with self._text() as text:
            sample = text.read(SAMPLE)
        if not sample.strip("\ufeff\0 \t\r\n,;|"):
            raise UnreadableInput(_("{name} is empty").format(name=name))
        stated = re.match(r'"?sep=(.)"?\r?\n', sample, re.I)
        self._skip = 1 if stated else 0
        self.delimiter = stated[1] if stated else sniff(sample)
        gap = re.compile(rf'(?m)(?:^|{re.escape(self.delimiter)}) +"')
        self._loose = bool(gap.search(sample))

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._open(), encoding=self.encoding, errors="strict", newline="")

    def batches(self) -> Iterator[Batch]:
        """The records with their line numbers; raises UnreadableInput for a quote never closed."""
        with self._text() as text:
            for _line in islice(text, self._skip):
                pass
            reader = csv.reader(text, delimiter=self.delimiter, skipinitialspace=self._loose)
            first = 1 + self._skip
            while True:
                try:
                    cells = list(islice(reader, BATCH))
                except csv.Error as error:
                    raise self._unclosed(first, reader.line_num + self._skip) from error
                except UnicodeError as error:
                    raise self._changed() from error
                if not cells:
                    return
                after = reader.line_num + self._skip + 1
                if after - first == len(cells):
                    yield range(first, after), cells
                else:
                    numbers = list(numbered(cells, first))
                    if len(cells) < BATCH:
                        self._check_end(numbers[-1], after - 1)
                    yield numbers, cells
                first = after

    def _check_end(self, start: int, end: int) -> None:
        """csv takes the end of the file for a closing quotation mark; a person would not."""
        if start == end:
            return
        with self._text() as text:
            last = "".join(islice(text, start - 1, None))
        body = last.rstrip("\r\n")
        if last.count('"') % 2 or not body:
            raise self._unclosed(start, start)

    def _unclosed(self, first: int, last: int) -> UnreadableInput:
        where = f"{first}" if first == last else f"{first}-{last}"
        return UnreadableInput(
            _("{name}: a quotation mark in row {rows} is never closed").format(name=self.name, rows=where),
            hint=_('a stray " swallows the rows after it: close or remove it'),
        )

    def _changed(self) -> UnreadableInput:
        return UnreadableInput(_("{name} changed while it was read").format(name=self.name))


def sniff(sample: str) -> str:
    """The separator under which most records of the sample have one same number of cells."""
    lines = sample.splitlines(keepends=True)
    if len(sample) >= SAMPLE:
        lines.pop()
    best, best_score = ",", 0.0
    for separator in _SEPARATORS:
        try:
            counts = [len(r) for r in islice(csv.reader(lines, delimiter=separator), 200) if any(r)]
        except csv.Error:
            continue
        if len(counts) > 3:
            counts = counts[1:]
        wide = Counter(n for n in counts if n > 1)
        if not wide:
            continue
        mode, times = max(wide.items(), key=lambda item: (item[1], item[0]))
        score = (times / len(counts)) ** 2 * math.log2(mode + 1)
        if score > best_score:
            best, best_score = separator, score
    return best
