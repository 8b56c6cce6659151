"""CAP 1.0, 1.1 and 1.2: one `alert` element, as its namespace or none has it, into the fields of an alert.

What is missing stays empty; what is unknown does no harm. Blocks (`info`) that say one thing, in one
language or several, are one warning, for which the first in Chinese speaks, else the first; the others are kept
beside it, and the areas of all of them count. Blocks that warn of different things are warnings of their own.
"""

from __future__ import annotations

import re
from typing import Any

from emergency.plugins.alerts import areas, blocks, saying
from emergency.plugins.alerts.message import Message, derived_identifier, kept
from emergency.plugins.alerts.tree import Node
from emergency.store.records.alert import dumped
from emergency.store.text import quoted
from emergency.store.words import _

_VERSION = re.compile(r"cap[:/](\d\.\d)$")
_COLOUR_NAME = re.compile(r"colou?r|颜色|预警等级|预警级别|awareness_level", re.I)
_LEVEL_NAME = re.compile(r"响应级别|响应等级|response[ _-]?level", re.I)
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


def messages(node: Node) -> list[Message]:
    """What an alert says: one warning, or several that are parts of it.

    Raises UnreadableInput for texts longer than any warning's.
    """
    heard: list[str] = []
    head: dict[str, Any] = {
        "identifier": node.first("identifier"),
        "sender": node.first("sender"),
        "source": node.first("source"),
        "note": node.first("note"),
        "form": version(node),
        "references": dumped(_references(node)),
    }
    head |= {field: _choice(node, field, name, heard) for field, name in _CHOSEN}
    head["sent"] = _moment(node, "sent", heard)
    parts = blocks.parted([_block(info) for info in node.all("info")]) or [[_block(Node("", "info", {}))]]
    out: list[Message] = []
    for number, part in enumerate(parts, 1):
        values, remarks = _warning(node, head, part)
        _judge(values, remarks)
        if number > 1:
            values |= {"part": number, "identifier": out[0].values["identifier"]}
        if len(parts) > 1:
            told = _("one message warns of {count} things: this is number {n}")
            remarks.append(told.format(count=len(parts), n=number))
        found = kept(values)
        if not head["identifier"]:
            found.setdefault("identifier", derived_identifier(found))
            remarks.append(_("it has no identifier of its own"))
        out.append(Message(found, (*heard, *remarks)))
    return out


def _warning(node: Node, head: dict[str, Any], part: list[blocks.Block]) -> tuple[dict[str, Any], list[str]]:
    """What the head and some blocks say together, the first of them for all, with the places of all."""
    chief, info = part[0], part[0].node
    remarks = list(chief.remarks)
    further: dict[str, list[str]] = {n: words for n in _FURTHER if (words := _listed([node, info], n))}
    further |= (
        {"eventCode": codes} if (codes := ["=".join(p) for p in areas.pairs(info, "eventCode")]) else {}
    )
    further |= {"resources": resources} if (resources := _resources(info)) else {}
    values = head | chief.values | areas.values(areas.of([b.node for b in part], remarks))
    # What carries another on is for the places of that one.
    if info.children and not head["references"] and not any(b.node.all("area") for b in part):
        remarks.append(_("it names no area"))
    values["others"] = dumped([_other(b.node) for b in part[1:]])
    values["further"] = dumped(further)
    return values, remarks


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


def _block(info: Node) -> blocks.Block:
    """What one info block says, its areas apart."""
    remarks: list[str] = []
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
        "event_code": "; ".join(value for _name, value in areas.pairs(info, "eventCode") if value),
    }
    values |= {n: _choice(info, n, n, remarks) for n in ("urgency", "severity", "certainty")}
    values |= {n: _moment(info, n, remarks) for n in ("effective", "onset", "expires")}
    parameters = areas.pairs(info, "parameter")
    values["parameters"] = dumped(parameters)
    # Some write the colour where CAP has the severity: it is a colour all the same, and no severity.
    named = [value for name, value in parameters if _COLOUR_NAME.search(name)]
    told = [saying.colour(value) or saying.grade(value) for value in named]
    told += [saying.colour(info.first("severity"))]
    told += [next((c for n in ("headline", "event") if (c := saying.colour_told(values[n]))), None)]
    values["colour"] = next((c for c in told if c), None)
    remarks += saying.colours_remark(told)
    levels = [value for name, value in parameters if _LEVEL_NAME.search(name) and value]
    values["level"] = next((v for value in levels if (v := saying.response_level(value))), None)
    if levels and values["level"] is None:
        remarks.append(_("its response level is {text}, which is none").format(text=quoted(levels[0])))
    return blocks.block(info, values, areas.of([info], []), remarks)


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
