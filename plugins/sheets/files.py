"""What a file is by its first bytes, and the refusal of what is no sheet."""

import re

from emergency.store.errors import UnreadableInput
from emergency.store.words import _

SIZE_LIMIT = 1 << 30
"""The largest file taken, in bytes."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PAGE = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|meta|table|style|body)\b", re.I | re.S)
_XML = re.compile(rb"\s*<\?xml", re.I)
_JSON = re.compile(rb'\s*(\{\s*"|\[\s*[\[{"])')


def _foreign() -> tuple[tuple[bytes, str], ...]:
    """How files that are no sheets begin, and what they are."""
    return (
        (b"\x89PNG", _("a PNG image")),
        (b"\xff\xd8\xff", _("a JPEG image")),
        (b"GIF8", _("a GIF image")),
        (b"BM\x00", _("a BMP image")),
        (b"SQLite format 3\0", _("an SQLite database")),
        (b"MZ\x90", _("a Windows program")),
        (b"\x7fELF", _("a program")),
        (b"%PDF", _("a PDF document")),
        (b"{\\rtf", _("an RTF document")),
        (b"\x1f\x8b", _("a gzip archive")),
        (b"Rar!", _("a RAR archive")),
        (b"7z\xbc\xaf", _("a 7z archive")),
    )


def refuse_size(size: int, name: str) -> None:
    """Raises UnreadableInput for an empty file and for one beyond SIZE_LIMIT."""
    if size == 0:
        raise UnreadableInput(_("{name} is empty").format(name=name))
    if size > SIZE_LIMIT:
        raise UnreadableInput(
            _("{name} is larger than {limit} MiB").format(name=name, limit=SIZE_LIMIT >> 20),
            hint=_("split it into parts"),
        )


def refuse_foreign(head: bytes, name: str, asked: str | None) -> str:
    """`workbook` or `text`; raises UnreadableInput for a file of any other kind."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE)):
        return "workbook"
    for magic, kind in _foreign():
        if head.startswith(magic):
            raise UnreadableInput(_("{name} is {kind}, not a sheet").format(name=name, kind=kind))
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.replace(b"\0", b"")[2:] if wide else head.removeprefix(b"\xef\xbb\xbf")
    reason = ""
    if _PAGE.match(text) or re.match(rb"MIME-Version:", text, re.I):
        reason = _("{name} is a web page (HTML) under the name of a sheet")
    elif _XML.match(text):
        page = b"<html" in text.lower()
        reason = _("{name} is a web page (HTML)") if page else _("{name} is an XML file, not a sheet")
    elif _JSON.match(text):
        reason = _("{name} is JSON, not a sheet")
    elif not wide and asked is None and b"\0" not in text and _control(text) * 50 > len(text):
        reason = _("{name} is not text and not a workbook")
    if reason:
        raise UnreadableInput(
            reason.format(name=name), hint=_("open it in a spreadsheet program and save it as .xlsx or .csv")
        )
    return "text"


def _control(text: bytes) -> int:
    """Bytes that no text holds; NUL is left to the decoder, which can say where."""
    return sum(map(text.count, (bytes([b]) for b in (*range(1, 9), *range(14, 26), *range(27, 32), 127))))
