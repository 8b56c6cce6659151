"""Keeps the catalogues of the two languages: `python .build/words.py update`, or `check`.

`update` takes every message out of the source, and those of click that a user can meet,
merges them into store/locale and compiles it. `check` changes nothing and fails, naming
the message, wherever Chinese would be missing, doubtful or out of date.
"""

from __future__ import annotations

import ast
import io
import re
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "store" / "locale"
TEMPLATE = LOCALE / "emergency.pot"
LANGUAGE = "zh_CN"
TRANSLATED = LOCALE / LANGUAGE / "LC_MESSAGES" / "emergency.po"
COMPILED = TRANSLATED.with_suffix(".mo")
FOLDERS = ("commands", "store", "tui", "plugins")
#: What translates, and how many of its arguments are messages.
KEYWORDS = {"_": 1, "ngettext": 2}

#: Modules of click whose words reach our users: no prompts, progress bars or editors here.
CLICK = ("core", "decorators", "exceptions", "formatting", "parser", "shell_completion", "types")
#: Words of click for whoever programs with it, or for parts of it we do not use.
NOT_MET = re.compile(
    r"DeprecationWarning|deprecated$|Value must be an|Name '|Boolean option|Could not determine"
    r"|No options defined|Arguments take exactly|Do you want|Confirm the action|%\(prog\)s|Show the version"
    r"|Invalid start character|Choice\(|\{value!r\} (does not match|is not a valid UUID)"
)
HEADER = "# {what} of `emergency`, made by .build/words.py; see store/words.py."
#: What would change the files at every run, or says nothing, is left out of them.
IDLE = re.compile(rb'^"(POT-|PO-|Generated|Project-|Report-|Last-|Language-Team).*\n', re.M)
STILL = datetime(1970, 1, 1, tzinfo=UTC)

#: A message: its singular and plural, or its one form alone.
Id = tuple[str, ...]


def key(message: Message) -> Id:
    """How we know a message."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def own() -> set[Id]:
    """Every message in our source."""
    return {found for file in files() for _line, found in calls(file) if found}


def clicks() -> set[Id]:
    """The messages of the click installed here that a user can meet."""
    modules = [Path(click.__file__).parent / f"{name}.py" for name in CLICK]
    found = {id_ for file in modules if file.exists() for _line, id_ in calls(file) if id_}
    return {("required",), *(id_ for id_ in found if not NOT_MET.match(id_[0]))}  # said by way of a variable


def files() -> list[Path]:
    """The Python files of our source."""
    return [ROOT / "emergency.py", *(f for name in FOLDERS for f in sorted((ROOT / name).rglob("*.py")))]


def calls(file: Path) -> Iterator[tuple[int, Id]]:
    """The line and message of every call of `_` and `ngettext`; no message where none is written out.

    One looked up in a table of the same file, `_(TABLE[key])`, is written out there.
    """
    tree = ast.parse(file.read_bytes())
    tables = {ast.unparse(n.targets[0]): n.value for n in tree.body if isinstance(n, ast.Assign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            said: list[ast.expr] = node.args[: KEYWORDS[node.func.id]]
            table = tables.get(ast.unparse(said[0].value)) if isinstance(said[0], ast.Subscript) else None
            for found in ([v] for v in table.values) if isinstance(table, ast.Dict) else [said]:
                words = [str(v.value) for v in found if isinstance(v, ast.Constant)]
                yield node.lineno, tuple(words) if len(words) == len(found) else ()


def template() -> Catalog:
    """All messages, without translations; those that only click says are told apart by a comment."""
    ours = own()
    out = Catalog(header_comment=HEADER.format(what="The words"), charset="utf-8", fuzzy=False)
    for found in sorted(ours | clicks()):
        out.add(found if len(found) > 1 else found[0], auto_comments=() if found in ours else ("click",))
    return out


def load(path: Path) -> Catalog:
    """A catalogue from its text, or compiled; an empty one where there is none yet."""
    if not path.exists():
        return Catalog(locale=LANGUAGE, charset="utf-8")
    with path.open("rb") as file:
        said = None if path == TEMPLATE else LANGUAGE
        return read_mo(file) if path == COMPILED else read_po(file, locale=said, charset="utf-8")


def save(path: Path, catalogue: Catalog) -> None:
    """Write the text of a catalogue: sorted, no places, nothing that changes by itself."""
    text = io.BytesIO()
    write_po(text, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    path.write_bytes(IDLE.sub(b"", text.getvalue()))


def update() -> None:
    """Bring the three files up to the source; what cannot be translated by itself is left for a person."""
    words = template()
    save(TEMPLATE, words)
    translated = load(TRANSLATED)
    translated.update(words, update_creation_date=False)
    translated.fuzzy = False
    translated.header_comment = HEADER.format(what="The Simplified Chinese words")
    save(TRANSLATED, translated)
    catalogue = load(TRANSLATED)
    catalogue.creation_date = catalogue.revision_date = STILL
    with COMPILED.open("wb") as file:
        write_mo(file, catalogue)


def problems() -> Iterator[str]:
    """Everything wrong with the catalogues, one line each."""
    for file in files():
        for line, found in calls(file):
            if not found:
                yield f"{file.relative_to(ROOT)}:{line}: what is translated must be written out there"
    ours, met = own(), clicks()
    listed = {key(m): m for m in load(TEMPLATE) if m.id}
    for missing in sorted((ours | met) - listed.keys()):
        yield f"not in {TEMPLATE.name}: {missing[0]}"
    # Another click may say a little less; what it says more was named above.
    for id_ in sorted(i for i in listed.keys() - ours if "click" not in listed[i].auto_comments):
        yield f"no longer in the source: {id_[0]}"
    catalogue = load(TRANSLATED)
    translated = {key(m): m for m in catalogue if m.id}
    for id_ in sorted(listed.keys() - translated.keys()):
        yield f"not in {TRANSLATED.name}: {id_[0]}"
    for id_ in sorted(translated.keys() - listed.keys()):
        yield f"not in {TEMPLATE.name}, but translated: {id_[0]}"
    for old in catalogue.obsolete.values():
        yield f"obsolete: {key(old)[0]}"
    for id_, message in sorted(translated.items()):
        yield from doubts(id_, message)
    done = {id_: forms(m) for id_, m in translated.items() if all(forms(m)) and not m.fuzzy}
    compiled = {key(m): forms(m) for m in load(COMPILED) if m.id}
    for id_, _text in sorted(done.items() ^ compiled.items()):
        yield f"{COMPILED.name} is stale: {id_[0]}"


def forms(message: Message) -> tuple[str, ...]:
    """The translations of a message, one for each form."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def doubts(id_: Id, message: Message) -> Iterator[str]:
    """What is wrong with one translation."""
    if message.fuzzy:
        yield f"fuzzy: {id_[0]}"
    for text in forms(message):
        if not text.strip():
            yield f"untranslated: {id_[0]}"
        elif placeholders(text) != placeholders(id_[-1]):
            yield f"other placeholders: {id_[0]}  ->  {text}"


def placeholders(text: str) -> list[str]:
    """The names in braces, with how they are shown; a brace that stands for itself counts as one."""
    try:
        return sorted(
            f"{name}!{conversion}:{spec}"
            for _before, name, spec, conversion in string.Formatter().parse(text)
            if name is not None
        )
    except ValueError as error:
        return [str(error)]


def main(arguments: list[str]) -> int:
    """Do what was asked; returns the exit code."""
    if arguments not in (["update"], ["check"]):
        print("python .build/words.py update|check", file=sys.stderr)
        return 2
    if arguments == ["update"]:
        update()
    for problem in (found := list(problems())):
        print(problem, file=sys.stderr)
    return 1 if found and arguments == ["check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
