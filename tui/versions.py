"""The versions of allocation standards: which are in force, what each asks for, and taking one in from a file."""

from __future__ import annotations

from collections.abc import Sequence

from emergency.store import comparing, filters, needs, standards
from emergency.store.auditwords import class_words
from emergency.store.errors import NoSuchRecord
from emergency.store.records import RECORDS
from emergency.store.records.standard import PEOPLE
from emergency.store.showing import SAMPLE_MARK, starred
from emergency.store.store import Store
from emergency.store.windows import Key
from emergency.store.words import _, ngettext
from emergency.tui import doing
from emergency.tui.actions.reading import named
from emergency.tui.doing import Ran
from emergency.tui.options import Options
from emergency.tui.panel import Row, heading
from emergency.tui.preview import Shown, refused
from emergency.tui.source import Column, Keys, Line, Wanted
from emergency.tui.style import mark
from emergency.tui.whole import WholePages, arranged


class Versions:
    """See the module."""

    kind = "standard"
    words = ()

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.title = _("Versions of standards")
        self.about = ("", "")
        self.columns = (
            Column("id", _("Id"), most=30),
            Column("state", _("Stands"), most=20),
            Column("name", _("Name"), most=40),
            Column("lines", _("Lines"), right=True),
            Column("effective", _("In force from")),
            Column("marks", _("Marks")),
            Column("source", _("Source"), most=40),
        )

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        lines = _versions(store)
        if not lines:
            none = _(
                "no standard is there: {key} takes one in from a file; emergency standard sample writes one"
            )
            self.about = (none.format(key=self._keys("import")), "")
        else:
            said = _("{key} compares with another version or file; {details} shows the lines").format(
                key=self._keys("compare"), details=self._keys("details")
            )
            self.about = (said, f"* {SAMPLE_MARK}" if any("*" in line.cells[0] for line in lines) else "")
        return WholePages(arranged(lines, self.columns, wanted, filters.words(wanted.filter)))


def _versions(store: Store) -> list[Line]:
    in_force = {one.id for one in standards.in_force(store)}
    counts = dict(
        store.connection.execute(
            "SELECT standard, count(*) FROM allocation WHERE retired IS NULL AND known=1 GROUP BY standard"
        ).fetchall()
    )
    lines = []
    for row in store.rows("SELECT * FROM standard WHERE retired IS NULL AND known=1 ORDER BY code, id"):
        here = row["id"] in in_force
        mark_ = standards.MARK if row["mark_compliance"] is None else row["mark_compliance"]
        people = standards.MARK_PEOPLE if row["mark_people"] is None else row["mark_people"]
        cells = (
            starred(row["id"], row["sample"]),
            f"{mark('good')} {_('in force')}" if here else _("not in force"),
            row["name"] or "",
            str(counts.get(row["id"], 0)),
            row["effective"] or "",
            f"{mark_}% {people}",
            row["source"] or "",
        )
        lines.append(Line(Key(None, row["id"]), cells, "" if here else "dim"))
    return lines


def told(store: Store, id_: str, fields: Sequence[Row]) -> tuple[str, tuple[Row, ...]]:
    """(title, rows) of a version: its fields, and what it asks of each type of team. Raises NoSuchRecord."""
    row = store.row("standard", id_)
    if row is None:
        raise NoSuchRecord(_("no {record} {id}").format(record=RECORDS["standard"].label, id=id_))
    one = standards.load(store, id_)
    names = dict(store.connection.execute("SELECT id, coalesce(name, id) FROM item").fetchall())
    names[PEOPLE] = needs.label(store, PEOPLE)
    used = one.id in {s.id for s in standards.in_force(store)}
    rows = [Row((mark("good" if used else ""), _("Stands"), _("in force") if used else _("not in force")))]
    rows += fields
    last = ""
    for line in sorted(one.lines, key=lambda x: (x.type == "*", x.type, x.place)):
        if line.type != last:
            last = line.type
            rows.append(heading(_("every type") if last == "*" else last))
        text = "  ".join(filter(None, (comparing.words(line, names), class_words(line.cls), line.clause)))
        name = line.qualification or names.get(line.item, line.item)
        rows.append(Row(("", f"  {name}", text)))
    return f"{RECORDS['standard'].label} {id_}", tuple(rows)


class StandardPreview:
    """A standard in a file, before it is taken in."""

    options = Options(
        {"--code": True, "--version": True, "--name": True, "--effective": True, "--source": True, "--type": True,
         "--sheet": True, "--replace": False}
    )  # fmt: skip

    def tried(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return ["standard", "import", "--dry-run", "--json", *options, *named(file)]

    def words(self, file: str, options: Sequence[str]) -> list[str]:
        """See Preview."""
        return ["standard", "import", *options, *named(file)]

    def read(self, ran: Ran) -> Shown:
        """What it would be; where lines are wrong, each of them, and nothing can be taken in."""
        value = doing.value(ran)
        if value is None:
            return Shown(refused(ran), False)
        what = {"new": _("new"), "replaced": _("corrects the one that is there"), "same": _("as it was")}
        count = int(value["lines"])
        rows = [
            Row((mark("good"), str(value["id"]), what.get(value["what"], str(value["what"])))),
            Row(("", "", ngettext("{n} line", "{n} lines", count).format(n=count))),
        ]
        if value["sample"]:
            rows.append(Row(("*", SAMPLE_MARK, _("its quantities are made up; no official table")), "ask"))
        if value["new_kinds"]:
            rows.append(heading(_("New to the catalogue")))
            rows += [Row(("", "", kind)) for kind in value["new_kinds"]]
        if value["type_of_title"]:
            rows.append(
                Row((mark("ask"), value["type_of_title"], _("the team type that the title names")), "ask")
            )
        if value["least"]:
            rows.append(heading(_("No single figure: the least it may mean is asked for")))
            rows += [Row((mark("ask"), str(x["line"]), x["wrote"]), "ask") for x in value["least"]]
        if value["by_hand"]:
            rows.append(heading(_("Only a person can check")))
            rows += [Row((mark("ask"), str(x["line"]), x["specification"]), "ask") for x in value["by_hand"]]
        return Shown(tuple(rows), value["what"] != "same")
