"""Which encoding a text is in, decided over all of its bytes before any row is read."""

import codecs
import re
from typing import BinaryIO, NamedTuple

from emergency.store.errors import UnreadableInput
from emergency.store.words import _

CHUNK = 1 << 20
SAMPLE = 1 << 18
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "hz", "cp936": "gb18030"}
_UTF8_RUN = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){4}")
_COMMON = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef—…“”‘’°℃±×㎡]")


class Fault(NamedTuple):
    """The first byte that does not fit: its 0-based offset and the 1-based line it is on."""

    offset: int
    line: int
    nul: bool


def detect(stream: BinaryIO, name: str, asked: str | None = None) -> str:
    """The encoding of a seekable stream: utf-8, utf-8-sig, utf-16, gb18030, or the one asked for.

    Raises UnreadableInput, naming byte and row, when the bytes are not all in it.
    """
    stream.seek(0)
    sample = stream.read(SAMPLE)
    if asked is not None:
        encoding = _lookup(asked, sample)
        _refuse_fault(name, encoding, first_fault(stream, encoding))
        return encoding
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            _refuse_fault(name, encoding, first_fault(stream, encoding))
            return encoding
    fault = first_fault(stream, "utf-8")
    if fault is None:
        return "utf-8"
    if fault.nul:
        _refuse_fault(name, "utf-8", fault)
    if fault.offset > stream.seek(0, 2) - 4 and _was_utf8(stream, fault):
        raise UnreadableInput(
            _("{name} ends in the middle of a character at byte {byte}, row {row}").format(
                name=name, byte=fault.offset, row=fault.line
            ),
            hint=_("it was cut off: fetch it again"),
        )
    if _was_utf8(stream, fault):
        _refuse_mixed(name, fault, "gb18030")
    gb_fault = first_fault(stream, "gb18030")
    if gb_fault is not None:
        _refuse_neither(stream, name, fault, gb_fault)
    mixed = _utf8_line(stream)
    if mixed is not None:
        _refuse_mixed(name, mixed, "gb18030")
    _refuse_doubtful(sample, stream, name, fault)
    return "gb18030"


def first_fault(stream: BinaryIO, encoding: str) -> Fault | None:
    """Where a strict decoding of the whole stream first fails, or meets a NUL; None if nowhere."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    wide = encoding.startswith(("utf-16", "utf-32"))
    stream.seek(0)
    read = 0
    while True:
        chunk = stream.read(CHUNK)
        if not wide and (at := chunk.find(b"\0")) >= 0:
            return _fault(stream, read + at, encoding, nul=True)
        try:
            text = decoder.decode(chunk, not chunk)
        except UnicodeDecodeError as error:
            return _fault(stream, read + len(chunk) - len(error.object) + error.start, encoding)
        except UnicodeError:
            return _fault(stream, read, encoding)
        if wide and "\0" in text:
            return _fault(stream, read + 2 * text.index("\0"), encoding, nul=True)
        if not chunk:
            return None
        read += len(chunk)


def _fault(stream: BinaryIO, offset: int, encoding: str, nul: bool = False) -> Fault:
    wide = encoding.startswith("utf-16")
    stream.seek(0)
    breaks = returns = 0
    left = offset
    while left > 0 and (chunk := stream.read(min(CHUNK, left))):
        left -= len(chunk)
        text = chunk.replace(b"\0", b"") if wide else chunk
        breaks += text.count(b"\n")
        returns += text.count(b"\r")
    return Fault(offset, (breaks or returns) + 1, nul)


def _was_utf8(stream: BinaryIO, fault: Fault) -> bool:
    stream.seek(max(0, fault.offset - SAMPLE))
    before = stream.read(min(SAMPLE, fault.offset))
    return _UTF8_RUN.search(before) is not None


def _utf8_line(stream: BinaryIO) -> Fault | None:
    stream.seek(0)
    for number, line in enumerate(stream, 1):
        if not line.isascii() and (found := _UTF8_RUN.search(line)):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            return Fault(stream.tell() - len(line) + found.start(), number, False)
    return None


def _lookup(asked: str, sample: bytes) -> str:
    try:
        codec = codecs.lookup(asked)
        "".encode(codec.name)
        codecs.getincrementaldecoder(codec.name)
    except (LookupError, ValueError):
        raise UnreadableInput(
            _("unknown encoding: {name}").format(name=asked), hint=_("try utf-8, gb18030 or utf-16")
        ) from None
    if codec.name == "utf-8" and sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return _WIDER.get(codec.name, codec.name)


def _refuse_fault(name: str, encoding: str, fault: Fault | None) -> None:
    if fault is None:
        return
    if fault.nul:
        raise UnreadableInput(
            _("{name} is not text: NUL at byte {byte}, row {row}").format(
                name=name, byte=fault.offset, row=fault.line
            ),
            hint=_("if it is UTF-16 without a mark: --encoding utf-16-le"),
        )
    raise UnreadableInput(
        _("{name} is not {encoding} at byte {byte}, row {row}").format(
            name=name, encoding=encoding.removesuffix("-sig"), byte=fault.offset, row=fault.line
        ),
        hint=_("name another with --encoding, or save the sheet again as UTF-8"),
    )


def _refuse_mixed(name: str, fault: Fault, other: str) -> None:
    raise UnreadableInput(
        _("{name} mixes encodings: byte {byte}, row {row} is not in that of the rest").format(
            name=name, byte=fault.offset, row=fault.line
        ),
        hint=_("save it again as UTF-8, or force one: --encoding {other}").format(other=other),
    )


def _refuse_neither(stream: BinaryIO, name: str, utf8: Fault, gb: Fault) -> None:
    mixed = _utf8_line(stream)
    if mixed is not None:
        _refuse_mixed(name, mixed if mixed.line > utf8.line else utf8, "gb18030")
    raise UnreadableInput(
        _("{name} is neither UTF-8 (byte {utf8}, row {row}) nor GB18030 (byte {gb}, row {gb_row})").format(
            name=name, utf8=utf8.offset, row=utf8.line, gb=gb.offset, gb_row=gb.line
        ),
        hint=_("name its encoding with --encoding"),
    )


def _refuse_doubtful(sample: bytes, stream: BinaryIO, name: str, fault: Fault) -> None:
    """Nearly any bytes decode as GB18030: ask for a second opinion when the outcome reads oddly."""
    if fault.offset >= len(sample):
        stream.seek(fault.offset)
        sample = stream.read(SAMPLE)
    text = sample.decode("gb18030", "ignore")
    wide = [c for c in text if c > "\x7f"]
    plausible = sum(1 for c in wide if _COMMON.match(c)) / max(1, len(wide))
    if plausible > 0.9 and _level_one(wide) > 0.6:
        return
    guess = _second_opinion(sample, name)
    if guess in ("", "gb18030", "gbk", "gb2312", "cp936", "utf_8", "ascii"):
        return
    raise UnreadableInput(
        _("{name} may be GB18030 or {guess}: the characters at byte {byte}, row {row} do not tell").format(
            name=name, guess=guess, byte=fault.offset, row=fault.line
        ),
        hint=_("say which: --encoding gb18030 or --encoding {guess}").format(guess=guess),
    )


def _level_one(wide: list[str]) -> float:
    """The share of everyday characters: the first level of GB 2312, and punctuation."""
    everyday = 0
    for char in wide:
        code = char.encode("gb18030")
        everyday += (
            len(code) == 2 and (0xA1 <= code[0] <= 0xA9 or 0xB0 <= code[0] <= 0xD7) and code[1] >= 0xA1
        )
    return everyday / max(1, len(wide))


def _second_opinion(sample: bytes, name: str) -> str:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        raise UnreadableInput(
            _("telling the encoding of {name} needs an optional library").format(name=name),
            hint=_("pip install 'emergency-toolkit[sheets]', or say it with --encoding"),
        ) from None
    best = from_bytes(sample[: 1 << 15]).best()
    return best.encoding if best else ""
