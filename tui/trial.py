"""What a command line would write, as its dry run told it, in a few lines of words."""

from __future__ import annotations

from emergency.store.text import safe
from emergency.store.words import _

#: So many notes are told.
MOST = 5


def told(out: str, err: str) -> list[str]:
    """The facts that would be written, then what the command remarked; its first line is the sentence of the run."""
    said = [line.strip() for line in out.splitlines()[1:]]
    notes = [line.strip() for line in err.splitlines() if line.strip()]
    said += [note for note in notes[:MOST] if note != _("dry run: nothing was written")]
    return [safe(line) for line in said] or [_("it would change nothing")]
