"""The charts on a screen of their own: readiness, deployment, and the stock lines that move most."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from emergency.store import series, times
from emergency.store.board import moment
from emergency.store.errors import EmergencyError
from emergency.store.series import Chart
from emergency.store.store import Store
from emergency.store.text import cells, fit, safe
from emergency.store.words import _
from emergency.tui import charts
from emergency.tui.actions import in_picture
from emergency.tui.actions.pictures import CHARTS
from emergency.tui.opened import reading
from emergency.tui.screens import DutyScreen
from emergency.tui.style import ascii_only
from emergency.tui.watch import Seen
from emergency.tui.words import Words

#: How far back a chart can go, nearest first, in milliseconds.
PERIODS = (6 * times.HOUR, times.DAY, 3 * times.DAY, 7 * times.DAY, 30 * times.DAY)
#: So many stock lines are charted, those first that move most.
MOST_STOCKS = 12
#: Points of a chart on a screen: more than any has columns.
_POINTS = 481


class Charted(NamedTuple):
    """What was read for the screen."""

    chart: Chart
    now: int
    #: What the keys go through: `readiness`, `deployment`, and stock lines by their ids.
    subjects: tuple[str, ...]


class ChartView(Widget, can_focus=True):
    """One chart, drawn for the room there is."""

    #: See Where.
    picture = CHARTS
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{n}" for n in ("title", "good", "ask", "late", "dim")}
    DEFAULT_CSS = """
    ChartView { width: 1fr; height: 1fr; }
    ChartView .chart--title { text-style: bold; color: $primary; }
    ChartView .chart--good { color: $success; }
    ChartView .chart--ask { color: $warning; }
    ChartView .chart--late { color: $error; }
    ChartView .chart--dim { text-style: dim; }
    """

    def __init__(self) -> None:
        super().__init__(id="chart")
        self._told: Charted | None = None
        self._title = _("reading")
        self._lines: list[charts.Line] = []

    def show(self, told: Charted) -> None:
        """Another chart, perhaps; drawn only when it is."""
        if told != self._told:
            self._told, self._title = told, told.chart.title
            self._draw()

    def complain(self, error: EmergencyError) -> None:
        """It could not be read; what was shown stays."""
        self._title = f"! {error.message}  {error.hint}"
        self.refresh()

    def on_resize(self) -> None:
        """Drawn anew."""
        self._draw()

    def _draw(self) -> None:
        if self._told is not None:
            chart, now, _subjects = self._told
            width, height = self.size.width, max(0, self.size.height - 1)
            self._lines = charts.draw(chart, width, height, now, ascii_only=ascii_only())
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line, by its place."""
        width = self.size.width
        if y == 0:
            title = fit(f"> {safe(self._title)} ", width)
            style = self.get_component_rich_style("chart--title")
            return Strip([Segment(title + "-" * (width - cells(title)), style)], width)
        if y > len(self._lines):
            return Strip.blank(width, self.rich_style)
        words, band, tone = self._lines[y - 1]
        style = self.rich_style
        if tone:
            style += self.get_component_rich_style(f"chart--{tone}", partial=True)
        return Strip([Segment(words, self.rich_style), Segment(band, style)]).adjust_cell_length(
            width, self.rich_style
        )


class ChartScreen(DutyScreen):
    """Keys of its own: `n` and `p` go to the next chart and the one before, `+` and `-` to a shorter or longer time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"act('{a.id}')", a.id, show=False, id=a.id) for a in in_picture(CHARTS)
    ]
    footer_keys = (*(a.id for a in in_picture(CHARTS)), "copy", "palette", "help", "leave")

    def __init__(self, subject: str = "readiness") -> None:
        super().__init__()
        #: `readiness`, `deployment`, or a stock line or item.
        self.subject = subject
        self.period = times.DAY
        self._subjects: tuple[str, ...] = (subject,)

    def body(self) -> ComposeResult:
        """The chart, and how to go on."""
        yield ChartView()
        yield Words(" " + _("emergency chart tells the same"))

    def on_mount(self) -> None:
        """Read it."""
        self.query_one(ChartView).focus()
        self.read()

    def renew(self, seen: Seen) -> None:
        """Read it again."""
        self.read()

    def do_next_chart(self) -> None:
        """Another chart."""
        self._another(1)

    def do_previous_chart(self) -> None:
        """The one before."""
        self._another(-1)

    def do_shorter(self) -> None:
        """Less time."""
        self._over(-1)

    def do_longer(self) -> None:
        """More time."""
        self._over(1)

    def _another(self, by: int) -> None:
        at = self._subjects.index(self.subject) if self.subject in self._subjects else 0
        self.subject = self._subjects[(at + by) % len(self._subjects)]
        self.read()

    def _over(self, by: int) -> None:
        at = PERIODS.index(self.period) + by
        self.period = PERIODS[max(0, min(at, len(PERIODS) - 1))]
        self.read()

    @work(thread=True, exclusive=True)
    def read(self) -> None:
        """Read with a connection of the thread's own."""
        try:
            with reading(self.duty.path, self.duty.as_of) as store:
                told = charted(store, self.subject, self.period)
        except EmergencyError as error:
            self.answer(self._complain, error)
            return
        self.answer(self._tell, told)

    def _complain(self, error: EmergencyError) -> None:
        self.query_one(ChartView).complain(error)

    def _tell(self, told: Charted) -> None:
        self._subjects = told.subjects
        self.query_one(ChartView).show(told)


def charted(store: Store, subject: str, back: int) -> Charted:
    """A chart of a subject over a time, and what else can be charted. Raises NoSuchRecord."""
    now = moment(store)
    at = series.moments(now - back, now, _POINTS)
    if subject == "readiness":
        chart = series.readiness(store, at)
    elif subject == "deployment":
        chart = series.deployment(store, at)
    else:
        chart = series.stock_of(store, subject, at)
    stocks = series.busiest(store, now - PERIODS[-1], MOST_STOCKS)
    subjects = dict.fromkeys(("readiness", "deployment", *stocks, subject))
    return Charted(chart, now, tuple(subjects))
