"""What stands against something else: the list, both sides of the one under the cursor, the advice; `K` decides."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from emergency.store import conflicts, decisions, filters, times, wording
from emergency.store.errors import InvalidValue
from emergency.store.filters import Term
from emergency.store.records.types import Stored, Type
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.windows import Key
from emergency.store.words import _, listed
from emergency.tui import sides
from emergency.tui.actions import Action, Where
from emergency.tui.doing import Ran
from emergency.tui.filterbar import FilterBar
from emergency.tui.panel import Column as PanelColumn
from emergency.tui.panel import Panel, Row, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.source import ALL, Column, Line, Wanted
from emergency.tui.style import mark
from emergency.tui.table import Table
from emergency.tui.tablescreen import TableScreen
from emergency.tui.whole import WholePages, arranged
from emergency.tui.words import Said

#: A word of the filter that shows what was decided instead of what stands.
SETTLED = ("settled", "已定")
_NONE = ("0", "none", "无")


class Conflicts:
    """What stands, or what was settled, as a source of lines."""

    kind = "conflict"
    words = SETTLED

    def __init__(self) -> None:
        self.title = _("Conflicts")
        self.columns = (
            Column("id", _("Id"), most=32),
            Column("kind", _("Kind"), most=20),
            Column("what", _("What"), most=30),
            Column("sides", _("Sides"), most=60),
        )

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        words = filters.words(wanted.filter)
        past = any(word in SETTLED for word in words)
        lines = _settled(store) if past else _standing(store)
        return WholePages(
            arranged(lines, self.columns, wanted, [word for word in words if word not in SETTLED])
        )


def _standing(store: Store) -> list[Line]:
    out = []
    for found in conflicts.standing(store):
        tone = "late" if found.kind in (conflicts.CLAIM, conflicts.SETTLED_APART) else "ask"
        kind = f"{mark(tone)} {conflicts.kind_words(found.kind)}"
        sides = map(wording.asking, found.sides) if found.kind == conflicts.LINE else found.sides
        cells = (found.id, kind, conflicts.title(store, found), " | ".join(sides))
        out.append(Line(Key(None, found.id), cells, tone))
    return out


def _settled(store: Store) -> list[Line]:
    now = times.now()
    out = []
    all_ = [*decisions.decisions(store.connection), *decisions.of_fields(store.connection)]
    for n, made in enumerate(all_):
        said = wording.kept({"kept": made.kept}) if made.lost else safe(made.kept) or _("(none)")
        kept = f"{mark('good')} {said}"
        what = "  ".join((made.who, times.format_short(made.at, now), made.why))
        # A thing may have been decided about more than once.
        id_ = f"{made.thing or made.kept}@{n}"
        out.append(
            Line(
                Key(None, id_),
                (made.thing or made.kept, kept, what, " | ".join(made.lost and made.lines)),
                "dim",
            )
        )
    return out


class _Side(Type):
    """A side by its number or as `--keep` takes it."""

    def __init__(self, keeps: tuple[str, ...]) -> None:
        self._keeps = keeps

    def parse(self, text: str) -> Stored:
        """Raises InvalidValue for what is no side."""
        plain = text.strip()
        if plain.casefold() in _NONE:
            return "none"
        if plain.isdecimal() and 1 <= int(plain) <= len(self._keeps):
            return self._keeps[int(plain) - 1]
        for keep in self._keeps:
            if plain.casefold() in (keep.casefold(), f"{keep}/1".casefold()):
                return keep
        raise InvalidValue(_("not one of the sides"), hint=" ".join(_numbered(self._keeps)))


def _numbered(keeps: tuple[str, ...]) -> list[str]:
    return [f"{n} {keep}" if keep != str(n) else str(n) for n, keep in enumerate(keeps, 1)]


class ConflictScreen(TableScreen):
    """See the module."""

    DEFAULT_CSS = """
    ConflictScreen {
        #conflicts { height: 2fr; }
        #conflicts #table { width: 1fr; }
        #both { layout: vertical; height: 4fr; }
        #advice { height: 2fr; }
        #more { display: none; }
        &.-wide #both { layout: horizontal; }
        &.-three #more { display: block; }
        &.-one #two { display: none; }
        &.-one #advice { display: none; }
    }
    """
    footer_keys: ClassVar[tuple[str, ...]] = ("keep", "next_panel", "filter", "palette", "help", "leave")
    _PANELS = ("one", "two", "more")

    def __init__(self, *, wanted: Wanted = ALL) -> None:
        super().__init__(Conflicts(), wanted=wanted)
        self._shown: sides.Sides | None = None

    def again(self, as_of: int) -> TableScreen | None:
        """See TableScreen: what stands against each other is settled now."""
        return None

    def nothing(self) -> str:
        """See TableScreen."""
        return _("nothing stands against each other; {key}settled shows what was decided").format(
            key=self.action_key("filter")
        )

    def body(self) -> ComposeResult:
        """The list; under it both sides, and the advice."""
        yield FilterBar(self.source.words, self.action_key("filter"), id="filter")
        yield FilterBar((), "", id="moment")
        yield Said(id="said")
        column = (PanelColumn(least=10),)
        with Vertical(id="conflicts"):
            yield Table(self.source, self.duty.path, self.as_of, wanted=self._wanted, id="table")
        with Horizontal(id="both"):
            for name in self._PANELS:
                yield Panel(column, id=name, wrap=True)
        yield Panel(column, id="advice", wrap=True)

    def listing(self) -> list[str]:
        """See TableScreen."""
        words = filters.words(self.table.wanted.filter)
        kept = filters.written([Term("", filters.WORD, word) for word in words if word not in SETTLED])
        past = any(word in SETTLED for word in words)
        return ["conflict", "list", *filter(None, [kept]), *(["--settled"] if past else [])]

    def show_beside(self) -> None:
        """Both sides of the conflict under the cursor."""
        target = self.table.target
        if target is None:
            self._show(None)
        else:
            self.table.read("record", lambda store: sides.read(store, target.id), self._show)

    def _show(self, found: sides.Sides | None) -> None:
        self._shown = found
        told = found.sides if found is not None else ()
        self.set_class(len(told) < 2, "-one")
        self.set_class(len(told) > 2, "-three")
        for n, name in enumerate(self._PANELS):
            panel = self.query_one(f"#{name}", Panel)
            if n >= len(told):
                panel.show("", [])
                continue
            # What finds no panel of its own stands under the last one.
            rows = list(told[n].rows)
            for side in told[n + 1 :] if n == len(self._PANELS) - 1 else ():
                rows += [Row((side.title,), "head"), *side.rows]
            panel.show(told[n].title, rows)
        self.query_one("#advice", Panel).show(
            found.title if found else "", list(found.advice if found else ())
        )

    @property
    def where(self) -> Where:
        """Copied and decided is the conflict; a settled one by the thing that it was about."""
        found = super().where
        if found.target is not None and found.target.kind == self.source.kind:
            return found._replace(target=Target(found.target.kind, found.target.id.partition("@")[0]))
        return found

    def asked_by(self, action: Action) -> Where:
        """A conflict is decided from any of its panels."""
        if action.id != "keep":
            return super().asked_by(action)
        target = self.table.target
        of_list = Target(self.source.kind, target.id.partition("@")[0]) if target else None
        return self.where._replace(target=of_list)

    async def do_with_command(self, action: Action, where: Where) -> Ran | None:
        """A decision is about one conflict, whatever is marked."""
        if action.id == "keep":
            return await DutyScreen.do_with_command(self, action, where)
        return await super().do_with_command(action, where)

    async def answered(self, action: Action, where: Where) -> Where | None:
        """Which side is asked by number."""
        keeps = tuple(s.keep for s in self._shown.sides if s.keep) if self._shown else ()
        if action.id != "keep":
            return await super().answered(action, where)
        if not keeps:
            said = _("no side is to be chosen here: what to type, or which key, stands with it")
            self.app.notify(said, markup=False, severity="warning")
            return None
        none = f"0 {_('none of them')}" if self.query_one("#advice", Panel).rows else ""
        side = _Side(keeps)
        which = action.asks[0]._replace(type=side, hint=listed((*_numbered(keeps), none)))
        asked = action._replace(asks=(which, *action.asks[1:]))
        answered = await super().answered(asked, where)
        if answered is None:
            return None
        kept = str(side.parse(answered.answers["keep"]))
        return answered._replace(answers={**answered.answers, "keep": kept})
