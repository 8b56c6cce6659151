"""What `hub serve` and `web` have in common: where a server listens, and by which certificate."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import click

from emergency.store.errors import BadStore, InvalidValue, UnreadableInput, reason
from emergency.store.text import safe
from emergency.store.words import _

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def listening_options(port: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--host`, `--port` (this one unless told), `--certificate` and `--certificate-key`."""
    options = (
        click.option("--host", default="127.0.0.1", show_default=True, help=_("The address to listen on.")),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=port,
            show_default=True,
            help=_("The port; 0 takes a free one."),
        ),
        click.option("--certificate", metavar="FILE", help=_("HTTPS by this certificate, in PEM.")),
        click.option("--certificate-key", metavar="FILE", help=_("The key of --certificate.")),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def check_certificate(certificate: str | None, key: str | None) -> None:
    """Raises UnreadableInput where HTTPS is asked for with a certificate or a key that cannot be used."""
    import ssl

    if key and not certificate:
        raise InvalidValue(_("--certificate-key needs --certificate"))
    locked = False
    for path in filter(None, (certificate, key)):
        try:
            with open(path, "rb") as file:
                locked = locked or b"ENCRYPTED" in file.read()
        except OSError as error:
            raise UnreadableInput(
                _("{path} cannot be read: {why}").format(path=safe(path), why=safe(reason(error)))
            ) from None
    # A key that is locked is asked for when it is used.
    if certificate and not locked:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        except ssl.SSLError as error:
            raise UnreadableInput(
                _("no certificate with its key, in PEM: {path}").format(path=safe(certificate)),
                hint=_advice(error.reason),
            ) from None


def _advice(why: str | None) -> str:
    if why == "KEY_VALUES_MISMATCH":
        return _("the key is of another certificate: name its own with --certificate-key")
    return _("it begins -----BEGIN CERTIFICATE-----; its key follows it, or stands in --certificate-key")


def need_extra(extra: str, why: str, *modules: str) -> None:
    """Raises BadStore, saying why and what to install, where a module of an extra is not there."""
    try:
        for module in modules:
            importlib.import_module(module)
    except ImportError:
        raise BadStore(why, hint=f"pip install 'emergency-toolkit[{extra}]'") from None
