"""Standards as the store has them: taking a draft in, which are in force, which lines bind a team."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store.board import moment
from emergency.store.errors import NoSuchRecord, Refused
from emergency.store.records.standard import PEOPLE, standard_id
from emergency.store.showing import SAMPLE_MARK
from emergency.store.standardfile import Draft, types_of
from emergency.store.standardlines import Spec, required, specification
from emergency.store.store import Store
from emergency.store.text import fold_width, safe
from emergency.store.times import format_time
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: Targets that an earlier plan of Beijing set for its municipal teams, where a standard states none of
#: its own: the task split under the city's twelfth five-year plan, as reposted at fdccn.cc, news/show-1398-3.
MARK, MARK_PEOPLE = 85, 30
MARK_LEVEL = "municipal"
MARK_SOURCE = "北京市“十二五”应急队伍建设任务分工（fdccn.cc news/show-1398-3）"


class Line(NamedTuple):
    """One line of a standard, ready to be counted against."""

    id: str
    place: int
    type: str
    level: str | None
    grade: str | None
    cls: str | None
    item: str
    need: str
    #: In thousandths of the item's unit.
    quantity: int
    per: str
    each: int
    spec: tuple[Spec, ...]
    by_hand: tuple[str, ...]
    #: Of a line for people: the qualification they must hold.
    qualification: str
    instead: tuple[str, ...]
    dimension: str | None
    clause: str

    def asks(self, people: int | None, vehicles: int) -> int | None:
        """How much it asks of a team, in thousandths; None where its people are not known."""
        return required(self.quantity, self.per, self.each, people, vehicles)


class Standard(NamedTuple):
    """One version of a standard with its lines."""

    id: str
    name: str
    code: str
    version: str
    sample: bool
    mark: int
    mark_people: int
    mark_source: str
    #: {type or another word for it, in one form: the type}
    types: Mapping[str, str]
    lines: tuple[Line, ...]

    def type_of(self, team_type: str | None) -> str:
        """Its own name of a team's type; "" where it does not speak of such teams."""
        return self.types.get(plain_type(team_type or ""), "")

    def binding(self, team: Mapping[str, Any]) -> tuple[Line, ...]:
        """The lines that a team answers to: of its type, and of its level and grade where a line names one."""
        name = self.type_of(team["type"])
        if not name:
            return ()
        return tuple(
            line
            for line in self.lines
            if line.type in (name, "*")
            and line.level in (None, team["level"])
            and (line.grade is None or line.grade == team["grade"])
        )


def plain_type(text: str) -> str:
    """The form in which types of teams are compared: 防汛排水抢险队 is 防汛排水抢险."""
    return fold_width(text).casefold().replace(" ", "").removesuffix("队").removesuffix("队伍")


def type_named(store: Store, texts: Iterable[str]) -> tuple[str, str] | None:
    """(team type, text) where these texts above a table name exactly one type that teams or standards here have.

    Types of teams go before words that only standards use, and a longer word before a part of it.
    """
    of_teams = store.rows("SELECT DISTINCT type AS word FROM team WHERE type IS NOT NULL AND retired IS NULL")
    of_standards = store.rows("SELECT types FROM standard WHERE retired IS NULL AND known=1")
    told = [types_of(str(row["types"] or "")) for row in of_standards]
    titles = [(plain_type(text), text) for text in texts]
    for words in (
        {str(row["word"]): str(row["word"]) for row in of_teams},
        {word: name for types in told for name, more in types.items() for word in (name, *more)},
    ):
        by_word = {plain_type(word): name for word, name in words.items() if len(plain_type(word)) > 1}
        found = {(word, text) for plain, text in titles for word in by_word if word in plain}
        whole = {w for w, _text in found if not any(w != other and w in other for other, _other in found)}
        if len({by_word[word] for word in whole}) == 1:
            return next((by_word[w], text) for w, text in sorted(found) if w in whole)
        if whole:
            return None
    return None


def line_of(row: Mapping[str, Any], id_: str = "") -> Line:
    """A line from its record, or from the values of a draft."""
    text = row.get("spec") or ""
    people = row["item"] == PEOPLE
    spec, by_hand = ([], []) if people else specification(text)
    return Line(
        id=str(row.get("id") or id_),
        place=int(row.get("place") or 0),
        type=row["type"],
        level=row.get("level"),
        grade=row.get("grade"),
        cls=row.get("class"),
        item=row["item"],
        need=row["need"],
        quantity=int(row["quantity"]),
        per=row["per"],
        each=int(row.get("each") or 1),
        spec=tuple(spec),
        by_hand=tuple(by_hand),
        qualification=text if people else "",
        instead=tuple(filter(None, str(row.get("instead") or "").split(";"))),
        dimension=row.get("dimension"),
        clause=row.get("clause") or "",
    )


def standard_of(head: Mapping[str, Any], lines: Iterable[Line], id_: str = "") -> Standard:
    """A standard from its record, or from the head of a draft."""
    types: dict[str, str] = {}
    for name, words in types_of(str(head.get("types") or "")).items():
        for word in (name, *words):
            types.setdefault(plain_type(word), name)
    return Standard(
        id=str(head.get("id") or id_),
        name=head.get("name") or "",
        code=head.get("code") or "",
        version=head.get("version") or "",
        sample=bool(head.get("sample")),
        mark=MARK if head.get("mark_compliance") is None else int(head["mark_compliance"]),
        mark_people=MARK_PEOPLE if head.get("mark_people") is None else int(head["mark_people"]),
        mark_source=head.get("mark_source") or MARK_SOURCE,
        types=types,
        lines=tuple(sorted(lines, key=lambda line: (line.place, line.id))),
    )


def of_draft(draft: Draft) -> Standard:
    """What a draft would be, for looking ahead."""
    id_ = standard_id(str(draft.head["code"]), str(draft.head["version"]))
    return standard_of(draft.head, (line_of(v, f"{id_}/{v['place']}") for v in draft.lines), id_)


def rows_of(store: Store, id_: str) -> list[dict[str, Any]]:
    """The records of a standard's lines, in their order."""
    return store.rows(
        "SELECT * FROM allocation WHERE standard=? AND retired IS NULL AND known=1 ORDER BY place, id", (id_,)
    )


def load(store: Store, id_: str) -> Standard:
    """One version of a standard. Raises NoSuchRecord."""
    head = store.row("standard", id_)
    if head is None:
        raise NoSuchRecord(_("no {record} {id}").format(record="standard", id=safe(id_)))
    # A line that came with half of its fields says nothing yet.
    whole = (r for r in rows_of(store, id_) if r["item"] and r["type"] and r["per"] and r["quantity"])
    return standard_of(head, map(line_of, whole))


def in_force(store: Store) -> list[Standard]:
    """The newest version in force of each standard, by code; samples last.

    In force from its day on; where versions name no day, or the same, the later version counts.
    """
    today = format_time(moment(store))[:10]
    newest: dict[str, dict[str, Any]] = {}
    for row in store.rows("SELECT * FROM standard WHERE retired IS NULL AND known=1"):
        if row["effective"] and str(row["effective"]) > today:
            continue
        before = newest.get(row["code"])
        if before is None or _age(before) < _age(row):
            newest[row["code"]] = row
    ids = sorted(newest.values(), key=lambda r: (bool(r["sample"]), r["code"]))
    return [load(store, row["id"]) for row in ids]


def _age(row: Mapping[str, Any]) -> tuple[str, list[tuple[int, str]]]:
    import re

    parts = re.findall(r"\d+|\D+", str(row["version"] or ""))
    return str(row["effective"] or ""), [(int(p), "") if p.isdigit() else (-1, p) for p in parts]


def for_type(standards: Sequence[Standard], team_type: str | None) -> list[Standard]:
    """Those that speak of teams of a type; a sample gives way to any that is none."""
    found = [s for s in standards if s.type_of(team_type)]
    real = [s for s in found if not s.sample]
    return real or found


# -- taking one in ----------------------------------------------------------------------------------


class Taken(NamedTuple):
    """What an import did: `new`, `replaced` or `same`."""

    id: str
    what: str


def take(store: Store, writer: Writer, draft: Draft, *, replace: bool) -> Taken:
    """Write a draft that has nothing wrong. Raises Refused where its version is there and says otherwise."""
    id_ = standard_id(str(draft.head["code"]), str(draft.head["version"]))
    digest = draft.digest()
    row = store.row("standard", id_)
    if row is not None and row["known"] and not row["retired"]:
        if row["digest"] == digest:
            return Taken(id_, "same")
        if not replace:
            raise Refused(
                _("{id} is there and says something else").format(id=safe(id_)),
                hint=_("give the file a new version, or --replace to correct this one"),
            )
    for name, unit in draft.kinds.items():
        cls = next((v.get("class") for v in draft.lines if v["item"] == name), None)
        writer.new("item", {"name": name, "class": cls, "unit": unit or None}, name)
    values = {**draft.head, "digest": digest, "retired": None}
    sample = SAMPLE_MARK if values.pop("sample", None) else None
    _state(writer, "standard", id_, row, values | {"sample": sample})
    before = {r["id"]: r for r in store.rows("SELECT * FROM allocation WHERE standard=?", (id_,))}
    for line in draft.lines:
        own = f"{id_}/{line['place']}"
        _state(
            writer,
            "allocation",
            own,
            before.pop(own, None),
            {**line, "standard": id_, "sample": sample, "retired": None},
        )
    for own, old in before.items():
        if not old["retired"]:
            writer.set("allocation", own, {"retired": "replaced 已替换"})
    return Taken(id_, "replaced" if row is not None and row["known"] else "new")


def _state(
    writer: Writer, kind: str, id_: str, row: Mapping[str, Any] | None, values: dict[str, Any]
) -> None:
    """Register a record, or set what of it has changed; what the file no longer says is cleared."""
    if row is None or not row["known"]:
        writer.new(kind, values, id_)
        return
    from emergency.store.records import RECORDS

    whole = {f.name: None for f in RECORDS[kind].fields} | values
    changed = {name: value for name, value in whole.items() if row[name] != value}
    if changed:
        writer.set(kind, id_, changed)
