"""What every plan has that may be written down: its options, and what is said of the drafts."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.output import json_option
from emergency.commands.session import Session, as_of_option
from emergency.store import draftwords
from emergency.store.errors import BadSettings, InvalidValue
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.planned import Issued
    from emergency.store.store import Store
    from emergency.store.travel import Table
    from emergency.store.writer import Writer


class Seconds(click.FloatRange):
    """A range that refuses what is no number as well, which no comparison keeps out."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See click.ParamType."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            words = _("{value} is not in the range {range}.")
            self.fail(words.format(value=value, range=self._describe_range()), param, ctx)
        return found


def plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--seconds`, `--issue`, `--as-of` and `--json`, in this order."""
    for option in (
        json_option,
        as_of_option,
        click.option("--issue", is_flag=True, help=_("Write the plan down as draft orders.")),
        click.option(
            "--seconds",
            type=Seconds(0.5, 600),
            default=10,
            show_default=True,
            help=_("Search for at most so many seconds."),
        ),
    ):
        command = option(command)
    return command


def roads_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--closed` and `--routing`: what a plan takes its driving times from, beside the register."""
    for option in (
        click.option(
            "--routing", metavar="KIND:URL", help=_("Ask a routing server: osrm:URL or valhalla:URL.")
        ),
        click.option(
            "--closed",
            nargs=2,
            multiple=True,
            metavar="FROM TO",
            help=_("What if there is no way from here to there? Ends as of `emergency drive`."),
        ),
    ):
        command = option(command)
    return command


def table(session: Session, routing: str | None) -> Table | None:
    """The routing server that is asked: the option, or EMERGENCY_ROUTING. Raises InvalidValue, BadSettings."""
    text = routing or os.environ.get("EMERGENCY_ROUTING", "")
    if not text:
        return None
    from emergency.store import routing as servers

    try:
        found = servers.table(text, os.path.join(session.home, "drives.db"))
    except InvalidValue as error:
        if routing:
            raise
        raise BadSettings.of("EMERGENCY_ROUTING", error) from None
    session.note(_("asking for driving times: {server}").format(server=safe(text)))
    return found


def writable(store: Store, why: str = "") -> None:
    """Refuse what could not be written down before a plan is reckoned for it, and shown."""
    from emergency.store import writing

    writing.refuse(store, why)


def only_shown(session: Session) -> None:
    """Say that a plan was reckoned and not written."""
    session.note(_("nothing was written: --issue makes draft orders of it"))


def drafted(session: Session, writer: Writer, done: Issued) -> None:
    """Say what became of the plan's orders, and what to do with them."""
    click.echo(draftwords.issued(done.new, done.kept, done.updated, done.cancelled))
    if writer.entries:
        session.hint(
            _("give one: emergency callup issue-draft ORDER; take all back: emergency undo {op}").format(
                op=writer.op
            )
        )
