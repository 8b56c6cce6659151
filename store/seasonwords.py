"""Seasons, their checklists and the plans for them in words: the command line and the screens say the same."""

from __future__ import annotations

from emergency.store.seasons import Task, Window
from emergency.store.showing import name_of
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.travel import said_minutes
from emergency.store.words import _, added, aside, listed, ngettext, told


def span(now: Window | None) -> str:
    """The days of a window, and whether it runs."""
    return window(now) if now is None else added(f"{now.begin} .. {now.end}", window(now))


def window(now: Window | None) -> str:
    """Whether a window runs, and until when or from when."""
    if now is None:
        return _("its days are not known")
    if now.state == "running":
        return ngettext("running, {n} day left", "running, {n} days left", now.days).format(n=now.days)
    if now.state == "ahead":
        return ngettext("begins in {n} day", "begins in {n} days", now.days).format(n=now.days)
    return ngettext("over for {n} day", "over for {n} days", now.days).format(n=now.days)


def standing(task: Task) -> str:
    """How a task stands: when it was done, by how much it is late, or how long there is."""
    if task.state == "done":
        return _("done {day}").format(day=safe(str(task.row["done"])))
    if task.state == "overdue":
        return ngettext("overdue by {n} day", "overdue by {n} days", -task.days).format(n=-task.days)
    return ngettext("{n} day left", "{n} days left", task.days).format(n=task.days)


def task(one: Task) -> str:
    """One line of a checklist: by when, how it stands, what, and who sees to it."""
    mark = {"done": "[x]", "overdue": "[!]", "open": "[ ]"}[one.state]
    what = aside(safe(one.row["what"] or ""), safe(one.row["owner"] or ""))
    return told(f"{mark} {one.due} {what}", standing(one))


def progress(tasks: list[Task]) -> str:
    """How far a checklist is, in a cell."""
    if not tasks:
        return ""
    done, late = (sum(t.state == s for t in tasks) for s in ("done", "overdue"))
    said = _("{done} of {all} done").format(done=done, all=len(tasks))
    return added(said, ngettext("{n} overdue", "{n} overdue", late).format(n=late) if late else "")


def scenario(store: Store, id_: str) -> str:
    """A scenario's name, in the language spoken, where it is known."""
    row = store.row("scenario", id_)
    if row is None:
        return id_
    return name_of(row) or id_


def method(text: str) -> str:
    """How a plan was found, in the language spoken."""
    words = {
        "greedy and exchanges": _("greedy and exchanges"),
        "Lagrange bound": _("Lagrange bound"),
    }
    return listed(words.get(part, part) for part in text.split(", "))


def proof(gap: float, how: str) -> str:
    """How far from the best a plan can be, and who says so."""
    if gap:
        return _("no plan can be better than this by more than {gap:.2%} ({method})").format(
            gap=gap, method=method(how)
        )
    return _("no plan can be better ({method})").format(method=method(how))


def no_areas() -> str:
    """Said of a plan for a season that has nothing to cover."""
    return _("no key area with a position counts in this season")


def covers(areas: str, turnout: float, *, stated: bool) -> str:
    """What a placed team covers, with its turn-out time where it takes any.

    Not `stated`: it stands at a site that states none, and is taken to turn out there as at its base.
    """
    if not turnout:
        return _("covers {areas}").format(areas=areas)
    if stated:
        said = _("covers, turn-out of {n} min included: {areas}")
    else:
        said = _("covers, turn-out of {n} min as at its base included: {areas}")
    return said.format(n=said_minutes(turnout), areas=areas)


def today(state: str) -> str:
    """What a team that is placed for a window ahead says of today."""
    return _("today: {state}").format(state=state)


def reckoned_with(n: int) -> str:
    """How many teams a plan for a window ahead reckons with although today they would be left out."""
    return ngettext(
        "the window is ahead: {n} team that would be left out today is reckoned with",
        "the window is ahead: {n} teams that would be left out today are reckoned with",
        n,
    ).format(n=n)


def too_few(type_: str, asked: int, able: int, *, ahead: bool) -> str:
    """That more teams were asked for than there are to place; `ahead`: by those that the window ahead reckons with."""
    of = type_ or _("any type")
    if ahead:
        said = _("asked {asked} of {type}, {n} to be reckoned with")
    else:
        said = ngettext(
            "asked {asked} of {type}, {n} is ready", "asked {asked} of {type}, {n} are ready", able
        )
    return said.format(asked=asked, type=safe(of), n=able)


def untyped() -> str:
    """Said of a plan that no type was asked for."""
    return _("any team counts as cover: what types they are was not looked at; --type TYPE=N asks for some")
