"""A plan of a season that is being made behind the screens, and the drafts that are written of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from textual.notifications import SeverityLevel

from emergency.store import planwords
from emergency.store.errors import EmergencyError, Exit
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _
from emergency.tui import staged, stagedlines
from emergency.tui.doing import Ran
from emergency.tui.staged import Plan

if TYPE_CHECKING:
    from emergency.tui.app import EmergencyApp


class Job:
    """A plan that is being made, or was; the screen that shows it may be left and opened again."""

    def __init__(self, duty: EmergencyApp, season: str, words: list[str]) -> None:
        self.duty, self.season, self.words = duty, season, words
        self.plan: Plan | None = None
        #: Why there is none.
        self.refused = ""
        self.busy = False
        #: {team: the line of a draft that would place it}
        self.drafts: dict[str, str] = {}
        #: The operation that wrote its orders; "" before.
        self.op = ""
        #: How many entries the store had when it was made: with more it may be another.
        self.entries = -1
        #: Who shows it.
        self.show: Callable[[], None] | None = None

    @property
    def old(self) -> bool:
        """Whether the store has changed since it was made."""
        seen = self.duty.seen
        return seen is not None and not self.busy and seen.board.header.entries > self.entries

    def begin(self) -> None:
        """Make it, behind whatever is shown."""
        if not self.busy:
            self.busy = True
            self.duty.run_worker(self._make(), group="staging")

    async def _make(self) -> None:
        ran = await self.duty.reckoned([*self.words, "--json"])
        self.take(ran)
        self.op = ""
        await self._look()
        self.busy = False
        if self.show is not None:
            self.show()
        elif self.plan is not None:
            said = f"{self.plan.name}: {stagedlines.summed(self.plan)}"
            self.duty.notify(safe(said), title=_("The plan is made"), markup=False)
        else:
            self.duty.tell(ran)

    def take(self, ran: Ran) -> None:
        """What the command told."""
        self.refused = ""
        try:
            if ran.code != Exit.DONE:
                raise ValueError(ran.said)
            self.plan = staged.parsed(json.loads(ran.out))
        except (ValueError, KeyError, TypeError) as error:
            self.plan, self.refused = None, str(error).replace("\n", "  ")

    async def _look(self) -> None:
        """What the plan does not tell of: drafts there are already, and what those left out are called."""
        self.entries, drafts, known = await self.duty.run_worker(
            self._read, thread=True, group="stage"
        ).wait()
        self.drafts = drafts
        if self.plan is not None:
            kinds = {id_: kind for id_, (kind, _name) in known.items()}
            names = {id_: name for id_, (_kind, name) in known.items()}
            self.plan = self.plan._replace(kinds=kinds, names=names)

    def _read(self) -> tuple[int, dict[str, str], dict[str, tuple[str, str]]]:
        """(entries, {team: draft}, {left out: (kind, name)}), with a connection of the thread's own."""
        try:
            with Store(self.duty.path, as_of=self.duty.as_of) as store:
                (entries,) = store.connection.execute("SELECT count(*) FROM entry").fetchone()
                left = list(self.plan.left_out)[: stagedlines.MOST] if self.plan else []
                return int(entries), _drafts(store), dict(filter(None, (_known(store, id_) for id_ in left)))
        except EmergencyError:
            # The head of every screen says that the store cannot be read; the plan that is there stays.
            return -1, {}, {}

    async def issue(self) -> None:
        """Write the drafts; the plan that is shown then is the one that they are of."""
        if self.plan is None:
            return
        meant = moves(self.plan)
        self.busy = True
        words = [*self.words, "--issue", "--json"]
        ran = await self.duty.run_quietly(words)
        self.duty.ran.append(tuple(words))
        if ran.code != Exit.DONE:
            self.duty.tell(ran)
        else:
            self.take(ran)
            issued: Mapping[str, Any] = json.loads(ran.out).get("issued") or {}
            self.op = str(issued.get("op") or "")
            self._tell(issued, meant)
        await self._look()
        self.busy = False
        self.duty.look()
        if self.show is not None:
            self.show()

    def _tell(self, issued: Mapping[str, Any], meant: dict[str, str]) -> None:
        said = planwords.issued(issued["orders"], issued["kept"], issued["updated"], issued["cancelled"])
        said += "\n" + _("z takes them back, G gives the one under the cursor")
        other = self.plan is not None and moves(self.plan) != meant
        if other:
            said += "\n" + _("! not those that were shown: the store changed meanwhile")
        severity: SeverityLevel = "warning" if other else "information"
        said = "\n".join(map(safe, said.split("\n")))
        self.duty.notify(said, markup=False, severity=severity, timeout=8)

    async def undone(self) -> None:
        """Something was taken back: its orders, perhaps."""
        await self._look()
        if self.plan is not None and not set(moves(self.plan)) & set(self.drafts):
            self.op = ""
        if self.show is not None:
            self.show()


def moves(plan: Plan) -> dict[str, str]:
    """{team: site} of those that move."""
    return {team.id: team.site for team in plan.moved}


def _drafts(store: Store) -> dict[str, str]:
    rows = store.connection.execute(
        'SELECT l.team, l.id FROM line l JOIN callup c ON c.id = l."order"'
        " WHERE l.state = 'draft' AND c.kind = 'preposition' AND l.team IS NOT NULL ORDER BY length(l.id), l.id"
    )
    return {str(team): str(line) for team, line in rows}


def _known(store: Store, id_: str) -> tuple[str, tuple[str, str]] | None:
    for kind in ("team", "keyarea", "site"):
        row = store.row(kind, id_)
        if row is not None:
            return id_, (kind, str(row.get("name") or ""))
    return None
