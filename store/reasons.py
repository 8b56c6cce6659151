"""Why a round did not come about: a code with its parameters, put into words when somebody reads it.

What is stored of a round is read later, by another person and in another language.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from emergency.store import errors
from emergency.store.words import _


class Reason(Exception):
    """`code` is one of the table below, or what was said in words that no table has."""

    def __init__(self, code: str, **values: str) -> None:
        self.code, self.values = code, values
        super().__init__(words(code, values))

    @property
    def known(self) -> str:
        """The code for programs: `other` where there is none."""
        return self.code if self.code in _table() else "other"


def words(code: str, values: Mapping[str, str]) -> str:
    """A reason in the language spoken; what is no code as it stands."""
    if code == "system" and values.get("errno", "").isdecimal():
        number = int(values["errno"])
        return errors.reason(OSError(number, os.strerror(number)))
    said = _table().get(code)
    try:
        # What it answers may have had no word.
        return code if said is None else said.format_map(values).rstrip()
    except (KeyError, IndexError, ValueError, AttributeError):
        # Written by another program, which had other parameters for it.
        return code


def told(stored: Mapping[str, Any]) -> str:
    """The reason in what is stored of a round; "" where there is none. What earlier programs stored is words."""
    code, values = stored.get("code"), stored.get("values")
    if isinstance(code, str) and code in _table() and isinstance(values, dict):
        return words(code, {str(name): str(value) for name, value in values.items()})
    return str(stored.get("why") or "")


def code_of(stored: Mapping[str, Any]) -> str | None:
    """The code in what is stored of a round; `other` where only words are."""
    if not stored.get("why"):
        return None
    code = stored.get("code")
    return code if isinstance(code, str) and code in _table() else "other"


def _table() -> dict[str, str]:
    return {
        # The line
        "no-answer": _("nobody answers"),
        "silent": _("it has stopped answering"),
        "deaf": _("it has stopped listening"),
        "no-hub": _("no hub runs there"),
        "no-host": _("no machine has that name"),
        "cut": _("the line was cut"),
        "cut-plain": _("it hung up without an answer; if it speaks TLS, its address begins with https://"),
        "system": "{errno}",
        "no-http": _("what answers there speaks no HTTP"),
        "too-large": _("its answer is too large"),
        "too-slow": _("its answer comes too slowly"),
        "damaged": _("what it sent was damaged on the way"),
        "status": "HTTP {status}",
        # Who answers there
        "certificate": _(
            "its certificate is not of the authority pinned at enrolment: somebody may stand between;"
            " enrol anew if the hub was rebuilt"
        ),
        "certificate-public": _(
            "its certificate is of no authority that this machine knows: somebody may stand between;"
            " enrol anew with --ca FILE if the hub has an authority of its own"
        ),
        "certificate-name": _(
            "its certificate is for another host: somebody may stand between; check the address"
        ),
        "certificate-date": _(
            "its certificate is not valid today, or the clock here is wrong: ask those who run the hub"
        ),
        "no-tls": _(
            "it answers without TLS: somebody may stand between;"
            " if the hub was set up so, enrol anew at its address with http://"
        ),
        "tls": _("no connection by TLS comes about: {why}"),
        "other-hub": _("another hub answers there: enrol anew with emergency sync enrol {url} CODE"),
        "not-a-hub": _("no hub answers there"),
        "newer": _("it speaks a newer protocol: update this program"),
        # What it says
        "busy": _("it cannot answer now"),
        "full": _("its disk is full; what is here stays here and goes when there is room"),
        "quota": _("it takes no more of this station today; what is here stays here and goes tomorrow"),
        "too-long": _(
            "it, or a server before it, takes no request as long as what there is to send: let it take 1 MB"
        ),
        "signature": _("it does not accept what this station signs"),
        "revoked": _(
            "this station was revoked there: {why}; where it is to go on: emergency hub enrol-code --station NAME --again"
        ),
        "not-enrolled": _("this store is not enrolled there: emergency sync enrol {url} CODE"),
        "answers": _("it answers {status} {word}"),
        "gives-nothing": _("it gives nothing of what it says it has"),
    }
