"""Readiness on a screen: every team, worst first, with what would lift it; and who has been out for long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui import details, ready, registers
from emergency.tui.panel import Target
from emergency.tui.ready import Resting, Standing
from emergency.tui.source import ALL, Wanted
from emergency.tui.tablescreen import TableScreen
from emergency.tui.views import View, ViewScreen


class ReadinessScreen(ViewScreen):
    """See the module."""

    footer_keys: ClassVar[tuple[str, ...]] = (
        "details",
        "view",
        "gaps",
        "report",
        "filter",
        "palette",
        "help",
        "leave",
    )

    def __init__(self, view: str = "teams", *, wanted: Wanted = ALL, as_of: int | None = None) -> None:
        super().__init__(
            view, Standing(self.action_key) if view == "teams" else Resting(), wanted=wanted, as_of=as_of
        )

    def views(self) -> Sequence[View]:
        """See ViewScreen."""
        return (
            View("teams", _("teams"), lambda w, t: ReadinessScreen("teams", wanted=w, as_of=t)),
            View("rest", _("rest"), lambda w, t: ReadinessScreen("rest", wanted=w, as_of=t), filtered=False),
        )

    def about(self) -> tuple[str, str]:
        """See ViewScreen."""
        assert isinstance(self.source, Standing | Resting)
        return self.source.about

    def listing(self) -> list[str]:
        """See TableScreen."""
        if self.view == "rest":
            return ["team", "rest", "--after", "0min"]
        return ready.listing(self.table.wanted.filter)

    def tell_of(self, store: Store, target: Target) -> details.Details:
        """A team: how it stands first, then what is registered of it, and its history."""
        if target.kind == "team":
            return registers.told(store, target, details.read(store, Target("standing", target.id)))
        return details.read(store, target)

    def open(self, target: Target) -> None:
        """A call-up line has a screen of its own."""
        if target.kind == "line":
            super(TableScreen, self).open(target)
        else:
            super().open(target)

    def do_refresh(self) -> None:
        """Work it out again, however long it takes."""
        ready.kept.forget()
        self.table.renew()
        super().do_refresh()
