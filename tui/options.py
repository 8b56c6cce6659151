"""Options of a command line as a person types them on a screen: those that are named, and no others."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from emergency.store.errors import InvalidValue
from emergency.store.records.types import Stored, Type
from emergency.store.text import quoted
from emergency.store.words import _


class Options(Type):
    """See the module: what asks for help, for another output, or for other records is none of them."""

    def __init__(self, allowed: Mapping[str, bool]) -> None:
        """{option: whether a value follows}."""
        self._allowed = allowed

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, as they are typed."""
        return tuple(self._allowed)

    def parse(self, text: str) -> Stored:
        """Raises InvalidValue for what is none of them, or lacks its value."""
        self.read(text)
        return text

    def read(self, text: str) -> tuple[str, ...]:
        """A word for each, with its value behind `=`. Raises InvalidValue."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise InvalidValue(str(error)) from None
        out, rest = [], iter(words)
        for word in rest:
            name, equals, value = word.partition("=")
            if name not in self._allowed or (equals and not self._allowed[name]):
                raise InvalidValue(
                    _("{word} is no option here").format(word=quoted(word)), hint="  ".join(self.names)
                )
            if not self._allowed[name]:
                out.append(name)
                continue
            value = value if equals else next(rest, "")
            if not value.strip():
                raise InvalidValue(_("{option} wants a value").format(option=name))
            out.append(f"{name}={value}")
        return tuple(out)
