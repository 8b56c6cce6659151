"""What becomes of a plan as draft orders, in words: what of an earlier one stands, what is written, kept and ended."""

from __future__ import annotations

from collections.abc import Sequence

from emergency.store.text import safe
from emergency.store.words import _, clauses, listed, ngettext, told


def stands(drafts: int, drafted: int) -> str:
    """What of an earlier plan stands as drafts."""
    return ngettext(
        "of an earlier plan {orders} draft stands; lines of this plan as drafted: {kept}",
        "of an earlier plan {orders} drafts stand; lines of this plan as drafted: {kept}",
        drafts,
    ).format(orders=drafts, kept=drafted)


def drills_end(lines: Sequence[str]) -> str:
    """That lines of drills give up to a plan what they have."""
    return _("exercises that would end when these orders are given: {lines}").format(lines=listed(lines))


def issued(
    new: Sequence[str], kept: Sequence[str] = (), updated: Sequence[str] = (), cancelled: Sequence[str] = ()
) -> str:
    """What writing the plan down did, with the orders that are new and those that were brought up to date."""
    written = ngettext("{n} draft order written", "{n} draft orders written", len(new)).format(n=len(new))
    parts = [told(written, listed(map(safe, new))) if new else written]
    if kept:
        parts.append(_("{n} kept").format(n=len(kept)))
    if updated:
        parts.append(_("brought up to date: {orders}").format(orders=listed(map(safe, updated))))
    if cancelled:
        parts.append(_("{n} cancelled").format(n=len(cancelled)))
    return clauses(parts)


def would(
    standing: Sequence[str], new: int, kept: Sequence[str], updated: Sequence[str], cancelled: Sequence[str]
) -> str:
    """What --issue would do, where drafts of an earlier plan stand."""
    said = ngettext(
        "of an earlier plan {n} draft stands; --issue keeps {kept}, cancels {cancelled} and writes {new}",
        "of an earlier plan {n} drafts stand; --issue keeps {kept}, cancels {cancelled} and writes {new}",
        len(standing),
    ).format(n=len(standing), kept=len(kept), cancelled=len(cancelled), new=new)
    more = (
        [_("to be brought up to date: {orders}").format(orders=listed(map(safe, updated)))] if updated else []
    )
    return clauses([said, *more])


def drafted_already(team: str, line: str) -> str:
    """That a draft of somebody else's would place a team too."""
    return _("{team}: there is a draft already: {line}").format(team=safe(team), line=safe(line))
