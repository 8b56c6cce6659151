"""Looking only: a program that was opened to look, as on the wall of a command centre, writes nothing.

EMERGENCY_READ_ONLY says so for a process and all it starts; the store refuses every write then,
whichever screen or command asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from emergency.store.errors import Refused
from emergency.store.words import _

VARIABLE = "EMERGENCY_READ_ONLY"


def reason(environ: Mapping[str, str] = os.environ) -> str:
    """Why nothing can be changed here, for a person; "" where it can."""
    return _("this was opened to look only") if environ.get(VARIABLE) else ""


def refuse() -> None:
    """Raises Refused where nothing may be written."""
    if why := reason():
        raise Refused(why, hint=_("open it without --read-only, or sign in where it is shown in a browser"))
