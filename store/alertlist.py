"""Alerts as lists: those in force, those that have ended, and those that concern a station (rows M1, E5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from emergency.store import alerts, conditions
from emergency.store.alerts import Chain, Row
from emergency.store.errors import InvalidValue, NoSuchRecord
from emergency.store.filters import Term
from emergency.store.records import RECORDS
from emergency.store.records.incident import LEVELS
from emergency.store.store import Store
from emergency.store.text import quoted
from emergency.store.words import _

#: Which of them a list has: those that stand or are to come; all that do not; the head of every chain.
STANDING, ENDED, ALL = "standing", "ended", "all"
#: The state of an alert that another of its chain took the place of.
REPLACED = "replaced"


class Listed(NamedTuple):
    """An alert of a list, and the chain that it belongs to."""

    row: Row
    chain: Chain
    #: As in `alerts.STATES`, or `replaced`.
    state: str

    @property
    def id(self) -> str:
        """Of the alert."""
        return str(self.row["id"])

    @property
    def in_force(self) -> bool:
        """Whether it stands, or is to come."""
        return self.state in ("current", "to-come")


def of(chain: Chain, id_: str) -> Listed:
    """An alert of a chain, as a list has it."""
    if chain.head["id"] == id_:
        return Listed(chain.head, chain, chain.state)
    row = next(r for r in chain.earlier if r["id"] == id_)
    return Listed(row, chain, REPLACED)


def listed(
    store: Store, which: str, *, at: int, terms: Sequence[Term] = (), region: str = ""
) -> list[Listed]:
    """The alerts that these terms let through and that touch a region: the most pressing first, of `ended` the newest.

    `region:` asks what an alert touches too: it may name several districts, and its record has the one that holds all.
    Raises InvalidValue and NoSuchRecord, with its place in `at`, for a term that cannot be.
    """
    found = alerts.chains(store, everything=which != STANDING, at=at)
    if which == ENDED:
        out = _ended(found)
    else:
        heads = found if which == ALL else alerts.current(found)
        out = [Listed(chain.head, chain, chain.state) for chain in heads]
    passes = _passing(store, terms, region)
    return [one for one in out if passes(one.row)]


def out_of_use(store: Store, *, terms: Sequence[Term] = (), region: str = "") -> list[Row]:
    """The alerts no longer in use that these terms let through, the newest first. Raises InvalidValue as `listed` does."""
    passes = _passing(store, terms, region, retired=True)
    rows = store.rows("SELECT * FROM alert WHERE retired IS NOT NULL ORDER BY sent DESC, id")
    return [row for row in rows if passes(row)]


def _passing(
    store: Store, terms: Sequence[Term], region: str, *, retired: bool = False
) -> Callable[[Row], bool]:
    from emergency.store.extent import codes_of
    from emergency.store.regions import in_scope

    codes = [region, *(_code(store, term) for term in terms if _touching(term))]
    others = [term for term in terms if not _touching(term)]
    ids = _allowed(store, others, retired=retired) if others else None

    def passes(row: Row) -> bool:
        touched = codes_of(row)
        return (ids is None or row["id"] in ids) and all(
            touched and in_scope(touched, code) for code in codes if code
        )

    return passes


def _code(store: Store, term: Term) -> str:
    from emergency.store.typed import region_code

    try:
        return region_code(store, term.value)
    except NoSuchRecord as error:
        error.at = term.at
        raise


def ranks(found: Sequence[Listed], name: str) -> list[int]:
    """Where each stands by a column, equals alike; all alike for the order in which they are given. Raises InvalidValue."""
    by = SORTED.get(name)
    if by is None:
        raise InvalidValue(
            _("{text} is nothing that {records} are sorted by").format(
                text=quoted(name), records=RECORDS["alert"].many
            ),
            hint=_("one of {fields}, or -FIELD").format(fields=", ".join(filter(None, SORTED))),
        )
    values = [by(one) for one in found]
    order = {value: n for n, value in enumerate(sorted(set(values)))}
    return [order[value] for value in values]


def _words(name: str) -> Callable[[Listed], tuple[Any, ...]]:
    return lambda one: (str(one.row[name] or ""),)


_LAST = 1 << 62
#: What a column is sorted by; by the colour is the order in which they are listed: what stands, and is real, first.
SORTED: dict[str, Callable[[Listed], tuple[Any, ...]]] = {
    "": lambda one: (),
    "colour": lambda one: (),
    "event": _words("event"),
    "state": lambda one: (
        alerts.STATES.index(one.state) if one.state in alerts.STATES else len(alerts.STATES),
    ),
    "level": lambda one: (
        list(LEVELS).index(one.row["level"]) if one.row["level"] in LEVELS else len(LEVELS),
    ),
    "area": _words("area"),
    "from": lambda one: (begins(one.row) or _LAST,),
    "until": lambda one: (one.row["expires"] or _LAST,),
    "sender": lambda one: (sender(one.row),),
    "signature": _words("signature"),
    "id": lambda one: (one.id,),
    "headline": _words("headline"),
}


def sender(row: Row) -> str:
    """Who issued an alert, by name where it says one."""
    return str(row["sender_name"] or row["sender"] or "")


def begins(row: Row) -> int | None:
    """From when an alert is for: as it says itself, else since it was sent."""
    at = row["onset"] or row["effective"] or row["sent"]
    return None if at is None else int(at)


def _touching(term: Term) -> bool:
    return (term.name, term.op) == ("region", ":")


def _ended(found: Sequence[Chain]) -> list[Listed]:
    """What ended, and what was replaced in chains that may still stand; each once."""
    out: dict[str, Listed] = {}
    for chain in found:
        if chain.state not in ("current", "to-come"):
            out[str(chain.head["id"])] = Listed(chain.head, chain, chain.state)
        for row in chain.earlier:
            out.setdefault(str(row["id"]), Listed(row, chain, REPLACED))
    return sorted(out.values(), key=lambda one: (-(one.row["sent"] or 0), one.id))


def _allowed(store: Store, terms: Sequence[Term], *, retired: bool) -> set[str]:
    sql, values = conditions.all_of(store, "alert", terms, retired=retired)
    return {id_ for (id_,) in store.connection.execute(f"SELECT id FROM alert WHERE {sql}", values)}


def concerning(store: Store, at: int) -> list[Chain]:
    """The warnings that stand for this station's region: real ones and exercises, never tests and drafts."""
    chains = alerts.current(alerts.chains(store, at=at))
    meant = [chain for chain in chains if chain.head["status"] in ("Actual", "Exercise")]
    if not meant:
        # On most days, and the board is sooner there without what reads shapes.
        return []
    from emergency.store.extent import concerns

    region = str((store.row("station", store.meta("station")) or {}).get("region") or "")
    return [chain for chain in meant if concerns(store, chain.head, region)]
