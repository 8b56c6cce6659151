"""CAP written as JSON: the same elements as objects and lists, read by the reader of CAP itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emergency.plugins.alerts import cap
from emergency.plugins.alerts.message import Message
from emergency.plugins.alerts.saying import plain
from emergency.plugins.alerts.tree import Node

#: No CAP alert is deeper, nor has more values in one list that are read.
_DEEPEST, _MOST = 8, 2000


def is_cap(value: Mapping[str, Any]) -> bool:
    """Whether an object has the head of a CAP alert, and blocks."""
    names = {str(name).lower(): one for name, one in value.items()}
    return isinstance(names.get("info"), list | dict) and bool(
        {"identifier", "msgtype", "sent"} & names.keys()
    )


def messages(value: Mapping[str, Any]) -> list[Message]:
    """What it says. Raises UnreadableInput as cap.messages does."""
    node = Node("", "alert", {})
    node.children = list(_nodes(value, 0))
    own = {"form": "JSON", "signature": "unsigned"}
    return [one._replace(values={**one.values, **own}) for one in cap.messages(node)]


def _nodes(value: Mapping[str, Any], depth: int) -> Iterator[Node]:
    """An element for each value; several for a list of them."""
    for name, one in value.items():
        for item in (one if isinstance(one, list) else [one])[:_MOST]:
            node = Node("", str(name), {})
            if isinstance(item, Mapping):
                if depth >= _DEEPEST:
                    continue
                node.children = list(_nodes(item, depth + 1))
            else:
                node.text = plain(item)
            yield node
