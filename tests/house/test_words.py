"""The two languages: the catalogues are whole, Chinese reads as Chinese, and data never changes with them."""

from __future__ import annotations

import gettext
import json
import os
import pathlib
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

import emergency
from emergency.store.records import RECORDS
from emergency.store.records.callup import KINDS
from emergency.store.records.steps import STEPS
from emergency.store.text import cells
from emergency.store.words import wanted

ROOT = pathlib.Path(emergency.__path__[0])
NOW = "2026-07-31T08:00:00+08:00"

#: Help texts are read at import, so each language has a process of its own.
WALK = """
import json, sys
from emergency.store import words
words.speak("zh")
from emergency.commands.front import cli
def walk(command, name, parent):
    context = command.context_class(command, info_name=name, parent=parent, **command.context_settings)
    out = {context.command_path: command.get_help(context)}
    for below in getattr(command, "list_commands", lambda context: ())(context):
        out |= walk(command.get_command(context, below), below, context)
    return out
json.dump(walk(cli, "emergency", None), sys.stdout)
"""
TALK = """
import contextlib, io, json, sys
from emergency.commands import run
said = []
for line in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(line)
    said.append([int(code), out.getvalue(), err.getvalue()])
json.dump(said, sys.stdout)
"""


class Said(NamedTuple):
    """What one command line left behind."""

    code: int
    out: str
    err: str


def environ(**more: str) -> dict[str, str]:
    """An environment that asks for no language unless `more` does."""
    asks = ("EMERGENCY_", "LC_", "LANG", "COLUMNS")
    own = {k: v for k, v in os.environ.items() if not k.startswith(asks)}
    return {**own, "EMERGENCY_NOW": NOW, "NO_COLOR": "1", "PYTHONUTF8": "1", **more}


def python(script: str, heard: str = "", **more: str) -> Any:
    """What a script said, as JSON, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=heard.encode(),
        capture_output=True,
        env=environ(**more),
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def talk(language: str, store: pathlib.Path, lines: Sequence[Sequence[str]]) -> list[Said]:
    """Type these command lines at a store in one language."""
    said = python(TALK, json.dumps(lines), EMERGENCY_LANG=language, EMERGENCY_STORE=str(store))
    return [Said(*each) for each in said]


def english(text: str) -> list[str]:
    """English phrases: three words or more in a row, outside command lines, metavars and quotations."""
    text = re.sub(r"(?m)^ *emergency [^一-鿿]*(\\\n.*)?.*$", "", text)
    text = re.sub(r"\bemergency( [\w./<>{}=|'-]+)+", "", text)
    text = re.sub(r"`[^`]*`|'[^']*'|\[[^]]*\]|--?[a-z-]+", "·", text)
    # Other names of a type of team stand as whoever wrote the standard gave them.
    text = re.sub(r"\|[a-z ]+", "·", text)
    return re.findall(r"[A-Za-z][a-z'’]*(?: [A-Za-z][a-z'’]*){2,}", text)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The store of the demo."""
    path = tmp_path_factory.mktemp("words") / "demo.db"
    (done,) = talk("zh", path, [["demo", "--store", str(path), "--no-board"]])
    assert done.code == 0, done
    assert english(done.err) == []
    return path


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """The Chinese help of every command, plugins' too."""
    out: dict[str, str] = python(WALK)
    assert len(out) > 80
    return out


def test_the_catalogues_are_whole_and_fresh() -> None:
    pytest.importorskip("babel")
    done = subprocess.run([sys.executable, ROOT / ".build" / "words.py", "check"], capture_output=True)
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_a_doubtful_translation_is_named() -> None:
    pytest.importorskip("babel")
    script = f"""
import json, runpy, sys
from babel.messages.catalog import Message
doubts = runpy.run_path({str(ROOT / ".build" / "words.py")!r})["doubts"]
def found(id_, said, **more):
    return [d.split(":")[0] for d in doubts((id_,), Message(id_, said, **more))]
json.dump([
    found("{{n}} left", "剩余 {{n}}"),
    found("{{n}} left", "剩余"),
    found("{{n}} left", "剩余 {{m}}"),
    found("{{n}} left", "剩余 {{n"),
    found("{{n}} left", "剩余 {{n}}", flags=["fuzzy"]),
    found("left", ""),
], sys.stdout)
"""
    other = ["other placeholders"]
    assert python(script) == [[], other, other, other, ["fuzzy"], ["untranslated"]]


def test_chinese_is_set_as_chinese() -> None:
    with open(ROOT / "store/locale/zh_CN/LC_MESSAGES/emergency.mo", "rb") as file:
        catalogue = vars(gettext.GNUTranslations(file))["_catalog"]
    said = [text for id_, text in catalogue.items() if id_]
    assert len(said) > 700
    # Terminals do not agree on how wide these are.
    assert [text for text in said if any(unicodedata.east_asian_width(c) == "A" for c in text)] == []
    assert [text for text in said if re.search("[一-鿿][,;:!?]|[,;:!?][一-鿿]", text)] == []


def test_the_glossary_has_the_words_of_the_records() -> None:
    rows = (line.strip("| ").split(" | ") for line in (ROOT / "docs/glossary.md").read_text().splitlines())
    terms = {row[0]: row[1] for row in rows if len(row) == 4}
    assert list(terms)[2:] == sorted(list(terms)[2:], key=str.lower)
    said = {record.en.lower(): record.zh for record in RECORDS.values()}
    said |= dict(KINDS.values()) | {step.en: step.zh for step in STEPS.values()}
    assert {en: terms.get(en) for en in said} == said


def test_help_is_chinese_throughout(helps: dict[str, str]) -> None:
    assert {path: found for path, text in helps.items() if (found := english(text))} == {}
    for path, text in helps.items():
        assert text.startswith("用法："), path
        assert "选项：" in text and "显示本帮助。" in text, path


def test_every_command_and_option_says_in_chinese_what_it_does(helps: dict[str, str]) -> None:
    for path, text in helps.items():
        assert re.search("[一-鿿]", text.split("\n\n")[1]), path
        for option in re.findall(r"(?m)^  -.*(?:\n    .*)*", text):
            assert re.search("[一-鿿]", option), (path, option)


def test_no_line_of_chinese_help_is_wider_than_a_terminal(helps: dict[str, str]) -> None:
    wide = [(path, line) for path, text in helps.items() for line in text.splitlines() if cells(line) > 80]
    assert wide == []


def test_no_line_of_chinese_help_begins_with_a_closing_mark(helps: dict[str, str]) -> None:
    for path, text in helps.items():
        assert not re.search(r"(?m)^ *[，。、；：！？）》」』】]", text), path


INCIDENT, SEASON = "房山暴雨洪水（样例）", "森林防火期（样例）"
PROGRAMME = "“23·7”灾后恢复重建装备补充（样例）"

MISTAKES = (
    ["foo"],
    ["tem"],
    ["team", "lst"],
    ["team", "list", "--near", "here"],
    ["team", "list", "--nope"],
    ["team", "list", "--limit", "0"],
    ["team", "list", "--limit", "many"],
    ["team", "list", "--limit"],
    ["team", "list", "--json=1"],
    ["team", "list", "--within", "40km"],
    ["team", "list", "a", "b"],
    ["team", "show", "FT-999"],
    ["team", "show"],
    ["team", "add", "nothing=1"],
    ["team", "add", "level=high", "name=x"],
    ["team", "import", "/no/such/sheet.csv"],
    ["team", "list", "--region", "nowhere"],
    ["equipment", "list", "--where", "drainage>=much"],
    ["callup"],
    ["callup", "ack"],
    ["callup", "issue"],
    ["callup", "issue", "--kind", "loan"],
    ["callup", "issue", "--incident", "房山暴雨洪水（样例）"],
    ["callup", "issue", "--incident", "房山暴雨洪水（样例）", "--kind", "requisition", "--people", "3"],
    ["callup", "cancel", "S01"],
    ["callup", "show", "S99"],
    ["incident", "close", "房山暴雨洪水（样例）"],
    ["incident", "open", "x"],
    ["reserve", "move", "x", "y", "--qty", "1", "--reason", "z"],
    ["duty", "report", "x", "--readiness", "ready", "--headcount", "1"],
    ["--as-of", "2027-01-01", "team", "list"],
    ["--as-of", "noonish", "team", "list"],
    ["undo", "12345678"],
    ["journal", "show", "99999"],
    ["help", "nothing"],
    ["plan", "callup", "X-1"],
    ["plan", "callup", INCIDENT, "--style", "cheap"],
    ["plan", "callup", INCIDENT, "--over", "x"],
    ["plan", "callup", INCIDENT, "--without", "nobody"],
    ["plan", "stage", "汛期", "--teams", "many", "--within", "30min"],
    ["plan", "stage", "nothing", "--teams", "3", "--within", "30min"],
    ["plan", "stage", "汛期", "--teams", "3", "--within", "soon"],
    ["alert", "show", "X-1"],
    ["alert", "import", "/no/such/file.xml"],
    ["alert", "draft", "X-1"],
    ["standard", "import", "/no/such/file.toml"],
    ["standard", "audit", "--team", "nobody"],
    ["standard", "compare", "SAMPLE-BJ", "nothing"],
    ["recovery", "show", "nothing"],
    ["season", "show", "nothing"],
    ["task", "done", "nothing"],
    ["drive", "add", "from=39.7,116.1"],
    ["drive", "fit", "--accept"],
    ["kit", "show", "nothing"],
    ["reserve", "lend", "x", "y", "--qty", "1", "--to", "Z"],
    ["stocktake", "approve", "nothing"],
    ["callup", "from-code", "XXXX"],
    ["bundle", "show", "/no/such/file.bundle"],
    ["sync", "enrol", "nowhere", "CODE"],
    ["conflict", "resolve", "nothing", "--keep", "S01", "--why", "x"],
)


def test_mistakes_are_answered_in_chinese(store: pathlib.Path) -> None:
    for line, said in zip(MISTAKES, talk("zh", store, MISTAKES), strict=True):
        assert said.code != 0, line
        words = said.err + (said.out if line == ["callup"] else "")
        assert re.search("[一-鿿]", words), (line, said)
        assert english(words) == [], (line, said)


READ = (
    ["board"],
    ["board", "--plain"],
    ["need", "board"],
    ["callup", "list"],
    ["callup", "show", "S09"],
    ["team", "list"],
    ["team", "show", "房山防汛排水一队（样例）"],
    ["team", "history", "房山防汛排水一队（样例）"],
    ["member", "list"],
    ["equipment", "list"],
    ["reserve", "gaps"],
    ["duty", "week"],
    ["duty", "gaps"],
    ["expiring"],
    ["conflict", "list"],
    ["incident", "list"],
    ["doctor"],
    ["plan", "callup", INCIDENT],
    ["plan", "callup", INCIDENT, "--style", "few", "--over", "20%"],
    ["plan", "stage", SEASON, "--teams", "3", "--within", "30min", "--backup"],
    ["alert", "list"],
    ["standard", "list"],
    ["standard", "show", "SAMPLE-BJ@1"],
    ["standard", "audit"],
    ["standard", "gaps"],
    ["team", "readiness"],
    ["recovery", "list"],
    ["recovery", "show", PROGRAMME],
    ["season", "list"],
    ["season", "show", SEASON],
    ["keyarea", "list"],
    ["item", "list"],
    ["reserve", "quotas"],
    ["reserve", "shipments"],
    ["stocktake", "list"],
    ["equipment", "due"],
    ["sync", "status"],
    ["journal", "log"],
    ["journal", "verify"],
    ["help"],
    *(["help", topic] for topic in ("exit-codes", "environment", "formats", "time")),
)


def test_the_board_and_what_is_read_are_chinese(store: pathlib.Path) -> None:
    for line, said in zip(READ, talk("zh", store, READ), strict=True):
        assert said.code == 0, (line, said)
        assert english(said.out + said.err) == [], line


#: What says more than codes and figures, in words for people; and what says how long it took.
IN_WORDS = (["help"], ["doctor"], ["need", "board"], ["plan"], ["team", "readiness"])
#: Lines that print for programs.
AS_JSON = (
    *(
        [*line, "--json"]
        for line in READ
        if not any(line[: len(one)] == one for one in IN_WORDS) and "--plain" not in line
    ),
    ["team", "list", "--ndjson"],
    ["team", "list", "--csv"],
    ["region", "list", "--tsv"],
    ["equipment", "export", "-"],
    ["scenario", "list", "--json"],
    ["journal", "log", "--json"],
    ["journal", "verify", "--json"],
    ["plugin", "list", "--json"],
    ["undo", "--dry-run", "--json"],
)


@pytest.fixture(scope="module")
def both(store: pathlib.Path) -> list[tuple[Sequence[str], Said, Said]]:
    """Each line that prints for programs, in English and in Chinese."""
    en, zh = (talk(language, store, AS_JSON) for language in ("en", "zh"))
    return list(zip(AS_JSON, en, zh, strict=True))


def test_what_programs_read_is_the_same_in_both_languages(
    both: list[tuple[Sequence[str], Said, Said]],
) -> None:
    for line, en, zh in both:
        assert en.code == zh.code == 0, (line, en.err)
        assert en.out, line
    assert [line for line, en, zh in both if en.out != zh.out] == []


@pytest.mark.parametrize("line", [["need", "board", "--json"], ["doctor", "--json"]])
def test_no_word_is_translated_in_json(store: pathlib.Path, line: list[str]) -> None:
    ((en,), (zh,)) = (talk(language, store, [line]) for language in ("en", "zh"))
    # How much of the disk is free changes from one moment to the next.
    free = re.compile(r'("check": "disk",\s+"ok": \w+,\s+"found": )\d+')
    assert free.sub(r"\1", en.out) == free.sub(r"\1", zh.out)


@pytest.mark.parametrize(
    ("typed", "asked", "language"),
    [
        (None, {}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh_TW.UTF-8"}, "zh"),
        (None, {"LANG": "C.UTF-8"}, "en"),
        (None, {"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        (None, {"LANG": "C", "EMERGENCY_LANG": "zh"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8", "EMERGENCY_LANG": "en"}, "en"),
        (None, {"LANG": "zh_CN.UTF-8", "EMERGENCY_LANG": ""}, "zh"),
        ("zh", {"EMERGENCY_LANG": "en"}, "zh"),
        ("en", {"EMERGENCY_LANG": "zh", "LC_ALL": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_which_language_is_wanted(typed: str | None, asked: dict[str, str], language: str) -> None:
    assert wanted(asked, typed) == language


@pytest.mark.parametrize(
    ("arguments", "asked", "begins"),
    [
        (["--help"], {}, "Usage:"),
        (["--help"], {"LANG": "zh_CN.UTF-8"}, "用法："),
        (["--help"], {"LANG": "zh_CN.UTF-8", "EMERGENCY_LANG": "en"}, "Usage:"),
        (["--lang", "zh", "--help"], {}, "用法："),
        (["--lang=en", "--help"], {"EMERGENCY_LANG": "zh"}, "Usage:"),
    ],
)
def test_the_language_asked_for_is_spoken(arguments: list[str], asked: dict[str, str], begins: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "emergency", *arguments], capture_output=True, env=environ(**asked), timeout=60
    )
    assert done.stdout.decode().startswith(begins), done.stderr.decode()
