"""Which certificate authority a person says a hub has, where a station or another hub enrols at it."""

from __future__ import annotations

import click

from emergency.store.errors import UnreadableInput, reason
from emergency.store.text import safe
from emergency.store.words import _

ca_option = click.option(
    "--ca",
    metavar="FILE",
    help=_("The certificate authority of the hub, in PEM, where it has one of its own."),
)


def authority(path: str | None) -> str:
    """The certificate authority in a file that a person named; "" where none was. Raises UnreadableInput."""
    if path is None:
        return ""
    try:
        # Beside what is PEM in it anything may stand; whoever reads the certificates says where there is none.
        with open(path, encoding="ascii", errors="backslashreplace") as file:
            return file.read()
    except OSError as error:
        raise UnreadableInput(
            _("{path} cannot be read: {why}").format(path=safe(path), why=safe(reason(error)))
        ) from None
