"""The characters of a short code, and the check on them: over a radio, by SMS, from a slip of paper.

Thirty-two characters, each one element of GF(32): Crockford's alphabet, which leaves out I, L, O and U,
so that these three of them can only mean 1, 1 and 0. Four check characters end every code. Each place
has a column (1, a, b, a² + ab + b²) of its own, and the characters times their columns add up to
nothing. The columns are points of an elliptic quadric in PG(3, 32), of which no three lie on a line
(Bose 1947), so any three columns are independent: every one, two or three wrong characters are caught,
hence every swap, up to 964 characters, and two wrong ones never look like one. The first check also
counts the length; a character lost or added is caught but for one chance in a million.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from emergency.store.errors import InvalidValue
from emergency.store.text import quoted, safe
from emergency.store.words import _, language

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Check characters at the end of a code.
CHECKS = 4
#: A code without a single character of data is none.
LEAST = CHECKS + 2
#: What can only have been meant as another character.
MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})

#: How each character is said: ICAO Annex 10 vol. II 5.2.1.3, and the figures of Chinese radio practice.
LETTERS = {
    word[0].upper(): word
    for word in (
        *("alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "juliett", "kilo", "mike"),
        *("november", "papa", "quebec", "romeo", "sierra", "tango", "victor", "whiskey", "xray", "yankee"),
        "zulu",
    )
}
DIGITS_EN = ("zero", "wun", "too", "tree", "fower", "fife", "six", "seven", "ait", "niner")
DIGITS_ZH = "洞幺两三四五六拐八九"


class Slip(NamedTuple):
    """What is wrong with a text if one character is, or if two neighbours changed places."""

    #: Places counted from 1, in the code without blanks and hyphens.
    places: tuple[int, ...]
    #: What would stand there.
    instead: str


def _tables() -> tuple[list[int], list[int]]:
    """Powers and logarithms in GF(32) = GF(2)[x]/(x^5 + x^2 + 1)."""
    powers, value = [], 1
    for _n in range(31):
        powers.append(value)
        value = value << 1 ^ (0x25 if value & 16 else 0)
    logs = [0] * 32
    for n, power in enumerate(powers):
        logs[power] = n
    return powers, logs


_POWERS, _LOGS = _tables()


def _times(a: int, b: int) -> int:
    return _POWERS[(_LOGS[a] + _LOGS[b]) % 31] if a and b else 0


def _column(a: int, b: int) -> tuple[int, int, int, int]:
    return (1, a, b, _times(a, a) ^ _times(a, b) ^ _times(b, b))


@lru_cache(maxsize=128)
def _columns(length: int) -> list[tuple[int, int, int, int]]:
    """The column of each place: data first, then the checks, whose four are independent."""
    data = [_column(k & 31, 2 + (k >> 5)) for k in range(length - CHECKS)]
    return [*data, _column(0, 0), _column(1, 0), _column(0, 1), _column(1, 1)]


def _syndrome(symbols: Sequence[int]) -> list[int]:
    """Nothing but zeros where every character is right."""
    out = [(len(symbols) - CHECKS) & 31, 0, 0, 0]
    for symbol, column in zip(symbols, _columns(len(symbols)), strict=True):
        for row in range(4):
            out[row] ^= _times(symbol, column[row])
    return out


def sealed(symbols: Sequence[int]) -> str:
    """The code of these symbols (0 to 31), its check characters added."""
    s0, s1, s2, s3 = _syndrome([*symbols, 0, 0, 0, 0])
    checks = (s0 ^ s3, s3 ^ s2, s3 ^ s1, s1 ^ s2 ^ s3)
    return "".join(ALPHABET[s] for s in (*symbols, *checks))


def opened(text: str, most: int) -> list[int]:
    """The symbols of a code as it was typed, its checks taken off. Raises InvalidValue for a wrong one.

    Lower case, full width, blanks, hyphens and line breaks are all one; so are O and 0, I, L and 1. A
    wrong code is never put right: where only one slip explains it, the hint names it.
    """
    plain = cleaned(text)
    if not LEAST <= len(plain) <= most:
        raise InvalidValue(
            _("{text} is no order code: {count} characters, not {least} to {most}").format(
                text=quoted(text.strip()), count=len(plain), least=LEAST, most=most
            )
        )
    foreign = [n for n, character in enumerate(plain) if character not in ALPHABET]
    symbols = [ALPHABET.find(character) for character in plain]
    if not foreign and not any(_syndrome(symbols)):
        return symbols[:-CHECKS]
    if foreign:
        said = _("the code is wrong: {character} at place {place} is no character of a code").format(
            character=quoted(plain[foreign[0]]), place=foreign[0] + 1
        )
    else:
        said = _("the code is wrong: its check characters do not fit")
    raise InvalidValue(said, hint=_suggestion(_slip(symbols, foreign)))


def cleaned(text: str) -> str:
    """What was typed, in capitals, without what only parts or pads it."""
    kept = (
        c
        for c in unicodedata.normalize("NFKC", text).upper()
        if not c.isspace() and unicodedata.category(c) not in ("Pd", "Cf", "Cc") and c not in ".,、。·_"
    )
    return "".join(kept).translate(MEANT)


def _slip(symbols: list[int], foreign: list[int]) -> Slip | None:
    """The one slip that explains a wrong code, or None where none or several do."""
    if len(foreign) > 1:
        return None
    symbols = [max(s, 0) for s in symbols]
    found = _syndrome(symbols)
    columns = _columns(len(symbols))
    if found[0] or foreign:
        at = [n for n, column in enumerate(columns) if found == [_times(found[0], c) for c in column]]
        at = foreign if foreign and (at == foreign or not any(found)) else [] if foreign else at
        return Slip((at[0] + 1,), ALPHABET[symbols[at[0]] ^ found[0]]) if len(at) == 1 else None
    swaps = []
    for n in range(len(symbols) - 1):
        by = symbols[n] ^ symbols[n + 1]
        if by and found == [_times(by, a ^ b) for a, b in zip(columns[n], columns[n + 1], strict=True)]:
            swaps.append(Slip((n + 1, n + 2), ALPHABET[symbols[n + 1]] + ALPHABET[symbols[n]]))
    return swaps[0] if len(swaps) == 1 else None


def _suggestion(slip: Slip | None) -> str:
    if slip is None:
        return _("ask for it again")
    if len(slip.places) == 2:
        return _("if places {one} and {two} changed places, they are {instead}: ask for these again").format(
            one=slip.places[0], two=slip.places[1], instead=slip.instead
        )
    return _("if only place {place} is wrong, it is {instead}: ask for that one again").format(
        place=slip.places[0], instead=slip.instead
    )


def groups(code: str, size: int = 5) -> list[str]:
    """The code in groups, as it is written down and said."""
    return [code[n : n + size] for n in range(0, len(code), size)]


def said(text: str, tongue: str = "") -> list[str]:
    """Each character as it is said on the radio, in `en` or `zh`, or in the language spoken."""
    digits: Sequence[str] = DIGITS_ZH if (tongue or language()) == "zh" else DIGITS_EN
    return [digits[int(c)] if c.isdigit() else LETTERS.get(c, safe(c)) for c in text]


def read_back(code: str) -> str:
    """Four characters that only whoever has read the whole code right can say back.

    They are the first twenty bits of its SHA-256, and stand nowhere in the code itself.
    """
    bits = int.from_bytes(hashlib.sha256(code.encode()).digest()[:3], "big") >> 4
    return "".join(ALPHABET[bits >> shift & 31] for shift in (15, 10, 5, 0))
