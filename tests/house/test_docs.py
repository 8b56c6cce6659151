"""The pages say what the program does: what follows from the code is current, and examples are run."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

import emergency
from emergency.store import authority, words
from emergency.store.creating import create
from emergency.store.errors import Exit
from emergency.store.store import Store
from tests.store.replicas import Replica, arrive

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SHARED = ROOT.parent / "shared" / "data"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
MADE = (
    "README.md",
    "alerts.md",
    "board.svg",
    "callup.md",
    "cli.md",
    "format.md",
    "keys.md",
    "plugins.md",
    "records.md",
    "standards.md",
    # One walk through the screens makes both.
    "screens screens.md",
)
#: Names of package indexes, and places on one machine.
UNWANTED = re.compile(r"pypi\.|pythonhosted|npmjs|/(?:work|root|tmp|home)/", re.IGNORECASE)


def python(*arguments: str, seconds: int = 300, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run this Python with the checkout importable and no store of the user's in sight."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("EMERGENCY_")}
    path = os.pathsep.join(filter(None, (environ.pop("path", ""), str(ROOT))))
    return subprocess.run(
        [sys.executable, *arguments],
        env={**clean, "PYTHONPATH": path, "EMERGENCY_LANG": "en", "PYTHONUTF8": "1", **environ},
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", MADE)
def test_what_follows_from_the_code_is_current(page: str) -> None:
    checked = python(str(ROOT / ".build" / "docs.py"), "check", *page.split())
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_walkthrough_is_what_running_it_prints() -> None:
    if not SHARED.exists():
        pytest.skip("../shared/data, whose sheets it reads, is not beside this checkout")
    checked = python(str(ROOT / ".build" / "docs.py"), "check", "walkthrough.md")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.slow
@pytest.mark.parametrize("large", [[], ["--large"]], ids=["city", "region"])
def test_the_transcripts_of_planning_are_what_running_them_prints(large: list[str]) -> None:
    checked = python(str(ROOT / ".build" / "docs.py"), "check", *large, "planning.md", seconds=3600)
    assert checked.returncode == 0, checked.stdout + checked.stderr


# -- README and all pages -------------------------------------------------------------------------


def test_the_readme_is_short_and_names_every_exit_code() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 250
    told = text.partition("## Exit codes")[2].partition("\n## ")[0]
    assert all(re.search(rf"(?<!\d){int(code)} ", told) for code in Exit)


def test_the_readme_and_ci_run_the_same_test_command() -> None:
    command = "-m pytest"
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    ci = ROOT / ".ci" / "run"
    assert not ci.exists() or command in ci.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere_and_nothing_names_a_machine(page: pathlib.Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert UNWANTED.search(text) is None
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("picture", sorted(DOCS.rglob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_loads_nothing_and_is_small(picture: pathlib.Path) -> None:
    svg = picture.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"')]+", svg)) <= {"http://www.w3.org/2000/svg"}
    assert len(svg) < 100_000
    assert picture.stem == "board" or f"(screens/{picture.name})" in (DOCS / "screens.md").read_text(
        encoding="utf-8"
    )


def test_architecture_names_what_is_there() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = [ROOT, ROOT / "store"]
    for name in set(re.findall(r"`([\w/]+(?:\.py|/))`", text)):
        assert any((room / name).exists() for room in rooms), name
    for file, function in re.findall(r"`([\w/]+\.py)`: `(\w+)`", text):
        assert re.search(rf"\b(?:def|class) {function}\b", (ROOT / file).read_text(encoding="utf-8")), (
            function
        )


def test_the_changelog_has_this_version() -> None:
    assert f"## [{emergency.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# -- the plugin of docs/plugins.md ----------------------------------------------------------------


def installed(folder: pathlib.Path, source: str) -> None:
    """Lay the page's plugin out as an installed distribution, entry point and all."""
    project = tomllib.loads(blocks("plugins.md", "toml")[0])["project"]
    points = project["entry-points"]["emergency"]
    (module,) = points.values()
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    told = folder / f"{module}-{project['version']}.dist-info"
    told.mkdir()
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (told / "entry_points.txt").write_text(f"[emergency]\n{lines}", encoding="utf-8")
    (told / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )


def shift(tmp_path: pathlib.Path) -> dict[str, str]:
    """A store with a team and an incident; the environment of commands with the plugin installed."""
    environ = {"EMERGENCY_STORE": str(tmp_path / "duty.db"), "ORDER_LOG": str(tmp_path / "orders.log")}
    for line in (
        "init --station FT --region 110106 --name 丰台",
        "team add name=卢沟桥排水队 strength=24 region=110106",
        "incident open 积水 --scenario waterlogging --level III --region 110106",
    ):
        done = python("-m", "emergency", "--officer", "李雁", *line.split(), **environ)
        assert done.returncode == 0, done.stderr
    return {**environ, "path": str(tmp_path / "site")}


ISSUE = [
    "callup",
    "issue",
    "--incident",
    "FT-2",
    "--team",
    "FT-1",
    "--people",
    "6",
    "--report-to",
    "卢沟桥",
    "--by",
    "90min",
]


def test_the_plugin_of_the_page_is_told_of_every_order(tmp_path: pathlib.Path) -> None:
    source = blocks("plugins.md", "python")[0]
    assert len(source.splitlines()) <= 22
    (tmp_path / "site").mkdir()
    installed(tmp_path / "site", source)
    environ = shift(tmp_path)
    dry = python("-m", "emergency", "--officer", "李雁", *ISSUE, "--dry-run", **environ)
    assert (dry.returncode, (tmp_path / "orders.log").exists()) == (0, False)
    one = python("-m", "emergency", "--officer", "李雁", *ISSUE, **environ)
    assert (one.returncode, one.stderr) == (0, "")
    rows = tmp_path / "orders.csv"
    rows.write_text("ref,incident,team,people\nA,FT-2,FT-1,2\nB,FT-2,FT-1,3\n", encoding="utf-8")
    batch = python("-m", "emergency", "--officer", "李雁", "callup", "batch", str(rows), **environ)
    assert batch.returncode == 0, batch.stderr
    assert (tmp_path / "orders.log").read_text(encoding="utf-8").splitlines() == [
        "FT-3  李雁  卢沟桥  (callup issue)",
        "FT-4  李雁  -  (callup batch)",
        "FT-5  李雁  -  (callup batch)",
    ]
    listed = python("-m", "emergency", "plugin", "list", "--json", **environ)
    assert {p["name"]: p["hooks"] for p in json.loads(listed.stdout)}["order-log"] == ["emergency_event"]


def test_the_screen_of_the_page_is_among_the_screens(tmp_path: pathlib.Path) -> None:
    (source,) = [
        block for block in blocks("plugins.md", "python") if "emergency_screens" in block and "yield" in block
    ]
    (tmp_path / "site").mkdir()
    installed(tmp_path / "site", source)
    environ = shift(tmp_path)
    opened = (
        "import asyncio, sys\nfrom emergency.commands.screens import more_screens\nfrom emergency.tui.app import EmergencyApp\n"
        "async def main():\n"
        f"    app = EmergencyApp({environ['EMERGENCY_STORE']!r}, more=more_screens())\n"
        "    async with app.run_test(size=(120, 24)) as pilot:\n"
        "        await pilot.press('f8')\n"
        "        async with asyncio.timeout(60):\n"
        "            while not (found := app.screen.query('#list')) or not found.first().rows:\n"
        "                await pilot.pause()\n"
        "        print(app.room, found.first().title, found.first().target.id)\n"
        "asyncio.run(main())\n"
    )
    done = python("-c", opened, **environ)
    assert (done.returncode, done.stdout) == (0, "silent No radio: 1 FT-1\n"), done.stderr


@pytest.mark.parametrize("source", ["import nowhere_at_all\n", "def (:\n"], ids=["import", "syntax"])
def test_a_broken_plugin_is_named_and_skipped(tmp_path: pathlib.Path, source: str) -> None:
    (tmp_path / "site").mkdir()
    installed(tmp_path / "site", source)
    done = python("-m", "emergency", *ISSUE, **shift(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "plugin order-log is skipped" in done.stderr
    assert "Traceback" not in done.stderr


# -- docs/format.md -------------------------------------------------------------------------------


def made(tmp_path: pathlib.Path) -> Store:
    words.speak("en")
    return create(str(tmp_path / "s.db"), station="FT", region="110106", name="丰台", who="李雁")


def test_every_example_of_a_fact_has_an_effect(tmp_path: pathlib.Path) -> None:
    text = (DOCS / "format.md").read_text(encoding="utf-8")
    examples = [json.loads(found) for found in re.findall(r"^\| `\w+` \| `(\[.*?\])` \|", text, re.MULTILINE)]
    with made(tmp_path) as store:
        (feed,) = store.connection.execute("SELECT id FROM feed WHERE own").fetchone()
        with store.noting() as connection:
            # Only a hub says that a clock is wrong: here the feed is a hub's.
            connection.execute("INSERT INTO hub(feed, url, key, name) VALUES(?, '', x'', 'BJ')", (feed,))
            authority.learn(connection)
        with store.write("test") as writer:
            writer.new("callup", {"kind": "callup"}, "FT-3")
            writer.new("equipment", {"name": "泵"}, "BJ-0101")
            writer.new("line", {"order": "FT-3", "equipment": "BJ-0101"}, "FT-3/1")
            writer.new("reserve", {"depot": "D1", "item": "sandbag"}, "D1/sandbag")
            known = {*writer.fold._facts, "new"}
            for fact in examples:
                writer.fact(fact)
        assert {fact[0] for fact in examples} == known
        assert store.rows("SELECT * FROM inert") == []
        assert store.rows("SELECT state FROM line") == [{"state": "issued"}]
        assert store.rows("SELECT claimed FROM equipment") == [{"claimed": "FT-3/1"}]
        assert store.rows("SELECT quantity FROM reserve") == [{"quantity": 4_800_000}]


def test_an_object_as_a_value_is_kept_and_has_no_effect() -> None:
    elsewhere = Replica("A")
    elsewhere.write(1, [["new", "team", "FT-1", {"name": "队", "mobile": {"sealed": "…"}}]])
    here = arrive(elsewhere.has(elsewhere.signer.feed))
    assert here.execute("SELECT name, mobile FROM team").fetchall() == [("队", None)]
    assert here.execute("SELECT count(*) FROM inert").fetchone() == (1,)


def test_an_export_is_verified_without_the_program(tmp_path: pathlib.Path) -> None:
    made(tmp_path).close()
    environ = {"EMERGENCY_STORE": str(tmp_path / "s.db")}
    for line in (["team", "add", "name=卢沟桥排水队"], ["journal", "export", str(tmp_path / "out")]):
        assert python("-m", "emergency", *line, **environ).returncode == 0
    script = blocks("format.md", "python")[0]
    whole = python("-c", script, str(tmp_path / "out"))
    assert whole.returncode == 0 and "2 entries, whole" in whole.stdout, whole.stderr
    (file,) = (tmp_path / "out").glob("*.ndjson")
    text = file.read_text(encoding="utf-8")
    for before, after in (("卢沟桥", "卢沟站"), ('\\"seq\\":2', '\\"seq\\":3')):
        file.write_text(text.replace(before, after), encoding="utf-8")
        assert file.read_text(encoding="utf-8") != text
        assert python("-c", script, str(tmp_path / "out")).returncode == 1
