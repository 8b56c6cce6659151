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
        known = self.of(teams)
        ages = {id_: next(d.age for d in r.dimensions if d.name == "transport") for id_, r in known.items()}
        rest = [team for team in teams if team not in known]
        if rest or not teams:
            now = moment(self._store)
            ages |= {id_: now - at if at else None for id_, at in holdings.told(self._store, rest).items()}
        limit = register_stale_after()
        return [id_ for id_, age in ages.items() if age is not None and age > limit]

    def past(self, ground: Ground, lines: Sequence[tuple[Offer, Sequence[str]]]) -> list[tuple[str, ...]]:
        """What of each line nobody can vouch for, where it is called all the same: of passing.REASONS.

        A line is an offer with the tags of what is sent of it.
        """
        offered = [offer for offer, _tags in lines]
        known = self.of(_teams(ground, offered, all_kinds=True))
        teams = _teams(ground, offered)
        old = set(self._old(teams)) if teams else set()
        lapsed = self._lapsed(ground.at, [tag for _offer, tags in lines for tag in tags])
        out = []
        for offer, tags in lines:
            holder = ground.holders[offer.holder]
            found = known.get(holder.id) if holder.kind == "team" else None
            asked = offer.kind in ("equipment", "team")
            why = {
                "uncounted": found is not None and found.dimensions[0].figure is None,
                "stale": found is not None and found.reported == "stale",
                "register": found is not None and asked and holder.id in old,
                "lapsed": any(tag in lapsed for tag in tags),
            }
            out.append(tuple(reason for reason, so in why.items() if so))
        return out

    def _lapsed(self, at: int, tags: Sequence[str]) -> set[str]:
        """Those of these items whose last inspection holds no more."""
        out: set[str] = set()
        for some in chunks(tags):
            rows = self._store.connection.execute(
                f"SELECT id FROM equipment WHERE id IN ({','.join('?' * len(some))}) AND {out_of_date(at)}",
                some,
            )
            out |= {tag for (tag,) in rows}
        return out

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
