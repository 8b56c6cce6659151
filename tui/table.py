"""A table over a list of any length: it holds the lines round the cursor and reads others as they come near.

Cells are plain text, made safe here. A line is painted again only when its text is another; nothing runs by a
clock, but for the marks of change, which are taken away once.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from emergency.store.errors import EmergencyError, Refused
from emergency.store.store import Store
from emergency.store.windows import Key
from emergency.store.words import _
from emergency.tui.actions import in_table
from emergency.tui.held import PAGE, Batch, ahead, begin, behind, end, near
from emergency.tui.panel import Panel, Target
from emergency.tui.reading import Asked, Reader
from emergency.tui.source import ALL, Pages, Source, Wanted
from emergency.tui.tablelines import HEAD, TableLines

#: So near the end of what is held, more is read.
NEAR = 50
#: So many can be marked at once by `*`.
MOST_MARKED = 10_000
#: Seconds that a key may wait for lines that are not there yet, and that a change stays marked.
PATIENCE, MARKED_FOR = 0.03, 6.0


class Table(TableLines):
    """See the module. `target` is the record under the cursor, `marked` the ids that are marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"act('{a.id}')", a.id, show=False, id=a.id) for a in in_table()
    ]

    class Answered(Message):
        """Something was read."""

        def __init__(self, asked: Asked[Any]) -> None:
            super().__init__()
            self.asked = asked

    class Moved(Message):
        """Another record is under the cursor, or it may be as it was no more."""

    class Refused(Message):
        """What is wanted cannot be read; the lines are those of before."""

        def __init__(self, error: EmergencyError) -> None:
            super().__init__()
            self.error = error

    class Loaded(Message):
        """The lines are those that are wanted."""

    def __init__(
        self,
        source: Source,
        path: str,
        as_of: int | None = None,
        *,
        wanted: Wanted = ALL,
        id: str | None = None,
    ) -> None:
        super().__init__(source, id)
        #: What is wanted, and what was had last.
        self.wanted = self._good = wanted
        self.reader = Reader(path, as_of, self._tell)
        self._owed = 0
        #: Whether lines behind or in front of those held are on their way.
        self._coming: bool | None = None
        #: Whether the store changed while lines were on their way.
        self._stale = False

    @property
    def target(self) -> Target | None:
        """The record under the cursor."""
        line = self.held.line
        return None if line is None else Target(self.source.kind, line.id)

    # -- reading ---------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read the first lines; a store that answers at once is shown by the first paint."""
        self.run_worker(self._serve(), group=f"reader-{id(self)}", exit_on_error=True)
        self._load(begin)

    async def _serve(self) -> None:
        # A thread of its own: a table keeps it as long as it is open, and those of the loop are few and shared.
        thread = ThreadPoolExecutor(1, thread_name_prefix="table")
        try:
            context = contextvars.copy_context()
            await asyncio.get_running_loop().run_in_executor(thread, context.run, self.reader.run)
        finally:
            thread.shutdown(wait=False)

    def on_unmount(self) -> None:
        """Let the thread go."""
        self.reader.stop()

    def _tell(self, asked: Asked[Any]) -> None:
        self.post_message(self.Answered(asked))

    def on_table_answered(self, message: Answered) -> None:
        """Act on what was read, if it is still asked for."""
        message.asked.settle()
        self.reader.told()

    def want(self, wanted: Wanted) -> None:
        """Other lines, from the first; or the same in another order, where the cursor stays on its record."""
        if wanted == self.wanted:
            return
        line = self.held.line if wanted.filter == self.wanted.filter else None
        self.wanted = wanted
        if line is not None:
            self._load(partial(near, id_=line.id, key=None, above=PAGE, below=PAGE))
        else:
            self._load(begin)

    def go_to(self, id_: str) -> None:
        """Put the cursor on a record, if it is in the list."""
        self._load(partial(near, id_=id_, key=None, above=PAGE, below=PAGE))

    def renew(self) -> None:
        """The store changed: read the lines again. The cursor stays on its record, what changed is marked."""
        line = self.held.line
        if self._loading:
            self._stale = True
            return
        if line is None or self.wanted != self._good:
            self._load(begin)
            return
        self._alone()
        above = max(self.held.cursor, PAGE // 2)
        below = max(len(self.held.lines) - self.held.cursor, PAGE // 2)
        read = partial(near, id_=line.id, key=line.key, above=above, below=below)
        self._ask("lines", read, partial(self._renewed, line.id))

    def _renewed(self, asked: str, batch: Batch) -> None:
        """Keys may have moved the cursor since: it stays where they put it."""
        line = self.held.line
        at = batch.at
        if line is not None and line.id != asked:
            at = next((i for i, one in enumerate(batch.lines) if one.id == line.id), -1)
        if at < 0:
            self.renew()
        else:
            self._loaded(batch._replace(at=at))

    def read(
        self,
        name: str,
        read: Callable[[Store], Any],
        then: Callable[[Any], None],
        *,
        rank: int = 1,
        patience: float = 0.0,
    ) -> None:
        """Read something else in the table's thread; a newer question of that name takes the older's place."""
        self.reader.ask(name, read, then, self._refused, rank=rank, patience=patience)

    def _ask(
        self,
        name: str,
        read: Callable[[Pages], Any],
        then: Callable[[Any], None],
        *,
        rank: int = 0,
        patience: float = PATIENCE,
    ) -> None:
        source, wanted = self.source, self.wanted
        self.read(name, lambda store: read(source.pages(store, wanted)), then, rank=rank, patience=patience)

    def _refused(self, error: EmergencyError) -> None:
        self.wanted, self._coming, self._gone = self._good, None, not self.told
        if self._loading:
            self._loading = False
            self._paint()
        self.post_message(self.Refused(error))

    def _alone(self) -> None:
        """What is on its way to the lines of now is of no use to others."""
        self._owed, self._coming = 0, None
        self.reader.cancel("more")

    def _load(self, read: Callable[[Pages], Batch], then: Callable[[Batch], None] | None = None) -> None:
        self._alone()
        self._loading = True
        self._ask("lines", read, partial(self._came, then or self._loaded))
        if self._loading:
            self._paint()

    def _came(self, then: Callable[[Batch], None], batch: Batch) -> None:
        self._loading, stale, self._stale = False, self._stale, False
        then(batch)
        if stale:
            self.renew()

    def _loaded(self, batch: Batch) -> None:
        before, anew = self.held.lines, self.told
        if self.wanted.filter != self._good.filter:
            self.held.total = None
        self.held.put(batch)
        news = self.held.news(before, self.source.columns) if anew else set()
        if news:
            # What is read again at once is no longer news, but has not been seen yet.
            self._news |= news
            self.set_timer(MARKED_FOR, self.calm)
        self.told, self._good = True, self.wanted
        self._laid_down()
        self.post_message(self.Loaded())
        self._count()

    def _laid_down(self) -> None:
        self._widths.measure(self.held.lines, self.wanted.sort)
        self._paint()
        self.post_message(self.Moved())

    def _count(self) -> None:
        lines = self.held.lines
        key = lines[0].key if lines and self.held.before is None else None

        def read(pages: Pages) -> tuple[int, int]:
            return pages.count(), pages.rank(key) if key is not None else 0

        self._ask("count", read, partial(self._counted, key), rank=2, patience=0.0)

    def _counted(self, key: Key | None, found: tuple[int, int]) -> None:
        self.held.counted(found[0], key, found[1])
        self._paint()

    def _more(self, *, forward: bool, patience: float) -> None:
        lines = self.held.lines
        # Asked again by every key that is held down, it would never come.
        if self._coming is forward:
            return
        if lines and not (self.held.at_last if forward else self.held.at_first):
            self._coming = forward
            read = partial(ahead if forward else behind, key=lines[-1 if forward else 0].key)
            self._ask("more", read, partial(self._joined, forward=forward), patience=patience)

    def _joined(self, batch: Batch, *, forward: bool) -> None:
        self._coming = None
        self.held.join(batch, ahead=forward)
        self._widths.measure(batch.lines, self.wanted.sort)
        owed, self._owed = self._owed, 0
        self._move(owed)

    def calm(self) -> None:
        """Changes have been seen: take their marks away."""
        self._news = set()
        self._paint()

    # -- keys ------------------------------------------------------------------------------------

    def action_act(self, name: str) -> None:
        """One action of the table's own list."""
        page = max(1, self._visible - 1)
        steps = {"up": -1, "down": 1, "page_up": -page, "page_down": page}
        if name in steps:
            self._move(steps[name])
        elif name in ("left", "right"):
            if not self._widths.scroll(-1 if name == "left" else 1, self._room):
                self.notify(_("there are no more columns on that side"), markup=False)
            self._paint()
        else:
            getattr(self, f"do_{name}")()

    def do_first(self) -> None:
        """The first line of all."""
        self._move(-len(self.held.lines)) if self.held.at_first else self._load(begin, self._jumped)

    def do_last(self) -> None:
        """The last line of all."""
        self._move(len(self.held.lines)) if self.held.at_last else self._load(end, self._jumped)

    def _jumped(self, batch: Batch) -> None:
        self.held.put(batch)
        self._laid_down()
        if self.held.before is None or self.held.total is None:
            self._count()

    def do_details(self) -> None:
        """Open the record."""
        if self.target is not None:
            self.post_message(Panel.Chosen(self.target))

    def do_sort(self) -> None:
        """By the next column that is to be seen."""
        names = [c.name for c in self._widths.visible(self._room) if c.sortable]
        now = self.wanted.sort.field or names[0]
        after = names[(names.index(now) + 1) % len(names)] if now in names else names[0]
        if after == now:
            self.notify(_("this list has one order only"), markup=False)
        by_id = after == self.source.columns[0].name
        self.want(self.wanted._replace(sort=self.wanted.sort._replace(field="" if by_id else after)))

    def do_reverse(self) -> None:
        """The other way round."""
        sort = self.wanted.sort
        self.want(self.wanted._replace(sort=sort._replace(reverse=not sort.reverse)))

    def do_mark(self) -> None:
        """Mark the record, or take its mark away, and go on."""
        if (line := self.held.line) is not None:
            if line.id in self.marked:
                del self.marked[line.id]
            else:
                self.marked[line.id] = None
            self._move(1)
        else:
            self.notify(_("there is nothing under the cursor"), markup=False)

    def do_mark_all(self) -> None:
        """Mark all that the filter lets through."""
        self._ask("mark", lambda pages: pages.ids(MOST_MARKED + 1), self._mark)

    def _mark(self, ids: list[str]) -> None:
        if len(ids) > MOST_MARKED:
            self._refused(Refused(_("more than {n} match: narrow the filter first").format(n=MOST_MARKED)))
            return
        if not ids:
            self.notify(_("there is nothing to mark"), markup=False)
        self.marked |= dict.fromkeys(ids)
        self._paint()

    def do_unmark(self) -> None:
        """Take all marks away."""
        if not self.marked:
            self.notify(_("nothing is marked"), markup=False)
        self.marked = {}
        self._paint()

    def _move(self, by: int) -> None:
        before = self.held.line
        past = self.held.move(by)
        self._paint()
        if past:
            self._owed += past
            self._more(forward=past > 0, patience=PATIENCE)
        elif by > 0 and len(self.held.lines) - self.held.cursor < NEAR:
            self._more(forward=True, patience=0.0)
        elif by < 0 and self.held.cursor < NEAR:
            self._more(forward=False, patience=0.0)
        if self.held.line is not before:
            self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; a second opens it."""
        at = event.y - HEAD + self.held.top
        if event.y >= HEAD and at < len(self.held.lines):
            if at == self.held.cursor and event.chain > 1:
                self.do_details()
            self._move(at - self.held.cursor)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown | events.MouseScrollUp) -> None:
        """Three lines on, or back."""
        event.stop()
        self._move(3 if isinstance(event, events.MouseScrollDown) else -3)

    on_mouse_scroll_up = on_mouse_scroll_down
