"""What can go wrong, and the exit code that each kind leaves the program with.

    EmergencyError
    ├── Refused              1   a rule says no, or the work failed
    │   ├── IllegalStep      1   the line cannot take that step from where it is
    │   ├── StoreBusy        1   another program has held the store too long
    │   └── NoRoom           1   the disk, a quota or a limit on file sizes is full
    ├── InvalidValue         2   a value that cannot be what it says
    │   └── InvalidField     2   the same, of one field of a record
    ├── UnreadableInput      2   a file or stream that cannot be read as asked
    ├── NoSuchRecord         3   nothing has that id, name or tag
    ├── Contested            4   somebody else has it, or it changed since it was read
    ├── PartlyFailed         5   some rows of a batch failed; the others are done
    ├── NoHub               75   no hub could be reached; the work is safe here
    ├── BeyondAuthority     77   the officer may not do this
    ├── BadStore            78   no store there, not a store, damaged, newer, or read-only
    └── BadSettings         78   a file of settings, or a variable, that cannot be used

Messages are one line: what, where, and what to do about it stands in `hint`.
"""

from __future__ import annotations

import errno
from enum import IntEnum

from emergency.store.words import _, language, told


class Exit(IntEnum):
    """Exit codes of the command line (help topic `exit-codes`)."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    NO_SUCH_RECORD = 3
    CONFLICT = 4
    PARTLY_FAILED = 5
    NO_HUB = 75
    NO_AUTHORITY = 77
    BAD_CONFIGURATION = 78
    INTERRUPTED = 130


class EmergencyError(Exception):
    """Anything the program can explain in one line."""

    exit_code: Exit = Exit.REFUSED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        #: Where in the text that was typed, in characters from 0, if that is known.
        self.at: int | None = None

    @property
    def code(self) -> str:
        """A stable kebab-case name for scripts: `no-such-record`."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class Refused(EmergencyError):
    """A rule says no, or the work failed."""


class IllegalStep(Refused):
    """A call-up line cannot take that step from the state it is in."""


class StoreBusy(Refused):
    """Another program has held the store for longer than we wait."""


class NoRoom(Refused):
    """The disk, a quota or a limit on file sizes leaves no room; nothing was changed."""


class InvalidValue(EmergencyError):
    """A value that cannot be what it says it is."""

    exit_code = Exit.USAGE


class InvalidField(InvalidValue):
    """A value of one field of a record that cannot be; `field` is its name."""

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


class UnreadableInput(EmergencyError):
    """A file or stream that cannot be read as asked."""

    exit_code = Exit.USAGE


class NoSuchRecord(EmergencyError):
    """Nothing has that id, name or tag."""

    exit_code = Exit.NO_SUCH_RECORD


class Contested(EmergencyError):
    """Somebody else has it, or it changed since it was read."""

    exit_code = Exit.CONFLICT


class PartlyFailed(EmergencyError):
    """Some rows of a batch failed; the others are done."""

    exit_code = Exit.PARTLY_FAILED


class BeyondAuthority(EmergencyError):
    """The officer may not do this."""

    exit_code = Exit.NO_AUTHORITY


class NoHub(EmergencyError):
    """No hub could be reached, and the command was told to insist on one; the work is safe here."""

    exit_code = Exit.NO_HUB


class BadStore(EmergencyError):
    """No store there, not a store, damaged, newer than this program, or read-only."""

    exit_code = Exit.BAD_CONFIGURATION


class BadSettings(EmergencyError):
    """A file or a variable that a person sets the program up with cannot be used."""

    exit_code = Exit.BAD_CONFIGURATION

    @classmethod
    def of(cls, variable: str, error: InvalidValue) -> BadSettings:
        """What is wrong with the value of a variable, said of it by name."""
        return cls(told(variable, error.message), hint=error.hint)


def reason(error: BaseException) -> str:
    """Why the system could not do it, in the language spoken; what it has no words for is told as it says it."""
    if not isinstance(error, OSError):
        return str(error)
    words = {
        errno.ENOENT: _("No such file or directory"),
        errno.EACCES: _("Permission denied"),
        errno.EPERM: _("Operation not permitted"),
        errno.EEXIST: _("File exists"),
        errno.EISDIR: _("Is a directory"),
        errno.ENOTDIR: _("Not a directory"),
        errno.ENOSPC: _("No space left on device"),
        errno.EDQUOT: _("Disk quota exceeded"),
        errno.EFBIG: _("File too large"),
        errno.EROFS: _("Read-only file system"),
        errno.ENAMETOOLONG: _("File name too long"),
        errno.ELOOP: _("Too many levels of symbolic links"),
        errno.EIO: _("Input/output error"),
        errno.EMFILE: _("Too many open files"),
        errno.ECONNREFUSED: _("Connection refused"),
        errno.ECONNRESET: _("Connection reset by peer"),
        errno.ETIMEDOUT: _("Connection timed out"),
        errno.EHOSTUNREACH: _("No route to host"),
        errno.ENETUNREACH: _("Network is unreachable"),
        errno.EADDRINUSE: _("Address already in use"),
        errno.EADDRNOTAVAIL: _("Cannot assign requested address"),
    }
    # The numbers of a look-up of names are others.
    known = type(error).__name__ != "gaierror" and words.get(error.errno or 0)
    return known or error.strerror or str(error)


def toml_reason(error: Exception) -> str:
    """What is wrong with a text that is no TOML, in the language spoken; the place of it in any."""
    import re

    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    if language() == "en" or place is None:
        return str(error)
    return _("it is no TOML at line {line}, column {column}").format(line=place[1], column=place[2])
