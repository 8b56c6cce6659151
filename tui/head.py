"""The first line of every screen: whose store, of what moment, and how far it can be trusted."""

from __future__ import annotations

import os

from emergency.store import readonly, times, wording
from emergency.store.parts import Board
from emergency.store.text import cells
from emergency.store.words import _, ngettext
from emergency.tui.style import mark

#: Of a longer path only the file is named; the page of help has it whole.
MOST_PATH = 20


def headline(board: Board) -> tuple[str, str]:
    """(left, right): whose store and where it is, then what must never be cut off."""
    header, late = board.header, len(board.overdue)
    tags = []
    if late:
        tags.append(f"{mark('late')} " + ngettext("{n} overdue", "{n} overdue", late).format(n=late))
    if drills := wording.exercises(board):
        tags.append(drills)
    if header.sample:
        tags.append("* 样例 SAMPLE")
    if header.as_of is not None:
        tags.append(_("AS OF"))
    if readonly.reason():
        tags.append(_("READ-ONLY"))
    # Nobody on duty doubts the year, but of the past it matters, and the line is short.
    begin = 0 if header.as_of is not None else len("2026-")
    tags.append(times.format_time(header.now)[begin:16].replace("T", " "))
    tags.append(wording.synced(header))
    path = nearest(header.path)
    path = path if cells(path) <= MOST_PATH else os.path.basename(path)
    return f" {header.station}  {path}  {header.name}", "  ".join(tags) + " "


def nearest(path: str) -> str:
    """A path as short as it can be said from here: from this folder, from home, or whole."""
    whole = os.path.abspath(path)
    said = [whole]
    for folder, lead in ((os.getcwd(), ""), (os.path.expanduser("~"), "~" + os.sep)):
        if whole.startswith(folder.rstrip(os.sep) + os.sep):
            said.append(lead + whole[len(folder.rstrip(os.sep)) + 1 :])
    return min(said, key=len)
