"""XML from strangers, parsed within bounds: no DTD, so no entities and nothing external; no depth, no flood.

defusedxml refuses what it is asked to (a DTD, entities, external references). It counts nothing, so what
it lets through is counted here: bytes, depth, elements, attributes and text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from emergency.plugins.alerts.message import MOST_BYTES, unreadable
from emergency.store.errors import UnreadableInput
from emergency.store.words import _

#: Elements within elements; a CAP alert in a signed envelope in a feed has about 12.
DEEPEST = 48
MOST_ELEMENTS = 100_000
MOST_ATTRIBUTES = 40
#: Characters of all attributes of one element together, and of one element's own text.
LONGEST_ATTRIBUTES = 8192
LONGEST_TEXT = 1 << 20
_STEP = 1 << 16
#: What expat says of anything behind the end of a document.
_JUNK = 9
#: A page for a browser, not for this program: what stands where a feed has moved, or asks for a password.
_PAGE = re.compile(
    rb"(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->).){0,500}-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)


class Node:
    """An element: its name without prefix, its namespace, its own text, what is in it."""

    __slots__ = ("attributes", "children", "name", "namespace", "text")

    def __init__(self, namespace: str, name: str, attributes: dict[str, str]) -> None:
        self.namespace = namespace
        self.name = name
        self.attributes = attributes
        self.children: list[Node] = []
        self.text = ""

    def all(self, name: str) -> list[Node]:
        """The children of that name, in any namespace and any case."""
        wanted = name.lower()
        return [c for c in self.children if c.name.lower() == wanted]

    def first(self, name: str) -> str:
        """The text of the first child of that name that has any; "" where there is none."""
        return next((t for c in self.all(name) if (t := c.text.strip())), "")


class _Broken(NamedTuple):
    why: str
    hint: str = ""


class _Stop(Exception):
    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.told = _Broken(why, hint)


class _Builder:
    """Builds nodes as expat tells of them, and stops where there are too many."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._text: list[list[str]] = []
        self._sizes: list[int] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST:
            raise _Stop(_("elements stand within elements deeper than {limit}").format(limit=DEEPEST))
        if self._count > MOST_ELEMENTS:
            raise _Stop(_("it has more than {limit} elements").format(limit=MOST_ELEMENTS))
        if len(attributes) > MOST_ATTRIBUTES or sum(map(len, attributes.values())) > LONGEST_ATTRIBUTES:
            raise _Stop(_("an element has attributes without end"))
        space, _brace, name = tag.rpartition("}")
        node = Node(space.lstrip("{"), name, dict(attributes))
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(node)
        self._text.append([])
        self._sizes.append(0)

    def data(self, text: str) -> None:
        if not self._open:
            return
        self._sizes[-1] += len(text)
        if self._sizes[-1] > LONGEST_TEXT:
            raise _Stop(_("an element has more than {limit} characters").format(limit=LONGEST_TEXT))
        self._text[-1].append(text)

    def end(self, _tag: str) -> None:
        node = self._open.pop()
        node.text = "".join(self._text.pop())
        self._sizes.pop()

    def close(self) -> Node | None:
        return self.root


def parse(data: bytes, name: str) -> Node:
    """The root of an XML document in UTF-8. Raises UnreadableInput for what is none, and for every attack."""
    root, end = _parsed(data, 0, name)
    if end < len(data):
        raise _broken(data, end, name)
    return root


def each(data: bytes, name: str) -> Iterator[tuple[Node, bytes]]:
    """Documents in UTF-8 one after the other, as `cat` joins files: (root, its bytes) of each. Raises as `parse`.

    The next one begins with its declaration or on a line of its own.
    """
    start = 0
    while start < len(data):
        root, end = _parsed(data, start, name)
        yield root, data[start:end]
        start = end


def _parsed(data: bytes, start: int, name: str) -> tuple[Node, int]:
    """The root of the document that begins there, and where the next one does."""
    if len(data) > MOST_BYTES:
        raise unreadable(name, _("it is larger than {limit} MB").format(limit=MOST_BYTES >> 20))
    if _PAGE.match(data, start, start + 4000):
        raise unreadable(
            name,
            _("it is a web page, and no alert"),
            _("look at it in a browser: the address may be another, or ask for a password"),
        )
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    builder = _Builder()
    # Its encoding is settled, whatever it declares.
    parser: Any = DefusedXMLParser(
        target=builder, encoding="utf-8", forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    try:
        for at in range(start, len(data), _STEP):
            parser.feed(data[at : at + _STEP])
        root: Node | None = parser.close()
    except _Stop as stop:
        raise unreadable(name, stop.told.why, stop.told.hint) from None
    except DefusedXmlException:
        raise unreadable(
            name,
            _("it declares a document type or entities, which no alert needs and attacks are made of"),
            _("nothing of it was read"),
        ) from None
    except ParseError as error:
        end = start + parser.parser.ErrorByteIndex
        if error.code == _JUNK and builder.root is not None and _begins(data, end):
            return builder.root, end
        raise _broken(data, end, name) from None
    if root is None:
        raise unreadable(name, _("it is empty"))
    return root, len(data)


def _begins(data: bytes, at: int) -> bool:
    """Whether another document may begin there."""
    before = data[max(0, at - 200) : at]
    return data.startswith(b"<?xml", at) or b"\n" in before[len(before.rstrip()) :]


def _broken(data: bytes, at: int, name: str) -> UnreadableInput:
    line = data.count(b"\n", 0, at) + 1
    column = len(data[data.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace")) + 1
    why = _("it is no well-formed XML, line {line}, column {column}").format(line=line, column=column)
    return unreadable(name, why)


__all__ = ["Node", "UnreadableInput", "each", "parse"]
