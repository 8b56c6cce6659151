"""How a screen asks: one question after the other in bars at its foot, and what was typed ahead of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from textual import events
from textual.widgets import Input

from emergency.tui.actions import Action, Where, briefly
from emergency.tui.covered import Uncovered
from emergency.tui.working import WorkingScreen

if TYPE_CHECKING:
    from emergency.tui.app import EmergencyApp
    from emergency.tui.bar import Bar

Answer = TypeVar("Answer")


class AskingScreen(WorkingScreen):
    """A screen over which bars are opened, one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Uncovered()
        #: Keys that came since a question was called for, until it stands there; None: none is coming.
        self._ahead: list[events.Key] | None = None
        #: A question stands there, and nothing may be told over it.
        self.asking = False
        #: Why what was answered was refused, where it is asked again.
        self._refused = ""

    @property
    def duty(self) -> EmergencyApp:
        """The app, as what it is."""
        from emergency.tui.app import EmergencyApp

        return cast(EmergencyApp, self.app)

    async def answered(self, action: Action, where: Where) -> Where | None:
        """With the answers to all that must be asked, one after the other; None where a question was left."""
        from emergency.tui.bar import Ask

        asks, n, of = action.asks, 0, (action.id, where.target)
        left = {} if where.answers else self.duty.left.get(of, {})
        while n < len(asks):
            name, refused, self._refused = asks[n].name, self._refused, ""
            bar = Ask(
                action.label, asks[n], briefly(action.command(where)), place=(n + 1, len(asks)),
                text=where.answers.get(name, left.get(name, "")), refused=refused,
                proposed=name in left and name not in where.answers,
            )  # fmt: skip
            answer = await self.wait_for(bar, more=n + 1 < len(asks))
            if answer is None:
                self._ahead = None
                self.duty.left[of] = {**left, **where.answers, name: bar.typed}
                return None
            where = where._replace(answers={**where.answers, name: answer})
            n += -1 if bar.back else 1
            if bar.enough:
                n = next((i for i in range(n, len(asks)) if asks[i].required), len(asks))
        self._ahead = [] if action.danger else None
        self.duty.left.pop(of, None)
        return where

    async def wait_for(self, bar: Bar[Answer], *, more: bool = False) -> Answer | None:
        """Show a bar until it has its answer; then the keys go where they went before, or wait for `more` bars."""
        before = self.focused
        self.duty.hush()
        self.asking = True
        self.duty._refresh_notifications()
        await self.mount(bar)
        self._catch_up(bar)
        try:
            return await bar.answer
        finally:
            self._ahead = [] if more else None
            # Before the bar goes: Textual would give the keys to some other field first, and scroll there.
            if before is not None and before.is_attached:
                self.set_focus(before)
            await bar.remove()
            self.asking = False
            self.duty._refresh_notifications()
            self.duty.deliver()

    def _catch_up(self, bar: Bar[Answer]) -> None:
        """What was typed ahead goes into the bar's field; a bar that has none was not seen yet, and is not answered."""
        ahead, self._ahead = self._ahead or [], None
        for field in list(bar.query(Input))[:1]:
            for event in ahead:
                self._type(field, event)

    def typed_ahead(self, event: events.Key) -> bool:
        """Whether a key that came as far as the app is meant for a question, which has it now or will have it."""
        if self._ahead is not None:
            self._ahead.append(event)
            return True
        if event.is_printable and isinstance(self.focused, Input):
            # A letter that an input has seen does not come this far.
            self._type(self.focused, event)
            return True
        return False

    def _type(self, field: Input, event: events.Key) -> None:
        field._forward_event(events.Key(event.key, event.character))
