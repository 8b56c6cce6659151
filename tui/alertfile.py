"""A file of alerts as it would be taken in: what is new, what is known, what is refused and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emergency.store import alertwords
from emergency.store.words import _
from emergency.tui import doing
from emergency.tui.actions.reading import named
from emergency.tui.doing import Ran
from emergency.tui.panel import Row, Target, heading, more
from emergency.tui.preview import Shown, refused
from emergency.tui.style import mark

#: So many alerts are told one by one, and so many refusals.
MOST = 500


class AlertPreview:
    """See the module, and Preview."""

    options = None

    def tried(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return ["alert", "import", "--dry-run", "--json", *named(file)]

    def words(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return ["alert", "import", *named(file)]

    def read(self, ran: Ran) -> Shown:
        """Figures first, then each alert with what is odd about it, then what is refused."""
        value = doing.value(ran, partly=True)
        if value is None:
            return Shown(refused(ran), False)
        rows = [
            *_figures(value),
            *(row for one in value["alerts"][:MOST] for row in _alert(one)),
            *more(len(value["alerts"]), MOST),
            *(row for one in value["refused"][:MOST] for row in _refused(one)),
            *more(len(value["refused"]), MOST),
        ]
        fresh = any(one["outcome"] in ("new", "verified") for one in value["alerts"])
        return Shown(tuple(rows), fresh)


def _figures(value: Mapping[str, Any]) -> list[Row]:
    outcomes = [one["outcome"] for one in value["alerts"]]
    figures = (
        (_("new"), outcomes.count("new"), "good"),
        (_("known already"), outcomes.count("known"), ""),
        (_("known already, its signature is valid"), outcomes.count("verified"), "good"),
        (_("known already, and says something else now"), outcomes.count("differs"), "ask"),
        (_("refused"), len(value["refused"]), "late"),
    )
    rows = [heading(_("Alerts of the file"))]
    for label, count, tone in figures:
        shown = tone if count else ""
        rows.append(Row((mark(shown), label, str(count)), "" if shown == "good" else shown))
    if not outcomes and not value["refused"]:
        rows.append(Row(("", "", _("there is no alert in it now"))))
    return rows


def _alert(one: Mapping[str, Any]) -> list[Row]:
    """What it is and what would become of it, and under it what could not be read."""
    tone = {"new": "good", "verified": "good", "differs": "ask"}.get(one["outcome"], "dim")
    said = alertwords.outcome(one).removeprefix(str(one["id"])).strip()
    target = Target("alert", one["id"]) if one["outcome"] != "new" else None
    rows = [Row((mark(tone), str(one["id"]), said), "" if tone == "good" else tone, target)]
    return rows + [Row((mark("ask"), "", remark), "ask") for remark in one["remarks"]]


def _refused(one: Mapping[str, Any]) -> list[Row]:
    rows = [Row((mark("late"), str(one["identifier"])[:40], one["why"]), "late")]
    return rows + ([Row(("", "", f"-> {one['hint']}"), "ask")] if one["hint"] else [])
