"""What is asked of a plan besides its incidents: its style, who is left out, and options as they are typed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from emergency.store import needs, planwords
from emergency.store.counted import Counted, counted
from emergency.store.errors import Exit
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.travel import Travel
from emergency.store.words import _
from emergency.tui import options
from emergency.tui.actions.reading import named
from emergency.tui.doing import Ran
from emergency.tui.plans import Out

#: In the order in which a key changes them.
STYLES = ("balanced", "fast", "few")
#: Options that may be typed, and whether a value follows.
_OPTIONS = {"--standby": False, "--complete": False, "--over": True, "--override": True, "--seconds": True}

#: So many open incidents are named where none lacks anything, the latest first.
MOST_MET = 20


class Options(options.Options):
    """Options of the command that change no record."""

    def __init__(self) -> None:
        super().__init__(_OPTIONS)


def read(text: str) -> tuple[str, ...]:
    """The options as words. Raises InvalidValue."""
    return Options().read(text)


class Wanting(NamedTuple):
    """The incidents that a plan is made for where nobody named any."""

    incidents: tuple[str, ...]
    #: Drills that are left out, since they would be sent what real incidents lack.
    drills: tuple[str, ...]
    #: Where none lacks anything: the open incidents as (id, title), of which one may come to.
    met: tuple[tuple[str, str], ...] = ()
    #: And what of the orders that are enough may not come.
    doubted: tuple[Counted, ...] = ()
    #: What there is to say of it where there is none: a person has something to do about it, or nothing.
    none: Ran | None = None


def wanting(store: Store) -> Wanting:
    """The open incidents with needs that nothing was ordered for; drills only where there is no other."""
    rows = needs.unmet(store)
    real = tuple(row["id"] for row in rows if not row["exercise"])
    drills = tuple(row["id"] for row in rows if row["exercise"])
    if rows:
        return Wanting(real, drills) if real else Wanting(drills, ())
    opened = store.rows(
        "SELECT * FROM incident WHERE retired IS NULL AND coalesce(state, '') != 'closed'"
        f" ORDER BY length(id) DESC, id DESC LIMIT {MOST_MET}"
    )
    met = tuple((row["id"], drilled(row, row["title"] or "")) for row in opened)
    none = _none(store, opened=bool(opened))
    covered = [row["id"] for row in needs.wanting(store)] if none.code == Exit.DONE else []
    doubted = counted(store, covered, travel=Travel(store))
    return Wanting((), (), met, tuple(doubted), none)


def _none(store: Store, *, opened: bool) -> Ran:
    """Nothing is to be planned: no incident is open, none asks for anything, or all of it is covered."""
    if not opened:
        return Ran(Exit.REFUSED, "", _("no incident is open"))
    if not needs.wanting(store):
        return Ran(Exit.REFUSED, "", _("nothing is asked for: no open incident states a need"))
    return Ran(Exit.DONE, "", planwords.covered())


class Asked(NamedTuple):
    """All of it."""

    incidents: tuple[str, ...]
    style: str = STYLES[0]
    out: tuple[Out, ...] = ()
    options: tuple[str, ...] = ()

    def words(self, *more: str) -> list[str]:
        """The command line, with more options."""
        style = [] if self.style == STYLES[0] else ["--style", self.style]
        without = [word for team in self.out for word in ("--without", team.id)]
        options = [*style, *without, *self.options, *more]
        return ["plan", "callup", *options, *named(*(self.incidents or ("INCIDENT",)))]

    @property
    def next_style(self) -> Asked:
        """With the next style."""
        return self._replace(style=STYLES[(STYLES.index(self.style) + 1) % len(STYLES)])

    def turned(self, team: Out) -> Asked:
        """Without a team; with it again, where it was left out."""
        left = tuple(one for one in self.out if one.id != team.id)
        return self._replace(out=left if len(left) < len(self.out) else (*self.out, team))

    @property
    def override(self) -> bool:
        """Whether the plan may go below floors."""
        return any(word.startswith("--override") for word in self.options)


def briefly(words: Sequence[str]) -> str:
    """Options as a person typed them."""
    return shlex.join(words)
