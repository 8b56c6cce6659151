"""Warnings as JSON, in whatever shape a feed has this year: lists in lists, objects numbered like lists, fields
renamed, missing, or numbers where there was text.

Nothing is known of a feed beforehand. An object is an alert if it says enough of what alerts say; its
fields are found by the names that feeds use for them, and what has no field (sender, event, colour) by the
words of its headline. Names of places are taken from the objects around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emergency.plugins.alerts import areas, capjson, keys, saying
from emergency.plugins.alerts.message import (
    MOST_ALERTS,
    Message,
    Reading,
    Refusal,
    derived_identifier,
    kept,
    unreadable,
)
from emergency.store.errors import UnreadableInput
from emergency.store.records.alert import dumped
from emergency.store.text import quoted
from emergency.store.words import _

DEEPEST = 24
#: Stands for an object that is CAP as it is.
_AS_CAP = ""
#: Keys under which a feed puts its alerts: with nothing in them there are none today.
_HOLDERS = re.compile(
    r"alert|alarm|warn|预警|^data$|^list$|^content$|^results?$|^features$|^items$|^rows$", re.I
)
_ALERTS = re.compile(r"alert|alarm|warn|预警", re.I)
_WARNING = re.compile(r"预警|警报|警戒|warning|watch|alert|advisory", re.I)
#: 1003, 11B03 of GB/T 35561, and the p0002001 of pictures.
_EVENT_CODE = re.compile(r"p?\d+(?:[A-Z]\d+)?", re.ASCII)
_CODES = re.compile(r"[\d\s,;，；、]+")


def reading(value: Any, name: str) -> Reading:
    """Every alert in a JSON value. Raises UnreadableInput where it is no feed of alerts at all."""
    credit = _credited(value)
    found: list[Message] = []
    refused: list[Refusal] = []
    for one, around in _alerts(value, {}, 0, held=False):
        try:
            found += _messages(one, around, credit)
        except UnreadableInput as error:
            refused.append(Refusal(_called(one), error.message, error.hint))
        if len(found) + len(refused) > MOST_ALERTS:
            raise unreadable(name, _("it holds more than {limit} alerts").format(limit=MOST_ALERTS))
    if not found and not refused and not _empty_feed(value, 0):
        raise unreadable(name, _("no alert is in it"))
    return Reading(tuple(found), tuple(refused))


def _alerts(
    value: Any, around: dict[str, str], depth: int, *, held: bool
) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """(alert, names of the places around it) of each object that is one; what holds others is none itself."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            if isinstance(one, list | dict):
                yield from _alerts(one, around, depth + 1, held=held)
        return
    if not isinstance(value, dict):
        return
    if capjson.is_cap(value):
        yield {_AS_CAP: value}, around
        return
    keyed = _flattened(value)
    if _is_alert(keyed, held=held):
        yield keyed, around
        return
    around = around | _place_of(value)
    for key, one in value.items():
        if isinstance(one, list | dict):
            # Objects numbered like a list are held by what holds them all.
            inside = bool(_ALERTS.search(str(key))) or (held and str(key).isdigit())
            yield from _alerts(one, around, depth + 1, held=inside)


def _flattened(value: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object by their plain names; those of GeoJSON's `properties` with them."""
    keyed = keys.keyed(value)
    inner = keyed.get("properties")
    return {**keyed, **keys.keyed(inner)} if isinstance(inner, dict) else keyed


def _is_alert(keyed: dict[str, Any], *, held: bool) -> bool:
    """Whether an object says enough: what it warns of, and two more things that alerts say; one where it is
    held by a list of alerts."""
    said = {
        f
        for f in ("event", "headline", "description", "sent", "expires", "severity", "identifier")
        if _text(keyed, f)
    }
    coloured = _coloured(keyed, "") is not None or saying.colour_told(_text(keyed, "headline")) is not None
    told = " ".join(_text(keyed, f) for f in ("headline", "description"))
    warns = held or coloured or bool(_WARNING.search(told)) or bool(said & {"severity"})
    return (
        warns
        and bool(said & {"event", "headline", "description"})
        and len(said) + coloured >= (2 if held else 3)
    )


def _empty_feed(value: Any, depth: int) -> bool:
    """Whether a feed says that there are no alerts: where they would stand, nothing stands."""
    if value in ([], {}):
        return depth == 0
    if depth > DEEPEST or not isinstance(value, list | dict):
        return False
    pairs = value.items() if isinstance(value, dict) else ((None, v) for v in value)
    return any(
        (v in ([], {}, None, "") and key is not None and bool(_HOLDERS.search(str(key))))
        or _empty_feed(v, depth + 1)
        for key, v in pairs
    )


def _place_of(value: dict[str, Any]) -> dict[str, str]:
    """The names of places that an object around alerts tells."""
    keyed = keys.keyed(value)
    out = {}
    location = keyed.get("location")
    if isinstance(location, dict) and (name := saying.plain(location.get("name"))):
        out["area"] = name
    for field, names in (("area", keys.NAMES["area"]), *((names[0], names) for names in keys.PLACES)):
        words = (saying.plain(keyed.get(n)) for n in names)
        if word := next((w for w in words if w and not _CODES.fullmatch(w)), ""):
            out[field] = word
    return out


def _text(keyed: Mapping[str, Any], field: str) -> str:
    """What an object says of a field, under the first of its names that says anything."""
    return next((w for n in keys.NAMES[field] if (w := _word(keyed.get(n)))), "")


def _word(value: Any) -> str:
    """One text of a value: of an object its name, of a list its words."""
    if isinstance(value, dict):
        keyed = keys.keyed(value)
        return next(
            (w for n in ("name", "text", "desc", "value", "code") if (w := saying.plain(keyed.get(n)))), ""
        )
    if isinstance(value, list):
        return "; ".join(w for one in value[:200] if (w := saying.plain(one)))
    return saying.plain(value)


def _credited(value: Any) -> str:
    """Where a feed as a whole says that its words come from."""
    head = value.get("metadata") or value.get("refer") if isinstance(value, dict) else None
    named = head.get("attributions") or head.get("sources") if isinstance(head, dict) else None
    return saying.plain(named[0]) if isinstance(named, list) and named else ""


def _called(keyed: dict[str, Any]) -> str:
    """By what a person finds an object in its feed."""
    said = keys.keyed(keyed[_AS_CAP]) if _AS_CAP in keyed else keyed
    return (_text(said, "identifier") or _text(said, "headline"))[:80]


def _messages(keyed: dict[str, Any], around: dict[str, str], credit: str) -> list[Message]:
    return capjson.messages(keyed[_AS_CAP]) if _AS_CAP in keyed else [_message(keyed, around, credit)]


def _message(keyed: dict[str, Any], around: dict[str, str], credit: str) -> Message:
    remarks: list[str] = []
    words = {f: _text(keyed, f) for f in keys.NAMES}
    headline, description = words["headline"], words["description"]
    title = headline or saying.first_sentence(description)
    issuer = words["sender_name"] or _issuer(headline, description, keyed, around)
    place, outlines, codes = (
        _place(keyed, around),
        areas.outlines(keyed.get("geometry"), remarks),
        _codes(keyed),
    )
    # An outline is an area, and by the name of its county it would be all of it.
    if not place and not outlines and (place := saying.place_named(title, issuer)) and not codes:
        remarks.append(_("it names no area: that of its headline or of who issued it is taken"))
    coloured = _coloured(keyed, title)
    told = saying.colour_told(title)
    remarks += saying.colours_remark((coloured, told))
    if not coloured and not told and (number := _numbered(keyed)):
        remarks.append(
            _("its grade is {text}, and feeds count from either end: no colour is taken from it").format(
                text=number
            )
        )
    level = saying.response_level(words["level"])
    if words["level"] and level is None:
        remarks.append(_("its response level is {text}, which is none").format(text=quoted(words["level"])))
    values: dict[str, Any] = {
        "identifier": words["identifier"] or _stem(words["web"]),
        "sender": words["sender"],
        "sender_name": issuer,
        "event": _event(keyed, title),
        "event_code": _event_code(keyed),
        "colour": coloured or told,
        "level": level,
        "status": _status(words["status"], title),
        "msg_type": _kind(keyed, title),
        "scope": saying.choice("scope", words["scope"]),
        "headline": title,
        "description": description,
        "instruction": words["instruction"],
        "language": words["language"],
        "web": words["web"],
        "source": words["source"] or saying.source_told(description) or credit,
        "response_types": _word(
            keyed.get("responsetypes") or keyed.get("responsetype") or keyed.get("response")
        ),
        "area": place,
        "form": "JSON",
        "signature": "unsigned",
        "references": dumped(_references(keyed)),
        "regions": dumped(codes),
        "areas": dumped(
            [{k: v for k, v in (("desc", place), ("polygons", outlines)) if v}] if place or outlines else []
        ),
    }
    values |= {f: saying.choice(f, words[f]) for f in ("urgency", "severity", "certainty")}
    for field in ("sent", "effective", "onset", "expires"):
        given = next((keyed[n] for n in keys.NAMES[field] if _word(keyed.get(n))), None)
        values[field] = saying.moment(given)
        if given is not None and values[field] is None:
            remarks.append(_("{field} is no time that can be read").format(field=field))
    if values["sent"] is None:
        values["sent"] = values["effective"]
        remarks.append(_("it does not say when it was sent"))
    values["sender"] = values["sender"] or values["sender_name"]
    found = kept(values)
    found.setdefault("identifier", derived_identifier(found))
    return Message(found, tuple(remarks))


def _stem(address: str) -> str:
    """The name of the page of an alert, which feeds without identifiers have: 10101-20181210162528-0501."""
    match = re.search(r"(?:^|/)([\w-]*\d{8,}[\w-]*)\.s?html?$", address)
    return match[1] if match else ""


def _issuer(headline: str, description: str, keyed: dict[str, Any], around: dict[str, str]) -> str:
    """Who issued it, by its words; `市气象台` with the name of its city before it."""
    told = saying.issuer_told(headline) or saying.issuer_told(description)
    if told[:1] in ("省", "市", "区", "县") and len(told) > 2:
        names = around | _place_of(keyed)
        widest_last = [names.get(n[0], "") for n in keys.PLACES]
        whole = next((n for n in reversed(widest_last) if n.endswith(told[0])), "")
        return whole + told[1:] if whole else told
    return told


def _event(keyed: dict[str, Any], title: str) -> str:
    code = ""
    for name in keys.NAMES["event"]:
        word = _word(keyed.get(name))
        # A code is no name of an event, nor is the title of the whole alert.
        if _EVENT_CODE.fullmatch(word):
            code = code or ("" if word.isdigit() else word)
        elif word and len(word) <= 40 and saying.choice("msg_type", word) is None:
            return word
    return saying.event_told(title) or code


def _event_code(keyed: dict[str, Any]) -> str:
    kind = keyed.get("eventtype")
    if isinstance(kind, dict) and (code := saying.plain(kind.get("code"))):
        return code
    found = ((n, saying.plain(keyed.get(n))) for n in keys.NAMES["event_code"])
    return next(
        (w for n, w in found if w and (n in ("eventcode", "typecode") or _EVENT_CODE.fullmatch(w))), ""
    )


def _coloured(keyed: Mapping[str, Any], title: str) -> str | None:
    """The colour that a field says, else that of the grade that one says; a response has grades too."""
    values = [_coded(keyed.get(name)) for name in keys.NAMES["colour"]]
    found = next((c for v in values if (c := saying.colour(v))), None)
    if found or ("响应" in title and "预警" not in title):
        return found
    return next((c for v in values if (c := saying.grade(v))), None)


def _numbered(keyed: Mapping[str, Any]) -> str:
    """A grade that is a number alone, where a field says one."""
    values = (_coded(keyed.get(name)) for name in keys.NAMES["colour"])
    return next((v for v in values if v.isdigit() and len(v) < 4), "")


def _coded(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("code") or value.get("name") or value.get("value")
    return saying.plain(value)


def _status(word: str, title: str) -> str | None:
    """A feed is of real warnings unless it says otherwise; `status` may also be of the message, or of the answer."""
    return saying.choice("status", word) or saying.status_told(title) or "Actual"


def _kind(keyed: dict[str, Any], title: str) -> str:
    for name in keys.NAMES["msg_type"]:
        value = keyed.get(name)
        if isinstance(value, dict):
            value = value.get("code") or value.get("name")
        if found := saying.choice("msg_type", saying.plain(value)):
            return found
    return saying.message_told(title)


def _place(keyed: dict[str, Any], around: dict[str, str]) -> str:
    """The area in words: as it is named, else the province, city and county that it and its surroundings tell."""
    if own := _named(keyed):
        return own
    names = around | _place_of(keyed)
    path = list(dict.fromkeys(w for n in keys.PLACES if (w := names.get(n[0], ""))))
    return "".join(path) or names.get("area", "")


def _named(keyed: Mapping[str, Any]) -> str:
    """What an object calls its area in words; codes under such a key are read as codes."""
    words = (_word(keyed.get(name)) for name in keys.NAMES["area"])
    return next((w for w in words if w and not _CODES.fullmatch(w)), "")


def _codes(keyed: dict[str, Any]) -> list[str]:
    """Codes of GB/T 2260 among its fields."""
    found: dict[str, None] = {}
    for name in keys.CODES:
        value = keyed.get(name)
        for one in value if isinstance(value, list) else [value]:
            for word in re.split(r"[,;，；\s]+", _word(one))[:500]:
                if code := saying.division_code(word):
                    found[code] = None
    return list(found)


def _references(keyed: dict[str, Any]) -> list[list[str]]:
    kind = keyed.get("messagetype")
    given = [keyed.get(n) for n in keys.REFERENCES]
    if isinstance(kind, dict):
        given += [keys.keyed(kind).get(n) for n in keys.REFERENCES]
    out: list[list[str]] = []
    for value in given:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                triple = [saying.plain(one.get(n)) for n in ("sender", "identifier", "sent")]
                out += [triple] if triple[1] else []
            else:
                for word in re.split(r"[;\s]+", saying.plain(one)):
                    parts = word.split(",")
                    out += (
                        [[parts[0], ",".join(parts[1:-1]), parts[-1]] if len(parts) > 2 else ["", word, ""]]
                        if word
                        else []
                    )
    return out
