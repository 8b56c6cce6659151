"""What one command line works with: which store, as of when, acting as whom.

click is imported where it is used: the screens work with a session too, and begin without it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from emergency.store.errors import InvalidValue
from emergency.store.words import _

if TYPE_CHECKING:
    import click

    from emergency.store.store import Store
    from emergency.store.writer import Writer

P = ParamSpec("P")
R = TypeVar("R")


class Session:
    """Made from the global options; opens the store when a command first needs it."""

    #: That of the command line being answered, for naming its store in an error.
    latest: Session | None = None

    def __init__(
        self,
        *,
        store_path: str | None = None,
        as_of: str | None = None,
        officer: str | None = None,
        color: str = "auto",
        quiet: bool = False,
        no_input: bool = False,
        debug: bool = False,
        lang: str | None = None,
    ) -> None:
        self._store_path = store_path
        self.as_of_text = as_of
        self.officer = officer
        self.color = color
        self.quiet = quiet
        self.no_input = no_input
        self.debug = debug
        self._store: Store | None = None
        Session.latest = self

    @property
    def path(self) -> str:
        """The store's file: --store, EMERGENCY_STORE, or the user's own data folder."""
        if self._store_path:
            return self._store_path
        return os.path.join(self.home, "emergency.db")

    @property
    def home(self) -> str:
        """The folder of what has no other place: EMERGENCY_HOME, or the user's own data folder."""
        home = os.environ.get("EMERGENCY_HOME")
        if not home:
            from platformdirs import user_data_dir

            home = user_data_dir("emergency", appauthor=False)
        return home

    @property
    def settings(self) -> str:
        """The folder of what a person has set up, such as keys: EMERGENCY_HOME, or the user's own."""
        home = os.environ.get("EMERGENCY_HOME")
        if not home:
            from platformdirs import user_config_dir

            home = user_config_dir("emergency", appauthor=False)
        return home

    @property
    def as_of(self) -> int | None:
        """The moment of `--as-of`, or None. Raises InvalidValue."""
        if not self.as_of_text:
            return None
        from emergency.store import times

        moment = _day_or_moment(self.as_of_text, times.now())
        if moment > times.now():
            raise InvalidValue(_("--as-of lies in the future"))
        return moment

    @property
    def store(self) -> Store:
        """The store, opened once. Raises BadStore."""
        if self._store is None:
            from emergency.store.store import Store

            self._store = Store(self.path, as_of=self.as_of, who=self.officer)
            if self._store.as_of is not None:
                from emergency.store import times

                # Late, stale and expired are judged as of then, too.
                times.pin(self._store.as_of)
                self.note(_("as it was known at {time}").format(time=times.format_time(self._store.as_of)))
        return self._store

    def announce(self, writer: Writer) -> None:
        """Tell the plugins of others what a command has just written; loads none where there are none."""
        from emergency.plugins import third_party

        if writer.entries and third_party():
            import click

            from emergency.plugins import Event, load

            command = click.get_current_context().command_path.removeprefix("emergency ")
            load().tell(self.store, Event(command, self.store.who, writer.op, writer.written))

    def close(self) -> None:
        """Let go of the store, if it was opened."""
        if self._store is not None:
            self._store.close()
            if self._store.as_of is not None:
                from emergency.store import times

                times.pin(None)
            self._store = None

    def note(self, text: str) -> None:
        """A word to the person, on stderr; never data."""
        if not self.quiet:
            import click

            from emergency.store.text import safe

            click.echo("\n".join(map(safe, text.split("\n"))), err=True)

    def hint(self, text: str) -> None:
        """What to do next; only for a person at a terminal."""
        if not self.quiet and sys.stderr.isatty():
            import click

            click.echo(text, err=True)

    def colours(self) -> bool:
        """Whether stdout may carry colour."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
            return True
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _day_or_moment(text: str, now: int) -> int:
    """A moment; for a day alone its end, or now if that day is today."""
    from emergency.store import times

    try:
        return times.parse_time(text, now)
    except InvalidValue as neither:
        try:
            start, end = (times.parse_time(f"{text} {hour}", now) for hour in ("00:00", "24:00"))
        except InvalidValue:
            raise neither from None
        return start if start > now else min(end, now)


def pass_session(command: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Give a command its session."""
    import click

    return click.make_pass_decorator(Session)(command)


def as_of_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--as-of` behind the verb, for reads: the same as before the noun."""
    import click

    def remember(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
        if value:
            ctx.find_object(Session).as_of_text = value  # type: ignore[union-attr]

    return click.option(
        "--as-of",
        metavar="TIME",
        expose_value=False,
        callback=remember,
        help=_("As it was known at that time: 14:00, '2h ago', 2026-07-31 08:00."),
    )(command)


def at_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--at TIME`: when it happened, where that is not now."""
    import click

    return click.option("--at", metavar="TIME", help=_("When it happened, if not now: 14:05, '20min ago'."))(
        command
    )


def moment(text: str | None) -> int:
    """The time a person gave, or now. Raises InvalidValue for the unreadable and for the future."""
    from emergency.store import times

    now = times.now()
    if not text:
        return now
    at = times.parse_time(text, now)
    if at > now + times.MINUTE:
        raise InvalidValue(_("that lies in the future: {time}").format(time=times.format_time(at)))
    return at


def deadline(text: str | None) -> int | None:
    """A time to come: `60min`, `18:00`, `2026-07-31 08:00`. Raises InvalidValue."""
    from emergency.store import times

    return times.parse_time(text, times.now()) if text else None
