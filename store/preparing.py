"""From an alert to the orders that prepare for it: standby of teams, and checks of their equipment (row M2).

Emergency Response Law 67 lets a government order this once it has issued an alert of level one or two,
red or orange (63). For any other colour it names no standby, and a person must say by what right.
Drafts are written here; a person issues them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store import conditions, extent
from emergency.store.alerts import Chain
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError, InvalidValue, Refused
from emergency.store.extent import Inside
from emergency.store.orders import Desk
from emergency.store.records.alert import COLOUR_RANK
from emergency.store.records.steps import ENDED
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _

#: The words of the law, by the basis that an order names.
LAW = {
    "EREL-67(1)": "责令应急救援队伍、负有特定职责的人员进入待命状态，并动员后备人员做好参加应急救援和处置工作的准备",
    "EREL-67(2)": "调集应急救援所需物资、设备、工具，准备应急设施和应急避难、封闭隔离、紧急医疗救治等场所，"
    "并确保其处于良好状态、随时可以投入正常使用",
}
STANDBY, CHECK = LAW
#: What an order is for, in its note: the words travel with it to every station, so they are in both languages.
PURPOSES = {STANDBY: "待命 standby", CHECK: "装备检查 equipment check"}


class Draft(NamedTuple):
    """An order that would be, or was, drafted."""

    team: str
    name: str
    #: How the team comes to lie inside.
    why: str
    purpose: str
    basis: str
    equipment: tuple[str, ...]
    #: The order, once written; or the one that was drafted earlier.
    order: str = ""
    already: bool = False
    #: The team is made up.
    sample: bool = False


class Passed(NamedTuple):
    """A team or item that gets no order, and why."""

    team: str
    thing: str
    why: str


class Plan(NamedTuple):
    """All that an alert asks to be prepared."""

    drafts: tuple[Draft, ...]
    passed: tuple[Passed, ...]
    #: What else lies inside: depots, incidents, key points.
    points: tuple[Inside, ...]


def refuse(chain: Chain, incident: dict[str, Any] | None, basis: str) -> None:
    """Raises Refused where this alert is no ground for orders, saying what would make it one."""
    head, id_ = chain.head, str(chain.head["id"])
    if chain.state not in ("current", "to-come"):
        why = {
            "cancelled": _(
                "alert {id} is cancelled: what was ordered for it is to be lifted (Emergency Response Law 70)"
            ),
            "expired": _("alert {id} has expired"),
            "undated": _("alert {id} says no end and is more than a day old"),
        }.get(chain.state, _("alert {id} is only a notice"))
        raise Refused(why.format(id=id_), hint=_("emergency alert list shows those that stand"))
    if head["status"] not in ("Actual", "Exercise"):
        raise Refused(
            _("alert {id} is {status}: nothing is ordered for it").format(
                id=id_, status=head["status"] or "?"
            ),
            hint=_("if it is real: emergency alert set {id} status=Actual").format(id=id_)
            if not head["status"]
            else "",
        )
    drill = incident is not None and incident["exercise"] == "yes"
    if head["status"] == "Exercise" and not drill:
        raise Refused(
            _("alert {id} is an EXERCISE 演练: its orders belong to an exercise").format(id=id_),
            hint=_("--incident names one that was opened with --exercise"),
        )
    if head["status"] == "Actual" and drill:
        raise Refused(_("alert {id} is real, and the incident is an EXERCISE 演练").format(id=id_))
    if not basis and COLOUR_RANK.get(str(head["colour"]), 9) > 2:
        raise InvalidValue(
            _("Emergency Response Law 67 orders standby for red and orange; alert {id} is {colour}").format(
                id=id_, colour=head["colour"] or _("of no colour")
            ),
            hint=_("--basis names the rule or plan by which it is ordered all the same"),
        )


def plan(
    store: Store,
    chain: Chain,
    *,
    only: Sequence[str] = (),
    kind: str = "",
    equipment: bool = True,
    basis: str = "",
) -> Plan:
    """What would be ordered, before any rule is asked. Raises Refused where the alert says no place that is known."""
    if kind:
        conditions.known_type(store, kind)
    shape = extent.shape_of(chain.head)
    if shape.empty:
        raise Refused(
            _("alert {id} names no place that is known here").format(id=chain.head["id"]),
            hint=_("emergency alert set {id} regions=110111 says which").format(id=chain.head["id"]),
        )
    found = extent.inside(store, shape)
    earlier = _drafted(store, chain)
    drafts: list[Draft] = []
    for one in found:
        row = one.row
        if (
            one.noun != "team"
            or (only and row["id"] not in only)
            or (kind and kind not in str(row["type"] or ""))
        ):
            continue
        name, sample = str(row["name"] or ""), bool(row["sample"])
        standby = Draft(row["id"], name, one.why, PURPOSES[STANDBY], basis or STANDBY, (), sample=sample)
        drafts.append(standby)
        tags = (earlier.get(row["id"]) or _checked(store, row["id"])) if equipment else ()
        if tags:
            drafts.append(standby._replace(purpose=PURPOSES[CHECK], basis=basis or CHECK, equipment=tags))
    return Plan(tuple(drafts), (), tuple(i for i in found if i.noun != "team"))


def _drafted(store: Store, chain: Chain) -> dict[str, tuple[str, ...]]:
    """{team: tags} of the checks that were drafted for this chain before: by now their items may be claimed by them."""
    out: dict[str, tuple[str, ...]] = {}
    for id_ in chain.ids:
        rows = store.rows(
            'SELECT l.team, l.equipment FROM callup c JOIN line l ON l."order" = c.id'
            " WHERE c.ref >= ? AND c.ref < ? AND c.retired IS NULL AND l.equipment IS NOT NULL ORDER BY length(l.id), l.id",
            (f"{id_}/", f"{id_}0"),
        )
        for row in rows:
            out[row["team"]] = (*out.get(row["team"], ()), row["equipment"])
    return out


def _checked(store: Store, team: str) -> tuple[str, ...]:
    """Tags of a team's equipment that is free: what is out is looked after where it is."""
    rows = store.rows(
        f"SELECT id FROM equipment WHERE team=? AND retired IS NULL AND {conditions.FREE} ORDER BY length(id), id",
        (team,),
    )
    return tuple(str(r["id"]) for r in rows)


def write(desk: Desk, chain: Chain, planned: Plan, incident: str, at: int) -> Plan:
    """Draft the orders of a plan; what a rule refuses is passed over with its reason."""
    drafts: list[Draft] = []
    passed = list(planned.passed)
    standing = _standing(desk, chain)
    for draft in planned.drafts:
        before = next((o for id_ in chain.ids if (o := standing.get(_ref(id_, draft)))), None)
        if before:
            drafts.append(draft._replace(order=before, already=True))
            continue
        tags = draft.equipment
        try:
            order = desk.issue(_ask(chain, draft, incident), at, draft=True)
        except EmergencyError as error:
            if not tags:
                passed.append(Passed(draft.team, "", error.message))
                continue
            tags, refused = _sound(desk, chain, draft, incident, at)
            passed += refused
            if not tags:
                continue
            draft = draft._replace(equipment=tags)
            order = desk.issue(_ask(chain, draft, incident), at, draft=True)
        drafts.append(draft._replace(order=order.id))
    return planned._replace(drafts=tuple(drafts), passed=tuple(passed))


def _standing(desk: Desk, chain: Chain) -> dict[str, str]:
    """{key: order} of what was drafted for a chain and neither taken back nor ended since."""
    out: dict[str, str] = {}
    ended = ", ".join(f"'{s}'" for s in ENDED)
    for id_ in chain.ids:
        out |= dict(
            desk.connection.execute(
                "SELECT ref, id FROM callup WHERE ref >= ? AND ref < ? AND retired IS NULL AND EXISTS("
                f"SELECT 1 FROM line WHERE \"order\" = callup.id AND coalesce(state, 'draft') NOT IN ({ended}))",
                (f"{id_}/", f"{id_}0"),
            )
        )
    return out


def _sound(
    desk: Desk, chain: Chain, draft: Draft, incident: str, at: int
) -> tuple[tuple[str, ...], list[Passed]]:
    """Of the items of a check those that nothing refuses, and the others with their reasons."""
    sound, refused = [], []
    for tag in draft.equipment:
        try:
            desk.check(_ask(chain, draft._replace(equipment=(tag,)), incident), at)
            sound.append(tag)
        except EmergencyError as error:
            refused.append(Passed(draft.team, tag, error.message))
    return tuple(sound), refused


def _ref(alert: str, draft: Draft) -> str:
    """The key of an order: the same alert drafts the same order once."""
    return f"{alert}/{draft.team}/{'check' if draft.equipment else 'standby'}"


def _ask(chain: Chain, draft: Draft, incident: str) -> Ask:
    head = chain.head
    mark = "EXERCISE 演练 " if head["status"] == "Exercise" else ""
    said = safe(str(head["headline"] or head["event"] or head["identifier"]))[:200]
    return Ask(
        incident=incident,
        kind="standby",
        team=draft.team,
        equipment=draft.equipment,
        until=head["expires"],
        basis=draft.basis,
        ref=_ref(str(head["id"]), draft),
        note=f"{mark}{draft.purpose}: {said} ({head['id']})",
    )
