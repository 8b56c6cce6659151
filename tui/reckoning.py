"""What is reckoned behind the screens, and the drafts that are written of it.

A plan takes seconds. Whoever asked for it may leave, by any key, and come back: what was begun goes on, and the
program tells of it where no screen shows it. It ends with the program.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar, cast

from textual.notifications import SeverityLevel
from textual.timer import Timer

from emergency.store import query
from emergency.store.errors import EmergencyError, Exit
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.together import one_operation, operation
from emergency.store.words import _, clauses
from emergency.tui import doing
from emergency.tui.doing import Ran
from emergency.tui.opened import reading

if TYPE_CHECKING:
    from emergency.tui.app import EmergencyApp

T = TypeVar("T")

#: What a reckoning can be doing.
PLANNING, WRITING = "planning", "writing"
#: So many are kept for who comes back, those used last.
MOST_KEPT = 30


class Ground(NamedTuple):
    """What is reckoned: the command line, or why there is none."""

    words: Sequence[str]
    refused: Ran | None = None
    #: What a screen says beside it; each kind of reckoning has its own.
    about: Any = None


class Shower(Protocol):
    """A screen that shows a reckoning: ReckoningScreen in reckoned.py."""

    def show_reckoning(self) -> None:
        """All of it, as it is; not while somebody types."""

    def say_doing(self) -> None:
        """What is going on, and for how long."""


class Reckoning(ABC, Generic[T]):
    """A command line that is reckoned, or was."""

    def __init__(self, duty: EmergencyApp, of: Ground) -> None:
        self.duty = duty
        #: What is shown: of which line it is, what it came to, or why it came to nothing. Never of a newer question.
        self.of, self.value, self.refused = of, cast("T | None", None), cast("Ran | None", None)
        #: "", PLANNING or WRITING, and for how many seconds.
        self.doing, self.seconds = "", 0
        #: Entries of the store before it was reckoned, and what it wrote itself: with more it may be another.
        self.entries = -1
        #: The operation that wrote drafts here last and was not taken back; whether `value` is what it wrote; what was said of it.
        self.op, self.written, self.said = "", False, ""
        self._again = False
        self._shown_by: list[Shower] = []
        self._clock: Timer | None = None

    # -- what each kind is -----------------------------------------------------------------------

    @abstractmethod
    def ground(self, store: Store) -> Ground:
        """What is asked now; in a thread. Raises EmergencyError."""

    @abstractmethod
    def parsed(self, value: Any) -> T:
        """What the line told as JSON. Raises KeyError, TypeError or ValueError for what is none."""

    def completed(self, store: Store, value: T) -> T:
        """With what the line does not tell; in a thread. Raises EmergencyError."""
        return value

    @abstractmethod
    def same(self, one: T, other: T) -> bool:
        """Whether two of them would be the same orders."""

    @abstractmethod
    def made(self) -> str:
        """What it came to, for who looks elsewhere."""

    @abstractmethod
    def drafted(self, issued: Any) -> str:
        """What the line wrote, as it told that."""

    # -- who shows it ----------------------------------------------------------------------------

    def hear(self, screen: Shower) -> None:
        """It is told when something is other than it was."""
        self._shown_by.append(screen)

    def leave(self, screen: Shower) -> None:
        """It is not."""
        if screen in self._shown_by:
            self._shown_by.remove(screen)

    @property
    def _on_top(self) -> Shower | None:
        # Those that are under another screen show it when they come up again.
        top: object = self.duty.screen
        return next((screen for screen in self._shown_by if screen is top), None)

    def show(self) -> None:
        """The screen that a person sees shows it as it is."""
        if self._on_top is not None:
            self._on_top.show_reckoning()

    @property
    def idle(self) -> bool:
        """Whether nothing goes on, and no screen has it."""
        return not self.doing and not self._shown_by

    @property
    def old(self) -> bool:
        """Whether somebody wrote something since it was reckoned."""
        seen = self.duty.seen
        return seen is not None and not self.doing and 0 <= self.entries < seen.board.header.entries

    # -- reckoning -------------------------------------------------------------------------------

    def ask(self) -> None:
        """Reckon; where something is being done, once more after it, if there is anything new to reckon then."""
        if self.doing:
            self._again = True
            return
        self.refused, self.said = None, ""
        self._begin(PLANNING)
        self.duty.run_worker(self._reckon(), group="reckoning")

    async def _reckon(self) -> None:
        before = None
        try:
            while True:
                self._again = False
                now = await asyncio.to_thread(self._survey)
                if now != before:
                    entries, ground = before = now
                    ran = ground.refused or await self.duty.reckoned(with_options(ground.words, "--json"))
                    value = await self._complete(self._read(doing.value(ran)))
                if not self._again:
                    break
            self.of, self.value, self.refused = ground, value, None if value is not None else ran
            self.entries, self.written = entries, False
        finally:
            self._end()
        if self._on_top is not None:
            self.show()
        elif value is None:
            self.duty.tell(ran)
        else:
            self.duty.notify(safe(self.made()), title=_("The plan is made"), markup=False)

    def _survey(self) -> tuple[int, Ground]:
        """How many entries the store has, and what is asked of it."""
        try:
            with reading(self.duty.path, self.duty.as_of) as store:
                return query.entries(store), self.ground(store)
        except EmergencyError as error:
            return -1, self.of._replace(refused=Ran(Exit.REFUSED, "", f"{error.message}\n{error.hint}"))

    def _read(self, value: Any | None) -> T | None:
        try:
            return None if value is None else self.parsed(value)
        except (KeyError, TypeError, ValueError):
            return None

    async def _complete(self, value: T | None) -> T | None:
        """What stands beside it is other after each command that was run over it."""
        return value if value is None else await asyncio.to_thread(self._completed, value)

    def _completed(self, value: T) -> T:
        try:
            with reading(self.duty.path, self.duty.as_of) as store:
                return self.completed(store, value)
        except EmergencyError:
            # The head of every screen says that the store cannot be read; what is there stays.
            return value

    def _begin(self, what: str) -> None:
        self.doing, self.seconds = what, 0
        self._clock = self.duty.set_interval(1, self._tick)
        self.show()

    def _end(self) -> None:
        self.doing = ""
        if self._clock is not None:
            self._clock.stop()

    def _tick(self) -> None:
        self.seconds += 1
        if self._on_top is not None:
            self._on_top.say_doing()

    # -- writing it down -------------------------------------------------------------------------

    def write(self, shown: T) -> None:
        """Write the drafts, by the same line: it plans again, over the store as it is then."""
        self._begin(WRITING)
        # Of the app: it goes on when every screen is left.
        self.duty.run_worker(self._write(shown), group="reckoning")

    async def _write(self, shown: T) -> None:
        words = with_options(self.of.words, "--issue")
        try:
            with one_operation():
                before = await asyncio.to_thread(self._entries)
                ran = await self.duty.run_quietly(with_options(words, "--json"))
                own = await asyncio.to_thread(self._entries, operation())
            self.duty.ran.append(tuple(words))
            told = doing.value(ran)
            value = await self._complete(self._read(told))
            if told is not None and value is not None:
                self.value, self.refused, self.entries = value, None, before + own
                self._tell(told["issued"], other=not self.same(shown, value))
        finally:
            self._end()
        if value is None:
            self.duty.tell(ran)
        self.duty.look()
        self.show()
        if self._again:
            self.ask()

    def _entries(self, op: str = "") -> int:
        """How many entries the store has, or an operation wrote; none where it cannot be read."""
        try:
            with reading(self.duty.path, self.duty.as_of) as store:
                return query.entries(store, op)
        except EmergencyError:
            return 0

    def _tell(self, issued: Any, *, other: bool) -> None:
        """What was written is shown; where it is other than what was confirmed, that is said first."""
        self.op = str(issued["op"] or "")
        self.written = bool(self.op)
        self.said = self.drafted(issued)
        if other:
            changed = _("the store had changed, and so has the plan: look at it")
            self.said = clauses([f"! {changed}", self.said])
        severity: SeverityLevel = "warning" if other else "information"
        self.duty.notify(safe(self.said), markup=False, severity=severity, timeout=8)

    async def ran_here(self, words: Sequence[str], ran: Ran, op: str) -> None:
        """A screen of it ran a command, as the operation `op`: it may have taken the drafts back, or given one."""
        before = self.value
        value = await self._complete(before)
        if self.value is before:
            self.value = value
        if ran.code == Exit.DONE and list(words) == ["undo", self.op]:
            self.op, self.written, self.said = "", False, ""
            # The store is again as it was when it was reckoned.
            self.entries += await asyncio.to_thread(self._entries, op)
        self.show()


def with_options(words: Sequence[str], *more: str) -> list[str]:
    """A command line of a noun and a verb, with more options before what they are about."""
    return [*words[:2], *more, *words[2:]]


R = TypeVar("R", bound=Reckoning[Any])


def kept(duty: EmergencyApp, key: tuple[str, ...], make: Callable[[], R]) -> R:
    """The reckoning of that key: the one that there is, else a new one."""
    all_ = duty.reckonings
    all_[key] = all_.pop(key) if key in all_ else make()
    for old in [k for k in list(all_)[:-MOST_KEPT] if all_[k].idle]:
        del all_[old]
    return cast("R", all_[key])
