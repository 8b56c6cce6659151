"""Taking rows into a register: matching what is there already, and writing only what differs.

A row is matched by its tag, then by plate or serial number (CASES 12), then by the fields
that say two rows are the same thing. What is there and equal is left alone, so the same
sheet read twice changes nothing the second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import schema, times, units, unitwords
from emergency.store.errors import InvalidField, InvalidValue
from emergency.store.records import Record
from emergency.store.records.reserve import reserve_id
from emergency.store.records.types import Ref
from emergency.store.seasons import parted
from emergency.store.sheetnames import Names
from emergency.store.text import fold_width, quoted, safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: So many new rows into a register with fewer: its indexes are quicker made anew than kept up.
MANY = 5000
#: Marks a reference that nobody knows: ("?", the text of the sheet).
UNKNOWN = "?"


class Tally(NamedTuple):
    """What became of the rows."""

    new: int
    changed: int
    same: int
    #: Rows that say again, word for word, what a row above says.
    repeated: int


class Intake:
    """Takes the rows of one import into one register, within one write."""

    def __init__(self, writer: Writer, record: Record, defaults: dict[str, Any]) -> None:
        self.writer = writer
        self.record = record
        self._defaults = defaults
        self._connection = writer.connection
        self.names = Names(writer.connection)
        self._keys: dict[tuple[str, ...], dict[tuple[Any, ...], str]] = {}
        self._rows: dict[str, int] = {}
        self._any = self._connection.execute(f'SELECT EXISTS(SELECT 1 FROM "{record.noun}")').fetchone()[0]
        #: Tags that turned out to be another tag's thing.
        self.merged: list[str] = []
        self.made: dict[str, list[str]] = {}
        self._told: dict[str, int] = {}
        self._deferred: list[str] = []
        self._dropped = False
        #: Holders in an equipment sheet that are no team of ours, and in how many rows.
        self.holders: dict[str, int] = {}
        #: Rows of several pieces each: how many rows, and how many pieces.
        self.several = (0, 0)
        #: Rows of a stock sheet that were added to a row above.
        self.added = 0
        #: {kind: words}, of fields whose words name other records.
        self.words: dict[str, dict[str, None]] = {f.words_of: {} for f in record.fields if f.words_of}
        self._worded = [(f.name, f.words_of) for f in record.fields if f.words_of]
        #: Stock lines whose figure is another now: the id, what it was, what was counted.
        self.figures: list[tuple[str, int, int]] = []
        self._pieces: dict[tuple[Any, ...], list[str]] | None = None
        self._new = self._changed = self._same = self._repeated = 0
        self._counts: dict[str, int] = {}
        #: The unit each item kind is counted in, those made a moment ago included.
        self._units: dict[str, str] = {}
        self._stock: dict[str, dict[str, Any]] = {}
        #: Keys by which a row may be known, the surest first.
        self.by: list[tuple[str, ...]] = [(n,) for n in record.names if n in ("plate", "serial", "id_number")]
        self._single = list(self.by)
        if record.same:
            self.by.append(record.same)
        self._refs = [f.name for f in record.fields if isinstance(f.type, Ref)]
        known = self._connection.execute(f'SELECT id FROM "{record.noun}" WHERE known=1') if self._any else ()
        self._ids = {row[0] for row in known}

    @property
    def tally(self) -> Tally:
        """So far."""
        return Tally(self._new, self._changed, self._same, self._repeated)

    def _make(self, kind: str, text: str, values: dict[str, Any]) -> str:
        """Register a kind or depot that a sheet names and nobody knows yet."""
        short = kind == "item" and len(text) <= 60 and safe(text) == text
        id_ = text if short and "/" not in text and "@" not in text else None
        made = self.writer.new(kind, values, id_)
        if kind == "item":
            self._units[made] = values.get("unit") or ""
        self.names.known(kind)[fold_width(text).casefold()] = made
        self.made.setdefault(kind, []).append(text)
        return made

    # -- rows -----------------------------------------------------------------------------------------

    def row(self, number: int, values: dict[str, Any]) -> None:
        """Take one row of the sheet. Raises InvalidValue for what makes it unusable."""
        if self._new >= MANY and not self._dropped and len(self._ids) < MANY:
            self._dropped = True
            self._deferred = schema.drop_indexes(self._connection, self.record.noun)
        if self._defaults:
            values = {**self._defaults, **values}
        id_ = values.pop("id", None)
        count = values.pop("count", None) or 1
        if count > 1:
            self._check_several(id_, values, count)
        self._refer(values)
        for name, kind in self._worded:
            self.words[kind].update(dict.fromkeys(parted(values.get(name))))
        if self.record.noun == "reserve":
            self._reserve(number, values)
            return
        self._amounts(values)
        if not values.get("name") and "name" in self.record.search:
            # A team without a name of its own goes by its unit's, an item by its tag.
            values["name"] = values.get("host_unit") or id_
        if count > 1:
            self._take_several(number, values, count)
            return
        known = self._match(id_, values)
        place = known or id_
        told = hash(tuple(values.items()))
        if place is not None and place in self._rows:
            if self._told.get(place) == told:
                self._repeated += 1
                return
            raise InvalidValue(
                _("the same {record} as in row {row}: {id}").format(
                    record=self.record.label, row=self._rows[place], id=quoted(str(id_ or values.get("name")))
                )
            )
        if known is not None and id_ is not None and known != id_:
            self._merge(id_, known, values)
            place = id_
        elif known is None:
            place = self.writer.new(self.record.noun, values, id_)
            self._new += 1
        else:
            self._update(known, values)
        assert place is not None
        self._rows[place] = number
        self._told[place] = told
        self._remember(place, values, id_ is not None)

    def _amounts(self, values: dict[str, Any]) -> None:
        """Figures with the unit that the sheet states, in that of their item or of the row itself."""
        for name, value in values.items():
            if not isinstance(value, tuple):
                continue
            milli, stated = value
            item = values.get("item")
            own = self._unit_of(item) if isinstance(item, str) else str(values.get("unit") or "")
            try:
                values[name] = units.convert(milli, stated, own) if stated and own else milli
            except InvalidValue as error:
                raise InvalidField(name, error.message, hint=error.hint) from None

    def _refer(self, values: dict[str, Any]) -> None:
        """Settle what the sheet names and nobody knows."""
        for name in self._refs:
            value = values.get(name)
            if not (isinstance(value, tuple) and value[0] == UNKNOWN):
                continue
            text = value[1]
            field = self.record.field(name)
            label = field.label if field else name
            of = field.type.kind if field and isinstance(field.type, Ref) else ""
            known = self.names.known(of).get(fold_width(text).casefold()) if of and name != "item" else None
            if known is not None:
                # A row above has made it: what the reader remembers of the cell is older than that.
                values[name] = known
                continue
            if name in ("kind", "item"):
                if self.record.noun in ("equipment", "loss"):
                    values[name] = self._make("item", text, {"name": text})
            elif name == "depot":
                values[name] = self._make("depot", text, {"name": text})
            elif of == self.record.noun:
                # A record of this very sheet, further down: the reference heals when it comes.
                values[name] = text
            elif name == "team" and self.record.noun == "equipment":
                # The sheet names an owner that is no team of ours: kept as its own word.
                del values[name]
                self.holders[text] = self.holders.get(text, 0) + 1
                if values.setdefault("owner", text) != text:
                    values["note"] = "; ".join(filter(None, (values.get("note"), f"{label}: {text}")))
            else:
                raise InvalidField(
                    name,
                    _("{field}: nobody knows {text}").format(field=label, text=quoted(text)),
                    hint=_("import it first, or map the column to another field"),
                )

    def _match(self, id_: str | None, values: dict[str, Any]) -> str | None:
        """The record this row is about, if it is known; a tag of its own beats sameness of other fields."""
        if id_ is not None and (id_ in self._rows or id_ in self._ids):
            return id_
        for key in self.by if id_ is None else self._single:
            wanted = tuple(map(values.get, key))
            if wanted.count(None) == len(wanted):
                continue
            hit = self._index(key).get(wanted)
            if hit is not None:
                return hit
        return None

    def _index(self, key: tuple[str, ...]) -> dict[tuple[Any, ...], str]:
        if key not in self._keys:
            index: dict[tuple[Any, ...], str] = {}
            if self._any:
                listed = ", ".join(f'"{k}"' for k in key)
                rows = self._connection.execute(
                    f'SELECT id, {listed} FROM "{self.record.noun}" WHERE retired IS NULL AND known=1'
                )
                fields = list(map(self.record.field, key))
                for id_, *held in rows:
                    same = tuple(
                        field.type.normal(one) if field and isinstance(one, str) else one
                        for field, one in zip(fields, held, strict=True)
                    )
                    index.setdefault(same, id_)
            self._keys[key] = index
        return self._keys[key]

    def _remember(self, id_: str, values: dict[str, Any], tagged: bool) -> None:
        for key in self._single if tagged else self.by:
            wanted = tuple(map(values.get, key))
            if wanted.count(None) < len(wanted):
                self._index(key).setdefault(wanted, id_)

    # -- rows of several pieces -----------------------------------------------------------------------

    def _check_several(self, id_: str | None, values: dict[str, Any], count: int) -> None:
        """Pieces that are told apart by a tag, a plate or a number have a row each."""
        named = [n for n in ("plate", "serial") if values.get(n)]
        if id_ is not None or named:
            raise InvalidField(
                "count",
                _("{count} in one row: each item needs a row with its own tag, plate or number").format(
                    count=count
                ),
            )

    def _take_several(self, number: int, values: dict[str, Any], count: int) -> None:
        """A row that stands for several pieces alike: each is an item, numbered by the station."""
        same = tuple(map(values.get, self.record.same))
        told = hash((count, *values.items()))
        above = self._index(self.record.same).get(same)
        if above in self._rows:
            if self._told.get(above) == told:
                self._repeated += 1
                return
            raise InvalidValue(
                _("the same {record} as in row {row}: {id}").format(
                    record=self.record.label, row=self._rows[above], id=quoted(str(values.get("name")))
                )
            )
        mine = self._alike().setdefault(same, [])
        for known in mine[:count]:
            self._update(known, values)
        for _piece in range(count - len(mine)):
            mine.append(self.writer.new(self.record.noun, values, None))
            self._new += 1
        self._rows[mine[0]] = number
        self._told[mine[0]] = told
        self._remember(mine[0], values, tagged=False)
        rows, pieces = self.several
        self.several = (rows + 1, pieces + count)

    def _alike(self) -> dict[tuple[Any, ...], list[str]]:
        """The items there were before this sheet, by the fields that make two rows the same."""
        if self._pieces is None:
            self._pieces = {}
            listed = ", ".join(f'"{n}"' for n in self.record.same)
            for id_, *same in self._connection.execute(
                f'SELECT id, {listed} FROM "{self.record.noun}" WHERE retired IS NULL AND known=1 ORDER BY id'
            ):
                self._pieces.setdefault(tuple(same), []).append(id_)
        return self._pieces

    def _merge(self, id_: str, known: str, values: dict[str, Any]) -> None:
        """The same plate or serial number under another tag: one thing, both tags, counted once (CASES 12)."""
        self.writer.new(self.record.noun, {**values, "same_as": known}, id_)
        self.merged.append(f"{id_} = {known}")
        self._new += 1

    def _update(self, id_: str, values: dict[str, Any]) -> None:
        cursor = self._connection.execute(f'SELECT * FROM "{self.record.noun}" WHERE id=?', (id_,))
        found = cursor.fetchone()
        row = dict(zip((d[0] for d in cursor.description), found, strict=True))
        changed = {}
        for name, value in values.items():
            field = self.record.field(name)
            if field is not None and field.type.gather(name, row) != value:
                changed[name] = value
        self.record.refuse_fixed(row, changed)
        if changed:
            self.writer.set(self.record.noun, id_, changed)
            self._changed += 1
        else:
            self._same += 1

    # -- reserves ---------------------------------------------------------------------------------------

    def _reserve(self, number: int, values: dict[str, Any]) -> None:
        """One line of a stock sheet: an item in a depot, counted. Lines of one stock line add up."""
        quantity, stated = values.pop("quantity", None) or (None, "")
        unit = self._unit(values.pop("unit", None) or stated)
        if values.get("item") is None or values.get("depot") is None:
            missing = "item" if values.get("item") is None else "depot"
            field = self.record.field(missing)
            raise InvalidField(
                missing, _("{field} is missing").format(field=field.label if field else missing)
            )
        if quantity is not None and quantity < 0:
            raise InvalidField("quantity", _("a stock cannot be less than nothing"))
        item = self._item(values["item"], unit)
        for name in ("minimum", "target"):
            if isinstance(values.get(name), tuple):
                values[name] = values[name][0]
        depot, lot, form = values["depot"], values.get("lot") or "", values.get("form") or "physical"
        id_ = reserve_id(depot, item, lot, form)
        if id_ not in self._stock:
            self._stock[id_] = {**values, "item": item, "unit": unit or None}
        self.added += id_ in self._rows
        self._rows.setdefault(id_, number)
        if quantity is not None:
            self._counts[id_] = self._counts.get(id_, 0) + quantity

    def _unit(self, text: str) -> str:
        if not text:
            return ""
        try:
            return units.unit(text).symbol
        except InvalidValue as error:
            raise InvalidField("unit", error.message, hint=error.hint) from None

    def _item(self, value: Any, unit: str) -> str:
        """The item kind; one that is counted in another unit is another kind."""
        text = value[1] if isinstance(value, tuple) else None
        if text is not None:
            known = self.names.known("item").get(fold_width(text).casefold())
            if known is None:
                return self._make("item", text, {"name": text, "unit": unit or None})
            value = known
        own = self._unit_of(value)
        if unit and own and not units.compatible(unit, own):
            of = self._name_of(value)
            name = f"{of} ({unitwords.beside(unit, of)})"
            kinds = self.names.known("item")
            # By its symbol it was called before.
            again = next(
                (i for n in (name, f"{of} ({unit})") if (i := kinds.get(fold_width(n).casefold()))), None
            )
            return again or self._make("item", name, {"name": name, "unit": unit, "parent": value})
        return str(value)

    def _name_of(self, item: str) -> str:
        row = self._connection.execute("SELECT name FROM item WHERE id=?", (item,)).fetchone()
        return str(row[0] or item) if row else item

    def _unit_of(self, item: str) -> str:
        if item not in self._units:
            row = self._connection.execute("SELECT unit FROM item WHERE id=?", (item,)).fetchone()
            self._units[item] = str(row[0] or "") if row else ""
        return self._units[item]

    def finish(self) -> None:
        """Write what was added up over the whole sheet, and make the indexes that were left for the end."""
        for id_, values in self._stock.items():
            row = self._connection.execute("SELECT quantity FROM reserve WHERE id=?", (id_,)).fetchone()
            if row is None:
                self.writer.new("reserve", {k: v for k, v in values.items() if v is not None}, id_)
                self._new += 1
            counted = self._counts.get(id_)
            if counted is not None and (row is None or row[0] != counted):
                self.writer.count(id_, counted, reason="import", at=times.now())
                if row is not None:
                    self._changed += 1
                    self.figures.append((id_, row[0] or 0, counted))
            elif row is not None:
                self._same += 1
        self.writer.flush()
        for sql in self._deferred:
            self._connection.execute(sql)
