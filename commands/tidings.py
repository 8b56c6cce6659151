"""What came with the last entries and asks for a person, in words: after a round with a hub, after a bundle."""

from __future__ import annotations

from typing import Any

from emergency.store import claims, notices, unanswered
from emergency.store.newcomers import Newcomer
from emergency.store.notices import Taken
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, listed, ngettext, told


def taken_words(taken: Taken) -> str:
    """That an order of ours lost what it had called up: to whom, and what else is free."""
    said = {
        "supersede": _("{line} lost {thing}: {station} took it over, by {by}"),
        "cancel": _("{line} lost {thing}: {station} cancelled it"),
        "settle": _("{line} lost {thing}: {station} decided for {by}"),
    }[taken.step].format(
        line=safe(taken.line),
        thing=safe(taken.thing) or "?",
        station=safe(taken.station) or "?",
        by=safe(taken.by) or _("none of them"),
    )
    if taken.free:
        said += _("; free instead: {others}").format(others=listed(map(safe, taken.free)))
    return said


def plain_taken(taken: Taken) -> dict[str, Any]:
    """The same for programs."""
    return {**taken._asdict(), "by": taken.by or None, "free": list(taken.free)}


def newcomer_words(one: Newcomer) -> str:
    """Whose key is new here, and whether people should compare it."""
    if one.vouched:
        said = _("station {station} goes on with a new key, {words}; its earlier one vouches for it")
    elif one.known:
        said = _(
            "station {station} is known here, and nobody vouches for this key of it, {words}: compare it by telephone"
        )
    else:
        said = _("station {station} is heard of for the first time, key {words}: compare it by telephone")
    return said.format(station=safe(one.station), words=one.check)


def plain_newcomer(one: Newcomer) -> dict[str, Any]:
    """The same for programs."""
    return {"station": one.station, "check": one.check, "known": one.known}


def standing(store: Store) -> dict[str, int]:
    """What stands for a person once all has been taken in, counted, for programs."""
    return {
        "contested": len(claims.contested(store.connection)),
        "newer": notices.newer(store.connection),
        "to_answer": len({one.order for one in unanswered.here(store)}),
    }


def standing_words(store: Store) -> list[str]:
    """The same in words: a line for each kind of which there is any."""
    return words_of(standing(store))


def words_of(counts: dict[str, int]) -> list[str]:
    """See standing_words."""
    out = []
    if counts["contested"]:
        out.append(_("{count} contested: emergency conflict list").format(count=counts["contested"]))
    if n := counts["to_answer"]:
        said = ngettext("{n} order is to be answered here", "{n} orders are to be answered here", n)
        out.append(told(said.format(n=n), "emergency board"))
    if counts["newer"]:
        out.append(newer_words(counts["newer"]))
    return out


def newer_words(count: int) -> str:
    """That a newer program wrote something."""
    return _("{count} entries of a newer program are kept and handed on: update this one to see them").format(
        count=count
    )
