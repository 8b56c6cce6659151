"""Doing one thing to many records: each by its own command line, one after the other, and what came of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.widgets import Static

from emergency.store.together import one_operation
from emergency.store.words import _, added, ngettext
from emergency.tui.actions import briefly
from emergency.tui.bar import Bar
from emergency.tui.doing import Ran
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.words import ONE_LIST, Words


class Outcome(NamedTuple):
    """What is to be done to one record, and what came of it."""

    target: Target
    words: tuple[str, ...]
    #: The marked lines that stand for it.
    marked: tuple[str, ...]
    #: Why it was not done; "" where it was, or may still be.
    refusal: str = ""
    done: bool = False


def told(outcomes: Sequence[Outcome]) -> str:
    """How many were done, and how many not."""
    done = sum(o.done for o in outcomes)
    said = ngettext("{n} done", "{n} done", done).format(n=done)
    if refused := sum(bool(o.refusal) for o in outcomes):
        said = added(said, ngettext("{n} refused", "{n} refused", refused).format(n=refused))
    if left := len(outcomes) - done - refused:
        said = added(said, ngettext("{n} not begun", "{n} not begun", left).format(n=left))
    return said


class Doing(Bar[list[Outcome]], can_focus=True):
    """Runs the lines and says how far it is; Esc stops it after the line that is running."""

    def __init__(
        self,
        title: str,
        outcomes: Sequence[Outcome],
        run: Callable[[Sequence[str]], Awaitable[Ran]],
    ) -> None:
        super().__init__()
        self._title, self._outcomes, self._run = title, list(outcomes), run
        self._stopped = False

    def compose(self) -> ComposeResult:
        """What, how far, and the key."""
        yield Words(f" {self._title}", id="asked")
        yield Static("", id="line", markup=False)
        yield Words(" " + _("Esc: stop after this one"), id="told")

    def on_mount(self) -> None:
        """Begin."""
        self.query_one("#asked").add_class("title")
        self.focus()
        self._go()

    @work
    async def _go(self) -> None:
        with one_operation():
            for n, outcome in enumerate(self._outcomes):
                if self._stopped:
                    break
                if not outcome.refusal:
                    self._outcomes[n] = await self._one(n, outcome)
        self.give(self._outcomes)

    async def _one(self, n: int, outcome: Outcome) -> Outcome:
        shown = f"   {n + 1}/{len(self._outcomes)}  {briefly(outcome.words)}"
        self.query_one("#line", Static).update(shown)
        ran = await self._run(outcome.words)
        why = ran.said.replace("\n", "  ") if ran.code else ""
        return outcome._replace(refusal=why, done=not ran.code)

    def action_leave(self) -> None:
        """Esc: what is running is done, nothing more is begun."""
        self._stopped = True
        self.query_one("#told", Words).say(" " + _("stopping after this one"))


class ResultScreen(DutyScreen):
    """What was refused, with its reason; Enter opens the record."""

    footer_keys = ONE_LIST

    def __init__(self, title: str, outcomes: Sequence[Outcome]) -> None:
        super().__init__()
        self._title, self._outcomes = title, outcomes

    def body(self) -> ComposeResult:
        """One list."""
        yield Panel((Column(), Column(), Column(least=10)), id="outcomes")

    def on_mount(self) -> None:
        """Those refused first, then those not begun, then those done."""
        order = sorted(self._outcomes, key=lambda o: (not o.refusal, o.done))
        rows = [_row(outcome) for outcome in order]
        panel = self.query_one(Panel)
        panel.show(self._title, rows)
        panel.focus()


def _row(outcome: Outcome) -> Row:
    tone = "late" if outcome.refusal else "good" if outcome.done else "wait"
    words = outcome.refusal or (_("done") if outcome.done else _("not begun"))
    return Row((mark(tone), outcome.target.id, words), "" if tone == "good" else tone, outcome.target)
