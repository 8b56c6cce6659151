"""What taking a file in would do, as the command's own dry run tells it; F2 then does it.

A sheet for a register and a bundle from another station are shown alike. What was begun goes on
while one looks at other screens, and tells at the end.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from textual import work
from textual.app import ComposeResult

from emergency.store import saying, times
from emergency.store.errors import Exit
from emergency.store.records import RECORDS
from emergency.store.remarks import remarks
from emergency.store.text import safe
from emergency.store.words import _, listed, told
from emergency.tui import doing
from emergency.tui.actions import Action, Question, Where, typed
from emergency.tui.actions.reading import named
from emergency.tui.bar import Ask, Confirm
from emergency.tui.doing import Ran
from emergency.tui.options import Options
from emergency.tui.panel import Column, Panel, Row, heading, more
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.words import ONE_LIST, Words

#: So many wrong rows are told one by one, and so many of the facts.
MOST_WRONG, MOST_FACTS = 500, 20


class Shown(NamedTuple):
    """What a preview found: rows, and whether it can be taken in."""

    rows: tuple[Row, ...]
    possible: bool
    #: What F2 does then, or why it does nothing; "": the words for a file.
    said: str = ""


class Preview(Protocol):
    """A kind of file that can be taken in."""

    @property
    def options(self) -> Options | None:
        """Options of the command that can be given; None where it has none."""

    def tried(self, file: str, options: Sequence[str]) -> list[str]:
        """The command line that tells what it would do."""

    def words(self, file: str, options: Sequence[str]) -> list[str]:
        """The command line that does it."""

    def read(self, ran: Ran) -> Shown:
        """What the first of them told."""


class ImportPreview:
    """A sheet for a register."""

    options = Options(
        {"--map": True, "--use-map": True, "--save-map": True, "--set": True, "--sheet": True, "--encoding": True,
         "--header-row": True, "--coordinates": True, "--swap-coordinates": False, "--atomic": False}
    )  # fmt: skip

    def __init__(self, noun: str) -> None:
        self.noun = noun

    def tried(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return [self.noun, "import", "--dry-run", "--json", *options, *named(file)]

    def words(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return [self.noun, "import", *options, *named(file)]

    def read(self, ran: Ran) -> Shown:
        """Figures first, then what is wrong, then how the sheet was understood."""
        value = doing.value(ran, partly=True)
        if value is None:
            return Shown(refused(ran), False)
        wrong = [json.loads(line) for line in ran.err.splitlines() if line.startswith("{")]
        rows = [
            *self._figures(value),
            *(_wrong_row(w) for w in wrong[:MOST_WRONG]),
            *more(len(wrong), MOST_WRONG),
            *self._columns(value),
            *self._remarks(value),
            *_facts(value["facts"]),
        ]
        return Shown(tuple(rows), bool(value["new"] or value["changed"]))

    def _figures(self, value: dict[str, Any]) -> list[Row]:
        figures = (
            (_("new"), value["new"], "good"), (_("changed"), value["changed"], "good"),
            (_("as they were"), value["same"], ""), (_("wrong, left out"), value["bad"], "late"),
            (_("passed over"), value["skipped"], ""),
        )  # fmt: skip
        rows = [heading(_("Rows of the sheet"))]
        for label, count, tone in figures:
            shown = tone if count else ""
            rows.append(Row((mark(shown), label, str(count)), "late" if shown == "late" else ""))
        return rows

    def _columns(self, value: dict[str, Any]) -> list[Row]:
        record = RECORDS[self.noun]
        rows = [heading(_("Columns of the sheet"))]
        for label, target in value["columns"].items():
            field = record.field(target)
            rows.append(Row((mark("good"), label, field.label if field else target)))
        rows += [Row((mark("ask"), label, _("not read")), "ask") for label in value["unread"]]
        return rows

    def _remarks(self, value: dict[str, Any]) -> list[Row]:
        said = remarks({**value, "unread": []})
        return [heading(_("Remarks")), *(Row(("", "", line)) for line in said)] if said else []


def _wrong_row(wrong: dict[str, Any]) -> Row:
    place = f"{os.path.basename(wrong['file'])}:{wrong['row']}"
    place += f":{wrong['column']}" if wrong["column"] else ""
    said = told(wrong["label"], wrong["problem"]) if wrong["label"] else wrong["problem"]
    return Row((mark("late"), place, said), "late")


def _facts(facts: Sequence[Any]) -> list[Row]:
    if not facts:
        return []
    rows = [heading(_("What would be written"))]
    for stated in facts[:MOST_FACTS]:
        done, what, how = saying.fact(stated)
        rows.append(Row(("", f"{done} {what}".strip(), how)))
    return [*rows, *more(len(facts), MOST_FACTS)]


def refused(ran: Ran) -> tuple[Row, ...]:
    """What a command that failed said, in words."""
    lines = ran.said.split("\n")
    return tuple(Row((mark("late") if n == 0 else "", "", line), "late") for n, line in enumerate(lines))


def _sealed_to(stations: list[str] | None) -> str:
    if stations is None:
        return _("unknown: its header is damaged")
    return listed(map(str, stations)) or _("nobody: it is open")


class BundlePreview:
    """A bundle of entries from another station."""

    options = None

    def tried(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return ["bundle", "show", "--json", *named(file)]

    def words(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return ["bundle", "import", *named(file)]

    def read(self, ran: Ran) -> Shown:
        """What it says it is, and how whole it is."""
        value = doing.value(ran, partly=True)
        if value is None:
            return Shown(refused(ran), False)
        asks = value["kind"] == "want"
        whole = asks or (value["trailer"] == "good" and not value["damaged_bytes"])
        kind = _("asks for entries: answer it with bundle export --want") if asks else _("bundle")
        told = (
            (_("Kind"), kind), (_("Written by"), value["from"] or "?"), (_("Made"), value["made"] or "?"),
            (_("Entries"), value["entries"]), (_("Stations"), listed(value["stations"])),
            (_("Sealed to"), _sealed_to(value["sealed_to"])),
        )  # fmt: skip
        rows = [Row(("", label, str(text))) for label, text in told if text not in (None, "")]
        doubts = [line.strip() for line in ran.err.splitlines() if line.strip()]
        rows.append(
            Row((mark("good"), _("Whole"), _("yes")))
            if whole
            else Row((mark("late"), _("Whole"), _("no")), "late")
        )
        rows += [Row((mark("late"), "", line), "late") for line in doubts]
        return Shown(tuple(rows), not asks)


class PreviewScreen(DutyScreen):
    """See the module."""

    footer_keys = ONE_LIST

    DEFAULT_CSS = """
    PreviewScreen #asked { text-style: bold; }
    """

    def __init__(self, preview: Preview, file: str) -> None:
        super().__init__()
        self._preview, self._file = preview, file
        self.options: Sequence[str] = ()
        self._possible = self._done = self._busy = False
        #: Why F2 does nothing.
        self._nothing = _("there is nothing to take in")

    def body(self) -> ComposeResult:
        """What is asked, and what it would do."""
        yield Words(id="asked")
        yield Panel((Column(), Column(), Column(least=10)), id="preview", empty=_("reading"), wrap=True)

    def on_mount(self) -> None:
        """Try it."""
        self.query_one(Panel).focus()
        self.try_it()

    @property
    def where(self) -> Where:
        """A preview is a room of its own."""
        return super().where._replace(room="preview")

    def act(self, action: Action) -> None:
        """`e` gives more options, where the command has any."""
        if action.id == "edit" and self._preview.options and not (self._busy or self._done):
            self.run_worker(self.ask_options(), group="doing")
        else:
            super().act(action)

    async def ask_options(self) -> None:
        """As they are typed in a shell; then it is tried again."""
        allowed = self._preview.options
        assert allowed is not None
        question = Question("options", _("Options"), allowed, required=False, hint="  ".join(allowed.names))
        text = await self.wait_for(Ask(_("import a file"), question, shlex.join(self.options)))
        if text is not None:
            self.options = allowed.read(text)
            self.try_it()

    @property
    def _leave(self) -> str:
        return f"{self.action_key('back')} {_('leave')}"

    def _say(self, text: str) -> None:
        if self.is_running:
            self.query_one("#asked", Words).say(f" {text}")

    def try_it(self) -> None:
        """Run the command that tells what it would do."""
        self._possible, self._nothing = False, _("there is nothing to take in")
        self._say(_("looking at {file}").format(file=self._file))
        self._tried()

    @work(group="trying", exclusive=True)
    async def _tried(self) -> None:
        words = self._preview.tried(self._file, self.options)
        ran = await self.duty.run_quietly(words, lambda line: self._say(told(_("looking"), line)))
        shown = await self.shown_of(ran)
        self._possible = shown.possible
        ask = f"   {self.action_key('edit')} {_('options')}" if self._preview.options else ""
        possible = f"{self.action_key('save')} {_('take it in')}"
        self._nothing = shown.said or (possible if shown.possible else _("there is nothing to take in"))
        self._say(f"? {self._nothing}   {self._leave}{ask}")
        for panel in self.query(Panel):
            panel.show(os.path.basename(self._file), shown.rows)

    async def shown_of(self, ran: Ran) -> Shown:
        """What the command told."""
        return self._preview.read(ran)

    def do_save(self) -> None:
        """Take it in."""
        if self._busy or self._done:
            return
        if not self._possible:
            self.app.notify(self._nothing, markup=False, severity="warning")
            return
        self._busy = True
        # Of the app: it goes on when this screen is left.
        self.app.run_worker(self._take(), group="doing")

    async def _take(self) -> None:
        words = self._preview.words(self._file, self.options)
        self._say(_("taking it in"))
        ran = await self.run_it(words)
        self._busy, self._done = False, ran.code in (Exit.DONE, Exit.PARTLY_FAILED)
        if self.is_running:
            self.tell_done(ran)

    async def run_it(self, words: Sequence[str]) -> Ran:
        """Run the line that does it, and tell what it said."""
        return await self.duty.do(words, lambda line: self._say(told(_("taking it in"), line)))

    def tell_done(self, ran: Ran) -> None:
        """What the command said when it did it."""
        self._say((_("done") if self._done else _("refused")) + f"   {self._leave}")
        out, err = ([line for line in text.splitlines() if line.strip()] for text in (ran.out, ran.err))
        # How to take it back is said last, and many rows may stand before it.
        lines = [*out, *err[-1:], *err[:-1]]
        tone = "" if self._done else "late"
        self.query_one(Panel).show(_("What was done"), [Row(("", "", line), tone) for line in lines])

    def do_copy(self) -> None:
        """The line that takes it in."""
        self.duty.hand_over(typed(self.where, self._preview.words(self._file, self.options)))

    def do_back(self) -> None:
        """Leave; what was begun goes on."""
        if self._busy:
            self.app.notify(_("it goes on, and tells when it is done"), markup=False)
        super().do_back()


async def preview(screen: DutyScreen, kind: Preview) -> None:
    """Ask for a file, and show what taking it in would do."""
    asked = await screen.answered(screen.duty.action("import"), screen.where)
    if asked is not None:
        screen.app.push_screen(PreviewScreen(kind, asked.answers["file"]))


async def export(screen: DutyScreen, action: Action) -> None:
    """Ask for a file, and whether one that is there may go; write it."""
    asked = await screen.answered(action, screen.where)
    if asked is None:
        return
    file = asked.answers["file"]
    there = _("write over it? There is {file}").format(file=safe(file))
    if os.path.exists(file) and not await screen.wait_for(
        Confirm(there, typed(asked, action.command(asked)))
    ):
        return
    words = action.command(asked)
    if screen.time is None:
        await screen.duty.do(words)
    else:
        # As of then the clock of the whole program is set back: in a process of its own nobody else goes by it.
        then = ("--as-of", times.format_time(screen.time))
        screen.duty.tell(await screen.duty.reckoned([*then, *words]))
