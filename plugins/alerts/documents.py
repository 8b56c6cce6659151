"""A file or an answer of a feed, told by its content: CAP alone or wrapped in anything, Atom, RSS, or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from emergency.plugins.alerts import cap, encoding, feeds, jsontext, saying
from emergency.plugins.alerts.message import (
    MOST_ALERTS,
    MOST_BYTES,
    Message,
    Reading,
    Refusal,
    derived_identifier,
    kept,
    unreadable,
)
from emergency.plugins.alerts.signing import Trust
from emergency.plugins.alerts.tree import Node, each, parse
from emergency.store.errors import EmergencyError
from emergency.store.records.alert import dumped
from emergency.store.records.types import Stored
from emergency.store.words import _

#: Roots of feeds: with no alert in them there is none today.
_FEEDS = ("feed", "rss", "rdf", "alerts", "edxldistribution")
_ENTRIES = ("entry", "item")
#: Texts that are read as XML again: an alert within CDATA. Once, not without end.
_LONGEST_INNER = 1 << 20


class Found(NamedTuple):
    """An alert element, the document it stands in, and which alert of it it is."""

    node: Node
    data: bytes
    nth: int


def read(data: bytes, name: str, trust: Trust | None = None) -> Reading:
    """Every alert in it. Raises UnreadableInput for what holds none and is no feed, and for every attack."""
    if len(data) > MOST_BYTES:
        raise unreadable(name, _("it is larger than {limit} MB").format(limit=MOST_BYTES >> 20))
    start = encoding.start(data)
    if not start:
        raise unreadable(name, _("it is empty"))
    if start == "<":
        return _from_xml(encoding.in_utf8(encoding.text_of(data, name)), name, trust or Trust())
    return feeds.reading(jsontext.parse(_decoded(data, name), name), name)


def _decoded(data: bytes, name: str) -> str:
    try:
        text = encoding.text_of(data, name)
    except EmergencyError:
        text = "\0"
    if "\0" in text:
        raise unreadable(name, _("it is neither XML nor JSON"))
    return text


def _from_xml(data: bytes, name: str, trust: Trust) -> Reading:
    messages: list[Message] = []
    refused: list[Refusal] = []
    links: list[str] = []
    for root, part in each(data, name):
        before = len(messages) + len(refused) + len(links)
        for found in _alerts(root, part, name):
            if isinstance(found, Node):
                messages += _of_entry(found)
                links += _links(found)
                continue
            try:
                messages += _judged(found, name, trust)
            except EmergencyError as error:
                refused.append(Refusal(found.node.first("identifier"), error.message, error.hint))
            if len(messages) > MOST_ALERTS:
                raise unreadable(name, _("it holds more than {limit} alerts").format(limit=MOST_ALERTS))
        if before == len(messages) + len(refused) + len(links) and root.name.lower() not in _FEEDS:
            raise unreadable(name, _("no alert is in it"))
    return Reading(tuple(messages), tuple(refused), tuple(dict.fromkeys(links)))


def _alerts(root: Node, data: bytes, name: str) -> Iterator[Found | Node]:
    """The alerts of a document in its order; and the entries of a feed that hold none but tell of one."""
    nth = 0
    # Depth first without recursion: (element, whether an alert within it was met already).
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if cap.is_alert(node):
            yield Found(node, data, nth)
            nth += 1
            continue
        inner = list(_within(node, name))
        yield from inner
        if not inner and node.name.lower() in _ENTRIES and not _holds_alert(node):
            yield node
            continue
        waiting += reversed(node.children)


def _within(node: Node, name: str) -> Iterator[Found]:
    """Alerts that stand in the text of an element, as CDATA or escaped."""
    text = node.text.strip()
    if not text.startswith("<") or "alert" not in text[:4000] or len(text) > _LONGEST_INNER:
        return
    data = encoding.in_utf8(text)
    try:
        root = parse(data, name)
    except EmergencyError:
        return
    waiting, nth = [root], 0
    while waiting:
        inner = waiting.pop()
        if cap.is_alert(inner):
            yield Found(inner, data, nth)
            nth += 1
        else:
            waiting += reversed(inner.children)


def _holds_alert(node: Node) -> bool:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if cap.is_alert(one) or (one.text.lstrip().startswith("<") and "alert" in one.text[:4000]):
            return True
        waiting += one.children
    return False


def _judged(found: Found, name: str, trust: Trust) -> list[Message]:
    """An alert with what its signature is worth. Raises InvalidValue where it is wrong."""
    signatures = [c for c in found.node.children if c.name == "Signature"]
    if not signatures:
        return [m._replace(values={**m.values, "signature": "unsigned"}) for m in cap.messages(found.node)]
    verdict = trust.judge(found.data, found.nth)
    node = found.node
    if verdict.signed is not None:
        # What is signed is what is read: nothing that stands beside it counts.
        node = parse(verdict.signed, name)
    signed: dict[str, Stored] = {"signature": verdict.state}
    if verdict.signer:
        signed["signed_by"] = verdict.signer
    remarks = (verdict.remark,) if verdict.remark else ()
    return [Message(m.values | signed, m.remarks + remarks) for m in cap.messages(node)]


# -- entries that only tell of an alert -----------------------------------------------------------


def _links(entry: Node) -> list[str]:
    """Where the entry says that the alert itself lies."""
    return [
        link.attributes["href"]
        for link in entry.all("link")
        if "cap" in link.attributes.get("type", "")
        and link.attributes.get("href", "").startswith(("http://", "https://"))
    ]


def _of_entry(entry: Node) -> list[Message]:
    """The alert that an entry tells in fields of CAP, or in its title and text alone."""
    fields = {c.name.lower(): c for c in entry.children if "cap" in c.namespace}
    if _links(entry) and "identifier" not in fields:
        return []
    head, info, area = Node("", "alert", {}), Node("", "info", {}), Node("", "area", {})
    own = entry.all("info")
    info.children = [*entry.children, *(child for one in own for child in one.children), area]
    head.children = [*(child for child in entry.children if child not in own), info]
    area.children = [
        c for c in entry.children if c.name.lower() in ("areadesc", "polygon", "circle", "geocode")
    ]
    title = entry.first("title")
    author = next((a.first("name") or a.text.strip() for a in entry.all("author")), "")
    text = entry.first("summary") or entry.first("description") or entry.first("content")
    (message,) = cap.messages(head)
    values = {k: v for k, v in message.values.items() if k != "description"}
    issuer = author or saying.issuer_told(title)
    sent = saying.moment(
        entry.first("sent") or entry.first("updated") or entry.first("published") or entry.first("pubDate")
    )
    filled = {
        "headline": title,
        "description": text,
        "sender_name": issuer,
        "event": saying.event_told(title),
        "colour": saying.colour_told(title),
        "sent": sent,
        "status": saying.status_told(title) or "Actual",
        "msg_type": saying.choice("msg_type", entry.first("message_type")) or saying.message_told(title),
        "form": "Atom" if entry.name.lower() == "entry" else "RSS",
        "signature": "unsigned",
    }
    values = {**values, "form": None, **{k: v for k, v in filled.items() if v and not values.get(k)}}
    values["form"] = filled["form"]
    if not fields and not (values.get("colour") or "预警" in title or "warning" in title.lower()):
        return []
    remarks = saying.colours_remark((str(message.values.get("colour") or ""), saying.colour_told(title)))
    if not values.get("area") and not area.children and (place := saying.place_named(title, issuer)):
        remarks.append(_("it names no area: that of its headline or of who issued it is taken"))
        values |= {"area": place, "areas": dumped([{"desc": place}])}
    identifier = entry.first("identifier") or entry.first("id") or entry.first("guid")
    values.pop("identifier", None)
    found = kept({**values, "identifier": identifier})
    found.setdefault("identifier", derived_identifier(found))
    return [Message(found, tuple(remarks))]
