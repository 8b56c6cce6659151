"""The power is cut at every moment of a command that meets others: row 20 of the table of cases.

Real processes, and a real hub on this machine: each command is run again and again, killed at its
first moment, its second, and so on, until it comes to its end; then all must have what all had.
"""

from __future__ import annotations

import pathlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.plugins.hubs import Real, real
from tests.store import stations

from .conftest import ROOT, Officer
from .meetings import Clock, Post

#: More moments than any of these commands has.
MOST = 60


def cut(post: Post, moment: int, *words: str) -> int:
    """Run a command with the power cut at a moment; its exit code, or -9."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "commands" / "cut.py"), str(moment), "--store", str(post.store), *words],
        env=stations.environment(EMERGENCY_NOW="2026-07-31T08:00:00+08:00"),
        capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


def at_each_moment(
    post: Post, every: int, words: Callable[[int], tuple[str, ...]], check: Callable[[int], None]
) -> int:
    """Cut a command off at each of its moments in turn, or at some; which was beyond its end."""
    for moment in range(0, MOST, every):
        code = cut(post, moment, *words(moment))
        assert stations.whole(str(post.store))
        check(moment)
        if code == 0:
            return moment
    raise AssertionError("it never ends")


#: Every third moment, or with `-m slow` each of them.
some_or_each = pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])


@pytest.fixture
def post(desk: Officer) -> Post:
    """Station FT."""
    return Post(desk, desk.store, "FT", Clock())


@pytest.fixture
def hub(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Real]:
    """A hub's own process."""
    with real(tmp_path / "served") as found:
        yield found


def enrolled(post: Post, hub: Real) -> None:
    """Enrolled by a code that the hub's administrator had typed, at the time of this machine."""
    words = ("hub", "enrol-code", "--station", post.name, "--database", hub.database)
    done = stations.run(str(post.store), *words)
    assert done.returncode == 0, done.stderr
    post.done("sync", "enrol", hub.url, done.stdout.strip())


def other(post: Post) -> Post:
    from emergency.store.creating import create

    path = post.store.parent / "bj" / "station.db"
    create(str(path), station="BJ", region="110000", name="北京市应急指挥中心", who="李雁").close()
    return Post(post, path, "BJ", post.clock)


@some_or_each
def test_case_20_sync_cut_off_anywhere_is_run_again_and_converges(post: Post, hub: Real, every: int) -> None:
    bj = other(post)
    for each in (post, bj):
        enrolled(each, hub)

    def both_write(moment: int) -> tuple[str, ...]:
        """So that each round has something to hand over both ways."""
        for each in (post, bj):
            each.add("team", f"name={each.name}{moment}队", "region=110000")
        bj.done("sync")
        return ("sync",)

    moments = at_each_moment(post, every, both_write, lambda _n: None)
    assert moments > 8
    bj.done("sync")
    for noun in ("team", "equipment", "incident"):
        assert post.ids(noun, "list") == bj.ids(noun, "list")
    assert post.done("sync", "--require-sync").out.startswith("HUB: sent 0, received 0\n")
    assert post.aside() == bj.aside() == {}


@some_or_each
def test_case_20_a_bundle_is_there_whole_or_not_at_all(post: Post, every: int) -> None:
    folder = post.store.parent / "stick"
    folder.mkdir()

    def check(moment: int) -> None:
        stick = folder / f"{moment}.bundle"
        assert not stick.exists() or post("bundle", "show", str(stick)).code == 0

    moments = at_each_moment(
        post, every, lambda n: ("bundle", "export", str(folder / f"{n}.bundle"), "--open"), check
    )
    assert moments >= 4
    assert (folder / f"{moments}.bundle").exists()


@some_or_each
def test_case_20_a_bundle_is_taken_in_wholly_or_not_at_all(post: Post, every: int) -> None:
    bj = other(post)
    stick = post.store.parent / "ft.bundle"
    post.done("bundle", "export", str(stick), "--open")
    before = bj.entries()
    seen = set()

    def check(_moment: int) -> None:
        seen.add(bj.entries())

    at_each_moment(bj, every, lambda _n: ("bundle", "import", str(stick)), check)
    assert seen == {before, before + post.entries()}
    assert post.ids("team", "list") == bj.ids("team", "list")


def test_case_20_a_hub_that_loses_power_is_met_again(post: Post, tmp_path: pathlib.Path) -> None:
    bj = other(post)
    cut_off = False
    # `real` says so itself, that the hub did not come to its end.
    with pytest.raises(AssertionError), real(tmp_path / "served") as hub:
        for each in (post, bj):
            enrolled(each, hub)
        post.done("sync", "--require-sync")
        hub.process.kill()
        hub.process.wait()
        assert post("sync", "--require-sync").code == 75
        cut_off = True
    assert cut_off
    with real(tmp_path / "served") as again:
        # It came up at another address: a code tells each that it is the same hub.
        for each in (post, bj):
            enrolled(each, again)
        assert post.done("sync", "--require-sync", "--json").json["hubs"][0]["sent"] == 0
        bj.done("sync", "--require-sync")
        assert post.ids("team", "list") == bj.ids("team", "list")
