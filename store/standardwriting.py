"""A standard written as the file that reads the same (standardfile.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from emergency.store import units
from emergency.store.standardfile import HEAD, types_of
from emergency.store.standardlines import Spec, specification


def as_texts(line: Mapping[str, Any], unit: str) -> dict[str, str]:
    """The texts of a line's fields, as a file has them; those that say nothing are left out."""
    each = int(line["each"] or 1)
    per = {"team": "", "person": "person", "vehicle": "vehicle"}[line["per"]]
    spec = line["spec"] or ""
    if line["item"] != "people":
        checked, by_hand = specification(spec)
        spec = "; ".join([*map(Spec.text, checked), *by_hand])
    out = {name: str(line[name] or "") for name in ("type", "level", "grade", "class", "item", "need")}
    out["quantity"] = units.format_quantity(int(line["quantity"]), "")
    out["unit"] = unit
    out["per"] = f"{each} {per}s" if each > 1 else per
    out |= {"spec": spec, "instead": str(line["instead"] or "")}
    out |= {name: str(line[name] or "") for name in ("dimension", "clause", "note")}
    return {k: v for k, v in out.items() if v and not (k == "need" and v == "required")}


def write_toml(standard: Mapping[str, Any], lines: Iterable[Mapping[str, str]]) -> str:
    """A standard as the text that a person edits."""
    out = ["[standard]"]
    out += [
        f"{name} = {_value(name, standard[name])}" for name in HEAD if standard.get(name) not in (None, "")
    ]
    out += ["", "[types]"]
    for name, words in types_of(str(standard.get("types") or "")).items():
        out.append(f"{_quoted(name)} = [{', '.join(map(_quoted, words))}]")
    for line in lines:
        out += ["", "[[line]]", *(f"{k} = {_value(k, v)}" for k, v in line.items())]
    return "\n".join(out) + "\n"


def _value(name: str, value: Any) -> str:
    """Figures stand bare, all else in quotes."""
    figure = name in ("quantity", "mark_compliance", "mark_people") and re.fullmatch(
        r"[1-9]\d{0,8}", str(value)
    )
    return str(value) if figure else _quoted(value)


def _quoted(value: Any) -> str:
    text = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else {"\\": "\\\\", '"': '\\"'}.get(c, c)
        for c in str(value)
    )
    return f'"{text}"'
