"""A screen that shows what is reckoned behind it, and writes its drafts: the plan desk, and the plan of a season."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual import work
from textual.events import ScreenResume
from textual.widgets import Input

from emergency.store.together import one_operation, operation
from emergency.store.words import _
from emergency.tui.actions import Action, Where, typed
from emergency.tui.actions.reasons import unwritable
from emergency.tui.bar import Confirm
from emergency.tui.doing import Ran
from emergency.tui.reckoning import WRITING, Reckoning
from emergency.tui.screens import DutyScreen
from emergency.tui.watch import Seen

if TYPE_CHECKING:
    from emergency.tui.app import EmergencyApp

R = TypeVar("R", bound=Reckoning[Any])


class ReckoningScreen(DutyScreen, Generic[R]):
    """A screen that shows a reckoning, and writes its drafts."""

    #: As actions know it.
    place = ""

    def __init__(self, found: Callable[[EmergencyApp], R]) -> None:
        super().__init__()
        self._found = found
        #: Something came while somebody typed.
        self._missed = False

    @cached_property
    def job(self) -> R:
        """What it shows."""
        return self._found(self.duty)

    def on_mount(self) -> None:
        """Show what there is; what is not there, or is older than the store, is reckoned."""
        self.job.hear(self)
        if not self.job.doing and (self.job.value is None or self.job.old):
            self.job.ask()
        else:
            self.show_reckoning()

    def on_unmount(self) -> None:
        """It goes on without us."""
        self.job.leave(self)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """What came while another screen was over it."""
        if self.is_mounted:
            self.show_reckoning()

    def on_descendant_blur(self, event: Any) -> None:
        """What came while somebody typed."""
        if self._missed:
            self.call_after_refresh(self.show_reckoning)

    def show_reckoning(self) -> None:
        """All of it, as it is; not while somebody types."""
        self._missed = isinstance(self.focused, Input)
        if self.is_attached and not self._missed:
            self.show_all()
            self.remind()

    @abstractmethod
    def show_all(self) -> None:
        """See `show_reckoning`."""

    def say_doing(self) -> None:
        """What is going on, and for how long; not while somebody types."""
        if self.is_attached and not isinstance(self.focused, Input):
            self.say()

    @abstractmethod
    def say(self) -> None:
        """See `say_doing`."""

    def renew(self, seen: Seen) -> None:
        """It may be another over the store as it is now: that is said, and it is not made anew under one's eyes."""
        self.say_doing()

    def going_on(self) -> str:
        """In words, with how long it has been."""
        if self.job.doing == WRITING:
            return _("writing the drafts: {n} s").format(n=self.job.seconds)
        key = self.duty.action("back").shown.split(" ")[0]
        return _("planning: {n} s; {key} leaves it, and it goes on").format(n=self.job.seconds, key=key)

    # -- keys ------------------------------------------------------------------------------------

    @property
    def where(self) -> Where:
        """A room of its own; what was written here is what is taken back."""
        found = super().where._replace(room=self.place, op=self.job.op)
        return found._replace(against={"save": unwritable(found) or self._unsavable()})

    def do_refresh(self) -> None:
        """Reckon it again, over what the store holds now."""
        self.duty.look()
        self.job.ask()

    def do_copy(self) -> None:
        """The line that says the same."""
        self.duty.hand_over(typed(self.where, self.job.of.words))

    def do_save(self) -> None:
        """F2: as draft orders, after a question that says which."""
        self._save()

    def _unsavable(self) -> str:
        if self.job.doing == WRITING:
            return _("the drafts are being written")
        if self.job.doing:
            return _("wait for the plan") if self.job.value is not None else _("there is no plan yet")
        return self.nothing_to_write()

    @abstractmethod
    def nothing_to_write(self) -> str:
        """Why what is shown gives no drafts; "" where it does."""

    @abstractmethod
    def question(self) -> tuple[str, list[str]]:
        """How many drafts, and lines that say which."""

    @work(group="doing")
    async def _save(self) -> None:
        shown = self.job.value
        title, said = self.question()
        if not await self.wait_for(Confirm(title, "\n   ".join(said))):
            return
        if self.job.doing or self.job.value is not shown:
            self.app.notify(
                _("the plan is another by now: look at it first"), markup=False, severity="warning"
            )
        else:
            self.job.write(shown)

    async def do_with_command(self, action: Action, where: Where) -> Ran | None:
        """What was done here shows."""
        with one_operation():
            ran = await super().do_with_command(action, where)
            if ran is not None:
                await self.job.ran_here(action.command(where), ran, operation())
        return ran

    def do_back(self) -> None:
        """Leave; what was begun goes on."""
        if self.job.doing:
            self.app.notify(_("it goes on, and tells when it is done"), markup=False)
        super().do_back()
