"""The gate of a site: whatever is scanned or typed, and Enter, is checked in; what came of it stands below.

The field keeps the keys, since a scanner types fast and into whatever has them. What it typed is taken
off the field in the same moment in which Enter comes, and waits its turn.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, ClassVar, NamedTuple

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from emergency.store import following, times
from emergency.store.board import moment
from emergency.store.errors import EmergencyError
from emergency.store.records.steps import AWAY, STATES
from emergency.store.showing import drilled
from emergency.store.text import cells, fit, in_lines, safe
from emergency.store.words import _
from emergency.tui.actions import Where, typed
from emergency.tui.actions.orders import GATE
from emergency.tui.actions.reading import named
from emergency.tui.callups import called, stands, tone_of
from emergency.tui.opened import reading
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.watch import Seen
from emergency.tui.words import Words

#: So many arrivals are shown; all of them are in the journal.
SHOWN = 200
#: So many cells of what was scanned are shown.
MOST_TEXT = 24


#: Keys that go through what is expected, though the field has the keys.
_THROUGH = (("down", "down"), ("up", "up"), ("pagedown", "page_down"), ("pageup", "page_up"))


class Field(Input):
    """Takes a scan; nothing that is typed behind Enter is lost, however fast it comes."""

    class Scanned(Message):
        """A line is complete."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "stay", show=False),
        Binding("escape", "clear", show=False),
        *(Binding(key, f"through('{name}')", show=False) for key, name in _THROUGH),
    ]

    async def _on_key(self, event: events.Key) -> None:
        """Enter is taken here: as a binding it would first go all the way up, and the next scan would be joined on."""
        if event.key != "enter":
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        self._take(self.value)

    def _on_paste(self, event: events.Paste) -> None:
        """Several lines at once are several scans; what has no end yet stays in the field."""
        event.stop()
        event.prevent_default()
        *whole, rest = (self.value + event.text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole:
            self._take(line)
        self.value = rest
        self.cursor_position = len(rest)

    def _take(self, text: str) -> None:
        self.value = ""
        if text.strip():
            self.post_message(self.Scanned(text.strip()))

    def action_through(self, name: str) -> None:
        """Up and down in what is expected; only Enter behind something typed checks in."""
        self.screen.query_one("#expected", Panel).action_act(name)

    def action_stay(self) -> None:
        """The keys stay here."""

    def action_clear(self) -> None:
        """Esc: what was typed goes; on an empty field, the screen before."""
        if self.value:
            self.value = ""
        else:
            screen = self.screen
            assert isinstance(screen, DutyScreen)
            screen.do_back()


class Scan(NamedTuple):
    """What was scanned, when, and what came of it."""

    text: str
    at: int
    #: `waiting`, `arrived`, `already`, `noted`, `refused` or `undone`.
    result: str = "waiting"
    said: str = ""
    hint: str = ""
    name: str = ""
    lines: tuple[str, ...] = ()
    op: str = ""


class GateScreen(DutyScreen):
    """See the module."""

    DEFAULT_CSS = """
    GateScreen #where { text-style: bold; }
    GateScreen Field { height: 1; border: none; padding: 0 1; background: $surface; }
    GateScreen Field:focus { border: none; background: $panel; }
    GateScreen #scans { height: 2fr; }
    GateScreen #expected { height: 3fr; }
    """

    def __init__(self, incident: str) -> None:
        super().__init__()
        self.incident = incident
        self.scans: list[Scan] = []
        #: {line: the number it is called by here}: it stays the same while the screen is open.
        self.numbers: dict[str, int] = {}
        self._queue: asyncio.Queue[tuple[int, str, bool]] = asyncio.Queue()
        self._title, self._coming, self._here = "", 0, 0

    def body(self) -> ComposeResult:
        """Where this is, the field, what came, and what is expected."""
        yield Words(" " + _("reading"), id="where")
        yield Field(
            id="scan",
            compact=True,
            placeholder=_("scan or type: tag, plate, order, team, or its number below; Enter"),
        )
        scans = Panel(
            (Column(), Column(), Column(least=8), Column(least=10)), id="scans", empty=_("nothing yet")
        )
        expected = Panel(
            (Column(right=True), Column(), Column(), Column(least=8), Column(least=8), Column(optional=True)),
            id="expected", empty=_("nothing more is expected"),
        )  # fmt: skip
        scans.can_focus = expected.can_focus = False
        yield scans
        yield expected

    def on_mount(self) -> None:
        """The field has the keys; one worker takes the scans in their order."""
        self.query_one(Field).focus()
        self._show()
        self._work()
        self.read()

    @property
    def where(self) -> Where:
        """A room of its own, about its incident."""
        against = {}
        if self.goes_on("undoing"):
            against["undo_arrival"] = _("scans are still being written: a moment")
        elif self._undoable is None:
            against["undo_arrival"] = _("there is nothing to take back")
        if self._refused_last is None:
            against["note_anyway"] = _("the last one was not refused")
        return super().where._replace(target=Target("incident", self.incident), room=GATE, against=against)

    def footer(self) -> tuple[list[str], list[str]]:
        """The field has the letters."""
        keys = {name: self.duty.action(name).label for name in ("undo_arrival", "note_anyway")}
        return [f"Enter {_('check in')}", *self.reminders(keys)], [f"Esc {_('back')}"]

    @property
    def _undoable(self) -> int | None:
        """The place of the last scan that was taken in, once all are."""
        taken = (n for n in reversed(range(len(self.scans))) if self.scans[n].result in ("arrived", "noted"))
        return None if self.unsaved else next(taken, None)

    @property
    def _refused_last(self) -> Scan | None:
        last = next((scan for scan in reversed(self.scans) if scan.result != "undone"), None)
        return last if last is not None and last.result == "refused" else None

    def argv(self, text: str, *, anyway: bool = False) -> list[str]:
        """The words that check something in."""
        more = ["--anyway"] if anyway else []
        return ["incident", "check-in", "--json", *more, *named(self.incident, text)]

    # -- scanning --------------------------------------------------------------------------------

    def on_field_scanned(self, message: Field.Scanned) -> None:
        """It waits its turn, and is seen at once."""
        self._put(self._meant(message.text), anyway=False)

    def _meant(self, text: str) -> str:
        """A short number means the expected line that is called by it here."""
        if text.isascii() and text.isdigit() and len(text) < 4:
            return next((line for line, n in self.numbers.items() if n == int(text)), text)
        return text

    def _put(self, text: str, *, anyway: bool) -> None:
        reason = self._reason()
        if reason:
            self.app.notify(reason, markup=False, severity="warning")
            return
        self.scans.append(Scan(text, times.now()))
        self._queue.put_nowait((len(self.scans) - 1, text, anyway))
        self._show()

    def _reason(self) -> str:
        """Why nothing can be written here."""
        return self.duty.action("log").why_not(self.where._replace(room="board"))

    @work(group="gate", exclusive=True)
    async def _work(self) -> None:
        while True:
            n, text, anyway = await self._queue.get()
            words = self.argv(text, anyway=anyway)
            ran = await self.duty.run_quietly(words)
            self.duty.ran.append(tuple(words))
            self.scans[n] = _came(self.scans[n], ran.out, ran.said)
            if self.scans[n].result == "refused":
                self.app.bell()
            self._show()
            if self._queue.empty():
                self.duty.look()
                self.read()

    def do_note_anyway(self) -> None:
        """The last one that was refused goes on record all the same."""
        if (last := self._refused_last) is not None:
            self._put(last.text, anyway=True)

    @work(group="undoing")
    async def do_undo_arrival(self) -> None:
        """The last that came in was a mistake."""
        if (at := self._undoable) is None:
            return
        scan = self.scans[at]
        words = ["callup", "mistaken", *named(*scan.lines)] if scan.lines else ["undo", scan.op]
        ran = await self.duty.do(words)
        if not ran.code:
            self.scans[at] = scan._replace(
                result="undone", said=_("taken back: {said}").format(said=scan.said)
            )
        self._show()
        self.read()

    @property
    def unsaved(self) -> bool:
        """Whether a scan still waits to be written."""
        return any(scan.result == "waiting" for scan in self.scans)

    def do_back(self) -> None:
        """The screen before, once every scan is written."""
        if self.unsaved:
            self.app.notify(_("scans are still being written: a moment"), markup=False, severity="warning")
        else:
            super().do_back()

    def do_copy(self) -> None:
        """Never by a key, since the field has them; the palette offers it."""
        self.duty.hand_over(typed(self.where, ["incident", "check-in", *named(self.incident, "TAG")]))

    def do_next_panel(self) -> None:
        """The field keeps the keys."""

    do_previous_panel = do_next_panel

    # -- showing ---------------------------------------------------------------------------------

    def renew(self, seen: Seen) -> None:
        """The store changed: others may have noted an arrival."""
        self.read()

    @work(thread=True, exclusive=True, group="read")
    def read(self) -> None:
        """What is expected here, and what is here."""
        try:
            with reading(self.duty.path, self.duty.as_of) as store:
                row = store.row("incident", self.incident) or {}
                lines = following.follow(store, incident=self.incident, open_only=True)
                now = moment(store)
        except EmergencyError as error:
            self.duty.complain(error)
            return
        self.answer(self._tell, drilled(row, str(row.get("title") or "")), lines, now)

    def _tell(self, title: str, lines: list[dict[str, Any]], now: int) -> None:
        coming = [line for line in lines if line["state"] not in ("draft", "on_scene", "released")]
        # Who is on the way is here first; who has not answered, last.
        coming.sort(key=lambda line: -list(STATES).index(line["state"]))
        self._title, self._coming = title, len(coming)
        self._here = sum(line["state"] == "on_scene" for line in lines)
        for line in coming:
            self.numbers.setdefault(line["id"], len(self.numbers) + 1)
        rows = [_expected(self.numbers[line["id"]], line, now) for line in coming]
        self.query_one("#expected", Panel).show(_("Expected: {n}").format(n=len(coming)), rows)
        self._show()
        self.duty.deliver(now=not self.query_one(Field).value)

    def _show(self) -> None:
        said = _("Gate of {incident}: {title}").format(incident=self.incident, title=self._title)
        counts = _("here {here}, expected {coming}").format(here=self._here, coming=self._coming)
        self.query_one("#where", Words).say(f" {said}", counts + " ")
        rows, key = list[Row](), self.action_key("note_anyway")
        shown = self.scans[-SHOWN:]
        # What is left beside the mark, the time and the longest text, with a blank between them.
        room = self.size.width - 15 - max((min(cells(safe(s.text)), MOST_TEXT) for s in shown), default=0)
        for n, scan in enumerate(reversed(shown)):
            rows += _rows(scan, max(30, room), whole=n == 0, key=key)
        done = sum(scan.result == "arrived" for scan in self.scans)
        refused = sum(scan.result == "refused" for scan in self.scans)
        title = _("Arrivals: {n}, refused {refused}").format(n=done, refused=refused)
        self.query_one("#scans", Panel).show(title, rows)
        self.remind()


def _came(scan: Scan, out: str, said: str) -> Scan:
    """A scan with what the command line told of it."""
    try:
        told = json.loads(out.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return scan._replace(result="refused", said=said)
    return scan._replace(
        result=str(told.get("result")),
        said=str(told.get("said") or ""),
        hint=str(told.get("hint") or ""),
        name=str(told.get("name") or ""),
        lines=tuple(told.get("lines") or ()),
        op=str(told.get("op") or ""),
    )


#: The tone of a scan, and its mark.
_TONES = {
    "arrived": ("", "good"),
    "already": ("dim", ""),
    "noted": ("ask", "ask"),
    "refused": ("late", "late"),
}


def _rows(scan: Scan, room: int, *, whole: bool, key: str) -> list[Row]:
    """A scan in one line; the last one with all that is said of it, and by which key it is noted all the same."""
    tone, sign = _TONES.get(scan.result, ("dim", "wait" if scan.result == "waiting" else ""))
    said = f"{scan.said}  {scan.name}".strip()
    told = in_lines(safe(said), room) if whole else [said]
    if scan.result == "refused" and scan.hint and whole:
        told.append(_("{key} notes it anyway").format(key=key))
    rows = [
        Row((mark(sign), times.format_time(scan.at)[11:19], fit(safe(scan.text), MOST_TEXT), told[0]), tone)
    ]
    return rows + [Row(("", "", "", text), tone) for text in told[1:]]


def _expected(n: int, line: dict[str, Any], now: int) -> Row:
    due = "" if line["due"] is None else times.format_short(line["due"], now)
    tone = tone_of(line)
    state = stands(line)
    if line["state"] not in AWAY and not line["overdue"]:
        # It was never said to be on its way; at the gate it counts as that.
        tone = tone or "dim"
    cells = (str(n), line["id"], f"{mark('late' if line['overdue'] else '')} {state}", called(line),
             safe(line["team_name"] or line["team"] or line["depot"] or ""), due)  # fmt: skip
    return Row(cells, tone)
