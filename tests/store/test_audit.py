"""The audit against a plain reference: every item looked at one by one, and the best sharing by its formula."""

from __future__ import annotations

import itertools
import pathlib
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store import comparing, standardfile, standards, surplus
from emergency.store.audit import Scope, audit, grouped
from emergency.store.creating import create
from emergency.store.sharing import share
from emergency.store.standardlines import Spec
from emergency.store.standards import Line, Standard
from emergency.store.store import Store

KINDS = ("pump", "pump-truck", "dragon-pump", "generator", "generator-truck", "truck", "lamp")
PARENT = {"pump-truck": "pump", "dragon-pump": "pump", "generator-truck": "generator", "truck": "vehicle"}
SPECS = (
    Spec("drainage", ">=", 600_000),
    Spec("drainage", ">=", 3_000_000),
    Spec("persons", ">=", 4000),
    Spec("power", "<=", 50_000),
)
GONE = ("lost", "destroyed", "unserviceable")


# -- sharing out ------------------------------------------------------------------------------------


def best(wanted: Sequence[int], accepts: Sequence[Sequence[int]], amounts: Sequence[int]) -> list[int]:
    """How much each line gets at best, line after line: the most that the first so many can have together."""

    def most(lines: int) -> int:
        subsets = itertools.chain.from_iterable(
            itertools.combinations(range(lines), k) for k in range(lines + 1)
        )
        return min(
            sum(wanted[i] for i in range(lines) if i not in some)
            + sum(amounts[g] for g in {g for i in some for g in accepts[i]})
            for some in subsets
        )

    return [most(i + 1) - most(i) for i in range(len(wanted))]


@given(st.integers(1, 6).flatmap(lambda n: st.integers(0, 5).flatmap(lambda g: st.tuples(
    st.lists(st.integers(0, 6), min_size=n, max_size=n),
    st.lists(st.lists(st.integers(0, g - 1), unique=True, max_size=g) if g else st.just([]), min_size=n, max_size=n),
    st.lists(st.integers(0, 6), min_size=g, max_size=g),
))))  # fmt: skip
def test_sharing_gives_each_line_all_it_can_have(case: tuple[list[int], list[list[int]], list[int]]) -> None:
    wanted, accepts, amounts = case
    filled, left = share(wanted, accepts, amounts)
    assert filled == best(wanted, accepts, amounts)
    assert sum(filled) + sum(left) == sum(amounts)
    assert min(left, default=0) >= 0


# -- the audit of a store ---------------------------------------------------------------------------


def made(rng: random.Random) -> Standard:
    """A standard with lines that want the same things in several ways."""
    lines = []
    for place in range(1, rng.randint(2, 6)):
        item = rng.choice([*KINDS, "vehicle"])
        lines.append(
            Line(f"S@1/{place}", place, rng.choice(["排水", "*", "电力"]), rng.choice([None, None, "municipal"]),
                 None, rng.choice(["rescue", "support", "ppe"]), item, rng.choice(["required", "required", "optional"]),
                 rng.choice([1000, 2000, 3000]), rng.choice(["team", "person", "vehicle"]), rng.choice([1, 5]),
                 tuple(rng.sample(SPECS, rng.choice([0, 0, 1, 2]))), (), "",
                 tuple(rng.sample(KINDS, rng.choice([0, 0, 1]))), None, "")
        )  # fmt: skip
    return Standard("S@1", "s", "S", "1", False, 85, 30, "", {"排水": "排水", "电力": "电力"}, tuple(lines))


def fill(store: Store, rng: random.Random) -> None:
    """A few teams with odds and ends."""
    with store.write("test") as writer:
        for n in range(6):
            writer.new("team", {"name": f"t{n}", "type": rng.choice(["排水队", "电力", "医疗"]), "level": rng.choice(["municipal", "district"]),
                                "region": rng.choice(["110106", "110111"]), "strength": rng.choice([None, 0, 7, 30])}, f"T{n}")  # fmt: skip
        writer.new("depot", {"name": "own", "team": "T0"}, "D0")
        writer.new(
            "reserve",
            {"depot": "D0", "item": "lamp", "expires": rng.choice([None, "2020-01-01", "2099"])},
            "D0/lamp",
        )
        writer.move("D0/lamp", rng.choice([1000, 4500]))
        for n in range(rng.randint(0, 40)):
            values: dict[str, Any] = {
                "name": "x", "kind": rng.choice([*KINDS, None]), "team": f"T{rng.randrange(6)}",
                "drainage": rng.choice([None, 600_000, 3_000_000]), "persons": rng.choice([None, 4, 6]),
                "power": rng.choice([None, 30_000, 80_000]), "plate": rng.choice([None, f"京A{n:05}"]),
                "serviceability": rng.choice([None, "serviceable", "in_repair", *GONE]),
                "retired": rng.choice([None, None, None, "sold"]),
            }  # fmt: skip
            writer.new("equipment", values, f"E{n}")


def reference(store: Store, standard: Standard) -> dict[str, list[tuple[int | None, int]]]:
    """{team: (required, filled) of each line in the order of the standard}, the slow and plain way."""
    items = [
        r
        for r in store.rows("SELECT * FROM equipment")
        if not r["retired"] and r["serviceability"] not in GONE
    ]
    out = {}
    for team in store.rows("SELECT * FROM team"):
        kind = str(team["type"]).removesuffix("队")
        lines = [
            x
            for x in standard.lines
            if kind in standard.types and x.type in (kind, "*") and x.level in (None, team["level"])
        ]
        if kind not in standard.types:
            continue
        own = [r for r in items if r["team"] == team["id"]]
        vehicles = sum(bool(r["plate"]) or above(r["kind"], "vehicle") for r in own)
        pieces = [(r, 1000) for r in own]
        for lot in store.rows(
            "SELECT v.* FROM reserve v JOIN depot d ON d.id = v.depot WHERE d.team = ?", (team["id"],)
        ):
            if lot["expires"] != "2020-01-01":
                pieces.append(({"kind": lot["item"], "stock": True}, lot["quantity"]))
        order = sorted(range(len(lines)), key=lambda i: (lines[i].need != "required", i))
        asked = [lines[i].asks(team["strength"], vehicles) for i in order]
        accepts = [[n for n, (piece, _m) in enumerate(pieces) if fits(piece, lines[i])] for i in order]
        filled = best([a or 0 for a in asked], accepts, [m for _p, m in pieces])
        by_place = dict(zip(order, zip(asked, filled, strict=True), strict=True))
        out[team["id"]] = [by_place[i] for i in range(len(lines))]
    return out


def above(kind: str | None, item: str) -> bool:
    while kind is not None and kind != item:
        kind = PARENT.get(kind)
    return kind == item


def fits(piece: dict[str, Any], line: Line) -> bool:
    if not any(above(piece["kind"], item) for item in (line.item, *line.instead)):
        return False
    for spec in line.spec:
        if piece.get("stock"):
            return False
        figure = (piece[spec.name] or 0) * (1000 if spec.name == "persons" else 1)
        if not {">=": figure >= spec.milli, "<=": figure <= spec.milli}[spec.op]:
            return False
    return True


@pytest.mark.parametrize("seed", range(10))
def test_the_audit_is_that_of_the_plain_reference(tmp_path: pathlib.Path, seed: int) -> None:
    rng = random.Random(seed)
    standard = made(rng)
    create(str(tmp_path / "s.db"), station="FT", region="110106", name="x", who="x").close()
    with Store(str(tmp_path / "s.db")) as store:
        fill(store, rng)
        found = audit(store, standards=[standard])
        expected = reference(store, standard)
        assert {a.team["id"]: [(c.required, c.filled) for c in a.lines] for a in found.audits} == expected
        shares = [a.all.permille for a in found.audits]
        assert shares == sorted(shares, key=lambda p: 1001 if p is None else p)
        for a in found.audits:
            counting = [c for c in a.lines if c.line.need == "required" and c.required != 0]
            assert a.all.lines == len(counting)
            assert a.all.met == sum(c.required is not None and c.filled >= c.required for c in counting)
            assert a.all == type(a.all)(*(sum(s[i] for s in a.classes.values()) for i in range(3)))
        by_region = grouped(found.audits, "region")
        assert sum(r.all.lines for r in by_region) == sum(a.all.lines for a in found.audits)
        alone = [audit(store, Scope(team=a.team["id"]), [standard]).audits[0] for a in found.audits]
        assert [a.all for a in alone] == [a.all for a in found.audits]
        _check_candidates(store, found)
        assert all(r["change"] in (0, None) for r in comparing.teams(store, standard, standard, Scope()))


def _check_candidates(store: Store, found: Any) -> None:
    """What is offered is over, free, and meets what the line asks for."""
    over = surplus.Surplus(store, found, None)
    for a in found.audits:
        for gap in a.gaps:
            for one in over.for_gap(a, gap):
                assert one.holder != a.team["id"]
                assert any(above(one.item, i) for i in (gap.line.item, *gap.line.instead))
                held = store.rows(
                    "SELECT count(*) AS n FROM equipment WHERE team=? AND kind=? AND retired IS NULL",
                    (one.holder, one.item),
                )
                assert one.kind == "depot" or one.amount <= held[0]["n"] * 1000 or one.item == "lamp"


def test_the_newest_version_in_force_counts_and_a_sample_gives_way(tmp_path: pathlib.Path) -> None:
    create(str(tmp_path / "s.db"), station="FT", region="110106", name="x", who="x").close()
    with Store(str(tmp_path / "s.db")) as store:
        for code, version, effective, sample in (
            ("A", "9", "2020-01-01", ""), ("A", "10", "2020-01-01", ""), ("A", "11", "2999-01-01", ""), ("B", "1", "", "yes"),
        ):  # fmt: skip
            written = standardfile.Written({"type": "排水", "item": "pump", "quantity": "1"}, "1")
            head = {"code": code, "version": version, "name": code, "effective": effective, "sample": sample}
            draft = standardfile.drafted(head, {}, [written], lambda k: k, lambda k: "台")
            with store.write("test") as writer:
                standards.take(store, writer, draft, replace=False)
        force = standards.in_force(store)
        assert [s.id for s in force] == ["A@10", "B@1"]
        assert [s.id for s in standards.for_type(force, "排水队")] == ["A@10"]
