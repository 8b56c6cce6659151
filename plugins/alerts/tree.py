"""XML from strangers, parsed within bounds: no DTD, so no entities and nothing external; no depth, no flood.

defusedxml refuses what it is asked to (a DTD, entities, external references). It counts nothing, so what
it lets through is counted here: bytes, depth, elements, attributes and text.
"""

from __future__ import annotations

import codecs
import re
from typing import Any, NamedTuple, NoReturn
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
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
#: What expat cannot read itself: these are the same characters in UTF-8.
_CHINESE = ("gb2312", "gbk", "gb18030")


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
    """The root of an XML document. Raises UnreadableInput for what is none, and for every attack."""
    if len(data) > MOST_BYTES:
        raise unreadable(name, _("it is larger than {limit} MB").format(limit=MOST_BYTES >> 20))
    from defusedxml.common import DefusedXmlException, DTDForbidden
    from defusedxml.ElementTree import DefusedXMLParser

    builder = _Builder()
    data = _in_utf8(data, name)
    parser: Any = DefusedXMLParser(
        target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    try:
        for start in range(0, len(data), _STEP):
            parser.feed(data[start : start + _STEP])
        root: Node | None = parser.close()
    except _Stop as stop:
        raise unreadable(name, stop.told.why, stop.told.hint) from None
    except DTDForbidden:
        _refuse_dtd(name)
    except DefusedXmlException:
        _refuse_dtd(name)
    except ParseError as error:
        line, column = getattr(error, "position", (0, 0))
        why = _("it is no well-formed XML, line {line}, column {column}").format(line=line, column=column + 1)
        raise unreadable(name, why) from None
    except (ValueError, LookupError):
        # An encoding that expat does not know, or that is not what it says.
        raise unreadable(name, _("its encoding is not one that is read"), _("save it as UTF-8")) from None
    if root is None:
        raise unreadable(name, _("it is empty"))
    return root


def _refuse_dtd(name: str) -> NoReturn:
    raise unreadable(
        name,
        _("it declares a document type or entities, which no alert needs and attacks are made of"),
        _("nothing of it was read"),
    ) from None


def _in_utf8(data: bytes, name: str) -> bytes:
    """Chinese encodings as UTF-8; all else as it is, for expat knows it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    data = data.removeprefix(codecs.BOM_UTF8).lstrip()
    declared = _DECLARED.match(data)
    encoding = declared[1].decode().lower() if declared else ""
    if encoding in _CHINESE or (encoding in ("", "utf-8", "utf8") and not _is_utf8(data)):
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise unreadable(name, _("line {line} is neither UTF-8 nor GB 18030").format(line=line)) from None
        data = text.encode("utf-8")
        declared = _DECLARED.match(data)
        return data[: declared.start(1)] + b"utf-8" + data[declared.end(1) :] if declared else data
    return data


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


__all__ = ["Node", "UnreadableInput", "parse"]
