"""What was read of one alert, in the fields of store/records/alert.py, and what a person should know of the reading."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from emergency.store.errors import UnreadableInput
from emergency.store.records.types import Stored
from emergency.store.text import quoted
from emergency.store.words import _

#: No file of alerts is larger, in bytes: a feed of a whole country is some 3 MB.
MOST_BYTES = 8 * 1024 * 1024
#: Alerts of one file.
MOST_ALERTS = 5000
#: So many characters of the texts that may be long; what is longer is no warning to read out.
LONGEST = {"description": 40_000, "instruction": 40_000, "area": 10_000, "headline": 2000, "web": 2000}
#: Of any other text.
LONG = 1000


class Message(NamedTuple):
    """One alert, read."""

    values: dict[str, Stored]
    #: What could not be read, or reads oddly: for a person, in the language spoken.
    remarks: tuple[str, ...] = ()


class Refusal(NamedTuple):
    """One alert among others, or a file among others, that is not taken in, and why."""

    #: The identifier of an alert; "" for a file.
    name: str
    why: str
    hint: str = ""
    #: Of a file that cannot be read at all, which `why` names too.
    file: str = ""


class Reading(NamedTuple):
    """All that a file or a feed holds."""

    messages: tuple[Message, ...] = ()
    refused: tuple[Refusal, ...] = ()
    #: Addresses of further alert files that a feed only names.
    links: tuple[str, ...] = ()


def kept(values: dict[str, Any]) -> dict[str, Stored]:
    """The values that say something. Raises UnreadableInput for a text longer than any warning."""
    out: dict[str, Stored] = {}
    for name, value in values.items():
        if value is None or value == "":
            continue
        most = LONGEST.get(name, LONG)
        structured = isinstance(value, str) and value[:1] in "[{" and name in STRUCTURED
        if isinstance(value, str) and len(value) > (200_000 if structured else most):
            raise UnreadableInput(
                _("the {field} of an alert is {size} characters long").format(field=name, size=len(value)),
                hint=_("at most {limit} are read").format(limit=200_000 if structured else most),
            )
        out[name] = value
    return out


#: Fields that hold JSON.
STRUCTURED = frozenset(("regions", "areas", "references", "parameters", "further", "others"))


def derived_identifier(values: dict[str, Stored]) -> str:
    """A name for an alert that came without one, made of what tells it from others: the same each time it comes."""
    said = [str(values.get(n) or "") for n in ("sender_name", "event", "colour", "area", "sent", "headline")]
    if not values.get("headline"):
        said.append(str(values.get("description") or ""))
    return "~" + hashlib.sha256("\x1f".join(said).encode("utf-8", "replace")).hexdigest()[:16]


def unreadable(name: str, why: str, hint: str = "") -> UnreadableInput:
    """That a file cannot be read, in one line."""
    return UnreadableInput(
        _("{file} cannot be read as alerts: {why}").format(file=quoted(name), why=why), hint=hint
    )
