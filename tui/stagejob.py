"""A plan of a season that is made behind the screens, and the drafts that are written of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emergency.store import draftwords
from emergency.store.store import Store
from emergency.store.words import _, clauses, told
from emergency.tui import staged, stagedlines
from emergency.tui.reckoning import Ground, Reckoning, kept
from emergency.tui.staged import Plan

if TYPE_CHECKING:
    from emergency.tui.app import EmergencyApp


def stage_of(duty: EmergencyApp, words: Sequence[str]) -> StageJob:
    """The plan that a command line makes, as it was left."""
    return kept(duty, tuple(words), lambda: StageJob(duty, words))


class StageJob(Reckoning[Plan]):
    """See the module."""

    def __init__(self, duty: EmergencyApp, words: Sequence[str]) -> None:
        super().__init__(duty, Ground(list(words)))

    def ground(self, store: Store) -> Ground:
        """Always the same line."""
        return self.of._replace(refused=None)

    def parsed(self, value: Any) -> Plan:
        """See staged.py."""
        return staged.parsed(value)

    def completed(self, store: Store, value: Plan) -> Plan:
        """With the drafts that there are already, and what those left out are called."""
        left = list(value.left_out)[: stagedlines.MOST]
        known = dict(filter(None, (_known(store, id_) for id_ in left)))
        return value._replace(
            drafts=_drafts(store),
            kinds={id_: kind for id_, (kind, _name) in known.items()},
            names={id_: name for id_, (_kind, name) in known.items()},
        )

    def same(self, one: Plan, other: Plan) -> bool:
        """Whether the same teams move to the same sites."""
        return _moves(one) == _moves(other)

    def made(self) -> str:
        """What it comes to."""
        return "" if self.value is None else told(self.value.name, stagedlines.summed(self.value))

    def drafted(self, issued: Any) -> str:
        """Which, how to take them back, and how to give one."""
        undo, give = (self.duty.action(name).shown for name in ("undo", "issue_draft"))
        said = _("{undo} takes them back, {give} gives the one under the cursor").format(undo=undo, give=give)
        return clauses(
            [
                said,
                draftwords.issued(issued["orders"], issued["kept"], issued["updated"], issued["cancelled"]),
            ]
        )


def _moves(plan: Plan) -> dict[str, str]:
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
