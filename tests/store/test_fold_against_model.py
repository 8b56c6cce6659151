"""The store's folds against the plain meaning of the journal (shared model), in any order of arrival."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import claims
from emergency.store.cells import heads
from emergency.store.journal import Envelope

from .replicas import Replica, arrive, history, meaning, shuffled

MODEL = pathlib.Path(__file__).parents[3] / "shared" / "model" / "model.py"

pytestmark = pytest.mark.skipif(not MODEL.exists(), reason="the shared model is not beside this checkout")


@pytest.fixture(scope="module")
def model() -> Any:
    spec = importlib.util.spec_from_file_location("model", MODEL)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


THINGS = ("equipment:P", "equipment:Q")


def facts_of(r: random.Random, here: Replica, t: int) -> list[list[Any]]:
    """What a station may say: a field, stock, a claim with its order line, or the end of one."""
    lines = [i for (i,) in here.connection.execute("SELECT DISTINCT line FROM claim")]
    line = f"{here.name}-{t}/1"
    choices: list[list[list[Any]]] = [
        [["set", "team", "T", {"name": f"n{t}"}]],
        [["set", "team", "T", {"name": f"n{t}"}], ["set", "team", "T", {"commander": f"c{t}"}]],
        [["new", "team", "T", {"name": f"n{t}", "commander": "first"}]],
        [["move", "D/I", r.randrange(-5, 9), {}]],
        [["count", "D/I", r.randrange(20), {}]],
        [
            ["new", "line", line, {"order": f"{here.name}-{t}", "equipment": "P"}],
            ["claim", line, r.choice(THINGS)],
            ["step", line, "issue", {}],
        ],
    ]
    if lines:
        choices.append([["step", r.choice(lines), r.choice(["cancel", "decline"]), {}]])
        choices.append([["settle", r.sample(lines, r.randrange(1, len(lines) + 1)), r.choice(lines)]])
    return r.choice(choices)


def as_model_entries(model: Any, envelopes: list[Envelope]) -> list[Any]:
    """The same entries in the model's words."""
    out = []
    for envelope in envelopes:
        header, body = json.loads(envelope.header), json.loads(envelope.facts or b"{}")
        facts: list[Any] = []
        for fact in body["facts"]:
            match fact:
                case ["new" | "set", "team", id_, values]:
                    # All fields of one fact stand at one place; the model keeps a place each.
                    facts.append([("set", (id_, k), v) for k, v in values.items()])
                case ["move" | "count" as word, stock, quantity, _]:
                    facts.append([(word, stock, quantity)])
                case ["claim", line, thing]:
                    facts.append([("claim", line, thing)])
                case ["step", line, "cancel" | "decline", _]:
                    facts.append([("free", line)])
                case ["settle", lines, keep]:
                    facts.append([("settle", tuple(lines), keep)])
                case _:
                    facts.append([])
        flat = tuple(f for fs in facts for f in fs)
        out.append(model.Entry(header["feed"], header["seq"], header["seen"], header["wall"], flat))
    return out


@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_any_order_gives_the_meaning_of_the_model(model: Any, seed: int) -> None:
    r = random.Random(seed)
    envelopes = history(r, facts_of)
    entries = as_model_entries(model, envelopes)
    in_order = arrive(envelopes)
    want = meaning(in_order)
    for _ in range(3):
        assert meaning(arrive(shuffled(r, envelopes))) == want

    said = {cell: {value for _, _, value in hs} for cell, hs in model.heads(entries).items()}
    for (team, field), values in said.items():
        stored = {h.value for h in heads(in_order, "team", team, field)}
        if not stored:  # one fact alone needs no cell row: it stands on the record's row
            stored = {in_order.execute(f"SELECT {field} FROM team WHERE id=?", (team,)).fetchone()[0]}
        assert stored == values

    for name, quantity in model.stock(entries).items():
        in_order.execute("INSERT INTO reserve(id, known) VALUES(?, 1)", (name,))
        from emergency.store import stock
        from emergency.store.causality import Causality

        stock.show(in_order, Causality(in_order), name)
        assert in_order.execute("SELECT quantity FROM reserve WHERE id=?", (name,)).fetchone()[0] == quantity

    assert claims.contested(in_order) == model.contested(entries)
