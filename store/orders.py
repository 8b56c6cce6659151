"""Giving call-up orders: a checked order becomes facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store import claims
from emergency.store.asks import Ask, Checked
from emergency.store.checks import Rules
from emergency.store.errors import IllegalStep, InvalidValue, Refused
from emergency.store.records.callup import HOLDING
from emergency.store.records.steps import AWAY, STATES, STEPS
from emergency.store.stepping import illegal, lines_of
from emergency.store.text import safe
from emergency.store.words import _, language


class Issued(NamedTuple):
    """An order that was given."""

    id: str
    lines: tuple[str, ...]
    warnings: tuple[str, ...]
    #: Whether it is one of a drill.
    exercise: bool = False


class Desk(Rules):
    """Gives orders within one write."""

    def issue(self, ask: Ask, at: int, *, draft: bool = False, instead: str = "") -> Issued:
        """Check an order and give it, or keep it as a draft. Raises what refuses it, and then writes nothing.

        `instead` is a line that it takes the place of, once it is given: the same team, sent elsewhere.
        """
        with self.in_place_of(instead):
            checked = self.check(ask, at, draft=draft)
        given = self._give(ask, checked, at, draft=draft, source=instead or None)
        if instead and not draft:
            self._end((instead,), given.id, at)
        return given

    def _give(
        self, ask: Ask, checked: Checked, at: int, *, draft: bool = False, source: str | None = None
    ) -> Issued:
        writer = self.writer
        asked = self.digest(ask) if ask.ref else None
        drill = "yes" if checked.exercise else None
        order = writer.new(
            "callup",
            {
                "incident": checked.incident,
                "kind": ask.kind,
                "report_to": ask.report_to or None,
                "by": ask.by,
                "until": ask.until,
                "basis": ask.basis or None,
                "approver": ask.approver or None,
                "ref": ask.ref or None,
                "note": ask.note or None,
                "asked": asked,
                "override": ask.override or None,
                "issued_at": None if draft else at,
                "answer_within": ask.answer_within if draft else None,
                "ack_by": None if draft else at + ask.answer_within,
            },
        )
        if not draft:
            self._end(checked.drills, order, at)
            self._drilled |= checked.exercise
            self._holding |= ask.kind in HOLDING
        issued = []
        for number, (values, taken) in enumerate(self._lines(ask, checked), 1):
            line = writer.new(
                "line",
                {
                    "order": order,
                    "from_line": source,
                    "exercise": drill,
                    "area": checked.area or None,
                    **values,
                },
                f"{order}/{number}",
            )
            issued.append(line)
            if not draft:
                self._take(line, taken, checked, order, at)
        if asked:
            self._asked[ask.ref] = asked
        self._remember(ask, checked, order)
        return Issued(order, tuple(issued), tuple(checked.warnings), checked.exercise)

    def _take(self, line: str, taken: str, checked: Checked, order: str, at: int) -> None:
        """Claim what a line takes, consume what held it, and issue the line."""
        self._end(checked.holds.get(taken, ()), order, at)
        if taken:
            self.writer.claim(line, taken)
            self._taken[taken] = line
        self.writer.step(line, "issue", at=at)

    def _end(self, lines: Sequence[str], order: str, at: int, step: str = "supersede") -> None:
        """End the lines that an order takes from: drills, what was held, or what it takes the place of."""
        for line in lines:
            self.writer.step(line, step, at=at, by=order)
            self._ended = True

    def _remember(self, ask: Ask, checked: Checked, order: str) -> None:
        """What the tables do not show yet, for the rows of a batch behind this one."""
        if ask.ref:
            self._refs[ask.ref] = order
        if checked.team and ask.whole:
            self._people[checked.team] = self._strength(checked.team) or 0
        if ask.people and checked.team:
            self._people[checked.team] = self._people.get(checked.team, 0) + ask.people
        if checked.stock:
            for _item, milli, reserve in checked.stock:
                self._stock[reserve] = self._stock.get(reserve, 0) + milli

    def _lines(self, ask: Ask, checked: Checked) -> list[tuple[dict[str, Any], str]]:
        """(values, thing claimed or "") of each line."""
        out: list[tuple[dict[str, Any], str]] = []
        team = checked.team or None
        for tag in checked.equipment:
            holder = team or self.holders[tag]
            out.append(({"team": holder, "equipment": tag}, claims.thing("equipment", tag)))
        for item, milli, reserve in checked.stock:
            depot = self._value("reserve", reserve, "depot")
            out.append(
                ({"item": item, "quantity": milli, "depot": depot, "reserve": reserve, "team": team}, "")
            )
        if ask.people is not None:
            out.append(({"team": team, "people": ask.people}, ""))
        if not out:
            out.append(({"team": team}, claims.thing("team", checked.team)))
        return out

    def issue_draft(self, text: str, at: int, report_to: str = "") -> Issued:
        """Give a drafted order as it stands, checked as of now. Raises IllegalStep.

        `report_to` is another place to report to than the draft says.
        """
        rows = lines_of(self.writer, text)
        if any(row["state"] != "draft" for row in rows):
            raise IllegalStep(_("{order} is no draft").format(order=safe(text)))
        order = self.writer.require("callup", rows[0]["order"])
        ask = Ask(
            incident=order["incident"] or "",
            kind=order["kind"],
            team=next((r["team"] for r in rows if r["team"]), ""),
            equipment=tuple(r["equipment"] for r in rows if r["equipment"]),
            item=next((r["item"] for r in rows if r["item"]), ""),
            depot=next((r["depot"] for r in rows if r["item"]), ""),
            quantity=str(sum(r["quantity"] for r in rows if r["item"]) / 1000),
            people=next((r["people"] for r in rows if r["people"] is not None), None),
            report_to=report_to or order["report_to"] or "",
            by=order["by"],
            until=order["until"],
            basis=order["basis"] or "",
            approver=order["approver"] or "",
            override=order["override"] or "",
        )
        moved = self._moved(rows[0]["from_line"])
        with self.in_place_of(moved):
            checked = self.check(ask, at)
        within = order["answer_within"] or ask.answer_within
        where = {"report_to": report_to} if report_to else {}
        self.writer.set("callup", order["id"], {"issued_at": at, "ack_by": at + within, **where})
        self._end(checked.drills, order["id"], at)
        given: list[str] = []
        for row in self._lots_again(order["id"], rows, checked):
            thing = ""
            if row["equipment"]:
                thing = claims.thing("equipment", row["equipment"])
            elif row["item"] is None and row["people"] is None:
                thing = claims.thing("team", row["team"])
            self._take(row["id"], thing, checked, order["id"], at)
            given.append(row["id"])
        if moved:
            self._end((moved,), order["id"], at)
        return Issued(order["id"], tuple(given), tuple(checked.warnings), checked.exercise)

    def _moved(self, line: str | None) -> str:
        """The line that a draft takes the place of, while that may still be; "" where there is none."""
        state = self._value("line", line, "state") if line else None
        return str(line) if state in STEPS["supersede"].sources else ""

    def _lots_again(self, order: str, rows: list[dict[str, Any]], checked: Checked) -> list[dict[str, Any]]:
        """The drafted lines, those of stock brought to the lots that have it now."""
        out = [row for row in rows if not row["item"]]
        drafted = [row for row in rows if row["item"]]
        for n, (item, milli, reserve) in enumerate(checked.stock):
            drawn = {"quantity": milli, "depot": self._value("reserve", reserve, "depot"), "reserve": reserve}
            if n >= len(drafted):
                values = {"order": order, "item": item, "team": checked.team or None, **drawn}
                values["exercise"] = "yes" if checked.exercise else None
                id_ = self.writer.new("line", values, f"{order}/{len(rows) + n - len(drafted) + 1}")
                out.append({**drafted[0], **drawn, "id": id_})
                continue
            if any(drafted[n][k] != v for k, v in drawn.items()):
                self.writer.set("line", drafted[n]["id"], drawn)
            out.append({**drafted[n], **drawn})
        for row in drafted[len(checked.stock) :]:
            self.writer.step(row["id"], "cancel")
        return out

    def replace(self, text: str, ask: Ask, at: int, step: str) -> Issued:
        """End a line by `reassign` or `supersede` and give what it took to a new order, linked to it (row F8)."""
        rows = lines_of(self.writer, text)
        if len(rows) > 1:
            raise InvalidValue(
                _("{order} has several lines: name one, as {line}").format(
                    order=safe(text), line=rows[0]["id"]
                )
            )
        old = rows[0]
        if old["state"] not in STEPS[step].sources:
            raise illegal(rows, step)
        order = self.writer.require("callup", old["order"])
        named = ask.team or ask.equipment or ask.item or ask.people is not None
        if not named:
            ask = ask._replace(
                team=old["team"] or "",
                equipment=(old["equipment"],) if old["equipment"] else (),
                item=old["item"] or "",
                depot=old["depot"] or "" if old["item"] else "",
                quantity=str(old["quantity"] / 1000) if old["item"] else "",
                people=old["people"],
            )
        elif not ask.team and old["team"] and not ask.equipment and (ask.people is not None or not ask.item):
            # So many of the same people: the team need not be named again.
            ask = ask._replace(team=old["team"])
        ask = ask._replace(
            incident=ask.incident or order["incident"] or "", by=ask.by or self._still(order["by"], at)
        )
        with self.in_place_of(old["id"]):
            checked = self.check(ask, at)
        if step == "supersede" and old["state"] in AWAY and not self._same_thing(old, ask, checked):
            raise Refused(
                _("{line} is {state}: another thing cannot take its place").format(
                    line=old["id"], state=STATES[old["state"]][1 if language() == "zh" else 0]
                ),
                hint=_("release and return it first, or reassign it"),
            )
        given = self._give(ask, checked, at, source=old["id"])
        self._end((old["id"],), given.id, at, step)
        if step == "reassign":
            for tag in checked.equipment:
                self.writer.set("equipment", tag, {"custodian": given.id})
            for line in given.lines:
                for passed in ("accept", "depart", "arrive"):
                    self.writer.step(line, passed, at=at, channel="reassigned")
        return given

    def renew(self, line: str, at: int) -> Issued:
        """Give what an ended line took to its incident again, by a new order that continues it."""
        old = self.writer.require("line", line)
        order = self.writer.require("callup", old["order"])
        ask = Ask(
            incident=order["incident"] or "",
            kind=order["kind"],
            team=old["team"] or "",
            equipment=(old["equipment"],) if old["equipment"] else (),
            report_to=order["report_to"] or "",
            by=self._still(order["by"], at),
            until=self._still(order["until"], at),
            basis=order["basis"] or "",
            approver=order["approver"] or "",
            override=order["override"] or "",
        )
        return self._give(ask, self.check(ask, at), at, source=line)

    @staticmethod
    def _same_thing(old: dict[str, Any], ask: Ask, checked: Checked) -> bool:
        """Whether an order is for just what a line took."""
        if old["equipment"] or checked.equipment:
            return [old["equipment"]] == checked.equipment and not checked.stock and ask.people is None
        if old["item"] or checked.stock:
            return {old["item"]} == {item for item, _milli, _reserve in checked.stock} and ask.people is None
        return bool(old["team"] == checked.team)

    @staticmethod
    def _still(by: int | None, at: int) -> int | None:
        """A deadline that has not passed."""
        return by if by and by > at else None
