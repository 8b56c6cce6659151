"""How a kind of record is declared: once, in its own file, for every face of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from emergency.store.errors import InvalidField
from emergency.store.records.types import Sample, Stored, Text, Type
from emergency.store.words import _, language


class Field(NamedTuple):
    """One field: its name in code, JSON and CSV; its type; its labels; its import aliases."""

    name: str
    en: str
    zh: str
    type: Type = Text()
    aliases: tuple[str, ...] = ()
    required: bool = False
    #: Personal data (phones, identity numbers): withheld from those not entitled (row H5).
    personal: bool = False
    #: Where teams are based and stores lie exactly: withheld from the same; they take it to be at its region's place.
    exact_site: bool = False
    #: Told by the program's own steps, never typed into `set` or a sheet.
    derived: bool = False
    #: Worked out by the fold from other facts: no fact may set it.
    folded: bool = False
    help: str = ""
    #: Said once, when the record is made: neither `set` nor a sheet changes it afterwards.
    fixed: bool = False
    #: Another field: of the records in use that have the same there, two may not have the same here. Held where
    #: somebody writes; what comes from elsewhere stands as it comes.
    once_in: str = ""
    #: The kind of record that its words name, parted by ; or 、: looked up where somebody types them, kept as written.
    words_of: str = ""

    @property
    def label(self) -> str:
        """In the language spoken."""
        return self.zh if language() == "zh" else self.en

    @property
    def withheld(self) -> bool:
        """Whether what is said of it stands in entries of its own, whose facts can be kept from those not entitled."""
        return self.personal or self.exact_site


class Record(NamedTuple):
    """One kind of record."""

    noun: str
    en: str
    zh: str
    plural: str
    fields: tuple[Field, ...]
    #: Columns of a list, in order.
    listed: tuple[str, ...]
    #: Fields that make a record findable by what a person types.
    search: tuple[str, ...] = ("name",)
    #: Fields that name one record as its id does: plates, serial numbers, codes.
    names: tuple[str, ...] = ()
    #: Records with the same values here are the same thing, when a sheet has no ids.
    same: tuple[str, ...] = ()
    #: Ids are given by the station (`FT-12`) where a new record brings none.
    numbered: bool = False
    #: Ids are tags stuck on things: a sheet may bring them, and they sort as text.
    tagged: bool = False
    #: Columns worth an index beside the id.
    indexed: tuple[tuple[str, ...], ...] = ()
    #: It may come by the hundred thousand: parts of its names have an index of their own (trigrams.py).
    crowded: bool = False
    order: str = "id"
    #: A rule across fields: returns what is wrong with a whole record, or "".
    rule: Callable[[Mapping[str, Stored]], str] | None = None
    #: The fields without which there is no record; filled by `register`.
    required: tuple[Field, ...] = ()

    @property
    def label(self) -> str:
        """In the language spoken."""
        return self.zh if language() == "zh" else self.en

    @property
    def many(self) -> str:
        """Several of them, in the language spoken."""
        return self.zh if language() == "zh" else self.plural

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return BY_NAME[self.noun].get(name)

    def refuse_fixed(self, row: Mapping[str, Any], values: Mapping[str, Stored]) -> None:
        """Raises InvalidField where values would change what was said once for all of this row's record."""
        for field in self.fields:
            if (
                field.fixed
                and field.name in values
                and values[field.name] != field.type.gather(field.name, row)
            ):
                raise InvalidField(
                    field.name,
                    _("{field} stays what it was when the {record} was made").format(
                        field=field.label, record=self.label.lower()
                    ),
                )

    def columns(self) -> dict[str, str]:
        """Every column the fields need, with its SQL type."""
        return {c: sql for f in self.fields for c, sql in f.type.columns(f.name).items()}


#: {noun: {field name: Field}}, filled by `register`.
BY_NAME: dict[str, dict[str, Field]] = {}
#: {noun: Record}, in the order of registration.
RECORDS: dict[str, Record] = {}

#: Fields every kind has, last.
COMMON = (
    Field("note", "Note", "备注", aliases=("备注", "说明", "Comments", "Remarks")),
    Field("sample", "Sample", "样例", Sample(), help="Made up for the demo; shown wherever the record is."),
    Field("retired", "Retired", "停用", help="Why the record is no longer in use."),
)


#: What sheets call the division in which a thing stands.
REGION_LABELS = (
    *("区县", "所属区县", "所在区县", "所属区", "所在区", "县区", "所属县区", "区", "县", "区县名称"),
    *("行政区划", "所属行政区划", "所在行政区划", "所在地区", "所属地区", "属地", "所在县（市、区）"),
    *("区县代码", "行政区划代码", "行政区代码", "区划代码", "Region"),
)


def register(record: Record) -> Record:
    """Make a kind known to every face of the program; returns it whole."""
    whole = record._replace(
        fields=record.fields + COMMON, required=tuple(f for f in record.fields if f.required)
    )
    RECORDS[whole.noun] = whole
    BY_NAME[whole.noun] = {f.name: f for f in whole.fields}
    return whole
