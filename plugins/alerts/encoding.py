"""The text of a file, its encoding told by content: what a file says of its own encoding is often another's.

A BOM counts first, then UTF-16 without one by its zero bytes, then UTF-8, then GB 18030. A declared encoding of
single bytes counts only where the bytes are none of these.
"""

from __future__ import annotations

import codecs
import re

from emergency.plugins.alerts.message import unreadable
from emergency.store.words import _

#: The declaration at the beginning of XML, which ends at the first `?>`.
_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]{0,400}?\?>")
_ENCODING = re.compile(r"""(encoding\s*=\s*)(?:"([^"]*)"|'([^']*)')""")
#: Declared and taken at their word where the bytes are not UTF-8: of one byte a character.
_SINGLE = re.compile(r"(?:iso[-_]?8859-\d{1,2}|windows-125\d|cp125\d|latin-?\d|koi8-[ru])", re.I)
#: Declared by what is written in China, or said of whatever it is.
_COMMON = ("", "utf-8", "utf8", "utf-16", "us-ascii", "ascii", "gb2312", "gbk", "gb18030", "cp936")
_BEGINS = b"<{[ \t\r\n"


def start(data: bytes) -> str:
    """The first character that is no blank; "" where there is none."""
    marked = _by_marks(data)
    begin = data if marked else data.removeprefix(codecs.BOM_UTF8).lstrip()[:200]
    text = begin.decode(marked or "latin-1", "replace")
    return text.lstrip("\ufeff \t\r\n").removeprefix("ï»¿").lstrip()[:1]


def text_of(data: bytes, name: str) -> str:
    """All of a file without its BOM. Raises UnreadableInput for bytes of no encoding that is read."""
    if marked := _by_marks(data):
        try:
            return data.decode(marked).lstrip("\ufeff")
        except UnicodeDecodeError:
            raise _unread(name) from None
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _declared(data[:500].decode("latin-1"))
    if _SINGLE.fullmatch(declared) and not _paired(data):
        try:
            return data.decode(declared)
        except (UnicodeDecodeError, LookupError):
            raise _unread(name) from None
    if declared not in _COMMON and not _SINGLE.fullmatch(declared):
        raise _unread(name)
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise unreadable(name, _("line {line} is neither UTF-8 nor GB 18030").format(line=line)) from None


def in_utf8(text: str) -> bytes:
    """XML in UTF-8, and its declaration says so."""
    declared = _DECLARATION.match(text)
    if declared is not None:
        # One encoding is declared; what else stands there is for the parser to judge.
        head = _ENCODING.sub(r'\1"utf-8"', declared[0], count=1)
        text = head.lstrip() + text[declared.end() :]
    return text.lstrip().encode("utf-8", "surrogatepass")


def _by_marks(data: bytes) -> str:
    """UTF-16 by its BOM, or by the zero byte that a sign of XML or JSON has beside it; "" for all else."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(data) > 3 and data[1] == 0 != data[2] and data[0] in _BEGINS:
        return "utf-16-le"
    if len(data) > 3 and data[0] == 0 != data[1] and data[1] in _BEGINS:
        return "utf-16-be"
    return ""


def _declared(head: str) -> str:
    found = _DECLARATION.match(head)
    named = _ENCODING.search(found[0]) if found else None
    return (named[2] or named[3] or "").strip().lower() if named else ""


def _paired(data: bytes) -> bool:
    """Whether bytes above 127 come in runs, as Chinese has them, and not one by one, as accents stand."""
    high = len(data) - len(data.translate(None, bytes(range(128, 256))))
    runs = sum(len(r) for r in re.findall(rb"[\x80-\xff]{2,}", data))
    return runs * 2 > high


def _unread(name: str) -> Exception:
    return unreadable(name, _("its encoding is not one that is read"), _("save it as UTF-8"))
