"""What persons have decided, in words and as JSON."""

from __future__ import annotations

from typing import Any

from emergency.store import times
from emergency.store.decisions import Decision
from emergency.store.words import _, listed


def clock(ms: int | None) -> str:
    """A moment to the minute; "?" where none is known."""
    return "?" if ms is None else times.as_told(ms)[:16].replace("T", " ")


def decided_words(decision: Decision) -> str:
    """Who decided what, when and why."""
    said = (
        _("{who} at {station} kept {kept}, not {lost}, {time}: {why}")
        if decision.lost
        else _("{who} at {station} chose {kept}, {time}: {why}")
    )
    return said.format(
        who=decision.who,
        station=decision.station or "?",
        kept=decision.kept or (_("neither") if decision.lost else _("(none)")),
        lost=listed(decision.lost),
        time=clock(decision.at),
        why=decision.why or "-",
    )


def plain_decision(decision: Decision) -> dict[str, Any]:
    """A decision as JSON."""
    return {
        "thing": decision.thing,
        "kept": decision.kept or None,
        "lost": list(decision.lost),
        "who": decision.who,
        "station": decision.station,
        "at": times.as_told(decision.at),
        "recorded": times.as_told(decision.recorded),
        "why": decision.why,
    }
