"""What computed readiness says to a person, in lists and on screens alike: a mark before every state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from emergency.store import times, words
from emergency.store.readiness import Dimension, Readiness
from emergency.store.records.standard import DIMENSIONS
from emergency.store.words import _, added, aside, clauses, language, listed

#: A mark before each state: it is never told by colour alone.
MARKS = {
    "ready": "✓", "standby": "✓", "short": "✗", "stale": "!", "unknown": "?", "off": "-", "unavailable": "✗",
    "unasked": "-",
}  # fmt: skip


def plain_words(state: str) -> str:
    """A state without its mark."""
    return {
        "ready": _("ready"),
        "standby": _("standby"),
        "short": _("short"),
        "stale": _("stale"),
        "unknown": _("unknown"),
        "off": _("off duty"),
        "unavailable": _("unavailable"),
        "unasked": _("nothing asked"),
    }[state]


def state_words(state: str) -> str:
    """A state for a person, its mark first."""
    return f"{MARKS[state]} {plain_words(state)}"


def dimension_words(name: str) -> str:
    """A dimension, in the language spoken."""
    return DIMENSIONS[name][1 if language() == "zh" else 0]


def figures(d: Dimension) -> str:
    """What is there of what is required, a mark first."""
    if d.state == "unasked":
        return "-"
    return f"{MARKS[d.state]} {_there(d)}"


class There(Protocol):
    """What is there of what is required."""

    @property
    def figure(self) -> int | None: ...
    @property
    def required(self) -> int | None: ...
    @property
    def state(self) -> str: ...


class Figures(There, Protocol):
    """A dimension with its figures, as a plan tells it."""

    @property
    def dimension(self) -> str: ...
    @property
    def age(self) -> int | None: ...


def held(some: Sequence[Figures]) -> str:
    """The dimensions that hold a team back, with what is there of what is required; a stale one with its age."""
    told = []
    for d in some:
        said = f"{dimension_words(d.dimension)} {_there(d)}"
        old = d.state == "stale" and d.age is not None
        told.append(added(said, _("{age} ago").format(age=times.format_age(d.age or 0)) if old else ""))
    return clauses(told)


def _there(d: There) -> str:
    said = f"{_of(d.figure)}/{_of(d.required)}"
    # Enough people, and yet short: somebody's qualification is what lacks.
    enough = d.figure is not None and d.figure >= (d.required or 0)
    return f"{said} {_('qualifications')}" if d.state == "short" and enough else said


def _of(figure: int | None) -> str:
    return "?" if figure is None else str(figure)


def counts_as(state: str, some: Sequence[Figures]) -> str:
    """How a team counts, and the figures that make it so."""
    holds = held(some)
    return words.told(state_words(state), holds) if holds else state_words(state)


def pulled(r: Readiness) -> str:
    """What keeps a team from being better."""
    return listed(_("its own report") if name == "report" else dimension_words(name) for name in r.pulled_by)


def aged(d: Dimension) -> str:
    """Where a figure comes from, and how old it is."""
    if d.age is None:
        return d.figure_from
    return added(d.figure_from, _("{age} ago").format(age=times.format_age(d.age)))


def summed_up(r: Readiness) -> str:
    """Computed, reported, what counts, and what holds it back, in one line."""
    said = _("computed: {computed}; reported: {reported}; counts as: {overall}").format(
        computed=state_words(r.computed), reported=state_words(r.reported), overall=state_words(r.overall)
    )
    return aside(said, _("held back by {what}").format(what=pulled(r)) if r.pulled_by else "")
