"""The standards audit: teams worst first, their gaps, types, regions and classes added up, and the versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work

from emergency.store.auditwords import percent
from emergency.store.errors import EmergencyError
from emergency.store.filters import Term, written
from emergency.store.showing import starred
from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui import audits, details, registers
from emergency.tui.actions import Action, Where
from emergency.tui.audits import AuditSource, Gaps, Groups, Teams
from emergency.tui.panel import Row, Target, more
from emergency.tui.preview import export, preview
from emergency.tui.source import ALL, Keys, Source, Wanted
from emergency.tui.style import mark
from emergency.tui.tablescreen import RecordScreen
from emergency.tui.versions import StandardPreview, Versions
from emergency.tui.views import View, ViewScreen
from emergency.tui.whatif import WhatIf

#: Teams that are named of a group.
MOST_TEAMS = 200
#: Lists of the audit that add up.
GROUPED = ("type", "region", "class")


def _made(view: str, keys: Keys) -> Source:
    if view == "versions":
        return Versions(keys)
    return {"teams": Teams, "gaps": Gaps}[view](keys) if view not in GROUPED else Groups(view, keys)


class StandardsScreen(ViewScreen):
    """See the module."""

    footer_keys: ClassVar[tuple[str, ...]] = (
        "details",
        "view",
        "filter",
        "import",
        "palette",
        "help",
        "leave",
    )

    def __init__(self, view: str = "teams", *, wanted: Wanted = ALL, as_of: int | None = None) -> None:
        super().__init__(view, _made(view, self.action_key), wanted=wanted, as_of=as_of)

    def views(self) -> Sequence[View]:
        """See ViewScreen."""

        def view(id_: str, label: str, *, filtered: bool = True) -> View:
            return View(id_, label, lambda w, t: StandardsScreen(id_, wanted=w, as_of=t), filtered)

        return (
            view("teams", _("teams")),
            view("gaps", _("gaps")),
            view("type", _("types")),
            view("region", _("regions")),
            view("class", _("classes")),
            view("versions", _("versions"), filtered=False),
        )

    def about(self) -> tuple[str, str]:
        """See ViewScreen."""
        assert isinstance(self.source, AuditSource | Versions)
        return self.source.about

    def listing(self) -> list[str]:
        """See TableScreen."""
        if not isinstance(self.source, AuditSource):
            return ["standard", "list", *filter(None, [self.table.wanted.filter])]
        try:
            asked = self.source.asked(None, self.table.wanted.filter)
        except EmergencyError:
            asked = audits.Asked(None, (), "")
        verb = ["gaps"] if self.view == "gaps" else ["audit"]
        by = ["--by", self.view] if self.view in GROUPED else []
        where = ["--where", asked.where] if asked.where else []
        item = ["--item", asked.item] if asked.item else []
        return ["standard", *verb, *by, *where, *item, *(["--below"] if asked.own else [])]

    def carried(self, text: str) -> str:
        """See ViewScreen: only gaps are of an item."""
        if not isinstance(self.source, Gaps):
            return text
        return " ".join(audits.ITEM.sub("", text).split())

    # -- the record under the cursor -------------------------------------------------------------

    def tell_of(self, store: Store, target: Target) -> details.Details:
        """A team's gaps, the teams of a group, a version's lines; any other record with its history."""
        if target.kind == "audit":
            return details.read(store, target)
        if target.kind == "group":
            return self._group(target)
        return registers.told(store, target)

    def _group(self, target: Target) -> details.Details:
        """The teams that a line of the list adds up, the worst first."""
        assert isinstance(self.source, AuditSource) and self.source.shown is not None
        by, key, rows = self.view, Groups.key_of(target.id), []
        audited, shown = self.source.shown
        for id_, a in shown:
            part = a.classes.get(key) if by == "class" else a.all
            if part is None or not part.lines or (by != "class" and (a.team[by] or "") != key):
                continue
            tone = "good" if part.permille is not None and part.permille >= a.standard.mark * 10 else "bad"
            text = f"{percent(part.permille)}  {part.met}/{part.lines}  {a.team['name'] or ''}"
            named = starred(a.team["id"], a.team["sample"])
            rows.append(Row((mark(tone), named, text), "", Target("audit", id_)))
        told = (*rows[:MOST_TEAMS], *more(len(rows), MOST_TEAMS))
        return details.Details(Groups.label(by, audited, key), told)

    def open(self, target: Target) -> None:
        """From a group to its teams."""
        if target.kind != "group":
            super().open(target)
            return
        key = Groups.key_of(target.id)
        if self.view == "class":
            self.app.push_screen(RecordScreen(self, target))
            return
        term = written([Term(self.view, "=", key)])
        wanted = Wanted(filter=f"{self.table.wanted.filter} {term}".strip())
        self.app.push_screen(StandardsScreen(wanted=wanted, as_of=self.time))

    @property
    def where(self) -> Where:
        """What adds up is no record: what is told of it is the list."""
        found = super().where
        return found._replace(target=None) if found.target and found.target.kind == "group" else found

    def asked_by(self, action: Action) -> Where:
        """What cannot be done to a line is done to its team."""
        where = super().asked_by(action)
        of_team = _of_team(where)
        return of_team if action.why_not(where) and not action.why_not(of_team) else where

    def _marked(self, where: Where) -> list[Where]:
        return [_of_team(one) for one in super()._marked(where)]

    # -- keys ------------------------------------------------------------------------------------

    def do_refresh(self) -> None:
        """Audit again, however long it takes."""
        audits.kept.forget()
        self.table.renew()
        super().do_refresh()

    @work(group="doing")
    async def do_compare(self) -> None:
        """What another version would change."""
        action = self.duty.action("compare")
        asked = await self.answered(action, self.asked_by(action))
        if asked is not None and asked.target is not None:
            self.app.push_screen(WhatIf(asked.target.id, asked.answers["other"]))

    @work(group="doing")
    async def do_import(self) -> None:
        """Ask for a file, and show what taking it in would do."""
        await preview(self, StandardPreview())

    @work(group="doing")
    async def do_export(self) -> None:
        """Write the version under the cursor to a file."""
        await export(self, self.duty.action("export"))


def _of_team(where: Where) -> Where:
    target = where.target
    if target is None or target.kind != "audit":
        return where
    return where._replace(target=Target("team", audits.team_of(target.id)))
