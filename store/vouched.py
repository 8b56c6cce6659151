"""What a call-up plan asks of computed readiness (rows A5 to A7): what nobody can vouch for is not called.

A figure that is too old, or was never told, keeps back what it speaks of. A team that is short has less than
it should have: what it has is counted piece by piece, so it may be called, and what it lacks is told with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store import holdings, readiness
from emergency.store.audit import Scope
from emergency.store.board import moment
from emergency.store.claims import chunks
from emergency.store.offers import Ground, Offer
from emergency.store.passing import out_of_date
from emergency.store.readiness import Readiness, register_stale_after
from emergency.store.store import Store

#: Reasons of passing.REASONS that computed readiness gives, or has the figures for.
COMPUTED = ("stale", "never", "uncounted", "register", "short")
#: For more teams than this all are computed: the one pass over the register is then the quicker.
_MANY = 2_000


class Held(NamedTuple):
    """A dimension that is less than it should be."""

    dimension: str
    #: One of readiness.STATES.
    state: str
    figure: int | None
    required: int | None
    #: How old the figure is, in milliseconds; None where nobody knows.
    age: int | None

    def plain(self) -> dict[str, Any]:
        """For programs, with its age in seconds."""
        age = None if self.age is None else self.age // 1000
        return {
            "dimension": self.dimension,
            "state": self.state,
            "figure": self.figure,
            "required": self.required,
            "age_s": age,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Held:
        """From what programs are told."""
        age = None if told["age_s"] is None else told["age_s"] * 1000
        return cls(told["dimension"], told["state"], told["figure"], told["required"], age)


class Standing(NamedTuple):
    """How a team stands when it is called, or passed over."""

    #: One of readiness.STATES.
    counts_as: str
    held: tuple[Held, ...]


class Vouched:
    """Computed readiness of the teams that a plan asks about, each computed once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Readiness] = {}

    def of(self, teams: Iterable[str]) -> dict[str, Readiness]:
        """The readiness of these teams; one that is not known here has none."""
        asked = dict.fromkeys(teams)
        missing = tuple(sorted(t for t in asked if t not in self._known))
        if missing:
            scope = Scope(ids=missing) if len(missing) <= _MANY else Scope()
            self._known |= {r.team["id"]: r for r in readiness.of(self._store, scope)}
        return {t: self._known[t] for t in asked if t in self._known}

    def standings(self, teams: Iterable[str]) -> dict[str, Standing]:
        """How these teams stand."""
        return {id_: standing(r) for id_, r in self.of(teams).items()}

    def kept_back(self, ground: Ground, called: Iterable[Offer]) -> Ground:
        """The ground without the equipment of teams whose register is stale, if any of it is called; else the same."""
        teams = _teams(ground, called)
        if not teams or not self._old(teams):
            return ground
        # All of them now, or each plan would find a few more.
        return _without(ground, dict.fromkeys(self._old(), "register"), ("equipment", "team"))

    def _old(self, teams: Sequence[str] = ()) -> list[str]:
        """Of these teams, or of all, those of whose equipment nobody has told anything for too long."""
        limit = moment(self._store) - register_stale_after()
        return [team for team, at in holdings.told(self._store, teams).items() if 0 < at < limit]

    def past(self, offer: Offer, ground: Ground, tags: Sequence[str]) -> tuple[str, ...]:
        """What of a line nobody can vouch for, where it is called all the same: of passing.REASONS."""
        out = []
        holder = ground.holders[offer.holder]
        found = self.of([holder.id]).get(holder.id) if holder.kind == "team" else None
        if found is not None:
            people = found.dimensions[0]
            out += ["uncounted"] if people.figure is None else []
            out += ["stale"] if found.reported == "stale" else []
            asked = offer.kind in ("equipment", "team")
            out += ["register"] if asked and self._old([holder.id]) else []
        for some in chunks(tags):
            marks = ",".join("?" * len(some))
            lapsed = self._store.connection.execute(
                f"SELECT 1 FROM equipment WHERE id IN ({marks}) AND {out_of_date(ground.at)}", some
            ).fetchone()
            out += ["lapsed"] if lapsed and "lapsed" not in out else []
        return tuple(out)

    def complete(self, ground: Ground) -> Ground:
        """The ground without teams that lack anything: only such as count as ready, or as standby, are left."""
        open_ = [o for o in ground.offers if not o.reason]
        found = self.of(_teams(ground, open_, all_kinds=True))
        lacking = {i for i, r in found.items() if r.overall not in ("ready", "standby")}
        return _without(ground, dict.fromkeys(lacking, "short"), ("equipment", "team", "people"))


def standing(r: Readiness) -> Standing:
    """How a team stands, with every dimension that holds it back."""
    held = [d for d in r.dimensions if d.state not in ("ready", "unasked")]
    return Standing(r.overall, tuple(Held(d.name, d.state, d.figure, d.required, d.age) for d in held))


def _teams(ground: Ground, offers: Iterable[Offer], *, all_kinds: bool = False) -> list[str]:
    """The teams whose equipment, or all of whom, is offered."""
    kinds = ("equipment", "team", "people") if all_kinds else ("equipment", "team")
    some = dict.fromkeys(o.holder for o in offers if o.kind in kinds)
    return [ground.holders[h].id for h in some if ground.holders[h].kind == "team"]


def _without(ground: Ground, reasons: dict[str, str], kinds: tuple[str, ...]) -> Ground:
    """The ground with these teams' offers of some kinds kept back, where nothing else does."""
    why = {n: reasons[h.id] for n, h in enumerate(ground.holders) if h.kind == "team" and h.id in reasons}
    return ground._replace(
        offers=[
            o._replace(reason=why[o.holder]) if not o.reason and o.holder in why and o.kind in kinds else o
            for o in ground.offers
        ]
    )
