"""CAP 1.0, 1.1 and 1.2: one `alert` element, as its namespace or none has it, into the fields of an alert.

What is missing stays empty; what is unknown does no harm. Of several `info` blocks the first in Chinese
speaks for the alert, else the first; the others are kept beside it, and the areas of all of them count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emergency.plugins.alerts import saying
from emergency.plugins.alerts.message import Message, derived_identifier, kept
from emergency.plugins.alerts.tree import Node
from emergency.store.records.alert import dumped
from emergency.store.text import quoted
from emergency.store.words import _

_VERSION = re.compile(r"cap[:/](\d\.\d)$")
_COLOUR_NAME = re.compile(r"colou?r|颜色|预警等级|预警级别|awareness_level", re.I)
_LEVEL_NAME = re.compile(r"响应级别|响应等级|response[ _-]?level", re.I)
#: Codings of places that are not GB/T 2260, though some have six digits too.
_OTHER_CODES = re.compile(r"fips|same|ugc|emma|nuts|iso|clc|profile", re.I)
_PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d{0,20})?)\s*,\s*([+-]?\d{1,3}(?:\.\d{0,20})?)", re.ASCII)
#: Elements that make an `alert` an alert.
MARKS = frozenset(("identifier", "sender", "sent", "msgtype", "info"))
_FURTHER = ("code", "addresses", "restriction", "incidents", "audience")


def is_alert(node: Node) -> bool:
    """Whether an element is an alert, whatever its namespace."""
    return node.name.lower() == "alert" and any(c.name.lower() in MARKS for c in node.children)


def version(node: Node) -> str:
    """`CAP 1.2`, by the namespace; `CAP` where it says none."""
    match = _VERSION.search(node.namespace)
    return f"CAP {match[1]}" if match else "CAP"


def message(node: Node) -> Message:
    """What an alert says. Raises UnreadableInput for texts longer than any warning's."""
    remarks: list[str] = []
    blocks = node.all("info")
    spoken = [b for b in blocks if b.first("language").lower().startswith("zh")]
    chief = (spoken or blocks or [Node("", "info", {})])[0]
    values: dict[str, Any] = {
        "identifier": node.first("identifier"),
        "sender": node.first("sender"),
        "source": node.first("source"),
        "note": node.first("note"),
        "form": version(node),
        "references": dumped(_references(node)),
    }
    values |= {field: _choice(node, field, name, remarks) for field, name in _CHOSEN}
    values |= _block(chief, remarks)
    values["sent"] = _moment(node, "sent", remarks)
    values |= _areas(blocks, remarks)
    values["others"] = dumped([_other(b) for b in blocks if b is not chief])
    further: dict[str, list[str]] = {
        name: words for name in _FURTHER if (words := _listed([node, chief], name))
    }
    further |= {"eventCode": codes} if (codes := ["=".join(p) for p in _pairs(chief, "eventCode")]) else {}
    further |= {"resources": resources} if (resources := _resources(chief)) else {}
    values["further"] = dumped(further)
    _judge(values, remarks)
    found = kept(values)
    if "identifier" not in found:
        found["identifier"] = derived_identifier(found)
        remarks.append(_("it has no identifier of its own"))
    return Message(found, tuple(remarks))


_CHOSEN = (("status", "status"), ("msg_type", "msgType"), ("scope", "scope"))


def _judge(values: dict[str, Any], remarks: list[str]) -> None:
    """What a person should know of the head of an alert."""
    if values["status"] is None:
        remarks.append(_("it does not say whether it is real, a test or an exercise"))
    told = saying.status_told(str(values.get("headline") or ""))
    if values["status"] == "Actual" and told:
        remarks.append(_("its status is Actual, and its headline speaks of an exercise or a test"))
    if values["sent"] is None:
        remarks.append(_("it does not say when it was sent"))


def _choice(node: Node, field: str, name: str, remarks: list[str]) -> str | None:
    text = node.first(name)
    found = saying.choice(field, text) if text else None
    if text and found is None:
        remarks.append(
            _("{field} is {text}, which is not a word of CAP").format(field=name, text=quoted(text))
        )
    return found


def _moment(node: Node, name: str, remarks: list[str]) -> int | None:
    text = node.first(name)
    found = saying.moment(text) if text else None
    if text and found is None:
        remarks.append(_("{field} is {text}, which is not a time").format(field=name, text=quoted(text)))
    return found


def _block(info: Node, remarks: list[str]) -> dict[str, Any]:
    """What one info block says, its areas apart."""
    values: dict[str, Any] = {
        "language": info.first("language"),
        "category": "; ".join(t for c in info.all("category") if (t := c.text.strip())),
        "event": info.first("event"),
        "response_types": "; ".join(t for c in info.all("responseType") if (t := c.text.strip())),
        "sender_name": info.first("senderName"),
        "headline": info.first("headline"),
        "description": info.first("description"),
        "instruction": info.first("instruction"),
        "web": info.first("web"),
        "contact": info.first("contact"),
        "event_code": "; ".join(value for _name, value in _pairs(info, "eventCode") if value),
    }
    values |= {n: _choice(info, n, n, remarks) for n in ("urgency", "severity", "certainty")}
    values |= {n: _moment(info, n, remarks) for n in ("effective", "onset", "expires")}
    parameters = _pairs(info, "parameter")
    values["parameters"] = dumped(parameters)
    # Some write the colour where CAP has the severity: it is a colour all the same, and no severity.
    named = [value for name, value in parameters if _COLOUR_NAME.search(name)] + [info.first("severity")]
    told = [saying.colour(value) for value in named]
    told += [saying.colour_told(values[n]) for n in ("headline", "event")]
    values["colour"] = next((c for c in told if c), None)
    values["level"] = next(
        (
            v
            for name, value in parameters
            if _LEVEL_NAME.search(name) and (v := saying.choice("level", value))
        ),
        None,
    )
    return values


def _pairs(node: Node, name: str) -> list[list[str]]:
    """[name, value] of each element of that name; CAP 1.0 wrote `name=value`."""
    out = []
    for child in node.all(name):
        if child.children:
            pair = [child.first("valueName"), child.first("value")]
        else:
            label, _equals, value = child.text.strip().partition("=")
            pair = [label.strip(), value.strip()]
        if any(pair):
            out.append(pair)
    return out


def _references(node: Node) -> list[list[str]]:
    """[sender, identifier, sent] of each alert referred to, as far as it says; `reference` is met too."""
    out: list[list[str]] = []
    for child in (*node.all("references"), *node.all("reference")):
        for triple in child.text.split():
            parts = triple.split(",")
            if len(parts) >= 3:
                out.append([parts[0], ",".join(parts[1:-1]), parts[-1]])
            elif len(parts) == 2:
                out.append([parts[0], parts[1], ""])
            elif parts[0]:
                out.append(["", parts[0], ""])
    return out


def _listed(nodes: list[Node], name: str) -> list[str]:
    return [t for node in nodes for c in node.all(name) if (t := c.text.strip())]


def _resources(info: Node) -> list[str]:
    named = ((r.first("resourceDesc"), r.first("uri")) for r in info.all("resource"))
    return [" ".join(filter(None, pair)) for pair in named if any(pair)]


def _other(info: Node) -> dict[str, str]:
    names = (
        "language",
        "event",
        "severity",
        "urgency",
        "certainty",
        "headline",
        "description",
        "instruction",
        "expires",
    )
    return {n: t for n in names if (t := info.first(n))}


def _areas(blocks: list[Node], remarks: list[str]) -> dict[str, Any]:
    """The areas of all blocks, each once."""
    once: dict[str, dict[str, Any]] = {}
    codes: dict[str, None] = {}
    for area in (a for b in blocks for a in b.all("area")):
        pairs = _pairs(area, "geocode")
        one: dict[str, Any] = {
            "desc": area.first("areaDesc"),
            "polygons": [p for c in area.all("polygon") if (p := polygon(c.text, remarks))],
            "circles": [c for e in area.all("circle") if (c := circle(e.text, remarks))],
            "codes": pairs,
            "altitude": area.first("altitude"),
            "ceiling": area.first("ceiling"),
        }
        one = {k: v for k, v in one.items() if v}
        if one:
            once.setdefault(str(dumped(one)), one)
        for name, value in pairs:
            code = "" if _OTHER_CODES.search(name) else saying.division_code(value)
            if code:
                codes[code] = None
    found = list(once.values())
    described = dict.fromkeys(str(a["desc"]) for a in found if a.get("desc"))
    return {"areas": dumped(found), "area": "; ".join(described), "regions": dumped(list(codes))}


def points(text: str) -> Iterator[tuple[float, float]]:
    """(latitude, longitude) of each pair in a text that are on the earth."""
    for lat, lng in _PAIR.findall(text):
        if abs(float(lat)) <= 90 and abs(float(lng)) <= 180:
            yield float(lat), float(lng)


def polygon(text: str, remarks: list[str]) -> str:
    """`lat,lng lat,lng ...`, closed; "" with a remark for what is no polygon."""
    found = list(points(text))
    # Every word of it must be a point: half a polygon is another place.
    whole = not _PAIR.sub("", text).strip(" \t\r\n,;") and len(found) == len(_PAIR.findall(text))
    if len(set(found)) < 3 or not whole:
        if text.strip():
            remarks.append(_("a polygon cannot be read: {text}").format(text=quoted(text)))
        return ""
    if found[0] != found[-1]:
        found.append(found[0])
    return " ".join(f"{_degrees(lat)},{_degrees(lng)}" for lat, lng in found)


def circle(text: str, remarks: list[str]) -> str:
    """`lat,lng radius`, the radius in km; "" with a remark for what is no circle."""
    match = re.fullmatch(_PAIR.pattern + r"\s+(\d{1,6}(?:\.\d{0,20})?)", text.strip(), re.ASCII)
    if match is None or not list(points(text)):
        if text.strip():
            remarks.append(_("a circle cannot be read: {text}").format(text=quoted(text)))
        return ""
    return f"{_degrees(float(match[1]))},{_degrees(float(match[2]))} {float(match[3]):g}"


def _degrees(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
