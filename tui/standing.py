"""What Enter opens that is no record: the hubs, and what a newer program wrote."""

from __future__ import annotations

import json

from emergency.store import causality, hubs, times
from emergency.store.board import moment
from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui.panel import Row, heading
from emergency.tui.style import mark

#: So many entries of a newer program are told, the latest first.
MOST = 200


def of_hubs(store: Store) -> tuple[str, tuple[Row, ...]]:
    """Each hub: what the last round found, when all was last handed over, and what it lacks."""
    now = moment(store)
    rows: list[Row] = []
    for hub in hubs.hubs(store.connection):
        state = str(hub.told.get("state", "never"))
        tone = "good" if state == "synced" else "late" if state == "refused" else "ask"
        words = {
            "synced": _("synced"), "offline": _("not reached"), "refused": _("refused"), "never": _("never met"),
        }  # fmt: skip
        met = _("never") if hub.synced is None else times.format_short(hub.synced, now)
        rows += [
            Row((mark(tone), hub.name, words.get(state, state)), tone),
            Row(("", _("address"), hub.url)),
            Row(("", _("last synced"), met)),
            Row(("", _("entries of ours it lacks"), str(hubs.unsent(store.connection, hub)))),
            Row(("", _("clock"), hubs.clock_words(hubs.clock_ahead(hub)) or _("not known"))),
        ]
    rows.append(heading(_("What to type:")))
    rows.append(Row(("", _("try again now"), "emergency sync")))
    rows.append(Row(("", _("by a stick instead"), "emergency bundle --help")))
    return _("Hubs"), tuple(rows)


def of_newer(store: Store) -> tuple[str, tuple[Row, ...]]:
    """The entries that hold something this program does not know, latest first; they are kept and handed on."""
    now = moment(store)
    found = store.connection.execute(
        "SELECT e.n, e.wall, f.station, e.header FROM entry e JOIN feed f ON f.n = e.feed WHERE e.n IN ("
        " SELECT mark / ?1 FROM inert WHERE why IN ('newer', 'unknown-fact', 'unknown-kind')"
        " OR why LIKE '%unknown-field: %' UNION SELECT mark / ?1 FROM step WHERE inert = 'unknown-step')"
        " ORDER BY e.n DESC LIMIT ?2",
        (causality.PLACES, MOST),
    )
    rows = [Row(("", _("Update this program: what these entries say in full is not shown here."), ""), "ask")]
    for _n, wall, station, header in found:
        told = json.loads(header)
        more = f"{told.get('kind', '')}  {told.get('who', '')}".strip()
        rows.append(Row(("", f"{station} {times.format_short(wall, now)}", more)))
    return _("Entries of a newer program"), tuple(rows)
