"""Help laid out in cells, not characters: Chinese is two cells wide and may break anywhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

import click

from emergency.store.words import _, told

#: A line must not begin with one of these.
_NO_START = "，。、；：！？）》」』】,.;:!?)"


def width(text: str) -> int:
    """Cells that a text takes; cheaper than the display edge's, and enough for our own help."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pieces(text: str) -> Iterator[str]:
    """What may not be broken: words, and single CJK characters with what clings to them."""
    word = ""
    for char in text:
        if char == " ":
            if word:
                yield word
            word = ""
            yield " "
        elif unicodedata.east_asian_width(char) in "WF":
            if char in _NO_START:
                word += char
                continue
            if word:
                yield word
            word = char
        elif word and unicodedata.east_asian_width(word[-1]) in "WF" and char not in _NO_START:
            yield word
            word = char
        else:
            word += char
    if word:
        yield word


def wrap(text: str, room: int, indent: str = "") -> str:
    """Fold a paragraph to `room` cells."""
    lines, line = [], indent
    for piece in _pieces(" ".join(text.split())):
        if width(line) + width(piece) > room and line.strip():
            lines.append(line.rstrip())
            line = indent
            if piece == " ":
                continue
        line += piece
    lines.append(line.rstrip())
    return "\n".join(lines)


def name_numbers() -> None:
    """click's kinds of number by their names in the language spoken, as help and complaints have them."""
    click.IntRange.name = _("integer range")
    click.FloatRange.name = _("float range")
    type(click.INT).name = _("integer")
    type(click.FLOAT).name = _("float")


class Formatter(click.HelpFormatter):
    """click's formatter, measured in cells."""

    def write_heading(self, heading: str) -> None:
        """A heading, with the mark of its language behind it."""
        self.write(" " * self.current_indent + told(heading, "").rstrip() + "\n")

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line, folded."""
        prefix = f"{prefix or _('Usage:')} "
        self.write(wrap(f"{prefix}{prog} {args}", self.width).replace("\n", "\n  ") + "\n")

    def write_text(self, text: str) -> None:
        """Paragraphs; one that begins with \\b keeps its lines."""
        indent = " " * self.current_indent
        for i, paragraph in enumerate(text.split("\n\n")):
            if i:
                self.write("\n")
            if paragraph.lstrip().startswith("\b"):
                kept = paragraph.lstrip().removeprefix("\b").strip("\n").splitlines()
                self.write("".join(f"{indent}{line}\n" for line in kept))
            else:
                self.write(wrap(paragraph, self.width, indent) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Terms and what they mean, in two columns."""
        rows = list(rows)
        if not rows:
            return
        first = min(max(width(term) for term, _meaning in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, meaning in rows:
            head = indent + self._folded(term, indent)
            if not meaning:
                self.write(head + "\n")
                continue
            pad = " " * (self.current_indent + first)
            body = wrap(meaning, max(self.width, len(pad) + 20), pad)
            if width(term) > first - col_spacing:
                self.write(head + "\n" + body + "\n")
            else:
                self.write(head + " " * (first - width(term)) + body[len(pad) :] + "\n")

    def _folded(self, term: str, indent: str) -> str:
        """An option whose choices do not stand on one line, broken between them."""
        if width(indent + term) <= self.width or "|" not in term:
            return term
        lines, line = [], ""
        for i, choice in enumerate(term.split("|")):
            piece = ("|" if i else "") + choice
            if width(indent + line + piece) > self.width:
                lines.append(line)
                line = indent + "    "
            line += piece
        return "\n".join([*lines, line])


class Context(click.Context):
    """A context whose help is laid out by our formatter."""

    formatter_class = Formatter
