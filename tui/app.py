"""The screens, over the same store as the command line."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual import events, work
from textual._compositor import CompositorUpdate
from textual._styles_cache import StylesCache
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from emergency.store.errors import EmergencyError
from emergency.store.query import in_order
from emergency.store.text import safe
from emergency.store.words import _
from emergency.tui import themes
from emergency.tui.actions import Action, actions, opening
from emergency.tui.actions.keymap import Keymap, mapped, usable
from emergency.tui.doing import Ran, Reckon, Run, Tell, cannot
from emergency.tui.panel import Target
from emergency.tui.places import Place, places
from emergency.tui.screens import DutyScreen
from emergency.tui.style import thin_line, wrapped
from emergency.tui.styling import KeptStyles
from emergency.tui.telling import TellingApp
from emergency.tui.watch import Seen, Watch

if TYPE_CHECKING:
    from emergency.tui.candidates import Choices
    from emergency.tui.painting import Painted
    from emergency.tui.reckoning import Reckoning

#: More than this is not copied: terminals drop what is longer, some of them without a word.
MOST_COPIED = 50_000
#: 0 in the environment: nothing rings.
BELL = "EMERGENCY_BELL"
#: Seconds that the first board waits for what the store holds, rather than being painted twice.
PATIENCE = 0.1
#: So many lines that have become overdue are named at once.
MOST_TOLD = 5
#: Seconds between two looks at whether the terminal is still there.
LOOKED_FOR = 2.0


# Textual 8.2 (its issue 6665) keeps two colours by the widget that asks for them, and with them all that the last
# 1,024 widgets drew, whose screens are long closed; they depend on no widget.
_TWO_COLOURS: Any = lru_cache(1024)(StylesCache.get_inner_outer.__wrapped__)
setattr(StylesCache, "get_inner_outer", classmethod(_TWO_COLOURS))  # noqa: B010


#: A key that a plugin's screen may have: what is typed into a field or a filter stays for that.
_PLUGINS_KEY = re.compile(r"\d|f\d{1,2}")


class EmergencyApp(TellingApp):
    """Opens its store itself, in threads: a slow disk never holds up a key."""

    TITLE = "emergency"
    ENABLE_COMMAND_PALETTE = False
    #: The board is there from the first paint.
    DEFAULT_MODE = "board"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "leave", show=False, priority=True, id="quit")]
    # Nothing is drawn over a dimmed screen.
    CSS = "Screen { overflow: hidden; layers: base bar; }"

    class Looked(Message):
        """The store was read, and holds something new."""

        def __init__(self, seen: Seen) -> None:
            super().__init__()
            self.seen = seen

    class Failed(Message):
        """The store could not be read."""

        def __init__(self, error: EmergencyError) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        path: str,
        as_of: int | None = None,
        *,
        prefix: Sequence[str] = ("emergency",),
        run: Run = cannot,
        reckon: Reckon | None = None,
        keymap: Keymap | None = None,
        more: Sequence[Place] = (),
    ) -> None:
        """`run` runs a command line, `reckon` one that only reads; `more` are the screens of plugins; `keymap` a person's own keys."""
        super().__init__()
        self.stylesheet = KeptStyles(variables=self.get_css_variables())
        self.path, self.as_of, self.prefix = path, as_of, tuple(prefix)
        self.seen: Seen | None = None
        self._held: Seen | None = None
        #: The watch has told something.
        self._told = threading.Event()
        #: The lines that were overdue at the last look; None before the first.
        self._late: set[str] | None = None
        self._to_answer: set[str] | None = None
        #: The warnings that stood at the last look; None before the first.
        self._warned: set[str] | None = None
        #: The command lines that were run, without what they begin with; the last one last.
        self.ran: list[tuple[str, ...]] = []
        #: What goes on behind the screens, and what came of it: see `kept` in reckoning.py.
        self.reckonings: dict[tuple[str, ...], Reckoning[Any]] = {}
        #: {season: how it was asked for a plan last}, with "" for the last of all.
        self.asked_last: dict[str, Mapping[str, str]] = {}
        #: {need: what was marked for it and not ordered yet}.
        self.choices: dict[str, Choices] = {}
        #: Answers to the questions of an action about a record that were left: they are proposed the next time.
        self.left: dict[tuple[str, Target | None], Mapping[str, str]] = {}
        self._run, self._reckon = run, reckon
        table = actions()
        own = usable(keymap or {}, table)
        self.actions: tuple[Action, ...] = mapped(table, own)
        self.places: tuple[Place, ...] = places()
        self._add(more)
        self.set_keymap({name: ",".join(keys) for name, keys in own.items()})
        self._painted = self._for_the_line(thin=thin_line())
        self._watch = Watch(path, as_of, self._looked, self.complain, clock=self._painted is None)
        for place in self.places:
            self.add_mode(place.id, place.factory)

    def _for_the_line(self, *, thin: bool) -> Painted | None:
        """Colours, and what moves; on a thin line nothing does, and what the terminal shows already is remembered."""
        for theme in themes.OWN:
            self.register_theme(theme)
        self._filters = themes.bared(self._filters)
        self.theme = themes.wanted(thin=thin)
        if not thin:
            return None
        from emergency.tui.painting import Painted

        self.animation_level = "none"
        return Painted()

    def _add(self, more: Sequence[Place]) -> None:
        """Screens of plugins: a key that is taken stays with the program, the palette opens the screen."""
        taken = {key for action in self.actions for key in action.keys}
        known = {place.id for place in self.places}
        for place in more:
            if place.id in known:
                continue
            free = place.key if _PLUGINS_KEY.fullmatch(place.key) and place.key not in taken else ""
            taken |= {free}
            known |= {place.id}
            self.places += (place._replace(key=free),)
            go = opening(place._replace(key=free))
            self.actions += (go,)
            if free:
                self.bind(free, f"screen.act('{go.id}')", show=False)
        self.places = tuple(sorted(self.places, key=lambda p: (not p.key, p.key == "0", p.key)))

    def _looked(self, seen: Seen) -> None:
        # In the thread. The first look is shown by the first paint, if it comes before it.
        if self.seen is None:
            self.seen = seen
        self._told.set()
        self.post_message(self.Looked(seen))

    def complain(self, error: EmergencyError) -> None:
        """The store cannot be read just now: that is said in the head of what is open. From any thread."""
        self._told.set()
        self.post_message(self.Failed(error))

    def first_look(self) -> Seen | None:
        """What the store holds, where that is known soon enough for the first paint."""
        if self.seen is None:
            self._told.wait(PATIENCE)
        return self.seen

    # -- where we are ----------------------------------------------------------------------------

    @property
    def room(self) -> str:
        """The id of the screen that a number key opened."""
        return self.current_mode

    def go(self, id_: str) -> None:
        """Open a screen by its id; again: back to its beginning."""
        if id_ != self.room:
            self.switch_mode(id_)
            return
        while len(self.screen_stack) > 1 and not self._unsaved([self.screen]):
            self.pop_screen()

    def delay_update(self, delay: float = 0.0) -> None:
        """Another screen is there at once: Textual would hold its first paint for a twentieth of a second."""

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """On a thin line, only what the terminal does not show yet."""
        seen = not (self._batch_count or self.is_headless or self._driver is None)
        if self._painted is not None and seen and isinstance(renderable, CompositorUpdate):
            renderable = self._painted.less(screen, renderable)
        super()._display(screen, renderable)

    def action(self, id_: str) -> Action:
        """The action of that id, with a person's own keys."""
        return next(action for action in self.actions if action.id == id_)

    def state_of(self, target: Target) -> str:
        """The state of a call-up line where it is known; ""."""
        if self.seen is None or target.kind != "line":
            return ""
        return next((line.state for line in self.seen.board.lines if line.id == target.id), "")

    def on_key(self, event: events.Key) -> None:
        """No key does anything here that was typed for a question which was only just called for."""
        if isinstance(self.screen, DutyScreen) and self.screen.typed_ahead(event):
            event.prevent_default()

    # -- watching the store ----------------------------------------------------------------------

    def on_load(self) -> None:
        """Watch the store, while the terminal is made ready and the board is laid out."""
        # A line that is cut ends the program as `q` does, so that the terminal is left as it was.
        # Windows has no such signal, and only the main thread of a process is told of any.
        if sys.platform != "win32" and threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.exit)
        # Not every terminal that goes away says so; one that has gone reads as an end that never ends.
        if sys.__stdin__ is not None and sys.__stdin__.isatty():
            self.set_interval(LOOKED_FOR, self._leave_with_the_terminal)
        self.run_worker(self._watch.run, thread=True, group="watch", exit_on_error=True)

    def _leave_with_the_terminal(self) -> None:
        if sys.__stdin__ is not None and not sys.__stdin__.isatty():
            self.exit()

    def on_unmount(self) -> None:
        """Let the thread go at once."""
        self._watch.stop()

    def look(self) -> None:
        """Read the store now."""
        self._watch.look()

    def on_emergency_app_looked(self, message: Looked) -> None:
        """The screen on top shows what is new; not while somebody types, for an input method draws there."""
        self._ring(message.seen)
        self._held = message.seen
        self.deliver()

    def _ring(self, seen: Seen) -> None:
        """The bell, once, and a word, when something has become overdue or has come to be answered, or a warning; no key is taken."""
        self._warn(seen)
        board = seen.board
        self._late = self._rung(self._late, {line.id for line in board.overdue}, _("Overdue now"))
        waiting = {matter.id for matter in board.matters if matter.why == "to-answer"}
        self._to_answer = self._rung(self._to_answer, waiting, _("To answer"))

    def _rung(self, before: set[str] | None, now: set[str], title: str) -> set[str]:
        """Tell of the lines that were not among those of before, if any were looked for; those of now."""
        if self.as_of is None and before is not None and (new := in_order(now - before)):
            more = f" +{len(new) - MOST_TOLD}" if len(new) > MOST_TOLD else ""
            self.alarm(" ".join(new[:MOST_TOLD]) + more, title)
            self.bell()
        return now

    def _warn(self, seen: Seen) -> None:
        """What came since the last look; a drill is told, and does not ring."""
        standing = {one.id: one for one in seen.board.warnings}
        before, self._warned = self._warned, set(standing)
        new = [one for id_, one in standing.items() if before is not None and id_ not in before]
        if self.as_of is not None or not new:
            return
        from emergency.store import alertwords

        rows = [one._asdict() | {"status": "Exercise" if one.exercise else "Actual"} for one in new]
        told = "\n".join(
            safe(f"{alertwords.colour(r)} {alertwords.event(r)} {r['area']}")[:200] for r in rows[:MOST_TOLD]
        )
        more = f" +{len(new) - MOST_TOLD}" if len(new) > MOST_TOLD else ""
        self.alarm(told + more, _("New warning"))
        if not all(one.exercise for one in new):
            self.bell()

    def bell(self) -> None:
        """As Textual does it, unless the environment says that nothing rings."""
        if os.environ.get(BELL, "1") != "0":
            super().bell()

    def deliver(self, *, now: bool = False) -> None:
        """Show what was held while somebody typed, unless somebody types; `now`: whoever types has just finished."""
        if self._held is None or (isinstance(self.focused, Input) and not now):
            return
        self.seen, self._held = self._held, None
        # What is under it sees it when it comes up again: painting it now would paint all of the one on top.
        # One that is just being put together shows it by itself once it stands.
        if isinstance(self.screen, DutyScreen) and self.screen.is_mounted and self.screen.query("#headline"):
            self.screen.see(self.seen)

    def on_emergency_app_failed(self, message: Failed) -> None:
        """Said in the head of what is open."""
        for screen in self.screen_stack:
            if isinstance(screen, DutyScreen):
                # In its turn: one that has just been opened counts as mounted before it has a head.
                screen.call_later(screen.complain, message.error)

    # -- doing -----------------------------------------------------------------------------------

    async def do(self, words: Sequence[str], progress: Tell | None = None) -> Ran:
        """Run a command line in a thread, tell what it said, and look at the store again."""
        ran = await self.run_quietly(words, progress)
        self.ran.append(tuple(words))
        self.tell(ran)
        self.look()
        return ran

    async def run_quietly(self, words: Sequence[str], progress: Tell | None = None) -> Ran:
        """Run a command line in a thread; `progress` is called here with each line of progress, until it has ended."""
        runs = True

        def shown(line: str) -> None:
            # What waited while the command ended would be written over what came of it.
            if progress is not None and runs:
                progress(line)

        def told(line: str) -> None:
            if self.is_running:
                self.call_later(shown, line)

        # Not a worker: what has begun to be written is not dropped with the screen that asked for it.
        more = () if progress is None else (told,)
        try:
            return await asyncio.to_thread(self._run, tuple(words), *more)
        finally:
            runs = False

    async def reckoned(self, words: Sequence[str]) -> Ran:
        """Run a command line that reads for seconds and writes nothing; no other waits for it, where it can run apart."""
        if self._reckon is None:
            return await self.run_quietly(words)
        return await self._reckon(words)

    def tell(self, ran: Ran) -> None:
        """Say what a command line said."""
        said = "\n".join(map(safe, ran.said.split("\n")))
        self.notify(said, markup=False, severity="error" if ran.code else "information", timeout=8)

    def hand_over(self, line: str) -> None:
        """Copy a command line, and show it: a terminal may not take it."""
        if safe(line) == line and len(line) <= MOST_COPIED:
            self.notify(line, title=_("Command line"), markup=False)
            self.copy_to_clipboard(line)
            return
        said = _("not copied: it would drive a terminal")
        self.notify(f"{safe(line)}\n{said}", title=_("Command line"), markup=False, severity="warning")

    def copy_to_clipboard(self, text: str) -> None:
        """As Textual does it, and through tmux too."""
        self._clipboard = text
        if self._driver is not None:
            coded = base64.b64encode(text.encode()).decode()
            self._driver.write(wrapped(f"\x1b]52;c;{coded}\a"))

    def next_theme(self) -> None:
        """Other colours."""
        self.theme = themes.after(self.theme)
        self.notify(self.theme, title=_("Colours"), markup=False)

    # -- leaving ---------------------------------------------------------------------------------

    def _unsaved(self, screens: Sequence[object]) -> bool:
        return any(getattr(screen, "unsaved", False) for screen in screens)

    def leave(self) -> None:
        """Leave the program; asks where a form has text that was not saved."""
        stacks = [screen for stack in self._screen_stacks.values() for screen in stack]
        if self._unsaved(stacks):
            self._ask_to_leave()
        else:
            self.exit()

    @work(group="leaving", exclusive=True)
    async def _ask_to_leave(self) -> None:
        from emergency.tui.bar import Confirm

        screen = self.screen
        assert isinstance(screen, DutyScreen)
        if await screen.wait_for(Confirm(_("leave the program?"), _("a form has text that was not saved"))):
            self.exit()

    def action_leave(self) -> None:
        """Ctrl+Q, whatever has the focus."""
        self.leave()
