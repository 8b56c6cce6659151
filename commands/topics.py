"""`emergency help TOPIC`: what belongs to no one command."""

from __future__ import annotations

import click

from emergency.commands.front import Verb
from emergency.store.errors import Exit
from emergency.store.words import _, listed


def topics() -> dict[str, str]:
    """{topic: text}."""
    codes = {
        Exit.DONE: _("done"),
        Exit.REFUSED: _("refused by a rule, or failed"),
        Exit.USAGE: _("bad usage, or input that cannot be read"),
        Exit.NO_SUCH_RECORD: _("no such record"),
        Exit.CONFLICT: _("somebody else has it, or it changed since it was read"),
        Exit.PARTLY_FAILED: _("some rows of a batch or an import failed; the others are done"),
        Exit.NO_HUB: _("no hub could be reached; the work is safe here"),
        Exit.NO_AUTHORITY: _("beyond the officer's authority"),
        Exit.BAD_CONFIGURATION: _("no store, a damaged one, or a bad setting"),
        Exit.INTERRUPTED: _("interrupted; nothing was changed"),
    }
    return {
        "exit-codes": "\n".join(f"{int(code):4}  {text}" for code, text in codes.items()),
        "environment": "\n".join(
            f"{name:24} {text}"
            for name, text in (
                ("EMERGENCY_STORE", _("the store to use")),
                ("EMERGENCY_HOME", _("the folder of everything, such as a USB stick")),
                ("EMERGENCY_HUB", _("the hub's database, where it is not the usual one")),
                ("EMERGENCY_OFFICER", _("who acts")),
                ("EMERGENCY_LANG", _("en or zh")),
                ("EMERGENCY_NOW", _("the time to go by, for drills and tests")),
                ("EMERGENCY_STALE_AFTER", _("when a readiness report is stale: 12h")),
                ("EMERGENCY_REGISTER_STALE_AFTER", _("when a register nobody touched is stale: 30d")),
                ("EMERGENCY_REST_AFTER", _("when a deployment is over-long: 24h")),
                ("EMERGENCY_DRIVE_SPREAD", _("how far driving times spread, where none is recorded: 30%")),
                ("EMERGENCY_READ_ONLY", _("1: nothing can be written, as on a wall")),
                (
                    "EMERGENCY_NETWORK_FOLDER",
                    _("alone: write in a network folder that no other machine opens"),
                ),
                ("EMERGENCY_THEME", _("the colours of the screens: t goes through them")),
                ("EMERGENCY_BELL", _("0: nothing rings when something becomes overdue")),
                ("EMERGENCY_LOW_BANDWIDTH", _("1: the line is thin; 0: it is not, even over SSH")),
                ("EMERGENCY_AMBIGUOUS", _("wide: where the terminal draws marks and borders two cells wide")),
                ("EMERGENCY_ROUTING", _("a routing server for plans: osrm:URL or valhalla:URL")),
                ("NO_COLOR", _("no colour")),
            )
        ),
        "filters": "\n".join(
            (
                _("What `list` and the / of the screens take; all of it must hold:"),
                "",
                *(
                    f"  {example:28} {text}"
                    for example, text in (
                        ("fangshan", _("a part of a name, its pinyin or initials; with a figure, of an id")),
                        ("ready  in_repair  free", _("the word of a state, in either language")),
                        ("region:1101", _("the region of that code or name, and all below it")),
                        ("name:泵  team:fs", _("a part of a text; what a name finds")),
                        ("plate=京A12345", _("exactly")),
                        ("plate!=京A12345", _("anything else, or nothing")),
                        ('plate=""  plate!=""', _("nothing stands there; something does")),
                        ("drainage>=3000m3/h", _("a figure with its unit; also > < <= = !=")),
                        (
                            "ready  drainage>=3000",
                            _(
                                "teams by what their items do together; items that are free, of a team that is ready"
                            ),
                        ),
                        ("inspection_until<2026-12", _("a day, a month, a year, a time")),
                        (
                            '"ready"  name:"第 3 队"',
                            _("quotes make a word of anything; write a quote in them twice"),
                        ),
                    )
                ),
            )
        ),
        "formats": _(
            "--json prints one JSON value, --ndjson one object a line, --csv and --tsv a header and rows."
            " Keys are English in every language; times are RFC 3339 with +08:00; quantities are numbers in the"
            " unit of the field. Fields may be added, never renamed. Reasons and labels, which are sentences for"
            " people, are in the language of --lang."
        )
        + "\n\n"
        + _(
            "In CSV a cell that has parts of its own is JSON. The facts of a dry run stand in its --json, as the"
            " journal keeps them: amounts in thousandths, times in milliseconds."
        ),
        "time": _(
            "Times are read as Beijing time: 14:00, 2026-07-31 08:00, 2026年7月31日8时, 2h ago, 30分钟前;"
            " deadlines also as 60min, 1h30m, 2d from now. RFC 3339 with any offset is read too."
        ),
    }


@click.command("help", cls=Verb, help=_("Help on a topic."))
@click.argument("topic", required=False)
def cli(topic: str | None) -> None:
    """Without a topic: their list."""
    known = topics()
    if topic is None:
        click.echo("\n".join(known))
        return
    if topic not in known:
        raise click.UsageError(
            _("there is no topic {name}; there are: {names}").format(name=topic, names=listed(known))
        )
    click.echo(known[topic])
