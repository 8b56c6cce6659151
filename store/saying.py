"""A fact of the journal in words, for whoever reads an entry or is about to write one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emergency.store import following, times, wording
from emergency.store.errors import EmergencyError
from emergency.store.records import RECORDS
from emergency.store.screening import screened
from emergency.store.words import _, aside, listed, told


def fact(stated: Any) -> tuple[str, str, str]:
    """(what happened, to what, how), of anything that an entry holds; what is no sense is told as it is."""
    match stated:
        case ["feed", str(), str() as station, *_rest]:
            return _("first entry"), station, ""
    sound, why = screened(stated)
    if why and sound == ["feed"]:
        return _("of no effect"), "", aside(str(stated), why)
    match sound:
        case ["new" | "set" | "told" as word, str() as kind, str() as id_, dict() as values]:
            said = {"new": _("registered"), "set": _("changed"), "told": _("reported")}[word]
            return said, f"{RECORDS[kind].label} {id_}", _values(kind, values)
        case ["step", str() as line, str() as name, dict() as data]:
            return wording.step(name), line, _plain(data)
        case ["claim", str() as line, str() as thing, *_rest]:
            return _("takes"), thing, line
        case ["settle", [*lines], str() as kept]:
            lost = listed(str(line) for line in lines if line != kept)
            return _("decided"), wording.kept({"kept": kept}), _("lost: {lines}").format(lines=lost)
        case ["move", str() as reserve, int() as quantity, dict() as data]:
            return _("moved"), reserve, f"{quantity / 1000:+.15g}  {_plain(data)}".rstrip()
        case ["count", str() as reserve, int() as quantity, dict() as data]:
            return _("counted"), reserve, f"{quantity / 1000:.15g}  {_plain(data)}".rstrip()
        case ["log", str(), str() as id_, {"text": str() as text}]:
            return _("log"), id_, text
        case [word, *rest]:
            return str(word), "", " ".join(map(str, stated[1:] if isinstance(stated, list) else rest))
    return "?", "", str(stated)


def event(one: Mapping[str, Any]) -> str:
    """What a fact of a record's history states, as `history.of` has it: of the record itself, what of it."""
    stated, about = one["fact"], one["what"]
    done, what, how = fact(_alone(stated, one["why"]))
    if stated[0] in ("new", "set", "told", "log") and about == stated[0]:
        return how
    return "  ".join(filter(None, (done, "" if about in ("move", "count") else what, how)))


def _alone(stated: list[Any], why: str) -> list[Any]:
    """The same without its time, and without the reason that is told of the whole entry."""
    *rest, data = stated
    if stated[0] not in ("step", "move", "count"):
        return stated
    return [*rest, {k: v for k, v in data.items() if k != "at" and (k, v) != ("reason", why)}]


def _values(kind: str, values: dict[str, Any]) -> str:
    return listed(_value(kind, name, value) for name, value in values.items())


def _value(kind: str, name: str, value: Any) -> str:
    field = RECORDS[kind].field(name)
    if field is None:
        return told(name, str(value))
    try:
        shown = field.type.show(value)
    except (EmergencyError, TypeError, ValueError, ArithmeticError):
        shown = str(value)
    return told(field.label, shown or _("(none)"))


def _plain(data: dict[str, Any]) -> str:
    """What else is told of it; a time as a time."""
    labels = {
        "at": _("Happened"), "by": _("By"), "until": _("Until"), "reason": _("Why"), "note": _("Note"),
        "channel": _("channel"), "place": _("Place"), "line": _("Line"), "step": _("step"), "incident": _("Incident"),
        "to": _("To"), "deficit": _("Deficit"),
    }  # fmt: skip
    out = []
    for name, value in data.items():
        timed = name in ("at", "by", "until") and type(value) is int
        shown = times.format_short(value, times.now()) if timed else str(value)
        out.append(told(labels.get(name, name), _in_words(name, shown)))
    return listed(out)


def _in_words(name: str, value: str) -> str:
    """What the program itself wrote, in the language spoken; anything else as it is."""
    match name, value:
        case "channel", _channel:
            return following.channel_words(value)
        case "step", _step:
            return wording.step(value)
        case "reason", "import":
            return _("taken in from a file")
        case "reason", "undo":
            return _("take back")
    return value
