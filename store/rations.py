"""What people who are called eat and drink in a day: a file that a person can read and edit (row G5).

The one that ships is store/data/rations.toml; what it assumes it marks as a SAMPLE. An office lays its own file of the
same name into its folder of settings, and that one counts.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

from emergency.store import reference
from emergency.store.errors import InvalidValue, UnreadableInput
from emergency.store.text import quoted, safe
from emergency.store.words import _

FILE = "rations.toml"
#: What people cannot do without, in the order in which a plan tells of it.
NAMES = ("water", "food")
_MOST_BYTES = 100_000


class Ration(NamedTuple):
    """One of NAMES."""

    name: str
    #: What a person uses in a day, in `unit`.
    per_day: float
    unit: str
    #: {kind of the catalogue: what one unit of it, or of a kind below it, holds}
    holds: Mapping[str, float]
    source: str


class Rations(NamedTuple):
    """A file, read."""

    of: tuple[Ration, ...]
    #: What marks its figures as made up; "" where an office has put its own.
    sample: str


def path_of(settings: str) -> str:
    """The office's own file in its folder of settings, or the one that ships."""
    own = os.path.join(settings, FILE)
    return own if os.path.isfile(own) else os.path.join(reference.FOLDER, FILE)


def read(path: str = "") -> Rations:
    """Read a file; the one that ships, where none is named. Raises UnreadableInput and InvalidValue, which say what is wrong."""
    path = path or os.path.join(reference.FOLDER, FILE)
    try:
        with open(path, "rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise UnreadableInput(_("{path} is too large for rations").format(path=safe(path)))
        found = tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise UnreadableInput(f"{safe(path)}: {safe(str(error.strerror))}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableInput(
            _("{path} cannot be read: {why}").format(path=safe(path), why=safe(str(error)))
        ) from None
    for name in found:
        if name not in (*NAMES, "sample"):
            raise _wrong(path, _("nobody knows {name}").format(name=quoted(name)))
    sample = found.get("sample", "")
    if not isinstance(sample, str):
        raise _wrong(path, _("{name} is a text").format(name="sample"))
    return Rations(tuple(_ration(found[name], name, path) for name in NAMES if name in found), sample)


def _ration(found: Any, name: str, path: str) -> Ration:
    if not isinstance(found, dict):
        raise _wrong(path, f"[{name}]")
    for word in found:
        if word not in ("per_person_day", "unit", "holds", "source"):
            raise _wrong(path, f"[{name}] " + _("nobody knows {name}").format(name=quoted(word)))
    holds = found.get("holds", {})
    if not isinstance(holds, dict):
        raise _wrong(path, f"[{name}] holds")
    return Ration(
        name,
        _above_nothing(found.get("per_person_day"), f"[{name}] per_person_day", path),
        str(found.get("unit", "")),
        {kind: _above_nothing(much, f"[{name}] {kind}", path) for kind, much in holds.items()},
        str(found.get("source", "")),
    )


def _above_nothing(value: Any, where: str, path: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1e6:
        raise _wrong(path, _("{where} is a number above nothing").format(where=where))
    return float(value)


def _wrong(path: str, why: str) -> InvalidValue:
    return InvalidValue(f"{safe(path)}: {why}")
