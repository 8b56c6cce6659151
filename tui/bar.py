"""A bar at the foot of a screen that takes the keys until it is left: what is over it stays as it was.

It is part of the screen and no screen of its own: nothing is dimmed or painted again for it, which
on a thin line would take seconds.
"""

from __future__ import annotations

import asyncio
import os
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from emergency.store.errors import InvalidValue
from emergency.store.text import safe
from emergency.store.words import _
from emergency.tui.actions import Question
from emergency.tui.paths import MOST_NAMED, Paths, completed
from emergency.tui.words import Words

Answer = TypeVar("Answer")


class Bar(Vertical, Generic[Answer]):
    """See the module. `answer` holds what came of it; None: it was left."""

    DEFAULT_CSS = """
    Bar { layer: bar; dock: bottom; height: auto; max-height: 60%; background: $panel; }
    Bar .title { text-style: bold; }
    Bar Input { height: 1; border: none; padding: 0 1; background: $surface; }
    Bar Input:focus { border: none; }
    """
    #: From edge to edge, down to the last line: see covered.py.
    covers = True
    #: Keys of a text field that must not reach the screen while a bar is open.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("tab,shift+tab", "stay", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()

    def give(self, answer: Answer | None) -> None:
        """End it with an answer."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def action_leave(self) -> None:
        """Esc: no answer."""
        self.give(None)

    async def action_stay(self) -> None:
        """Tab goes nowhere else."""

    def on_unmount(self) -> None:
        """A bar that is taken away has no answer."""
        self.give(None)


class Ask(Bar[str]):
    """One value of several that an action asks, checked as the command line will check it.

    Enter goes on to the next; F2 is enough, and leaves the others empty; Up goes back to the one before.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "enough", show=False),
        Binding("up", "back", show=False),
    ]

    def __init__(
        self, title: str, question: Question, command: str, *, text: str = "", place: tuple[int, int] = (1, 1),
        refused: str = "", proposed: bool = False,
    ) -> None:  # fmt: skip
        """`text` was typed before, and left if it is `proposed`: typing takes its place; `place` is which of how many.

        `refused` says why the answers were not taken before.
        """
        super().__init__()
        self._title, self._question, self._command = title, question, command
        self._text, self._place = text, place
        self._refused, self._proposed = refused, proposed
        #: What stands in the field.
        self.typed = text
        #: No more is to be asked than must be.
        self.enough = False
        #: The question before is wanted again.
        self.back = False

    def compose(self) -> ComposeResult:
        """What is asked, the field, and under it what is wrong or the line that will run."""
        if self._refused:
            yield Static(
                Text(" ! " + "  ".join(map(safe, self._refused.split("\n")))), id="refused", markup=False
            )
        yield Words(id="asked")
        yield Input(
            self._text,
            id="answer",
            compact=True,
            select_on_focus=self._proposed,
            placeholder=self._question.hint,
            suggester=Paths() if self._question.path else None,
        )
        yield Words(f" {self._command}", id="told")

    def on_mount(self) -> None:
        """Typing goes here."""
        said = (
            _("{action}: {question}")
            if self._question.required
            else _("{action}: {question} (may be left empty)")
        )
        n, of = self._place
        keys = "" if of == 1 else _("{n}/{of}  F2 does it now").format(n=n, of=of) + " "
        asked = self.query_one("#asked", Words)
        asked.say(" " + said.format(action=self._title, question=self._question.label), keys)
        asked.add_class("title")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Kept, for when it is left."""
        event.stop()
        self.typed = event.value

    def action_enough(self) -> None:
        """F2."""
        self.enough = True
        self._check(self.query_one(Input).value)

    def action_back(self) -> None:
        """Up."""
        if self._place[0] > 1:
            self.back = True
            self.give(self.query_one(Input).value.strip())

    async def action_stay(self) -> None:
        """Tab completes a path as far as it can only be meant, and names what could follow."""
        if not self._question.path:
            return
        field = self.query_one(Input)
        text, found = await asyncio.to_thread(completed, field.value)
        field.value = text
        field.cursor_position = len(text)
        names = [os.path.basename(path.rstrip(os.sep)) for path in found[:MOST_NAMED]]
        more = " ..." if len(found) > MOST_NAMED else ""
        if len(found) != 1:
            self.query_one("#told", Words).say(
                " " + ("  ".join(names) + more if found else _("no such file"))
            )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.enough = False
        self._check(event.value)

    def _check(self, value: str) -> None:
        """The value, or what is wrong with it."""
        text = value.strip()
        try:
            if not text and self._question.required:
                raise InvalidValue(_("it cannot be left empty"))
            self._question.type.parse(text)
        except InvalidValue as error:
            self.query_one("#told", Words).say(f" ! {error.message}  {error.hint}".rstrip())
            return
        self.give(os.path.expanduser(text) if self._question.path else text)


class Confirm(Bar[bool], can_focus=True):
    """Says what will be run, and waits for yes or no."""

    def __init__(self, title: str, said: str) -> None:
        super().__init__()
        self._title, self._said = title, said

    def compose(self) -> ComposeResult:
        """What, the whole line, and the keys."""
        yield Words(f" ? {self._title}", id="asked")
        said = "\n".join(map(safe, self._said.split("\n")))
        yield Static(Text(f"   {said}"), id="line", markup=False)
        yield Words(" " + _("y or Enter: yes   n or Esc: no"), id="told")

    def on_mount(self) -> None:
        """The keys go here."""
        self.query_one("#asked").add_class("title")
        self.focus()

    def on_key(self, event: events.Key) -> None:
        """Yes or no; no other key means anything now."""
        event.stop()
        if event.key in ("y", "enter"):
            self.give(True)
        elif event.key in ("n", "escape"):
            self.give(None)
