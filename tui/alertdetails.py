"""An alert in full: how it stands, what it says as it came, its chain, its orders, and what of ours is inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emergency.store import alertlist, alerts, alertwords, extent, needs
from emergency.store.alerts import Chain
from emergency.store.board import moment
from emergency.store.errors import NoSuchRecord
from emergency.store.extent import Inside
from emergency.store.records import RECORDS
from emergency.store.records.alert import Structured, loaded
from emergency.store.records.steps import ENDED, STATES
from emergency.store.records.types import Ref
from emergency.store.showing import SAMPLE_MARK, drilled, starred
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.store.words import _, aside, clauses, language
from emergency.store.words import told as told_of
from emergency.tui import details
from emergency.tui.panel import Row, Target, heading, more
from emergency.tui.rows import alert_tone
from emergency.tui.style import ascii_marks, mark

#: So many lines of a text, areas of an alert, and things of a kind inside are told; then how many more there are.
MOST_LINES, MOST_AREAS, MOST_INSIDE = 1000, 300, 200
#: A line is cut to so many characters, and so are the parts of what has no field of its own.
LONGEST = 4000
#: Cells of a label.
MOST_LABEL = 20
#: What lies deeper in a field of others is not told.
DEEPEST = 6
#: What is told on top, in words of its own, or under a heading of its own.
_TOLD_APART = (
    "identifier", "status", "colour", "level", "headline", "description", "instruction", "areas", "regions",
    "references", "parameters", "further", "others", "sample", "event", "area", "sender_name", "signature",
)  # fmt: skip
#: Kinds of things inside, the ones that orders are given to first.
_KINDS = ("team", "incident", "keyarea", "site", "depot")


def told(store: Store, target: Target) -> details.Details:
    """An alert in full. Raises NoSuchRecord."""
    row = store.row("alert", target.id)
    if row is None:
        raise NoSuchRecord(_("no {record} {id}").format(record=RECORDS["alert"].label, id=target.id))
    now = moment(store)
    chain = alerts.chain_of(store, target.id, now)
    rows = [*_standing(row, chain, now), *_text(row)]
    if chain is not None:
        rows += [*_chain(chain, target.id, now), *_orders(store, chain)]
    rows += [*_inside(store, row), *_fields(store, row), *_areas(row), *_rest(row)]
    title = f"{RECORDS['alert'].label} {target.id}"
    return details.Details(f"{alertwords.reality(row)} {title}".strip(), tuple(rows))


def _standing(row: dict[str, Any], chain: Chain | None, now: int) -> Iterator[Row]:
    """What it is, how it stands, and the two scales, each on a line of its own (row E5)."""
    if reality := alertwords.reality(row):
        yield Row((mark("ask"), reality, _("not the real thing")), "ask")
    if row["sample"]:
        yield Row((mark("ask"), SAMPLE_MARK, _("made up")), "ask")
    one = None
    if row["retired"]:
        yield Row((mark("ask"), _("retired"), str(row["retired"])), "dim")
    elif chain is not None:
        one = alertlist.of(chain, str(row["id"]))
        yield Row(("", _("Stands"), alertwords.standing(one)), "" if one.in_force else "dim")
    tone = alert_tone(row, one.state) if one is not None else ""
    yield Row(("", _("Warning colour"), alertwords.colour(row)), tone)
    yield Row(("", _("Response level"), alertwords.field(row, "level") or _("none is stated")))
    yield from _said(_label("event"), row["event"] or "-")
    yield from _said(_label("area"), row["area"] or "-")
    begins, ends = (alertwords.moment(at, now) for at in (alertlist.begins(row), row["expires"]))
    yield Row(
        (
            "",
            _("Holds"),
            _("from {begin} until {end}").format(begin=begins or "?", end=ends or _("not stated")),
        )
    )
    yield from _said(_label("sender_name"), alertlist.sender(row) or "-")
    yield Row(("", _label("signature"), ascii_marks(alertwords.signature(row))))
    if chain is not None:
        for label, words in alertwords.doubts(chain):
            yield Row((mark("ask"), label.removeprefix("! "), words), "ask")


def _said(label: str, text: object) -> Iterator[Row]:
    """A text line by line; what is too long says how much is left out, and a long name stands in the text."""
    if cells(label) > MOST_LABEL:
        label, text = "", told_of(label[:LONGEST], str(text))
    lines = [line.rstrip() for line in str(text).splitlines()]
    lines = [line for line in lines if line] or [""]
    for n, line in enumerate(lines[:MOST_LINES]):
        cut = f"~ +{len(line) - LONGEST}" if len(line) > LONGEST else ""
        yield Row(("", label if n == 0 else "", line[:LONGEST] + cut))
    if len(lines) > MOST_LINES:
        yield Row(("", "", _("and {n} lines more").format(n=len(lines) - MOST_LINES)), "dim")


def _text(row: dict[str, Any]) -> Iterator[Row]:
    for name in ("headline", "description", "instruction"):
        if row[name]:
            yield from _said(_label(name), row[name])


def _label(name: str) -> str:
    field = RECORDS["alert"].field(name)
    return field.label if field else name


def _chain(chain: Chain, id_: str, now: int) -> Iterator[Row]:
    """What it took the place of, and what took its place; the one that is shown has a `>`."""
    links = (chain.head, *chain.earlier)
    if len(links) == 1:
        return
    yield heading(_("Chain, the newest first"))
    for link in links:
        words = alertwords.short(link, now).removeprefix(f"{link['id']} ")
        yield Row((">" if link["id"] == id_ else "", str(link["id"]), words), "", Target("alert", link["id"]))


def _orders(store: Store, chain: Chain) -> Iterator[Row]:
    """What was drafted from it; where it is cancelled, what is to be lifted."""
    found = alertwords.orders(store, chain)
    if not found:
        return
    cancelled = chain.state == "cancelled"
    yield heading(
        _("Orders, to be lifted (Emergency Response Law 70)") if cancelled else _("Orders drafted from it")
    )
    for order in found:
        for line in store.rows(
            'SELECT id, state FROM line WHERE "order"=? ORDER BY length(id), id', (order["id"],)
        ):
            state = line["state"] or "draft"
            words = STATES.get(state, (state, state))[1 if language() == "zh" else 0]
            tone = "ask" if cancelled and state not in ENDED else ""
            shown = (mark(tone), line["id"], f"{words}  {order['note'] or ''}")
            yield Row(shown, tone, Target("line", line["id"]))


# -- what of ours is inside ------------------------------------------------------------------------


def _inside(store: Store, row: dict[str, Any]) -> Iterator[Row]:
    """Teams, incidents, key areas, sites and depots with their stock, each by what it lies inside."""
    shape = extent.shape_of(row)
    yield heading(_("What of ours is inside"))
    if shape.empty:
        yield Row((mark("ask"), "", _("it names no place that is known here")), "ask")
        return
    found = extent.inside(store, shape)
    if not found:
        yield Row(("", "", _("nothing of the registers lies in its area")))
    others = tuple(dict.fromkeys(i.noun for i in found if i.noun not in _KINDS))
    for noun in (*_KINDS, *others):
        alike = [i for i in found if i.noun == noun]
        if alike:
            yield Row(("", _("{what}: {n}").format(what=RECORDS[noun].label, n=len(alike)), ""), "dim")
            yield from (_thing(store, one) for one in alike[:MOST_INSIDE])
            yield from more(len(alike), MOST_INSIDE)
    yield from _stock(store, [i for i in found if i.noun == "depot"])


def _thing(store: Store, one: Inside) -> Row:
    row = one.row
    name = drilled(row, str(row.get("name") or row.get("title") or ""))
    tone, words = details.team_standing(row, moment(store)) if one.noun == "team" else ("", "")
    why = "" if one.why == "region" else aside("", extent.why_words(one.why))
    text = "  ".join(filter(None, (words, name, why)))
    return Row(
        (mark(tone), f"  {starred(row['id'], row.get('sample'))}", text), "", Target(one.noun, row["id"])
    )


def _stock(store: Store, depots: list[Inside]) -> Iterator[Row]:
    """What those depots hold."""
    rows: list[dict[str, Any]] = []
    ids = [i.row["id"] for i in depots]
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        rows += store.rows(
            "SELECT r.*, i.name AS item_name FROM reserve r LEFT JOIN item i ON i.id = r.item"
            f" WHERE r.retired IS NULL AND r.depot IN ({','.join('?' * len(some))}) ORDER BY r.id",
            some,
        )
    if not rows:
        return
    yield Row(("", _("{what}: {n}").format(what=RECORDS["reserve"].label, n=len(rows)), ""), "dim")
    for row in rows[:MOST_INSIDE]:
        amount = needs.amount(row["quantity"] or 0, row["unit"] or "")
        text = f"{row['item_name'] or row['item']}  {amount}".rstrip()
        label = f"  {row['depot']}{' *' if row['sample'] else ''}"
        yield Row(("", label, text), "", Target("reserve", row["id"]))
    yield from more(len(rows), MOST_INSIDE)


# -- as it came ------------------------------------------------------------------------------------


def _fields(store: Store, row: dict[str, Any]) -> Iterator[Row]:
    """Every other field that it has."""
    yield heading(_("As it came"))
    yield from _said(_label("identifier"), row["identifier"])
    for field in RECORDS["alert"].fields:
        value = row.get(field.name)
        if value is None or field.name in _TOLD_APART or isinstance(field.type, Structured):
            continue
        text = field.type.show(value)
        if isinstance(field.type, Ref):
            text = f"{text} {(store.row(field.type.kind, str(value)) or {}).get('name') or ''}".strip()
        yield from _said(field.label, text)


def _areas(row: dict[str, Any]) -> Iterator[Row]:
    """Each area: its words, its codes, and what outlines it has."""
    codes = extent.codes_of(row)
    if codes:
        left = f" +{len(codes) - MOST_AREAS}" if len(codes) > MOST_AREAS else ""
        yield from _said(_label("regions"), " ".join(codes[:MOST_AREAS]) + left)
    areas = loaded(row["areas"])
    areas = areas if isinstance(areas, list) else []
    for n, area in enumerate(areas[:MOST_AREAS]):
        yield from _said(_label("areas") if n == 0 else "", _one_area(area))
    yield from more(len(areas), MOST_AREAS)


def _one_area(area: Any) -> str:
    if not isinstance(area, Mapping):
        return _flat(area)
    parts = [str(area.get("desc") or "")]
    polygons, circles = area.get("polygons"), area.get("circles")
    if isinstance(polygons, list) and polygons:
        corners = sum(str(p).count(",") for p in polygons)
        parts.append(_("outlines: {n}, corners: {corners}").format(n=len(polygons), corners=corners))
    if isinstance(circles, list):
        parts += [_("circle {middle}, km").format(middle=str(c)[:60]) for c in circles[:20]]
    known = ("desc", "polygons", "circles")
    parts += [told_of(k, _flat(v)) for k, v in area.items() if k not in known and v]
    return "  ".join(filter(None, parts))


def _rest(row: dict[str, Any]) -> Iterator[Row]:
    """What has no field of its own is kept, and told by its own names; so are its other languages."""
    for name in ("references", "parameters", "further", "others"):
        value = loaded(row[name])
        if value:
            yield heading(_label(name))
            yield from _named(value)


def _named(value: Any) -> Iterator[Row]:
    """Pairs by their names, and whatever else there is; never deeper than a line each."""
    pairs: list[tuple[str, Any]]
    if isinstance(value, Mapping):
        pairs = [(str(k), v) for k, v in value.items()]
    else:
        pairs = [_pair(one) for one in value] if isinstance(value, list) else [("", value)]
    for name, one in pairs[:MOST_AREAS]:
        if isinstance(one, Mapping):
            for key, part in one.items():
                yield from _said(str(key), _flat(part))
        else:
            yield from _said(name, _flat(one))
    yield from more(len(pairs), MOST_AREAS)


def _pair(one: Any) -> tuple[str, Any]:
    if isinstance(one, list) and len(one) == 2:
        return str(one[0]), one[1]
    return "", one


def _flat(value: Any, deeper: int = DEEPEST) -> str:
    if isinstance(value, list | Mapping) and not deeper:
        return "~"
    if isinstance(value, list):
        return " ".join(_flat(v, deeper - 1) for v in value[:MOST_AREAS])
    if isinstance(value, Mapping):
        return clauses(told_of(k, _flat(v, deeper - 1)) for k, v in value.items())
    return str(value)
