"""The hooks, and the plugins that implement them."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pluggy

from emergency.plugins import GROUP

if TYPE_CHECKING:
    import click

    from emergency.store.store import Store

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)

__all__ = ["Event", "Exporter", "Importer", "Line", "Row", "Screen", "Table", "hookimpl", "load"]


class Row(Protocol):
    """A row of a table: its number as a person sees it, and its cells."""

    @property
    def number(self) -> int: ...
    @property
    def cells(self) -> list[str]: ...


class Table(Protocol):
    """What an importer reads out of a file: labelled columns of text."""

    source: str
    header: list[str]
    title: list[str]
    skipped: list[tuple[int, str]]
    problems: list[tuple[int, str]]

    def rows(self) -> Iterator[Any]:
        """The data rows, top to bottom."""
        ...

    def column_letter(self, i: int) -> str:
        """A, B, ... AA: how a person names the column."""
        ...


Importer = Callable[..., Table]
"""`read(path, sheet=, encoding=, header_row=, known=)` gives a Table."""
Exporter = Callable[[str, Sequence[str], Iterable[Any]], int]
"""`write(path, columns, rows)` gives the number of rows written."""


class Event(NamedTuple):
    """Something that was just written to the journal, durably."""

    command: str
    who: str
    op: str
    facts: list[list[Any]]


class Line(NamedTuple):
    """A line of a screen: its cells, a tone that marks it, and the record that Enter opens."""

    cells: tuple[str, ...]
    #: `late`, `ask`, `good`, `bad`, `wait` or "".
    tone: str = ""
    #: (kind, id), such as ("team", "FT-1").
    opens: tuple[str, str] | None = None


class Screen(NamedTuple):
    """A list of its own among the screens: read in a thread, shown and made safe by the program."""

    id: str
    label: str
    headings: tuple[str, ...]
    #: Called with the store open for reading, whenever it has changed.
    read: Callable[[Store], Iterable[Line]]
    #: A function key that opens it (`f8`); one that is taken, or "", leaves it to the palette.
    key: str = ""
    #: The command line that tells the same, without `emergency`.
    command: tuple[str, ...] = ()


class Hooks:
    """What a plugin may add. Implement any of them."""

    @hookspec
    def emergency_commands(self) -> dict[str, click.Command]:  # type: ignore[empty-body]
        """Commands after `emergency`: {name: click command}."""

    @hookspec
    def emergency_importers(self) -> dict[str, Importer]:  # type: ignore[empty-body]
        """Readers of files by ending: {"csv": reader}."""

    @hookspec
    def emergency_exporters(self) -> dict[str, Exporter]:  # type: ignore[empty-body]
        """Writers of files by ending: {"xlsx": writer}."""

    @hookspec
    def emergency_event(self, store: Store, event: Event) -> None:
        """Called after each command that wrote to the journal."""

    @hookspec
    def emergency_scenarios(self) -> list[dict[str, str]]:  # type: ignore[empty-body]
        """Further scenarios: [{"id": ..., "name": ..., "name_en": ...}]."""

    @hookspec
    def emergency_screens(self) -> list[Screen]:  # type: ignore[empty-body]
        """Further screens, with a key and an entry in the palette."""


class Loaded:
    """The plugins of this run. One that fails is named, skipped, and never stops the program."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager(GROUP)
        self.manager.add_hookspecs(Hooks)
        self.broken: list[tuple[str, str]] = []
        from emergency.plugins import sheets, third_party

        self.manager.register(sheets, "sheets")
        if third_party():
            self._load_entry_points()

    def _load_entry_points(self) -> None:
        from importlib.metadata import entry_points

        for point in entry_points(group=GROUP):
            try:
                self.manager.register(point.load(), point.name)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's plugin raises is its own fault
                self._blame(point.name, error)

    def _blame(self, name: str, error: BaseException) -> None:
        from emergency.store.text import safe
        from emergency.store.words import _

        why = f"{type(error).__name__}: {safe(str(error))}"
        self.broken.append((name, why))
        print(_("plugin {name} is skipped: {why}").format(name=safe(name), why=why), file=sys.stderr)

    def _each(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """(plugin, answer) of one hook; a plugin that raises is named and skipped."""
        for implementation in list(getattr(self.manager.hook, hook).get_hookimpls()):
            try:
                given = {k: v for k, v in arguments.items() if k in implementation.argnames}
                answer = implementation.function(**given)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
                self._blame(implementation.plugin_name, error)
                continue
            if answer is not None:
                yield implementation.plugin_name, answer

    def _gather(self, hook: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, answer in self._each(hook):
            try:
                out.update(answer)
            except (TypeError, ValueError) as error:
                self._blame(name, error)
        return out

    def commands(self) -> dict[str, click.Command]:
        """Commands that plugins add."""
        return self._gather("emergency_commands")

    def importer(self, ending: str) -> Importer | None:
        """The reader of files with this ending; the sheets' own for any other."""
        importers = self._gather("emergency_importers")
        found: Importer | None = importers.get(ending) or importers.get("*")
        return found

    def exporter(self, ending: str) -> Exporter | None:
        """The writer of files with this ending."""
        found: Exporter | None = self._gather("emergency_exporters").get(ending)
        return found

    def endings(self) -> list[str]:
        """Endings that can be written."""
        return sorted(self._gather("emergency_exporters"))

    def scenarios(self) -> list[dict[str, str]]:
        """Scenarios that plugins add."""
        return [row for _name, rows in self._each("emergency_scenarios") for row in rows]

    def screens(self) -> list[Screen]:
        """Screens that plugins add; what is none is named and skipped."""
        out = []
        for name, brought in self._each("emergency_screens"):
            for screen in brought:
                if isinstance(screen, Screen):
                    out.append(screen)
                else:
                    self._blame(name, TypeError(f"not a Screen: {screen!r}"))
        return out

    def tell(self, store: Store, event: Event) -> None:
        """Tell every plugin of an event."""
        for _told in self._each("emergency_event", store=store, event=event):
            continue

    def names(self) -> list[tuple[str, list[str]]]:
        """(plugin, hooks it implements)."""
        out = []
        for name, plugin in self.manager.list_name_plugin():
            hooks = [h.name for h in self.manager.get_hookcallers(plugin) or []] if plugin else []
            out.append((name, sorted(hooks)))
        return out


@functools.cache
def load() -> Loaded:
    """All plugins, loaded once, by the commands that need them."""
    return Loaded()
