"""What another version of a standard would change, or a file: line by line, and for whom; nothing is written."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from textual import work
from textual.app import ComposeResult

from emergency.store.showing import SAMPLE_MARK
from emergency.store.words import _, clauses, listed, ngettext, told
from emergency.tui.actions import Action, Question, Where, typed
from emergency.tui.actions.reading import named
from emergency.tui.bar import Ask
from emergency.tui.doing import Ran, value
from emergency.tui.options import Options
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.preview import refused
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.words import Words

#: So many teams are shown; they stand hardest hit first.
MOST = 1000
#: What may be asked besides.
OPTIONS = Options({"--region": True, "--type": True})


class WhatIf(DutyScreen):
    """See the module. Both sides are versions in the store, or files."""

    DEFAULT_CSS = """
    WhatIf #asked { text-style: bold; }
    WhatIf #lines { height: 1fr; }
    WhatIf #teams { height: 2fr; }
    """

    def __init__(self, before: str, after: str) -> None:
        super().__init__()
        self._before, self._after = before, after
        self._options: tuple[str, ...] = ()
        self._teams = (
            Column(), Column(_("team"), least=6), Column(_("before"), right=True), Column(_("after"), right=True),
            Column(_("change"), right=True), Column(_("what for"), least=10),
        )  # fmt: skip

    def body(self) -> ComposeResult:
        """Which two; the lines that differ; the teams, hardest hit first."""
        yield Words(id="asked")
        yield Panel(
            (Column(), Column(_("type"), least=6), Column(_("item"), least=6), Column(_("before"), least=8), Column(_("after"), least=8)),
            id="lines", empty=_("reading"),
        )  # fmt: skip
        yield Panel(self._teams, id="teams", empty=_("reading"), wrap=True)

    def on_mount(self) -> None:
        """Compare."""
        self.query_one("#teams", Panel).focus()
        self._try()

    def words(self, *more: str) -> list[str]:
        """The command line that tells the same."""
        return ["standard", "compare", *more, *self._options, *named(self._before, self._after)]

    def _try(self) -> None:
        self._say(_("comparing: nothing is written"))
        self._compare()

    def _say(self, text: str) -> None:
        if self.is_running:
            both = _("{a} against {b}").format(a=self._before, b=self._after)
            self.query_one("#asked", Words).say(
                " " + told(text, both), f"{self.action_key('edit')} {_('options')} "
            )

    @work(group="trying", exclusive=True)
    async def _compare(self) -> None:
        lines = await self.duty.reckoned(self.words("--lines", "--json"))
        found = value(lines)
        if found is None:
            self._refuse(lines)
            return
        self.query_one("#lines", Panel).empty = _("no line differs")
        said = ngettext("{n} line differs", "{n} lines differ", len(found)).format(n=len(found))
        self.query_one("#lines", Panel).show(said, [_of_line(x) for x in found])
        teams = await self.duty.reckoned(self.words("--json"))
        shown = value(teams)
        if shown is None:
            self._refuse(teams)
        else:
            self._show(shown)

    def _refuse(self, ran: Ran) -> None:
        self._say(_("refused"))
        self.query_one("#lines", Panel).show(_("Lines"), [])
        rows = [Row((row.cells[0], row.cells[2]), row.tone) for row in refused(ran)]
        panel = self.query_one("#teams", Panel)
        panel.columns = (Column(), Column(least=10))
        panel.show(_("Teams"), rows)

    def _show(self, rows: list[dict[str, Any]]) -> None:
        worse = sum((r["change"] or 0) < 0 for r in rows)
        better = sum((r["change"] or 0) > 0 for r in rows)
        said = _("{worse} teams fall, {better} rise, of {all}").format(
            worse=worse, better=better, all=len(rows)
        )
        self._say(said + (f"  * {SAMPLE_MARK}" if any(r["sample"] for r in rows) else ""))
        panel = self.query_one("#teams", Panel)
        panel.columns, panel.empty = self._teams, _("neither speaks of any team that is there")
        shown = [_of_team(r) for r in rows[:MOST]]
        if len(rows) > MOST:
            shown.append(Row(("", _("and {n} more").format(n=len(rows) - MOST), "", "", "", ""), "dim"))
        panel.show(_("For whom, hardest hit first"), shown)

    # -- keys ------------------------------------------------------------------------------------

    @property
    def where(self) -> Where:
        """A room of its own, where no row is chosen."""
        found = super().where
        return found._replace(room="whatif")

    def act(self, action: Action) -> None:
        """`e` gives options: of one region, of one type."""
        if action.id == "edit":
            self.run_worker(self._ask_options(), group="doing")
        else:
            super().act(action)

    async def _ask_options(self) -> None:
        label = _("Options, such as --region 房山 --type 防汛")
        question = Question("options", label, OPTIONS, required=False)
        text = await self.wait_for(Ask(_("what if"), question, shlex.join(self._options)))
        if text is not None:
            self._options = OPTIONS.read(text)
            self._try()

    def do_copy(self) -> None:
        """The line that compares them."""
        self.duty.hand_over(typed(self.where, self.words()))


def _of_line(x: Mapping[str, Any]) -> Row:
    tone = {"+": "bad", "-": "good"}.get(str(x["sign"]), "ask")
    return Row(
        (str(x["sign"]), str(x["type"]), str(x["name"]), x["was"] or "", x["now"] or ""),
        "" if tone == "good" else "ask",
    )


def _of_team(r: Mapping[str, Any]) -> Row:
    change = r["change"]
    tone = "" if not change else "bad" if change < 0 else "good"
    new, gone = (listed(r[name]) for name in ("new_gaps", "closed_gaps"))
    lacks = _("lacks {items}").format(items=new) if new else ""
    why = clauses([lacks, _("no longer lacks {items}").format(items=gone) if gone else ""])
    cells = (
        mark(tone), f"{r['team']} {r['name'] or ''}", _share(r["before"]), _share(r["after"]),
        "-" if change is None else f"{change:+g}", why,
    )  # fmt: skip
    return Row(cells, tone, Target("team", str(r["team"])))


def _share(share: Mapping[str, Any] | None) -> str:
    if share is None or share["compliance"] is None:
        return "-"
    return f"{share['compliance']:g}% {share['met']}/{share['lines']}"
