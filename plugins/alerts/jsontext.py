"""The text of a JSON feed as it comes: several values one after the other, wrapped in a script, halves of characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from emergency.plugins.alerts.message import unreadable
from emergency.store.words import _

_BLANK = re.compile(r"[ \t\r\n]*")
_WRAPPED = re.compile(
    r"^\s*(?:[\w.$]{1,60}\s*\(|(?:var|let|const)\s+[\w$]{1,60}\s*=|[\w.$]{1,60}\s*=)\s*(?=[\[{])"
)
#: An escape of JSON; only the half of a pair that stands alone is in the group.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)", re.S
)


def parse(text: str, name: str) -> Any:
    """The JSON of a text, also where a script wraps it. Raises UnreadableInput."""
    wrapped = _WRAPPED.match(text)
    if wrapped:
        text = text[wrapped.end() :].rstrip().rstrip(";").rstrip().rstrip(")")
    try:
        found = list(_values(text))
    except RecursionError:
        raise unreadable(name, _("lists stand within lists without end")) from None
    except json.JSONDecodeError as error:
        if not wrapped and text.lstrip()[:1] not in ("[", "{"):
            raise unreadable(name, _("it is neither XML nor JSON")) from None
        why = _("it is no JSON, line {line}, column {column}").format(line=error.lineno, column=error.colno)
        raise unreadable(name, why) from None
    return found[0] if len(found) == 1 else found


def _values(text: str) -> Iterator[Any]:
    """One JSON value, or several one after the other, as lines of their own or as `cat` joins files."""
    # Half a character is none, and no database or terminal takes it.
    text = _ESCAPE.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], text)
    decoder = json.JSONDecoder(parse_int=_whole, parse_constant=lambda _word: None)
    at = 0
    while True:
        # At least one: of nothing it says where it stops.
        value, at = decoder.raw_decode(text, _past_blanks(text, at))
        yield value
        at = _past_blanks(text, at)
        if at == len(text):
            return


def _past_blanks(text: str, at: int) -> int:
    blanks = _BLANK.match(text, at)
    return blanks.end() if blanks else at


def _whole(digits: str) -> int | str:
    # Numbers as long as an identifier are one.
    return int(digits) if len(digits) <= 18 else digits
