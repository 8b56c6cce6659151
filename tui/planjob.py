"""A plan to call up for incidents that is made behind the screens: what is asked of it, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from emergency.store import draftwords
from emergency.store.counted import Counted
from emergency.store.store import Store
from emergency.store.words import _, clauses
from emergency.tui import planhead
from emergency.tui.planasked import Asked, wanting
from emergency.tui.plans import Value
from emergency.tui.reckoning import Ground, Reckoning, kept

if TYPE_CHECKING:
    from emergency.tui.app import EmergencyApp


class About(NamedTuple):
    """What a plan is made of, beside its command line."""

    asked: Asked
    #: See `Wanting`, where nobody named an incident.
    drills: tuple[str, ...] = ()
    met: tuple[tuple[str, str], ...] = ()
    doubted: tuple[Counted, ...] = ()


def plan_of(duty: EmergencyApp, incidents: Sequence[str]) -> PlanJob:
    """The plan for these incidents, as it was left; for all that lack something, where none is named."""
    return kept(duty, ("plan", *incidents), lambda: PlanJob(duty, incidents))


class PlanJob(Reckoning[Value]):
    """See the module."""

    def __init__(self, duty: EmergencyApp, incidents: Sequence[str]) -> None:
        #: What is asked now; `about` is what was asked of the plan that is there.
        self.asked = Asked(tuple(incidents))
        self._named = bool(incidents)
        super().__init__(duty, Ground(self.asked.words(), about=About(self.asked)))

    @property
    def about(self) -> About:
        """Of what is shown."""
        found = self.of.about
        assert isinstance(found, About)
        return found

    def again(self, asked: Asked) -> None:
        """Ask for something else."""
        self.asked = asked
        self.ask()

    def ground(self, store: Store) -> Ground:
        """The incidents that were named; else those that lack something now, and which drills stay out."""
        asked = self.asked
        if self._named:
            return Ground(asked.words(), about=About(asked))
        found = wanting(store)
        asked = asked._replace(incidents=found.incidents)
        about = About(asked, found.drills, found.met, found.doubted)
        return Ground(asked.words(), found.none, about)

    def parsed(self, value: Any) -> Value:
        """The plan; once it is written, it stands as drafts."""
        if "issued" in value:
            planhead.now_standing(value)
        return cast("Value", value)

    def same(self, one: Value, other: Value) -> bool:
        """See Reckoning."""
        return planhead.orders(one) == planhead.orders(other)

    def made(self) -> str:
        """Style, how many for what."""
        return "" if self.value is None else "  ".join(part.strip() for part in planhead.head(self.value))

    def drafted(self, issued: Any) -> str:
        """How many, and how to take them back."""
        said = draftwords.issued(issued["new"], issued["kept"], issued["updated"], issued["cancelled"])
        return clauses([_("{key} takes it back").format(key=self.duty.action("undo").shown), said])
