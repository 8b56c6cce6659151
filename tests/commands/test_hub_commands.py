"""`emergency sync`, `hub` and `bundle` as they are typed: what they say, and what they refuse."""

from __future__ import annotations

import errno
import os
import pathlib
from typing import Any

import pytest

from emergency.store import times

from .conftest import Officer, Stage
from .meetings import Wire, World, synced
from .test_cases_hub import hub_of

TEAM = Stage.DRAINERS


def at_the_hub(world: World, *words: str) -> tuple[str, ...]:
    """A command line of the hub's administrator."""
    return (*words, "--database", str(world.carried / "hub.db"))


# -- enrolling --------------------------------------------------------------------------------------


def test_a_code_enrols_one_station_once(by_hub: World) -> None:
    world = by_hub
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    given = world.ft.done(*at_the_hub(world, "hub", "enrol-code", "--station", "BJ"))
    code = given.out.strip()
    assert f"emergency sync enrol URL {code}" in given.err
    done = bj.done("sync", "enrol", "http://hub.test", code.lower().replace("-", " "), "--json").json
    assert (done["hub"], done["url"]) == ("HUB", "http://hub.test")
    # The same station may ask again, in case the answer was lost; no other may.
    bj.done("sync", "enrol", "http://hub.test", code)
    other = world.stranger("HD", "110108", "海淀区应急指挥中心")
    assert "used by another station" in other.refused(1, "sync", "enrol", "http://hub.test", code)
    listed = world.ft.done(*at_the_hub(world, "hub", "stations", "--json")).json
    assert [(s["station"], s["role"], s["region"], s["state"]) for s in listed] == [
        ("BJ", "duty", None, "enrolled"), ("FT", "duty", None, "enrolled")]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "code", "exit_", "said"),
    [
        ("http://hub.test", "not-a-code", 2, "not an enrolment code"),
        ("http://hub.test", "ABCDE-FGHJK-MNPQR-STVWX", 1, "gave out no such code"),
        ("http://nobody.test", "ABCDE-FGHJK-MNPQR-STVWX", 75, "no hub answers"),
        ("ftp://hub.test", "ABCDE-FGHJK-MNPQR-STVWX", 2, "not the address of a hub"),
        ("http://", "ABCDE-FGHJK-MNPQR-STVWX", 2, "not the address of a hub"),
        ("http://hub.test:99999", "ABCDE-FGHJK-MNPQR-STVWX", 2, "not the address of a hub"),
    ],
)
def test_enrolling_wrongly_is_refused_and_changes_nothing(
    by_hub: World, url: str, code: str, exit_: int, said: str
) -> None:
    bj = by_hub.stranger("BJ", "110000", "北京市应急指挥中心")
    assert said in bj.refused(exit_, "sync", "enrol", url, code)
    assert bj.done("sync", "status", "--json").json == []


def test_a_code_tried_wrongly_five_times_is_void_and_runs_out_in_a_day(by_hub: World) -> None:
    world = by_hub
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    code = hub_of(world).code("BJ")
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    for _n in range(5):
        assert "the code is wrong" in bj.refused(1, "sync", "enrol", "http://hub.test", wrong)
    assert "void" in bj.refused(1, "sync", "enrol", "http://hub.test", code)
    late = hub_of(world).code("BJ")
    world.clock.later(24 * 60 + 1)
    assert "has run out" in bj.refused(1, "sync", "enrol", "http://hub.test", late)


def test_a_code_for_a_region_that_is_none_is_refused(by_hub: World) -> None:
    words = at_the_hub(by_hub, "hub", "enrol-code", "--station", "BJ", "--region", "999999")
    assert "999999" in by_hub.ft.refused(3, *words)


# -- syncing ----------------------------------------------------------------------------------------


def test_without_a_hub_sync_says_how_to_enrol(desk: Any) -> None:
    said = desk.refused(78, "sync")
    assert "not enrolled at any hub" in said and "emergency sync enrol URL CODE" in said
    desk.refused(78, "sync", "--require-sync")


def test_offline_is_no_error_unless_it_is_asked_for(by_hub: World) -> None:
    world = by_hub
    synced(world.ft)
    Wire.reached.clear()
    world.ft.add("team", "name=离线队", "region=110106")
    done = world.ft.done("sync")
    assert done.out == "HUB: offline (nobody answers); the work is safe here\n"
    for words in (("--require-sync",), ("--require-sync", "--json")):
        done = world.ft("sync", *words)
        assert done.code == 75
    (row,) = world.ft.done("sync", "status", "--json").json
    assert (row["state"], row["unsent"], row["why"]) == ("offline", 1, "nobody answers")
    assert row["synced"] == "2026-07-31T08:00:00+08:00"


def test_a_hub_that_nobody_has_is_refused_by_name(by_hub: World) -> None:
    assert "no hub TJ" in by_hub.ft.refused(3, "sync", "--hub", "TJ")
    for none in ("", " "):
        assert "names no hub" in by_hub.ft.refused(2, "sync", "--hub", none)
    assert by_hub.ft.done("sync", "--hub", "HUB").out.startswith("HUB: sent ")


def test_a_round_with_nothing_to_do_says_so_and_takes_two_requests(by_hub: World) -> None:
    synced(by_hub.ft)
    hub_of(by_hub).calls.clear()
    assert by_hub.ft.done("sync").out == "HUB: sent 0, received 0\n"
    assert [path for _method, path, *_rest in hub_of(by_hub).calls] == ["/v1/info", "/v1/heads"]
    (row,) = by_hub.ft.done("sync", "status", "--json").json
    assert (row["state"], row["unsent"]) == ("synced", 0)


def test_one_who_is_revoked_is_told_and_what_he_writes_counts_nowhere(by_hub: World) -> None:
    world = by_hub
    bj = world.post("BJ")
    bj.done("team", "set", TEAM, "commander=之前")
    world.meet(world.ft, bj)
    world.ft.done(*at_the_hub(world, "hub", "revoke", "BJ", "--why", "笔记本电脑被盗"))
    assert "revoked already" in world.ft.refused(1, *at_the_hub(world, "hub", "revoke", "BJ", "--why", "x"))
    bj.done("team", "set", TEAM, "commander=之后")
    done = bj("sync")
    on = "where it is to go on: emergency hub enrol-code --station NAME --again"
    assert (done.code, done.out) == (1, f"HUB: this station was revoked there: 笔记本电脑被盗; {on}\n")
    assert bj("sync", "--require-sync").code == 1
    world.hand_on(bj, world.ft)
    synced(world.ft)
    assert world.ft.show("team", TEAM)["commander"] == "之前"
    listed = world.ft.done(*at_the_hub(world, "hub", "stations", "--json")).json
    assert [(s["station"], s["state"], s["why"]) for s in listed if s["station"] == "BJ"] == [
        ("BJ", "revoked", "笔记本电脑被盗")]  # fmt: skip
    # One says when the hub last received anything, the other which entry is the last that counts.
    heads = [bj.done("grant", "list").out.splitlines()[0]]
    heads += [world.ft.done(*at_the_hub(world, "hub", "stations")).out.splitlines()[0]]
    assert ["Last valid entry" in heads[0], "Last received" in heads[1]] == [True, True]
    assert not any("Last entry" in head for head in heads)


def test_one_that_another_brought_waits_until_a_person_admits_it(by_hub: World) -> None:
    world = by_hub
    bj = world.post("BJ")
    stranger = world.stranger("TJ", "120000", "天津市应急指挥中心")
    team = stranger.add("team", "name=天津队", "region=120000")
    world.hand_on(stranger, world.ft)
    done = world.ft.done("sync")
    assert "is not enrolled there; emergency hub admit" in done.out
    assert "HUB: TJ (" in done.out
    synced(bj)
    assert bj("team", "show", team).code == 3
    assert "no station HD" in world.ft.refused(3, *at_the_hub(world, "hub", "admit", "HD"))
    world.ft.done(*at_the_hub(world, "hub", "admit", "TJ"))
    synced(bj)
    assert bj.show("team", team)["name"] == "天津队"


@pytest.mark.parametrize("verb", [("stations",), ("revoke", "BJ", "--why", "x"), ("admit", "BJ")])
def test_without_a_hub_here_its_verbs_say_so(
    desk: Any, tmp_path: pathlib.Path, verb: tuple[str, ...]
) -> None:
    said = desk.refused(78, "hub", *verb, "--database", str(tmp_path / "none.db"))
    assert "there is no hub at" in said
    said = desk.refused(78, "hub", *verb, "--database", str(desk.store))
    assert "not a hub's" in said


def test_who_is_not_enrolled_is_not_revoked(by_hub: World) -> None:
    assert "no station HD is enrolled" in by_hub.ft.refused(
        3, *at_the_hub(by_hub, "hub", "revoke", "HD", "--why", "x")
    )


def test_a_reason_is_as_long_as_an_entry_should_carry(by_hub: World) -> None:
    verb = at_the_hub(by_hub, "hub", "revoke", "FT", "--why", "长" * 1001)
    assert "longer than 1000 characters" in by_hub.ft.refused(2, *verb)


@pytest.mark.parametrize("why", ["", "  "])
@pytest.mark.parametrize("more", [(), ("--all",)])
def test_nobody_is_revoked_without_a_reason(by_hub: World, why: str, more: tuple[str, ...]) -> None:
    verb = at_the_hub(by_hub, "hub", "revoke", "BJ", *more, "--why", why)
    assert "--why is empty" in by_hub.ft.refused(2, *verb)
    assert synced(by_hub.post("BJ"))["state"] == "synced"


def test_an_authority_that_is_not_there_or_none_is_told_like_any_file(
    say: Officer, tmp_path: pathlib.Path
) -> None:
    verb = ("sync", "enrol", "https://hub.test", "ABCDE-FGHJK-MNPQR-STVWX", "--ca")
    none, other = tmp_path / "none.pem", tmp_path / "ca.der"
    assert f"{none} cannot be read: No such file or directory\n" in say.refused(2, *verb, str(none))
    assert f"{none} 无法读取：没有该文件或文件夹\n" in say.refused(2, "--lang", "zh", *verb, str(none))
    other.write_bytes(b"\x30\x82\xff\x00")
    said = say.refused(2, *verb, str(other))
    assert "not a certificate authority in PEM" in said and "-----BEGIN CERTIFICATE-----" in said


# -- bundles ----------------------------------------------------------------------------------------


def test_a_want_and_its_answer(by_stick: World) -> None:
    world = by_stick
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    want, stick = str(world.carried / "bj.want"), str(world.carried / "bj.bundle")
    assert f"there: emergency bundle export ANSWER --want {want}" in bj.done("bundle", "want", want).err
    shown = world.ft.done("bundle", "show", want, "--json").json
    assert (shown["kind"], shown["from"]) == ("want", "BJ")
    assert world.ft.done("bundle", "export", stick, "--want", want, "--json").json["sealed_to"] == ["BJ"]
    shown = bj.done("bundle", "show", stick, "--json").json
    assert (shown["kind"], shown["from"], shown["trailer"]) == ("bundle", "FT", "good")
    done = bj.done("bundle", "import", stick)
    assert "station FT is heard of for the first time" in done.err
    assert bj.done("bundle", "import", stick, "--json").json["new"] == 0
    assert os.stat(stick).st_mode & 0o077 == 0
    other = world.stranger("HD", "110108", "海淀区应急指挥中心")
    assert "sealed to BJ, not to this station" in other.refused(1, "bundle", "import", stick)


@pytest.mark.parametrize("times_restored", [1, 2])
def test_a_station_that_was_restored_goes_on_with_a_key_that_its_earlier_one_vouches_for(
    by_stick: World, times_restored: int
) -> None:
    world = by_stick
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    first = world.carried / "first.bundle"
    world.ft.done("bundle", "export", str(first), "--open")
    bj.done("bundle", "import", str(first))
    for n in range(times_restored):
        backup = str(world.carried / f"{n}.backup")
        world.ft.done("backup", backup)
        world.ft.done("restore", backup)
        world.ft.add("team", f"name=恢复后{n}队", "region=110106")
    stick = str(world.carried / "restored.bundle")
    world.ft.done("bundle", "export", stick, "--open")
    done = bj.done("bundle", "import", stick)
    assert "heard of for the first time" not in done.err and "compare" not in done.err
    said = [line for line in done.err.splitlines() if line.startswith("station FT goes on with a new key, ")]
    assert len(said) == times_restored and all("its earlier one vouches for it" in line for line in said)
    told = world.stranger("HD", "110108", "海淀区应急指挥中心").done("bundle", "import", stick, "--json").json
    # To whom all are new, all are to be compared.
    assert (len(told["new_stations"]), told["new_keys"]) == (1 + times_restored, [])


def test_another_key_that_nobody_vouches_for_is_to_be_compared_whatever_name_it_gives_itself(
    by_stick: World,
) -> None:
    world = by_stick
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    backup, first, stick = (str(world.carried / name) for name in ("backup", "first.bundle", "stick.bundle"))
    world.ft.done("bundle", "export", first, "--open")
    bj.done("bundle", "import", first)
    world.ft.done("backup", backup)
    pathlib.Path(f"{world.ft.store}.key").unlink()
    world.ft.done("restore", backup)
    world.ft.add("team", "name=恢复后队", "region=110106")
    world.ft.done("bundle", "export", stick, "--open")
    done = bj.done("bundle", "import", stick, "--json")
    ((told,), keys) = (done.json["new_stations"], done.json["new_keys"])
    assert (told["station"], told["known"], keys) == ("FT", True, [])
    hd = world.stranger("HD", "110108", "海淀区应急指挥中心")
    hd.done("bundle", "import", first)
    said = hd.done("bundle", "import", stick).err
    assert f"nobody vouches for this key of it, {told['check']}: compare it by telephone" in said
    assert "heard of for the first time" not in said


def test_a_bundle_is_never_written_over_a_file_or_to_nobody(by_stick: World) -> None:
    world = by_stick
    stick = world.carried / "ft.bundle"
    assert "no other station is known here" in world.ft.refused(1, "bundle", "export", str(stick))
    assert "no station TJ is known here" in world.ft.refused(3, "bundle", "export", str(stick), "--to", "TJ")
    world.ft.refused(2, "bundle", "export", str(stick), "--to", "TJ", "--open")
    world.ft.refused(3, "bundle", "export", str(stick), "--open", "--region", "999999")
    world.ft.refused(2, "bundle", "export", str(stick), "--open", "--since", "neulich")
    assert not stick.exists()
    stick.write_bytes(b"x")
    assert "is there already" in world.ft.refused(2, "bundle", "export", str(stick), "--open")
    assert "is there already" in world.ft.refused(2, "bundle", "want", str(stick))
    assert stick.read_bytes() == b"x"
    world.ft.refused(78, "bundle", "export", str(world.carried / "no" / "such" / "folder"), "--open")


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no bundle", os.urandom(1) * 5000, b"\xe5\x91\xbcE" * 40]
)
def test_what_is_no_bundle_is_refused(by_stick: World, content: bytes) -> None:
    stick = by_stick.carried / "odd.bundle"
    stick.write_bytes(content)
    for verb in ("import", "show"):
        said = by_stick.ft.refused(2, "bundle", verb, str(stick))
        assert said.startswith(f"emergency: {stick}: this is no bundle")
        assert "standard input: this is no bundle" in by_stick.ft.refused(
            2, "bundle", verb, "-", stdin=content
        )
    said = by_stick.ft.refused(2, "bundle", "export", str(by_stick.carried / "new"), "--want", str(stick))
    assert said.startswith(f"emergency: {stick}: this is no ")
    by_stick.ft.refused(2, "bundle", "import", str(by_stick.carried / "not-there"))
    by_stick.ft.refused(2, "bundle", "import", str(by_stick.carried))


def test_a_want_file_is_not_taken_for_a_bundle_nor_a_bundle_for_a_want(by_stick: World) -> None:
    world = by_stick
    want, stick = str(world.carried / "ft.want"), str(world.carried / "ft.bundle")
    world.ft.done("bundle", "want", want)
    world.ft.done("bundle", "export", stick, "--open")
    said = world.ft.refused(2, "bundle", "import", want)
    assert said.startswith(f"emergency: {want}: ") and "emergency bundle export" in said
    assert f"{stick}: this is no want file" in world.ft.refused(
        2, "bundle", "export", f"{stick}2", "--want", stick
    )


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_bundle_cut_short_gives_what_is_whole_of_it(by_stick: World, part: float) -> None:
    world = by_stick
    for n in range(40):
        world.ft.add("team", f"name=队{n}", "region=110106", f"note={'长' * 500}")
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    stick = world.carried / "ft.bundle"
    world.ft.done("bundle", "export", str(stick), "--open")
    whole = stick.read_bytes()
    stick.write_bytes(whole[: int(len(whole) * part)])
    done = bj("bundle", "import", str(stick), "--json")
    assert (done.code, done.json["trailer"]) == (5, "missing")
    # The chain of each feed is unbroken, so that what it lacks is what its header tells of more.
    came, all_ = done.json["new"] + done.json["known"], world.ft.entries()
    assert done.json["missing"] == all_ - came > 0
    said = bj("bundle", "import", str(stick)).err
    assert "cut short" in said
    assert f"of its {all_} entries {all_ - came} did not come: ask for it again" in said
    bj.sound()
    stick.write_bytes(whole)
    assert bj.done("bundle", "import", str(stick), "--json").json["missing"] == 0
    assert bj.ids("team", "list") == world.ft.ids("team", "list")


def test_a_stick_without_room_leaves_no_half_bundle(by_stick: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = by_stick

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("emergency.store.bundles.os.fsync", full)
    stick = world.carried / "ft.bundle"
    said = world.ft.refused(78, "bundle", "export", str(stick), "--open")
    assert "No space left on device" in said
    said = world.ft.refused(78, "bundle", "want", str(world.carried / "ft.want"))
    assert list(world.carried.iterdir()) == []


@pytest.mark.parametrize(
    ("seconds", "bound", "told"), [(120, None, False), (121, None, True), (61, 60, True)]
)
def test_sync_and_stick_take_a_clock_for_wrong_at_one_bound(
    by_hub: World,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    bound: int | None,
    told: bool,
) -> None:
    world = by_hub
    if bound is not None:
        monkeypatch.setattr(times, "SKEW", bound * times.SECOND)
    bj = world.post("BJ")
    bj.ahead = seconds * times.SECOND
    assert ("ahead of that of" in bj.done("sync").out) is told
    stick = str(tmp_path / "bj.bundle")
    bj.done("bundle", "export", stick, "--open")
    assert ("ahead of the clock here" in world.ft.done("bundle", "import", stick).err) is told
    checks = {c["check"]: c["ok"] for c in bj("doctor", "--json").json["checks"]}
    assert checks["clock"] is not told


def test_a_stick_from_a_machine_whose_clock_is_ahead_is_told_of(by_stick: World) -> None:
    world = by_stick
    bj = world.post("BJ")
    bj.ahead = 2 * times.DAY
    bj.done("team", "set", TEAM, "commander=甲")
    stick = str(world.carried / "bj.bundle")
    bj.done("bundle", "export", stick, "--open")
    done = world.ft.done("bundle", "import", stick)
    assert "made 2 d ahead of the clock here" in done.err
