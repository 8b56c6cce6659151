"""What the help of `NOUN add` says can be typed as it stands there."""

from __future__ import annotations

import importlib
import shlex

import pytest

from emergency.commands.catalog import commands
from emergency.store.records import RECORDS

from .conftest import Officer, Shelf

#: Every kind that can be registered by its fields.
NOUNS = [
    name
    for name, entry in commands().items()
    if name in RECORDS
    and "add" in getattr(importlib.import_module(f"emergency.commands.{entry.module}").cli, "commands", {})
]


@pytest.fixture
def furnished(desk: Officer, shelf: Shelf) -> Officer:
    """The stocked desk with what the examples refer to by name."""
    return shelf.typed(desk, _furnish)


def _furnish(desk: Officer) -> None:
    for line in (
        "season add name=汛期 kind=flood begin=06-01 end=09-15",
        "recovery add name=灾后恢复",
        "kit add name=排水模块",
    ):
        desk.done(*line.split())


def test_there_are_many() -> None:
    assert {"team", "drive", "season", "loss"} <= set(NOUNS) and len(NOUNS) > 20


@pytest.mark.parametrize("noun", NOUNS)
def test_the_example_of_the_help_can_be_typed(furnished: Officer, noun: str) -> None:
    example = furnished.done(noun, "add", "--help").out.partition("Examples:\n")[2].partition("\n\n")[0]
    command, *words = shlex.split(example.replace("\\\n", " "))
    assert command == "emergency" and "..." not in example
    before = furnished.entries()
    furnished.done(*words, "--json")
    assert furnished.entries() > before


@pytest.mark.parametrize("noun", NOUNS)
def test_the_help_names_every_field_that_is_typed_and_marks_those_that_must_be(
    bare: Officer, noun: str
) -> None:
    words = bare.done(noun, "add", "--help").out.split()
    for field in RECORDS[noun].fields:
        if field.name != "retired":
            assert (field.name + "*" * field.required in words) is not (field.derived or field.folded), (
                field.name
            )


def test_what_is_missing_is_named_as_it_is_typed(desk: Officer) -> None:
    said = desk.refused(2, "drive", "add", "from=FT-1", "minutes=3")
    assert "To is missing" in said and "give to=..." in said
    said = desk.refused(2, "need", "add", "what=drainage")
    assert "give incident=... amount=..." in said
