"""The types a field can have: how a value is read, kept, and shown.

Kept values are what goes into hashed bytes: integers, strings, nothing else. A type says
which columns hold a value, so that search and sort are done by SQLite.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

from emergency.store import places, times, units, unitwords
from emergency.store.errors import InvalidValue
from emergency.store.text import fold_width, safe
from emergency.store.words import _, language, listed

Stored = str | int | None

#: No figure is larger than this, in thousandths of its unit.
MOST = 10**15
#: Moments from 1900 to 2200, in milliseconds; a clock may be wrong, but not beyond that.
FIRST_MOMENT, LAST_MOMENT = -2_208_988_800_000, 7_258_118_400_000


# Patterns stay text until used (re keeps them compiled): every command loads this module.
#: What parts the letters of a number plate, and says nothing: blanks, dots, dashes.
_PARTED = r"[\s·•‧∙⋅・･.\-‐‑‒–—−_]+"


class Type:
    """Text of at most `limit` characters; the base of all other types."""

    sql = "TEXT"
    #: The fold's rule for the value shown when a field was edited apart.
    rule = "later"

    def __init__(self, limit: int = 500) -> None:
        self.limit = limit

    def columns(self, name: str) -> dict[str, str]:
        """The columns that hold a value of the field `name`."""
        return {name: self.sql}

    def parse(self, text: str) -> Stored:
        """The stored value of what a person or a sheet wrote. Raises InvalidValue."""
        value = text.strip()
        if len(value) > self.limit:
            raise InvalidValue(_("longer than {limit} characters").format(limit=self.limit))
        return value or None

    def check(self, value: Any) -> Stored:
        """The value of a fact, from any writer. Raises InvalidValue for what it can't be."""
        if value is not None and not isinstance(value, str):
            raise InvalidValue(_("not text: {value}").format(value=safe(repr(value))))
        return value

    def plainly(self, values: list[Any]) -> bool:
        """Whether a whole column of values needs no `check`: a quick look, for bulk work."""
        return type(self).check is Type.check and set(map(type, values)) <= {str}

    def spread(self, value: Stored) -> tuple[Stored, ...]:
        """The values of `columns`, in their order."""
        return (value,)

    def gather(self, name: str, row: Mapping[str, Any]) -> Stored:
        """The stored value, from the columns of a row."""
        value: Stored = row[name]
        return value

    def normal(self, text: str) -> str:
        """The form in which a value that names a record is kept and looked for."""
        return text.strip()

    def show(self, value: Stored) -> str:
        """For a person, in the language spoken."""
        return "" if value is None else safe(str(value))

    def plain(self, value: Stored) -> Any:
        """For JSON and CSV: the same in every language."""
        return value


class Text(Type):
    """One line of text."""


class Sample(Type):
    """What a record was made up for; nothing, or `no`, of one that is real."""

    def parse(self, text: str) -> Stored:
        return None if fold_width(text).strip().lower() in ("no", "否") else super().parse(text)


class Plate(Type):
    """A number plate in one form: 京A·12345, 京a-12345 and 京Ａ１２３４５ are one vehicle's."""

    def parse(self, text: str) -> Stored:
        return super().parse(self.normal(text))

    def normal(self, text: str) -> str:
        return re.sub(_PARTED, "", unicodedata.normalize("NFKC", text)).upper()


class Phone(Type):
    """Telephone numbers as dialled, several parted by `;`."""


class Unit(Type):
    """What a record's figures are counted in: a symbol of store/units.py, or any other word."""

    def parse(self, text: str) -> Stored:
        return super().parse(self.normal(text))

    def normal(self, text: str) -> str:
        return unitwords.symbol_of(text.strip())

    def show(self, value: Stored) -> str:
        return "" if value is None else unitwords.in_words(str(value))


class Date(Type):
    """A calendar day, YYYY-MM-DD; a month or year alone where that is all that is known."""

    def parse(self, text: str) -> Stored:
        return times.parse_date(text) if text.strip() else None

    def check(self, value: Any) -> Stored:
        if value is not None and (
            not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", value)
        ):
            raise InvalidValue(_("not a day: {text}").format(text=safe(str(value)[:40])))
        return value

    @staticmethod
    def last_day(value: str) -> str:
        """The last day that a date may mean: 2026-11 runs to its end, for comparing as text."""
        return value + "9999-12-31"[len(value) :]

    @staticmethod
    def last_day_sql(value: str) -> str:
        """SQL for the same, of a column or of whatever else is a date in SQL."""
        return f"({value} || substr('9999-12-31', length({value}) + 1))"


#: A number whose thousands are set apart, all of them and by one mark.
_GROUPED = r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?: \d{3})+)(?:\.0+)?$"


class Integer(Type):
    """A whole number within bounds."""

    sql = "INTEGER"

    def __init__(self, least: int = 0, most: int = 10**12) -> None:
        super().__init__()
        self.least, self.most = least, most

    def parse(self, text: str) -> Stored:
        folded = fold_width(text)
        folded = re.sub(r" ?(人|名|位|台套|台|辆|个|套|件|艘|架|部|只|支|条|组|persons?|people)$", "", folded)
        folded = re.sub(r"(?<=\d)[, ](?=\d{3}(?:\D|$))", "", folded) if re.match(_GROUPED, folded) else folded
        if not folded:
            return None
        if not re.fullmatch(r"[+-]?\d+(\.0+)?", folded):
            raise InvalidValue(_("not a whole number: {text}").format(text=safe(text)))
        return self.check(int(folded.split(".")[0]))

    def check(self, value: Any) -> Stored:
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise InvalidValue(
                _("{value} is not between {least} and {most}").format(
                    value=safe(str(value)), least=self.least, most=self.most
                )
            )
        return value


class Quantity(Type):
    """An amount with a unit, kept in thousandths of the field's own unit."""

    sql = "INTEGER"

    def plainly(self, values: list[Any]) -> bool:
        """Whole numbers need no second look."""
        return set(map(type, values)) == {int} and min(values) >= 0 and max(values) <= MOST

    def __init__(self, unit: str) -> None:
        super().__init__()
        self.unit = unit

    def parse(self, text: str) -> Stored:
        if not text.strip():
            return None
        quantity = units.parse_quantity(text, self.unit)
        return self.check(units.convert(quantity.milli, quantity.unit, self.unit))

    def check(self, value: Any) -> Stored:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise InvalidValue(_("not a whole number: {text}").format(text=safe(str(value))))
        if value is not None and value < 0:
            raise InvalidValue(_("less than nothing: {text}").format(text=self.show(value)))
        if value is not None and value > MOST:
            raise InvalidValue(_("more than can be meant: {text}").format(text=safe(str(value)[:40])))
        return value

    def show(self, value: Stored) -> str:
        return "" if value is None else units.format_quantity(int(value), self.unit)

    def plain(self, value: Stored) -> Any:
        return None if value is None else int(value) / 1000


class Amount(Integer):
    """A figure in the unit of its own record (the item's, the need's), kept in thousandths of it."""

    def __init__(self, least: int = 0) -> None:
        super().__init__(least, MOST)

    def parse(self, text: str) -> Stored:
        if not text.strip():
            return None
        quantity = units.parse_quantity(text)
        if quantity.unit:
            raise InvalidValue(_("the figure alone: its unit is that of the record"))
        return self.check(quantity.milli)

    def show(self, value: Stored) -> str:
        return "" if value is None else units.format_quantity(int(value), "")

    def plain(self, value: Stored) -> Any:
        return None if value is None else int(value) / 1000


class Time(Type):
    """A moment, in milliseconds since 1970; shown in Beijing time."""

    sql = "INTEGER"

    def parse(self, text: str) -> Stored:
        return times.parse_time(text, times.now()) if text.strip() else None

    def check(self, value: Any) -> Stored:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise InvalidValue(_("not a time: {text}").format(text=safe(str(value)[:40])))
        if value is not None and not FIRST_MOMENT <= value <= LAST_MOMENT:
            raise InvalidValue(_("not a time: {text}").format(text=safe(str(value)[:40])))
        return value

    def show(self, value: Stored) -> str:
        return "" if value is None else times.format_short(int(value), times.now())

    def plain(self, value: Stored) -> Any:
        return None if value is None else times.format_time(int(value))


class Choice(Type):
    """One of a few codes, each with its words in English and Chinese, best or first first."""

    def __init__(
        self,
        options: Mapping[str, tuple[str, str]],
        *,
        worst: bool = False,
        words: Mapping[str, str] | None = None,
    ) -> None:
        """`words` are the other everyday words of an option, parted by blanks."""
        super().__init__()
        self.options = options
        if worst:
            self.rule = "worst"
        self._by_word = {fold_width(w).lower(): code for code, ws in options.items() for w in (code, *ws)}
        for code, more in (words or {}).items():
            for word in more.split():
                self._by_word.setdefault(fold_width(word).lower(), code)

    def parse(self, text: str) -> Stored:
        word = fold_width(text).lower()
        if not word:
            return None
        if word not in self._by_word:
            import difflib

            near = difflib.get_close_matches(word, self._by_word, 1)
            raise InvalidValue(
                _("{value} is not one of: {options}").format(value=safe(text.strip()), options=self.typed()),
                hint=_("did you mean {near}?").format(near=self._by_word[near[0]]) if near else "",
            )
        return self._by_word[word]

    def check(self, value: Any) -> Stored:
        if value is not None and (not isinstance(value, str) or value not in self.options):
            raise InvalidValue(
                _("{value} is not one of: {options}").format(
                    value=safe(str(value)), options=listed(self.options)
                )
            )
        return None if value is None else str(value)

    def plainly(self, values: list[Any]) -> bool:
        """Known codes need no second look."""
        return set(map(type, values)) <= {str} and set(values) <= self.options.keys()

    def typed(self) -> str:
        """What may be typed: each code, in Chinese with its word, which will do as well."""
        shown = ((code, self.show(code)) for code in self.options)
        return listed(
            code if language() != "zh" or word == code else f"{code} {word}" for code, word in shown
        )

    def rank(self, value: Stored) -> int:
        """How bad: the place among the options, later is worse."""
        return list(self.options).index(str(value)) if value in self.options else -1

    def show(self, value: Stored) -> str:
        if value is None:
            return ""
        words = self.options.get(str(value))
        return safe(str(value)) if words is None else words[1 if language() == "zh" else 0]


class Flag(Choice):
    """Yes or no."""

    YES: ClassVar[Mapping[str, tuple[str, str]]] = {"yes": ("yes", "是"), "no": ("no", "否")}

    def __init__(self) -> None:
        super().__init__(self.YES)


class Ref(Type):
    """The id of a record of another kind; it may not have arrived yet."""

    def __init__(self, kind: str) -> None:
        super().__init__(limit=120)
        self.kind = kind


class Point(Type):
    """A place in WGS-84, as millionths of a degree: a fact holds `lat,lng` in one string."""

    def columns(self, name: str) -> dict[str, str]:
        return {f"{name}_lat": "INTEGER", f"{name}_lng": "INTEGER", f"{name}_cell": "INTEGER"}

    def parse(self, text: str) -> Stored:
        return self.of(places.parse_point(text)) if text.strip() else None

    @staticmethod
    def of(point: places.Point) -> str:
        """A point as a fact holds it."""
        return f"{point.lat},{point.lng}"

    @staticmethod
    def point(value: Stored) -> places.Point:
        """The point that a stored value names."""
        lat, lng = str(value).split(",")
        return places.Point(int(lat), int(lng))

    def check(self, value: Any) -> Stored:
        if value is None:
            return None
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,8},-?[0-9]{1,9}", value):
            raise InvalidValue(_("not a place: {text}").format(text=safe(str(value))))
        point = self.point(value)
        if abs(point.lat) > 90_000_000 or abs(point.lng) > 180_000_000:
            raise InvalidValue(_("not on the earth: {text}").format(text=value))
        return self.of(point)

    def spread(self, value: Stored) -> tuple[Stored, ...]:
        if value is None:
            return (None, None, None)
        lat, lng = map(int, str(value).split(","))
        return (lat, lng, places.cell(places.Point(lat, lng)))

    def gather(self, name: str, row: Mapping[str, Any]) -> Stored:
        lat, lng = row[f"{name}_lat"], row[f"{name}_lng"]
        return None if lat is None else f"{lat},{lng}"

    def show(self, value: Stored) -> str:
        if value is None:
            return ""
        point = self.point(value)
        return f"{point.lat / 1e6:.5f},{point.lng / 1e6:.5f}"

    def plain(self, value: Stored) -> Any:
        if value is None:
            return None
        point = self.point(value)
        return {"lat": point.lat / 1e6, "lng": point.lng / 1e6}
