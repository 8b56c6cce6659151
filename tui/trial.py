"""What a command line would write, as its dry run told it, in a few lines of words."""

from __future__ import annotations

import json

from emergency.store import saying
from emergency.store.text import safe
from emergency.store.words import _

#: So many facts are told, and so many notes.
MOST = 5


def told(out: str, err: str) -> list[str]:
    """The facts that would be written, then what the command remarked."""
    facts = [line for line in out.splitlines() if line.startswith("[")]
    said = ["  ".join(filter(None, saying.fact(json.loads(line)))) for line in facts[:MOST]]
    if len(facts) > MOST:
        more = len(facts) - MOST
        said.append(_("and {n} more").format(n=more))
    notes = [line.strip() for line in err.splitlines() if line.strip()]
    said += [note for note in notes[:MOST] if note != _("dry run: nothing was written")]
    return [safe(line) for line in said] or [_("it would change nothing")]
