"""What the cells of mapped columns mean: read column by column, into values as facts hold them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.plugins.sheets.mapping import JOINS, SUMS, Column, Plan
from emergency.plugins.sheets.values import is_empty, parse_degrees, parse_phone
from emergency.store import places, units
from emergency.store.errors import InvalidValue
from emergency.store.records import Record
from emergency.store.records.declare import Field
from emergency.store.records.types import (
    Choice,
    Date,
    Integer,
    Phone,
    Plate,
    Point,
    Quantity,
    Ref,
    Time,
    Unit,
)
from emergency.store.text import FORMULA, quoted, safe
from emergency.store.words import _

#: The common form of a coordinate, which needs no care.
_PLAIN_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d{1,12})?")


class Problem(NamedTuple):
    """A cell that cannot be what its column says."""

    place: int
    why: str


class Taken(NamedTuple):
    """What a batch of rows says: for each row its values, or the problems that make it unusable."""

    values: list[dict[str, Any]]
    problems: dict[int, list[Problem]]


_MISSING: Any = object()
#: How many pieces one row of equipment may be.
COUNT = Integer(1, 1000)
#: How many different cells of a column are remembered.
_REMEMBERED = 50_000


class Reader:
    """Turns rows of text into stored values by a plan, column by column; repeated cells are read once."""

    def __init__(
        self,
        record: Record,
        plan_: Plan,
        resolve: Mapping[str, Callable[[str], str | None]],
        *,
        swap: bool = False,
    ) -> None:
        self._record = record
        self._plan = plan_
        self._resolve = resolve
        self._swap = swap
        self.swapped = 0
        self.converted = 0
        self.abroad = 0
        self.doubtful: list[str] = []
        self._cells: list[tuple[Column, Callable[[str], Any], dict[str, Any]]] = [
            (c, self._reader(c), {"": None}) for c in plan_.columns
        ]

    def read(self, rows: Sequence[Sequence[str]]) -> Taken:
        """Read a batch of rows of equal width."""
        problems: dict[int, list[Problem]] = {}
        read: dict[str, list[Any]] = {}
        columns = list(zip(*rows, strict=True))
        for column, reader, memo in self._cells:
            values = self._column(columns[column.place], column, reader, memo, problems)
            target = column.target
            if target not in read:
                read[target] = values
            elif target in SUMS or target in JOINS:
                read[target] = list(map(_together, read[target], values))
            else:
                read[target] = [a if a is not None else b for a, b in zip(read[target], values, strict=True)]
        if "lat" in read or "lng" in read or "point" in read:
            read["at"] = self._places(read, len(rows), problems)
        names = list(read)
        return Taken(
            [
                {n: v for n, v in zip(names, row, strict=True) if v is not None}
                for row in zip(*read.values(), strict=True)
            ],
            problems,
        )

    @staticmethod
    def _column(
        texts: Sequence[str],
        column: Column,
        reader: Callable[[str], Any],
        memo: dict[str, Any],
        problems: dict[int, list[Problem]],
    ) -> list[Any]:
        plain = _PLAIN.get(reader)
        if plain is not None and (quick := plain(texts)) is not None:
            return quick
        get = memo.get
        values = [get(text, _MISSING) for text in texts]
        for i, value in enumerate(values):
            if value is not _MISSING:
                continue
            text = unguarded(texts[i])
            try:
                value = None if len(text) < 10 and is_empty(text) else reader(text)
            except (InvalidValue, ValueError) as error:
                why = error.message if isinstance(error, InvalidValue) else str(error)
                problems.setdefault(i, []).append(Problem(column.place, why))
                values[i] = None
                continue
            values[i] = value
            if len(memo) < _REMEMBERED:
                memo[texts[i]] = value
        return values

    def _places(
        self, read: dict[str, list[Any]], count: int, problems: dict[int, list[Problem]]
    ) -> list[str | None]:
        nothing = [None] * count
        lats, lngs = read.pop("lat", nothing), read.pop("lng", nothing)
        both = read.pop("point", nothing)
        if self._all_at_home(lats, lngs):
            return [f"{lat},{lng}" for lat, lng in zip(lats, lngs, strict=True)]
        column = next(c.place for c in self._plan.columns if c.target in ("lat", "lng", "point"))
        out: list[str | None] = []
        for i in range(count):
            lat, lng = lats[i], lngs[i]
            if lat is None and lng is None and both[i] is None:
                out.append(None)
                continue
            try:
                out.append(self._place(lat, lng, both[i]))
            except (InvalidValue, ValueError) as error:
                why = error.message if isinstance(error, InvalidValue) else str(error)
                if i not in problems:
                    problems[i] = [Problem(column, why)]
                out.append(None)
        return out

    def _all_at_home(self, lats: list[int | None], lngs: list[int | None]) -> bool:
        """Whether a whole batch of positions stands in China, in WGS-84, in the right columns."""
        if self._swap or self._plan.datum != "wgs84" or None in lats or None in lngs:
            return False
        corners = (places.Point(min(lats), min(lngs)), places.Point(max(lats), max(lngs)))  # type: ignore[arg-type, type-var]
        return all(places.in_china_box(p) for p in corners) and not places.looks_swapped(*corners[0])

    def _reader(self, column: Column) -> Callable[[str], Any]:
        target = column.target
        if target in ("lat", "lng"):
            return _degrees
        if target == "id":
            return _tag
        if target == "point":
            return _line
        if target == "count":
            return COUNT.parse
        field = self._record.field(target)
        assert field is not None
        if target == "quantity" or (self._record.noun == "reserve" and target in ("minimum", "target")):
            return lambda text: _amount(text, column.unit)
        return self._of_type(field, column)

    def _of_type(self, field: Field, column: Column) -> Callable[[str], Any]:
        kind = field.type
        if isinstance(kind, Ref):
            resolve = self._resolve.get(kind.kind)
            return (lambda text: _referred(resolve, kind.kind, text)) if resolve else str.strip
        if isinstance(kind, Phone):
            return self._phone
        if isinstance(kind, Quantity):
            unit = column.unit or kind.unit
            return lambda text: _quantity(text, unit, kind)
        if isinstance(kind, Plate):
            return _plate
        if isinstance(kind, Date | Time | Integer | Choice):
            return kind.parse
        if isinstance(kind, Unit):
            return lambda text: kind.normal(_line(text) or "") or None
        return _line if kind.limit == LINE else functools.partial(_line, limit=kind.limit)

    def _phone(self, text: str) -> str | None:
        phones = parse_phone(text)
        if any(p.doubtful for p in phones):
            self.doubtful.append(text)
        return "; ".join(p.number + (f"-{p.extension}" if p.extension else "") for p in phones) or None

    def _place(self, lat: int | None, lng: int | None, both: str | None) -> str | None:
        if lat is None and lng is None and both is not None:
            lat, lng = _pair(both)
        if lat is None or lng is None:
            raise ValueError(_("half a position: latitude and longitude go together"))
        if self._swap or places.looks_swapped(lat, lng):
            lat, lng = lng, lat
            self.swapped += 1
        if lat == 0 and lng == 0:
            return None
        point = places.check_point(lat, lng)
        self.converted += self._plan.datum != "wgs84"
        if self._plan.datum == "gcj02":
            point = places.from_gcj02(point)
        elif self._plan.datum == "bd09":
            point = places.from_bd09(point)
        if not places.in_china_box(point):
            self.abroad += 1
        return Point.of(point)


def unguarded(text: str) -> str:
    """Without the mark that keeps a spreadsheet from taking it for a formula, as our exports put it."""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text


def _together(a: Any, b: Any) -> Any:
    """Two columns of one field: figures add up, texts follow one another."""
    if a is None or b is None:
        return b if a is None else a
    return a + b if isinstance(a, int) else f"{a}, {b}"


#: The usual longest text of a cell.
LINE = 500


def _line(text: str, limit: int = LINE) -> str | None:
    """Text of one line. Raises ValueError when it is too long to be meant."""
    text = _clean(text).strip()
    if len(text) > limit:
        raise ValueError(_("longer than {limit} characters").format(limit=limit))
    return text or None


def _tag(text: str) -> str | None:
    """An id. Raises ValueError for characters that nobody can type or see."""
    value = _line(text)
    if value is not None and safe(value) != value:
        raise ValueError(_("a tag with characters that cannot be typed: {text}").format(text=quoted(value)))
    return value


_PLATE = Plate()


def _plate(text: str) -> Any:
    """A number plate in its one form."""
    return _PLATE.parse(_clean(text))


def _clean(text: str) -> str:
    """One line: cells often hold line breaks that a person made to see the text whole."""
    return " ".join(text.split()) if "\n" in text or "\r" in text else text


def _degrees(text: str) -> int | None:
    """Millionths of a degree."""
    if _PLAIN_DEGREES.fullmatch(text):
        return places.to_e6(float(text))
    value = parse_degrees(text)
    return None if value is None else places.to_e6(float(value))


def _pair(text: str) -> tuple[int | None, int | None]:
    parts = [p for p in re.split(r"[,，;；、\s]+", text.strip()) if p]
    if len(parts) != 2:
        raise ValueError(_("not a position: {text}").format(text=quoted(text)))
    return _degrees(parts[0]), _degrees(parts[1])


def _amount(text: str, unit: str | None) -> tuple[int, str]:
    """A stock figure: thousandths, and its unit where the cell or the label names one."""
    quantity = units.parse_quantity(text, unit)
    if quantity.milli < 0:
        raise ValueError(_("less than nothing: {text}").format(text=quoted(text)))
    return quantity.milli, quantity.unit


def _quantity(text: str, unit: str, kind: Quantity) -> Any:
    quantity = units.parse_quantity(text, unit)
    return kind.check(units.convert(quantity.milli, quantity.unit, kind.unit))


def _referred(resolve: Callable[[str], str | None], kind: str, text: str) -> Any:
    """The id a name means; what nobody knows is handed on as ("?", text) for the intake to judge."""
    found = resolve(text.strip())
    return found if found is not None else ("?", _clean(text.strip()))


def _plain_lines(texts: Sequence[str]) -> list[Any] | None:
    """A whole column of short plain texts at once, or None where any of them wants a closer look."""
    if "\n" in (joined := "".join(texts)) or "\r" in joined or max(map(len, texts)) > LINE:
        return None
    if "'" in joined or any(map(is_empty, [text for text in texts if len(text) < 10])):
        return None
    return [text.strip() for text in texts]


def _plain_tags(texts: Sequence[str]) -> list[Any] | None:
    """A whole column of plain tags at once, or None."""
    return _plain_lines(texts) if "".join(texts).isprintable() else None


def _plain_plates(texts: Sequence[str]) -> list[Any] | None:
    """A whole column of plates that stand in their one form already, or None."""
    return list(texts) if _PLATES.fullmatch("\n".join(texts)) else None


def _plain_degrees(texts: Sequence[str]) -> list[Any] | None:
    """A whole column of plain decimal degrees at once, or None."""
    if not _PLAIN_COLUMN.fullmatch("\n".join(texts)):
        return None
    try:
        return [places.to_e6(float(text)) for text in texts]
    except InvalidValue:
        return None


_PLATES = re.compile(r"[\u4e00-\u9fff][A-Z0-9]{2,9}(?:\n[\u4e00-\u9fff][A-Z0-9]{2,9})*")
_PLAIN_COLUMN = re.compile(r"-?\d{1,3}(?:\.\d{1,12})?(?:\n-?\d{1,3}(?:\.\d{1,12})?)*")
#: What reads a whole column at once, for readers whose cells are mostly plain and seldom repeat.
_PLAIN: dict[Callable[[str], Any], Callable[[Sequence[str]], list[Any] | None]] = {
    _line: _plain_lines,
    _tag: _plain_tags,
    _plate: _plain_plates,
    _degrees: _plain_degrees,
}
