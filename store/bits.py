"""Numbers, ids and texts in as few bits as they need: what a short code is packed from.

Every value has one form, and `Packer` always chooses it; what `Unpacker` reads from a code that was
made otherwise is told apart by packing it again. Texts are packed over the smallest of a few
alphabets, each text one number in that base; what fits none of them goes as UTF-8, so that no text is
ever refused or changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

#: Below it any text is one number, above it the arithmetic would be felt.
MOST_TEXT = 1000


class Unreadable(Exception):
    """The bits end too early, or say what no value has."""


class _Base(NamedTuple):
    """An alphabet for texts: a number for each of its characters, and back."""

    size: int
    number: Callable[[str], int]
    character: Callable[[int], str]


def _listed(characters: str) -> _Base:
    return _Base(len(characters), characters.find, characters.__getitem__)


def _hanzi(first: int, rows: int, rest: str = "") -> _Base:
    """Rows of GB/T 2312 by place, 94 to a row, and behind them some characters more."""
    size = rows * 94

    def number(character: str) -> int:
        if character in rest:
            return size + rest.index(character)
        try:
            row, place = character.encode("gb2312")
        except (UnicodeEncodeError, ValueError):
            return -1
        found = (row - 0xA1 - first) * 94 + place - 0xA1
        # Some systems write one character where GB/T 2312 has another: only what comes back the same will do.
        return found if 0 <= found < size and named(found) == character else -1

    def named(found: int) -> str:
        if found >= size:
            return rest[found - size]
        row, place = divmod(found, 94)
        try:
            return bytes((0xA1 + first + row, 0xA1 + place)).decode("gb2312")
        except UnicodeDecodeError:
            raise Unreadable from None

    return _Base(size + len(rest), number, named)


_ASCII = "".join(map(chr, range(32, 127)))
#: Never reordered: the place is what the code says.
_BASES = (
    _listed("0123456789.,-: +"),
    _listed("abcdefghijklmnopqrstuvwxyz0123456789-_ "),
    _listed("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/ ."),
    _listed(_ASCII),
    # The 3755 commoner characters stand in rows 16 to 55.
    _hanzi(15, 40),
    _hanzi(0, 94, _ASCII),
)
_POINT, _UTF8 = len(_BASES), len(_BASES) + 1
_DECIMAL = re.compile(r"(-?[0-9]{1,2})\.([0-9]{1,6}),(-?[0-9]{1,3})\.([0-9]{1,6})")
#: The number of a record: who gave it, and the how manieth.
_NUMBER = re.compile(r"([0-9A-Z]{1,16})-([0-9]{1,15})")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _width(size: int) -> int:
    """Bits for a number below this."""
    return (size - 1).bit_length()


def _number(text: str, base: _Base) -> int:
    """The whole text as one number; -1 where a character is not of this alphabet."""
    value = 0
    for character in text:
        digit = base.number(character)
        if digit < 0:
            return -1
        value = value * base.size + digit
    return value


def point_of(text: str) -> tuple[int, int, int] | None:
    """(decimals, lat, lng) of a text that is just two decimal degrees, or None."""
    match = _DECIMAL.fullmatch(text)
    if match is None or len(match[2]) != len(match[4]):
        return None
    places = len(match[2])
    lat, lng = int(match[1] + match[2]), int(match[3] + match[4])
    if abs(lat) > 90 * 10**places or abs(lng) > 180 * 10**places:
        return None
    return (places, lat, lng) if _point(places, lat, lng) == text else None


def _point(places: int, lat: int, lng: int) -> str:
    def degrees(value: int) -> str:
        whole, part = divmod(abs(value), 10**places)
        return f"{'-' if value < 0 else ''}{whole}.{part:0{places}}"

    return f"{degrees(lat)},{degrees(lng)}"


class Packer:
    """Gathers bits, the most significant first."""

    def __init__(self, *prefixes: str) -> None:
        self.bits = ""
        #: Prefixes of numbers met so far; a number with one of them names it by its place.
        self._prefixes = list(prefixes)

    def put(self, value: int, width: int) -> None:
        """A number in so many bits."""
        if width:
            self.bits += f"{value:0{width}b}"

    def whole(self, value: int, group: int = 4) -> None:
        """A number of any size from 0, in groups of so many bits, each with a bit that says whether more follow."""
        digits = [value & (1 << group) - 1]
        while value := value >> group:
            digits.append(value & (1 << group) - 1)
        for n, digit in enumerate(reversed(digits), 1):
            self.put(n < len(digits), 1)
            self.put(digit, group)

    def text(self, text: str) -> None:
        """Any text of 1 to 1000 characters, in whichever way is shortest."""
        self.bits += min(self._texts(text), key=len)

    def _texts(self, text: str) -> list[str]:
        ways = []
        for kind, base in enumerate(_BASES):
            value = _number(text, base)
            if value >= 0:
                way = Packer()
                way.put(kind, 3)
                way.whole(len(text) - 1, 3)
                way.put(value, _width(base.size ** len(text)))
                ways.append(way.bits)
        if point := point_of(text):
            places, lat, lng = point
            way = Packer()
            way.put(_POINT, 3)
            way.put(places, 3)
            way.put(lat + 90 * 10**places, _width(180 * 10**places + 1))
            way.put(lng + 180 * 10**places, _width(360 * 10**places + 1))
            ways.append(way.bits)
        data = text.encode()
        way = Packer()
        way.put(_UTF8, 3)
        way.whole(len(data) - 1, 3)
        way.put(int.from_bytes(data, "big"), 8 * len(data))
        return [*ways, way.bits]

    def id(self, text: str) -> None:
        """A record's id: a number such as FT-12 or SAMPLE-034, or any text."""
        match = _NUMBER.fullmatch(text)
        if match is None:
            self.put(3, 2)
            self.text(text)
            return
        prefix, digits = match.groups()
        if prefix in self._prefixes:
            self.put(0, 1)
            self.put(self._prefixes.index(prefix), _width(len(self._prefixes)))
        else:
            self.put(2, 2)
            self.put(len(prefix) - 1, 4)
            self.put(_number(prefix, _listed(_DIGITS)), _width(36 ** len(prefix)))
            self._prefixes.append(prefix)
        padded = digits.startswith("0") and digits != "0"
        self.put(padded, 1)
        if padded:
            self.put(len(digits), 4)
            self.put(int(digits), _width(10 ** len(digits)))
        else:
            self.whole(int(digits))

    def symbols(self) -> list[int]:
        """The bits in fives, the last filled up with zeros."""
        full = self.bits + "0" * (-len(self.bits) % 5)
        return [int(full[n : n + 5], 2) for n in range(0, len(full), 5)]


class Unpacker:
    """Reads what `Packer` packed. Every method raises Unreadable."""

    def __init__(self, symbols: list[int]) -> None:
        self._bits = "".join(f"{symbol:05b}" for symbol in symbols)
        self._at = 0
        self._prefixes: list[str] = []

    @contextmanager
    def under(self, *prefixes: str) -> Iterator[None]:
        """Read with these prefixes known, and no others."""
        mine, self._prefixes = self._prefixes, list(prefixes)
        yield
        self._prefixes = mine

    def get(self, width: int) -> int:
        """A number of so many bits."""
        taken = self._bits[self._at : self._at + width]
        if len(taken) < width:
            raise Unreadable
        self._at += width
        return int(taken, 2) if width else 0

    def whole(self, group: int = 4) -> int:
        """A number of any size."""
        value, more = 0, 1
        while more:
            more = self.get(1)
            value = value << group | self.get(group)
        return value

    def text(self) -> str:
        """A text."""
        kind = self.get(3)
        if kind == _POINT:
            places = self.get(3)
            lat = self.get(_width(180 * 10**places + 1)) - 90 * 10**places
            return _point(places, lat, self.get(_width(360 * 10**places + 1)) - 180 * 10**places)
        length = self.whole(3) + 1
        if length > MOST_TEXT:
            raise Unreadable
        if kind == _UTF8:
            try:
                return self.get(8 * length).to_bytes(length, "big").decode()
            except UnicodeDecodeError:
                raise Unreadable from None
        return self._based(_BASES[kind], length)

    def _based(self, base: _Base, length: int) -> str:
        value = self.get(_width(base.size**length))
        out = []
        for _n in range(length):
            value, digit = divmod(value, base.size)
            out.append(base.character(digit))
        return "".join(reversed(out))

    def id(self) -> str:
        """A record's id."""
        if self.get(1) == 0:
            place = self.get(_width(len(self._prefixes)))
            if place >= len(self._prefixes):
                raise Unreadable
            prefix = self._prefixes[place]
        elif self.get(1):
            return self.text()
        else:
            prefix = self._based(_listed(_DIGITS), self.get(4) + 1)
            self._prefixes.append(prefix)
        if self.get(1):
            length = self.get(4)
            return f"{prefix}-{self.get(_width(10**length)):0{length}}"
        return f"{prefix}-{self.whole()}"
