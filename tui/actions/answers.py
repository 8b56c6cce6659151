"""What may be answered to questions whose answers are no field of a record: refused in the bar, not after the last one."""

from __future__ import annotations

from emergency.store import units
from emergency.store.errors import InvalidValue
from emergency.store.records.types import Stored, Type
from emergency.store.text import safe
from emergency.store.words import _


class Figure(Type):
    """A figure in the unit of its own record, so without one; never less than nothing."""

    def parse(self, text: str) -> Stored:
        """Raises InvalidValue."""
        if text.strip():
            asked = units.parse_quantity(text)
            if asked.unit:
                raise InvalidValue(_("the figure alone: its unit is that of the record"))
            if asked.milli < 0:
                raise InvalidValue(_("less than nothing: {text}").format(text=safe(text.strip())))
        return text


class Signed(Type):
    """An amount with or without a unit and a sign: -200, +1.5t."""

    def parse(self, text: str) -> Stored:
        """Raises InvalidValue."""
        if text.strip():
            units.parse_quantity(text)
        return text


class Channel(Type):
    """How word came: a rung of the contact ladder, or another way that has a name."""

    def parse(self, text: str) -> Stored:
        """Raises InvalidValue for a word that names none."""
        # What it stands in reads much else, and a start would wait for it.
        from emergency.store import following

        ways = following.channels()
        if text.strip() and following.channel_code(text) not in ways:
            raise InvalidValue(
                _("{value} is not one of: {options}").format(
                    value=safe(text.strip()), options=following.channels_typed(ways)
                )
            )
        return text
