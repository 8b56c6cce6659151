"""What a table shows: columns, lines, and where they come from. A list of any kind, a plugin's too, is a `Source`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from emergency.store.sorting import BY_ID, Sort
from emergency.store.store import Store
from emergency.store.windows import Key

#: The key of an action, as it is printed: `r` of `refresh`.
Keys = Callable[[str], str]


class Column(NamedTuple):
    """A column. The first of them stands always; the others in their order, as far as there is room."""

    name: str
    heading: str
    #: It takes no more cells than this.
    most: int = 24
    #: Than this in a wide table, where that is more.
    roomy: int = 0
    right: bool = False
    sortable: bool = True
    #: It tells an age: what changes by itself is no news.
    ages: bool = False
    #: It stands while one looks at the columns further on, if it is the second: the name of the record.
    stays: bool = False


class Line(NamedTuple):
    """One record: its place in the order, and a cell for each column, not yet made safe."""

    key: Key
    cells: tuple[str, ...]
    tone: str = ""

    @property
    def id(self) -> str:
        """Of the record."""
        return self.key.id


class Wanted(NamedTuple):
    """Which lines, and in what order."""

    filter: str = ""
    sort: Sort = BY_ID


#: Every line, by id.
ALL = Wanted()


class Pages(Protocol):
    """Lines through a filter, in an order, over an open store. See store/windows.py, which does this for registers."""

    def after(self, key: Key | None, limit: int, *, itself: bool = False) -> list[Line]:
        """Lines behind a place, or the first."""

    def before(self, key: Key | None, limit: int) -> list[Line]:
        """The last lines in front of a place, or the last of all; in the table's order."""

    def place(self, id_: str) -> Key | None:
        """Where a record stands now."""

    def count(self) -> int:
        """How many lines there are."""

    def rank(self, key: Key) -> int:
        """How many stand before a place."""

    def ids(self, limit: int) -> list[str]:
        """The ids of the first lines."""


class Source(Protocol):
    """A list to be shown. `pages` runs in the table's reading thread; everything else on the screen."""

    #: What Enter opens, as in Target.
    kind: str
    title: str

    @property
    def words(self) -> Sequence[str]:
        """What a word of a filter may be, for completion: `region:`, `ready`."""

    @property
    def columns(self) -> Sequence[Column]:
        """In the order in which they find room."""

    def pages(self, store: Store, wanted: Wanted) -> Pages:
        """Raises EmergencyError, with the place in the text in `at`, for a filter that cannot be."""
