"""Screens that tell one matter in several lists: a line names them all, and a key goes to the next one.

The next list stands above the first, so that Esc comes back to where one began.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.app import ComposeResult

from emergency.store.words import _
from emergency.tui.source import ALL, Source, Wanted
from emergency.tui.table import Table
from emergency.tui.tablescreen import TableScreen
from emergency.tui.watch import Seen
from emergency.tui.words import Words


class View(NamedTuple):
    """One of the lists."""

    id: str
    label: str
    #: Makes its screen: which lines, and as of when.
    make: Callable[[Wanted, int | None], ViewScreen]
    #: The filter of the others means the same in it.
    filtered: bool = True


class ViewScreen(TableScreen):
    """See the module."""

    DEFAULT_CSS = """
    ViewScreen #views { color: $primary; }
    ViewScreen #about { text-style: bold; }
    """

    def __init__(self, view: str, source: Source, *, wanted: Wanted = ALL, as_of: int | None = None) -> None:
        super().__init__(source, wanted=wanted, as_of=as_of)
        self.view = view
        #: It took the place of another view, and the next takes its place.
        self.instead = False
        #: Whether it is being read anew, and whether the store has changed since that began.
        self._renewing = self._again = False

    # -- what the kinds differ in ----------------------------------------------------------------

    @abstractmethod
    def views(self) -> Sequence[View]:
        """All lists of the matter."""

    @abstractmethod
    def about(self) -> tuple[str, str]:
        """What is said over the list, left and right."""

    def carried(self, text: str) -> str:
        """What of its filter means the same in the next list."""
        return text

    # -- what is there ---------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """The names of the lists, what there is to say of all lines, and the list."""
        yield Words(id="views")
        yield Words(id="about")
        yield from super().body()

    def on_mount(self) -> None:
        """The one that is open stands in brackets."""
        keys = [self.action_key(name) for name in ("view_before", "view")]
        names = [f"[{v.label}]" if v.id == self.view else f" {v.label} " for v in self.views()]
        self.query_one("#views", Words).say(" " + " ".join(names), f"{' '.join(keys)} {_('other lists')} ")
        self._tell_about()

    def renew(self, seen: Seen) -> None:
        """The store changed. What takes long is not begun anew with every change, or it would never end."""
        if self.as_of is not None:
            return
        self._again = self._renewing
        if not self._renewing:
            self._renewing = True
            self.table.renew()

    def on_table_loaded(self) -> None:
        """What was read says more than its lines."""
        self._tell_about()
        self._read_again()

    def on_table_refused(self, message: Table.Refused) -> None:
        """What is wrong is said by TableScreen, whose handler is called too."""
        self._read_again()

    def _read_again(self) -> None:
        again, self._renewing, self._again = self._again, False, False
        if again:
            self._renewing = True
            self.table.renew()

    def _tell_about(self) -> None:
        left, right = self.about()
        self.query_one("#about", Words).say(f" {left}", right)

    def again(self, as_of: int) -> TableScreen:
        """See TableScreen."""
        return self._view(self.view).make(self.table.wanted, as_of)

    def _view(self, id_: str) -> View:
        return next(view for view in self.views() if view.id == id_)

    # -- keys ------------------------------------------------------------------------------------

    def do_view(self) -> None:
        """The next list, with the same filter where it means the same there."""
        self._go(1)

    def do_view_before(self) -> None:
        """The list before."""
        self._go(-1)

    def _go(self, by: int) -> None:
        views = self.views()
        after = views[([v.id for v in views].index(self.view) + by) % len(views)]
        stack = self.app.screen_stack
        below = stack[-2] if len(stack) > 1 else None
        both = after.filtered and self._view(self.view).filtered
        # A key may come before the list is there.
        now = self.table.wanted if self.query(Table) else self._wanted
        wanted = Wanted(filter=self.carried(now.filter)) if both else ALL
        if self.instead and isinstance(below, ViewScreen) and below.view == after.id:
            self.app.pop_screen()
            if both:
                below.narrow(wanted.filter)
            return
        screen = after.make(wanted, self.time)
        screen.instead = True
        if self.instead:
            self.app.switch_screen(screen)
        else:
            self.app.push_screen(screen)

    def list_of_keys(self) -> Table:
        """What the keys of lists move in."""
        return self.table
