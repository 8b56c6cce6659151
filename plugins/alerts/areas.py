"""Where an alert applies, as its elements say: words, outlines, circles, and codes of divisions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from emergency.plugins.alerts import saying
from emergency.plugins.alerts.tree import Node
from emergency.store.records.alert import dumped
from emergency.store.text import quoted
from emergency.store.words import _

#: Codings of places that are not GB/T 2260, though some have six digits too.
_OTHER_CODES = re.compile(r"fips|same|ugc|emma|nuts|iso|clc|profile", re.I)
#: Codings that say they are: what is no code there is a mistake, and 11 and 1101 are a province and a city.
_DIVISIONS = re.compile(r"2260|区划|adcode|division", re.I)
#: One value may hold several codes.
_BETWEEN = re.compile(r"[\s,，、;；|/]+")
_PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d{0,20})?)\s*,\s*([+-]?\d{1,3}(?:\.\d{0,20})?)", re.ASCII)


def pairs(node: Node, name: str) -> list[list[str]]:
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


def of(blocks: Sequence[Node], remarks: list[str]) -> list[dict[str, Any]]:
    """The areas of these blocks, each once; `regions` of one are the divisions that it names by code.

    What stands where a code of a division should, and is none, is among them as it came: the register, which
    alone knows the codes in force, refuses it, and what the area is called in words counts.
    """
    once: dict[str, dict[str, Any]] = {}
    for area in (a for b in blocks for a in b.all("area")):
        codes = pairs(area, "geocode")
        one: dict[str, Any] = {
            "desc": area.first("areaDesc"),
            "polygons": [p for c in area.all("polygon") if (p := polygon(c.text, remarks))],
            "circles": [c for e in area.all("circle") if (c := circle(e.text, remarks))],
            "codes": codes,
            "altitude": area.first("altitude"),
            "ceiling": area.first("ceiling"),
            "regions": list(dict.fromkeys(r for name, value in codes for r in _divisions(name, value))),
        }
        one = {k: v for k, v in one.items() if v}
        if one:
            once.setdefault(str(dumped(one)), one)
    return list(once.values())


def values(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The fields of an alert that these areas fill."""
    described = dict.fromkeys(str(a["desc"]) for a in found if a.get("desc"))
    codes = dict.fromkeys(c for a in found for c in a.get("regions", ()) if saying.division_code(c))
    return {"areas": dumped(list(found)), "area": "; ".join(described), "regions": dumped(list(codes))}


def _divisions(name: str, value: str) -> Iterator[str]:
    if _OTHER_CODES.search(name):
        return
    ours = bool(_DIVISIONS.search(name))
    for word in _BETWEEN.split(value)[:500]:
        if code := saying.division_code(word, short=ours):
            yield code
        elif ours and word:
            yield word[:40]


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


def outlines(geometry: Any, remarks: list[str]) -> list[str]:
    """The polygons of GeoJSON's `geometry`, outer rings alone, as CAP writes them."""
    rings: list[str] = []
    if isinstance(geometry, dict):
        shapes = geometry.get("coordinates")
        several = geometry.get("type") == "MultiPolygon"
        for outer in (shapes if several else [shapes]) if isinstance(shapes, list) else []:
            ring = outer[0] if isinstance(outer, list) and outer else None
            pairs = (
                [f"{p[1]},{p[0]}" for p in ring if isinstance(p, list) and len(p) > 1]
                if isinstance(ring, list)
                else []
            )
            if pairs and (one := polygon(" ".join(pairs), remarks)):
                rings.append(one)
    return rings


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
