"""From an alert to its orders: what standby and checks of equipment would be drafted, as the command's own dry run
tells it; F2 writes the drafts, `e` says for which incident, for which teams, and by what right. A person issues them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from emergency.store import alertwords, extent
from emergency.store.board import moment
from emergency.store.errors import EmergencyError
from emergency.store.preparing import CHECK, LAW, PURPOSES, STANDBY
from emergency.store.records import RECORDS
from emergency.store.records.incident import EXERCISE_MARK
from emergency.store.records.types import Flag, Text
from emergency.store.showing import drilled, starred
from emergency.store.words import _, added, aside, ngettext, told
from emergency.tui import doing
from emergency.tui.actions import Action, Question, Where, typed
from emergency.tui.actions.reading import named
from emergency.tui.doing import Ran
from emergency.tui.opened import reading
from emergency.tui.options import Options
from emergency.tui.panel import Row, Target, heading, more
from emergency.tui.preview import PreviewScreen, Shown, refused
from emergency.tui.source import Keys
from emergency.tui.style import mark

#: So many drafts are told one by one, and of the other lists so many; items of a check by their tags.
MOST, MOST_TAGS = 500, 6
_INCIDENTS = (
    "SELECT id, title, exercise FROM incident WHERE coalesce(state, 'open') = 'open' AND retired IS NULL"
    " ORDER BY length(id), id LIMIT 50"
)


class DraftPreview:
    """What `alert draft` would write; see Preview, where an alert stands for the file."""

    options = Options(
        {"--incident": True, "--team": True, "--type": True, "--no-equipment": False, "--basis": True}
    )

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def tried(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return ["alert", "draft", "--json", *options, *named(file)]

    def words(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return ["alert", "draft", "--write", *options, *named(file)]

    def read(self, ran: Ran) -> Shown:
        """The two scales, the drafts with their team and reason, what is passed over, what else is inside."""
        value = doing.value(ran)
        if value is None:
            asks = _("{key} asks for which incident, which teams and by what right")
            rows = [*refused(ran), Row(("", "", asks.format(key=self._keys("edit"))), "ask")]
            return Shown(tuple(rows), False, _("refused as it is"))
        fresh = [o for o in value["orders"] if not o["already"]]
        rows = [
            *_scales(value),
            *_drafts(_("Drafted already"), [o for o in value["orders"] if o["already"]]),
            *_drafts(_("Would be drafted"), fresh),
            *_passed(value["passed_over"]),
            *_points(value["points"]),
        ]
        return Shown(tuple(rows), bool(fresh), self._what(value, len(fresh)))

    def _what(self, value: Mapping[str, Any], fresh: int) -> str:
        if fresh:
            words = ngettext("{key} writes {n} draft", "{key} writes {n} drafts", fresh)
            words = words.format(key=self._keys("save"), n=fresh)
            already = len(value["orders"]) - fresh
            return added(words, _("{n} stand already").format(n=already) if already else "")
        if value["orders"]:
            key = self._keys("issue_draft")
            return _("all is drafted; {key} gives the one under the cursor").format(key=key)
        return _("no team inside can be ordered")


def _scales(value: Mapping[str, Any]) -> list[Row]:
    """The colour of the warning, the level of a response, and by what right."""
    row = {"status": value["status"], "colour": value["colour"], "level": value["level"]}
    rows = [
        Row(("", _("Warning colour"), alertwords.colour(row))),
        Row(("", _("Response level"), alertwords.field(row, "level") or _("none is stated"))),
    ]
    if reality := alertwords.reality(row):
        rows.insert(0, Row((mark("ask"), reality, _("not the real thing")), "ask"))
    for basis in sorted({o["basis"] for o in value["orders"]}):
        rows.append(Row(("", basis, LAW.get(basis, _("as was typed")))))
    return rows


def _joined(*parts: str) -> str:
    return "  ".join(filter(None, parts))


def _why(one: Mapping[str, Any]) -> str:
    """By what it lies inside, where that is not what one expects."""
    return "" if one["inside_by"] == "region" else aside("", extent.why_words(one["inside_by"]))


def _drafts(title: str, orders: Sequence[Mapping[str, Any]]) -> list[Row]:
    rows = [heading(_("{what}: {n}").format(what=title, n=len(orders)))] if orders else []
    for one in orders[:MOST]:
        tags = one["equipment"]
        shown = " ".join(map(str, tags[:MOST_TAGS]))
        shown += f" +{len(tags) - MOST_TAGS}" if len(tags) > MOST_TAGS else ""
        purpose = PURPOSES[CHECK if one["purpose"] == "check" else STANDBY]
        team = starred(one["team"], one["sample"])
        words = _joined(one["team_name"], shown, _why(one))
        if one["already"]:
            target = Target("line", f"{one['order']}/1")
            rows.append(Row((mark("good"), one["order"], _joined(purpose, team, words)), "", target))
        else:
            rows.append(Row(("", team, _joined(purpose, words)), "", Target("team", one["team"])))
    return [*rows, *more(len(orders), MOST)]


def _passed(passed: Sequence[Mapping[str, Any]]) -> list[Row]:
    rows = [heading(_("Passed over: {n}").format(n=len(passed)))] if passed else []
    for one in passed[:MOST]:
        rows.append(
            Row(
                (mark("ask"), one["team"], _joined(one["thing"], one["why"])),
                "ask",
                Target("team", one["team"]),
            )
        )
    return [*rows, *more(len(passed), MOST)]


def _points(points: Sequence[Mapping[str, Any]]) -> list[Row]:
    rows = [heading(_("Also in the area: {n}").format(n=len(points)))] if points else []
    for one in points[:MOST]:
        label = RECORDS[one["kind"]].label if one["kind"] in RECORDS else one["kind"]
        words = _joined(label, EXERCISE_MARK if one["exercise"] else "", one["name"], _why(one))
        rows.append(Row(("", starred(one["id"], one["sample"]), words), "", Target(one["kind"], one["id"])))
    return [*rows, *more(len(points), MOST)]


class DraftScreen(PreviewScreen):
    """See the module."""

    def __init__(self, alert: str) -> None:
        super().__init__(DraftPreview(self.action_key), alert)
        self._alert = alert
        #: The operation that wrote the drafts, until it is taken back.
        self._op = ""
        self._answers: Mapping[str, str] = {}

    async def shown_of(self, ran: Ran) -> Shown:
        """Under the alert's own words; where it is refused, over the incidents that it could be for."""
        shown = await super().shown_of(ran)
        above, below = await asyncio.to_thread(self._read, refused=bool(ran.code))
        return Shown((*above, *shown.rows, *below), shown.possible, shown.said)

    @property
    def where(self) -> Where:
        """What was written here is what is taken back."""
        return super().where._replace(op=self._op)

    def _read(self, *, refused: bool) -> tuple[list[Row], list[Row]]:
        """What the alert is, and the open incidents; in a thread, with a connection of its own."""
        try:
            with reading(self.duty.path) as store:
                row = store.row("alert", self._alert)
                found = store.rows(_INCIDENTS) if refused else []
                now = moment(store)
        except EmergencyError as error:
            return [Row((mark("late"), "", error.message), "late")], []
        target = Target("alert", self._alert)
        above = [Row(("", RECORDS["alert"].label, alertwords.short(row, now)), "head", target)] if row else []
        rows = [heading(_("Open incidents"))] if found else []
        for one in found:
            title = drilled(one, str(one["title"] or ""))
            rows.append(Row(("", one["id"], title), "", Target("incident", one["id"])))
        return above, rows

    async def ask_options(self) -> None:
        """For which incident, which teams, by what right; one after the other."""
        asked = await self.answered(self._asking(), Where(answers=self._answers))
        if asked is not None:
            self._answers = asked.answers
            self.options = _options(asked)
            self.try_it()

    def _asking(self) -> Action:
        asks = tuple(
            Question(name, label, Flag() if name == "checks" else Text(), False, hint)
            for name, label, hint in (
                ("incident", _("For which incident"), _("none; an exercise needs one of its own")),
                ("teams", _("Only these teams"), _("all that are inside; or ids, parted by blanks")),
                ("type", _("Only teams of this type"), _("all; or a word of it: 排水")),
                ("checks", _("Checks of equipment too"), _("yes, no")),
                ("basis", _("By what rule or plan"), _("Emergency Response Law 67")),
            )
        )
        return Action(
            "draft", (), _("standby and checks"), "", asks=asks,
            command=lambda where: self._preview.words(self._alert, _options(where)),
        )  # fmt: skip

    async def do_with_command(self, action: Action, where: Where) -> Ran | None:
        """What was given, or taken back, shows."""
        ran = await super().do_with_command(action, where)
        if ran is not None and not ran.code and action.id == "undo" and where.op == self._op:
            self._op = ""
        if self.is_running:
            self.try_it()
        return ran

    async def run_it(self, words: Sequence[str]) -> Ran:
        """How many were written is told in one line; which, stands on the screen."""
        noun, verb, *rest = words
        ran = await self.duty.run_quietly([noun, verb, "--json", *rest])
        self.duty.ran.append(tuple(words))
        value = doing.value(ran)
        if value is None:
            self.duty.tell(ran)
        else:
            self._op = value["op"] or ""
            n = sum(not order["already"] for order in value["orders"])
            said = ngettext("{n} draft written", "{n} drafts written", n).format(n=n)
            back = self.duty.action("undo")
            self.app.notify(told(said, f"{back.shown} {back.label}"), markup=False)
        self.duty.look()
        return ran

    def tell_done(self, ran: Ran) -> None:
        """The drafts stand where they were to come."""
        self._done = False
        self.try_it()

    def do_copy(self) -> None:
        """The line that tells the same."""
        words = ["alert", "draft", *self.options, *named(self._alert)]
        self.duty.hand_over(typed(super().where._replace(target=None), words))


def _options(where: Where) -> list[str]:
    teams = where.answers.get("teams", "").replace(",", " ").replace("，", " ").split()
    no = Flag().parse(where.answers.get("checks", "")) == "no"
    return [
        *where.option("--incident", "incident"),
        *(word for team in teams for word in ("--team", team)),
        *where.option("--type", "type"),
        *(["--no-equipment"] if no else []),
        *where.option("--basis", "basis"),
    ]
