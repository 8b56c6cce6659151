"""`emergency chart`: readiness, stock and deployment over time, in plain lines, as JSON or as SVG."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.output import Column, aligned, dump, json_option
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import series, times
from emergency.store.board import moment
from emergency.store.errors import BadStore, reason
from emergency.store.series import Chart, Series
from emergency.store.text import safe
from emergency.store.unitwords import in_words
from emergency.store.words import _, aside

cli = Verbs("chart", help=commands()["chart"].help, context_settings={"help_option_names": ["-h", "--help"]})
#: Lines printed where nobody asks for another number.
LINES = 25
#: What charts without a unit of their own count, in the words of JSON.
_COUNTED = {"readiness": "teams", "deployment": "lines"}
#: The longest bar of the plain lines, in characters.
BAR = 20


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every chart takes."""
    for option in (
        pass_session,
        as_of_option,
        json_option,
        click.option("--svg", metavar="FILE", help=_("Write a picture instead; `-` is stdout.")),
        click.option(
            "--points",
            type=click.IntRange(2, series.MOST_POINTS),
            help=_("Over how many moments; else as many as the form has room for."),
        ),
        click.option(
            "--since", metavar="TIME", help=_("From when: '7d ago', 2026-07-31 08:00; else a day back.")
        ),
    ):
        command = option(command)
    return command


@cli.command(
    "readiness",
    help=_("How many teams stood how. A report counts until it is stale.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency chart readiness --since '7d ago'\n"
    "  emergency chart readiness --region 房山 --svg readiness.svg\n",
)
@click.option("--region", metavar="REGION", help=_("The teams of this region alone."))
@_options
def readiness(session: Session, region: str | None, **form: Any) -> None:
    """See the help above."""
    code = session.store.find("region", region) if region else ""
    _show(session, lambda at: series.readiness(session.store, at, code), **form)


@cli.command(
    "deployment",
    help=_("How many lines of call-ups were asked for, accepted, on their way and on scene.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency chart deployment --incident FT-1 --json\n",
)
@click.option("--incident", metavar="INCIDENT", help=_("Of this incident alone."))
@_options
def deployment(session: Session, incident: str | None, **form: Any) -> None:
    """See the help above."""
    code = session.store.find("incident", incident) if incident else ""
    _show(session, lambda at: series.deployment(session.store, at, code), **form)


@cli.command(
    "stock",
    help=_("A stock line, or an item in all depots, each form of reserve by itself.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency chart stock sandbag --since '30d ago'\n"
    "  emergency chart stock FT-7/sandbag --svg sandbags.svg\n",
)
@click.argument("what", metavar="ITEM|RESERVE")
@_options
def stock(session: Session, what: str, **form: Any) -> None:
    """See the help above."""
    _show(session, lambda at: series.stock_of(session.store, what, at), **form)


def _show(
    session: Session,
    made: Callable[[tuple[int, ...]], Chart],
    since: str | None,
    points: int | None,
    svg: str | None,
    as_json: bool,
) -> None:
    now = moment(session.store)
    start = times.parse_time(since, now) if since else None
    few = points or (series.POINTS if svg or as_json else LINES)
    chart = made(series.period(session.store, start, few))
    if svg:
        _picture(session, chart, svg, now)
    elif as_json:
        click.echo(dump(_plain(chart)))
    else:
        click.echo("\n".join(lines(chart)))


def _picture(session: Session, chart: Chart, file: str, now: int) -> None:
    from emergency.commands.chartsvg import svg

    text = svg(chart, now)
    if file == "-":
        click.echo(text, nl=False)
        return
    try:
        with open(file, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except OSError as error:
        raise BadStore(
            _("{path} cannot be written: {why}").format(path=safe(file), why=safe(reason(error)))
        ) from None
    session.note(_("written: {path}").format(path=safe(os.path.abspath(file))))


def _plain(chart: Chart) -> dict[str, Any]:
    """English keys, RFC 3339 times, numbers in the unit beside them."""
    figure = (lambda v: v // 1000 if v % 1000 == 0 else v / 1000) if chart.milli else int
    return {
        "chart": chart.kind,
        "unit": _COUNTED.get(chart.kind, chart.unit),
        "times": [times.format_time(at) for at in chart.times],
        "series": {s.key: [figure(v) for v in s.values] for s in chart.series},
    }


def lines(chart: Chart) -> list[str]:
    """The title, then one line a moment: the figures by their names, the first of them drawn as a bar beside it."""
    if not chart.series:
        return [chart.title, "  " + _("none")]
    rows = [
        {"time": times.format_time(at)[:16].replace("T", " "), "at": i} for i, at in enumerate(chart.times)
    ]
    columns = [Column("time", _("time"), lambda row: str(row["time"]))]
    first = chart.series[0]
    most = max(first.values) or 1

    def bar(row: Any) -> str:
        value = first.values[int(row["at"])]
        length = max(int(value > 0), value * BAR // most)
        return "#" * length

    # Right behind the figure that it draws, whose heading is above both.
    columns += [_figures(chart, first), Column("bar", "", bar)]
    columns += [_figures(chart, one) for one in chart.series[1:]]
    title = aside(chart.title, in_words(chart.unit))
    return [safe(title), *aligned([c.heading for c in columns], rows, columns, None)]


def _figures(chart: Chart, one: Series) -> Column:
    return Column(one.key, one.label, lambda row: chart.shown(one.values[row["at"]]))
