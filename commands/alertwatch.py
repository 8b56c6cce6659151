"""`emergency alert watch`: a folder or a feed looked at again and again, its alerts taken in, until it is stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import dump_line
from emergency.commands.session import Session, pass_session
from emergency.commands.stopping import signals
from emergency.store import times
from emergency.store.errors import EmergencyError, InvalidValue, UnreadableInput
from emergency.store.text import quoted, safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.plugins.alerts.fetching import Came, Feed, Folder

#: Never asked more often than this, in milliseconds.
SHORTEST = 1000


@click.command(
    "watch",
    cls=Verb,
    help=_(
        "Look into a folder or at a feed again and again and take in its alerts; Ctrl+C ends it."
        " Where there is no network it says so and goes on looking."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency alert watch https://example.org/alerts.json --every 2min\n  emergency alert watch /media/alerts\n",
)
@click.argument("source", metavar="URL|FOLDER")
@click.option("--every", default="60s", show_default=True, metavar="TIME", help=_("Look so often."))
@click.option("--once", is_flag=True, help=_("Look once and end."))
@click.option("--json", "as_json", is_flag=True, help=_("A JSON line for each event."))
@pass_session
def watch(session: Session, source: str, every: str, once: bool, as_json: bool) -> None:
    """Exit 0 however it ends; what cannot be read is told, and looked at again when it changes."""
    wait = times.parse_duration(every)
    if wait < SHORTEST:
        raise InvalidValue(_("--every is at least 1s"))
    with signals() as stop:

        def pause(seconds: float) -> None:
            stop.wait(seconds)

        place = _source(source, pause)
        try:
            telling = Telling(session, source, as_json)
            while True:
                look(session, place, telling)
                if stop.wait(0) or once or stop.wait(wait / 1000):
                    return
        finally:
            if hasattr(place, "close"):
                place.close()


def _source(source: str, pause: Callable[[float], None]) -> Feed | Folder:
    from emergency.plugins.alerts.fetching import Feed, Folder

    if source.lower().startswith(("http://", "https://")):
        return Feed(source, pause)
    if "://" in source:
        raise InvalidValue(_("{source} is neither a folder nor http").format(source=quoted(source)))
    if not os.path.isdir(source):
        raise UnreadableInput(
            _("{source} is no folder").format(source=quoted(source)),
            hint=_("one file is taken in by: emergency alert import FILE"),
        )
    return Folder(source)


def look(session: Session, place: Feed | Folder, telling: Telling) -> None:
    """One look: everything new is read and taken in; no network is a state."""
    from emergency.plugins.alerts.fetching import Feed, Offline

    try:
        links = _taken(session, place.look(), telling)
        if isinstance(place, Feed) and links:
            _taken(session, place.linked(links), telling)
    except Offline as error:
        telling.offline(str(error))
        return
    telling.online()


def _taken(session: Session, came: Iterable[Came], telling: Telling) -> tuple[str, ...]:
    from emergency.commands.alert import read, take_in

    links: tuple[str, ...] = ()
    for one in came:
        try:
            reading = read(session, one.data, one.name)
            taken = take_in(session, reading, one.name)
        except EmergencyError as error:
            telling.unreadable(one.name, error)
            continue
        links += reading.links
        telling.taken(taken)
    return links


class Telling:
    """What a watch says: a line for each thing that is new, and one when the network goes or comes."""

    def __init__(self, session: Session, source: str, as_json: bool) -> None:
        self._session, self._source, self._as_json = session, source, as_json
        self._state = ""
        #: What was refused already, so that it is not told at every look.
        self._refused: set[tuple[str, str]] = set()

    def online(self) -> None:
        """The source could be looked at."""
        self._became("online", _("watching {source}").format(source=safe(self._source)))

    def offline(self, why: str) -> None:
        """It could not."""
        words = _("offline: {why}; looking again").format(why=safe(why))
        self._became("offline", words, why=why)

    def unreadable(self, name: str, error: EmergencyError) -> None:
        """Something came that is no alert, or an attack."""
        if (name, error.message) in self._refused:
            return
        self._refused.add((name, error.message))
        self._say({"became": "unreadable", "name": name, "why": error.message}, safe(error.message))

    def taken(self, taken: dict[str, Any]) -> None:
        """Alerts were read: the new ones are told."""
        from emergency.store import alertwords

        for one in taken["alerts"]:
            if one["outcome"] != "known" and (one["id"], one["outcome"]) not in self._refused:
                self._refused.add((one["id"], one["outcome"]))
                self._say({"became": one["outcome"], **one}, safe(alertwords.outcome(one)))
        for one in taken["refused"]:
            if (one["identifier"], one["why"]) not in self._refused:
                self._refused.add((one["identifier"], one["why"]))
                words = _("refused {id}: {why}").format(id=quoted(one["identifier"]), why=one["why"])
                self._say({"became": "refused", **one}, safe(words))

    def _became(self, state: str, words: str, **more: str) -> None:
        if state != self._state:
            self._state = state
            self._say({"became": state, "source": self._source, **more}, words)

    def _say(self, value: dict[str, Any], words: str) -> None:
        at = times.format_time(times.now())
        click.echo(dump_line({"at": at, **value}) if self._as_json else f"{at[11:19]} {words}")
