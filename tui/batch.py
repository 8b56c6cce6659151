"""Orders from a file: first what each row would come to, then the same for good, with a result to keep.

The rows are those of `emergency callup batch`; a row that was ordered is never ordered again.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any, ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from emergency.store.text import cells, in_lines, safe
from emergency.store.words import _, told
from emergency.tui.actions import Where, typed
from emergency.tui.actions.orders import BATCH
from emergency.tui.actions.reading import named
from emergency.tui.app import MOST_COPIED
from emergency.tui.bar import Confirm
from emergency.tui.doing import Ran
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.words import Words


class Outcome(NamedTuple):
    """What became of a row, or would."""

    row: int
    ref: str
    #: `ok`, `already` or `failed`, as the command line says it.
    status: str
    order: str
    said: str
    hint: str


def outcomes(out: str) -> list[Outcome]:
    """The rows that `callup batch --json` printed."""
    found = []
    for line in out.splitlines():
        try:
            told: dict[str, Any] = json.loads(line)
            said = str(told.get("error") or told.get("warning") or "")
            ref = str(told.get("ref") or "")
            found.append(
                Outcome(int(told["row"]), ref, str(told["status"]), str(told.get("order") or ""), said, str(told.get("hint") or ""))
            )  # fmt: skip
        except (ValueError, KeyError, TypeError):
            continue
    return found


class BatchScreen(DutyScreen):
    """See the module."""

    DEFAULT_CSS = """
    BatchScreen #file { height: 1; border: none; padding: 0 1; background: $surface; }
    BatchScreen #file:focus { border: none; background: $panel; }
    BatchScreen #said { text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "to_rows", show=False)]

    def __init__(self) -> None:
        super().__init__()
        #: The file whose rows are shown, and whether they were run.
        self.file = ""
        self.done = False
        self.result = ""

    def body(self) -> ComposeResult:
        """The file, what there is to say of all rows, and the rows."""
        yield Words(" " + _("Orders from a file: CSV or NDJSON"), id="title")
        yield Input(
            id="file",
            compact=True,
            select_on_focus=False,
            placeholder=_("path of the file; Enter shows what would be ordered"),
        )
        yield Words(id="said")
        columns = (
            Column(),
            Column(_("row"), right=True),
            Column(_("ref"), least=6),
            Column(_("what comes of it"), least=10),
        )
        yield Panel(columns, id="rows", empty=_("no file yet"))

    def on_mount(self) -> None:
        """The file is asked first."""
        self.query_one("#rows", Panel).show(_("Rows"), [])
        self.query_one(Input).focus()

    def footer(self) -> tuple[list[str], list[str]]:
        """Without a file, no keys of its rows."""
        named = {"check": _("preview"), "save": _("order them"), "save_result": _("save the result"),
                 "copy_result": _("copy it")}  # fmt: skip
        said = self.reminders(named) if self.result else ["Enter " + _("preview")]
        return said, ["Esc " + _("back")]

    @property
    def where(self) -> Where:
        """A room of its own."""
        return super().where._replace(room=BATCH)

    def argv(self, *, dry_run: bool) -> list[str]:
        """The words that preview the file, or order what is in it."""
        return ["callup", "batch", "--json", *(["--dry-run"] if dry_run else []), *named(self.file)]

    def action_to_rows(self) -> None:
        """From the file to its rows."""
        self.query_one(Panel).focus()

    # -- previewing and running ------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: show what would be ordered."""
        event.stop()
        self.do_check()

    def do_check(self) -> None:
        """Try every row; nothing is written."""
        if self.unsaved:
            self._say_to_wait()
            return
        self.file = os.path.expanduser(self.query_one("#file", Input).value.strip())
        if self.file:
            self.done = False
            self._look()

    def do_save(self) -> None:
        """F2: order what the rows ask for."""
        reason = self.duty.action("accept").why_not(
            self.where._replace(room="board", target=Target("line", ""))
        )
        if reason or not self.file:
            self.app.notify(
                reason or _("name a file first, and look at its rows"), markup=False, severity="warning"
            )
        else:
            self._confirm()

    @work(group="batch", exclusive=True)
    async def _confirm(self) -> None:
        line = typed(self.where, self.argv(dry_run=False))
        busy = self.unsaved or self.goes_on("trying")
        if not busy and await self.wait_for(Confirm(_("order what these rows ask for?"), line)):
            self._order()

    @property
    def unsaved(self) -> bool:
        """Whether rows are being ordered: what came of each is told here only."""
        return self.goes_on("ordering")

    def _say_to_wait(self) -> None:
        self.app.notify(_("ordering: nothing is lost if you wait"), markup=False, severity="warning")

    def do_back(self) -> None:
        """The screen before, once it is said what came of each row."""
        if self.unsaved:
            self._say_to_wait()
        else:
            super().do_back()

    @work(group="trying", exclusive=True)
    async def _look(self) -> None:
        await self._run(dry_run=True)

    @work(group="ordering")
    async def _order(self) -> None:
        await self._run(dry_run=False)

    async def _run(self, *, dry_run: bool) -> None:
        rows = self.query_one("#rows", Panel)
        rows.empty = _("reading")
        rows.refresh()
        words = self.argv(dry_run=dry_run)
        self._say(
            _("reading {file}").format(file=self.file)
            if dry_run
            else _("ordering: nothing is lost if you wait")
        )
        ran = await self.duty.run_quietly(words, self._say)
        if not dry_run:
            self.duty.ran.append(tuple(words))
            self.duty.look()
        self.result = ran.out
        self.done = not dry_run and bool(ran.out)
        self.remind()
        self._show(ran, dry_run=dry_run)

    def _show(self, ran: Ran, *, dry_run: bool) -> None:
        found = outcomes(ran.out)
        rows = []
        # All that is said is read without another key.
        room = self.size.width - max((cells(one.ref) for one in found), default=0) - 12
        # What was refused is what a person has to do something about.
        for one in sorted(found, key=lambda o: (o.status != "failed", o.row)):
            tone = {"ok": "good", "already": "dim", "failed": "late"}.get(one.status, "")
            said = _said(one, dry_run=dry_run)
            target = Target("line", f"{one.order}/1") if one.order and not dry_run else None
            first, *more = in_lines(safe(said), room)
            shown = "" if tone == "good" else tone
            rows.append(Row((mark(tone), str(one.row), one.ref, first), shown, target))
            rows += [Row(("", "", "", text), shown) for text in more]
            if one.hint:
                rows += [Row(("", "", "", text), "ask") for text in in_lines(safe("-> " + one.hint), room)]
        count = {status: sum(o.status == status for o in found) for status in ("ok", "already", "failed")}
        words = (
            _("would be ordered: {ok}, ordered before: {already}, refused: {failed}; {order} orders them")
            if dry_run
            else _(
                "ordered: {ok}, ordered before: {already}, refused: {failed}; {save} saves this, {copy} copies it"
            )
        )
        named = {"order": "save", "save": "save_result", "copy": "copy_result"}
        keys = {word: self.action_key(name) for word, name in named.items()}
        self._say(words.format(**count, **keys) if found else "! " + ran.said.replace("\n", "  "))
        self.query_one(Panel).show(safe(os.path.basename(self.file)), rows)
        if found:
            self.query_one(Panel).focus()

    def _say(self, text: str) -> None:
        self.query_one("#said", Words).say(" " + text)

    # -- the result ------------------------------------------------------------------------------

    def do_save_result(self) -> None:
        """A file beside the one that was read, never over another."""
        if not self.result:
            self.app.notify(_("there is no result yet"), markup=False, severity="warning")
        elif not self.goes_on("saving"):
            self._save(_free_name(self.file))

    @work(group="saving")
    async def _save(self, path: str) -> None:
        try:
            await asyncio.to_thread(_write, path, self.result)
        except OSError as error:
            self.app.notify(told(safe(path), str(error.strerror)), markup=False, severity="error")
            return
        self.app.notify(_("saved: {file}").format(file=safe(path)), markup=False)

    def do_copy_result(self) -> None:
        """The result as the command line printed it."""
        if not self.result or len(self.result) > MOST_COPIED:
            long = _("too long to copy: {key} saves it").format(key=self.action_key("save_result"))
            said = long if self.result else _("there is no result yet")
            self.app.notify(said, markup=False, severity="warning")
            return
        self.app.copy_to_clipboard("\n".join(map(safe, self.result.splitlines())))
        self.app.notify(_("copied: {n} rows").format(n=len(outcomes(self.result))), markup=False)

    def do_copy(self) -> None:
        """The line that does the same."""
        self.duty.hand_over(
            typed(self.where, self.argv(dry_run=not self.done) if self.file else ["callup", "batch", "FILE"])
        )


def _said(one: Outcome, *, dry_run: bool) -> str:
    if one.status == "failed":
        return _("refused: {why}").format(why=one.said)
    if one.status == "already":
        return _("ordered before as {order}").format(order=one.order)
    words = _("would be ordered") if dry_run else _("ordered as {order}").format(order=one.order)
    return f"{words}  ! {one.said}" if one.said else words


def _free_name(file: str) -> str:
    """`orders.result.ndjson` beside `orders.csv`, with a number where there is one already."""
    stem = os.path.splitext(file)[0]
    n, path = 1, f"{stem}.result.ndjson"
    while os.path.exists(path):
        n, path = n + 1, f"{stem}.result-{n + 1}.ndjson"
    return path


def _write(path: str, text: str) -> None:
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)
