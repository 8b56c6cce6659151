"""What the verbs of `emergency hub` have in common: which hub is meant, and its database opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.session import Session
from emergency.store.errors import BadStore, EmergencyError, InvalidValue, NoRoom, Refused
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.plugins.hub import Opened
    from emergency.store.chains import Sql


def _typed(_context: click.Context, _option: click.Parameter, database: str | None) -> str | None:
    """What was typed and can be no hub's database is bad usage; in a setting it is a bad setting. Raises InvalidValue."""
    if database:
        from emergency.plugins.hub.engine import check_address

        try:
            check_address(database)
        except BadStore as error:
            raise InvalidValue(error.message, hint=error.hint) from None
    return database


def database_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--database`: which hub, where more than one is kept on this machine."""
    return click.option(
        "--database",
        metavar="PATH|postgresql://...",
        callback=_typed,
        help=_("The hub's database; else EMERGENCY_HUB, or the one last served here."),
    )(command)


@contextmanager
def opened_hub(session: Session, database: str | None, **options: Any) -> Iterator[Opened]:
    """The hub, opened. Raises BadStore, Refused."""
    from emergency.plugins.hub import opened, place_of
    from emergency.plugins.hub.engine import Unavailable

    hub: Opened | None = None
    try:
        hub = opened(place_of(database, session.home), session.home, **options)
        yield hub
    except Unavailable as error:
        raise _unavailable(error) from None
    finally:
        if hub is not None:
            hub.engine.close()


@contextmanager
def looking_at(session: Session, database: str | None) -> Iterator[Sql]:
    """The hub's database, to read alone. Raises BadStore, Refused."""
    from emergency.plugins.hub import place_of
    from emergency.plugins.hub.engine import looking, must_be

    where = place_of(database, session.home)
    must_be(where)
    with explained(), looking(where) as sql:
        yield sql


@contextmanager
def explained() -> Iterator[None]:
    """What is wrong with a hub's database, in words. Raises BadStore, Refused."""
    from emergency.plugins.hub.engine import Unavailable

    try:
        yield
    except Unavailable as error:
        raise _unavailable(error) from None


def _unavailable(error: Exception) -> EmergencyError:
    """What it means to whoever runs the hub that its database cannot be used now, and what to do."""
    why = str(error)
    if why == "read-only":
        return BadStore(
            _("the hub's database cannot be written: it is read-only"),
            hint=_("check the permissions of the file and its folder"),
        )
    if why == "full":
        return NoRoom(
            _("the hub's database has no room: the disk is full"),
            hint=_("nothing was changed; free some space"),
        )
    from emergency.plugins.hub.causes import cause

    found = cause(error)
    return Refused(
        _("the hub's database cannot be used now: {why}").format(why=found.why),
        hint=found.hint or _("nothing was changed; try again in a moment"),
    )


def as_whom(session: Session) -> str:
    """Who does what stands in the hub's journal."""
    from emergency.store.store import login

    return session.officer or login()
