from .conftest import Stage
from .meetings import *

BIG, SMALL, INCIDENT = Stage.BIG, Stage.SMALL, Stage.INCIDENT


def flood(bj):
    return bj.done(
        "incident",
        "open",
        "门头沟山洪",
        "--scenario",
        "flood",
        "--level",
        "I",
        "--region",
        "110109",
        "--json",
    ).json["id"]


def p(*a):
    import sys

    print(*a, file=sys.__stdout__)


def test_probe5(world):
    bj = world.post("BJ")
    ft = world.ft
    ft.done("incident", "need", INCIDENT, "drainage>=6000m3/h")
    order = ft.issue("--incident", INCIDENT, "--equipment", BIG, "--approver", "张主任")
    ft.done("callup", "accept", order)
    world.meet(ft, bj)
    q = flood(bj)
    p(bj("callup", "issue", "--incident", q, "--equipment", BIG))
    p(
        bj(
            "callup",
            "issue",
            "--incident",
            q,
            "--equipment",
            BIG,
            "--basis",
            "EREL-73",
            "--override",
            "市级统一调度",
        )
    )
    world.clock.later(1)
    if world.meeting.name == "hub":
        p(bj("sync"))
        p(ft("sync"))
    else:
        world.meet(ft, bj)
    p(ft("callup", "show", order).out)
    p(ft("conflict", "list"))
    p(ft("incident", "show", INCIDENT).out)
    p(ft("board", "--plain").out)
    p(ft.done("board", "--json").out[:3000])


def test_probe6(world):
    bj = world.post("BJ")
    ft = world.ft
    q = flood(bj)
    order = ft.issue("--incident", INCIDENT, "--equipment", BIG)
    bj.done("equipment", "check-in", BIG, "--incident", q)
    world.meet(ft, bj)
    for x in (ft, bj):
        p(x("conflict", "list").out, x("callup", "show", order).out, x("equipment", "show", BIG).out)
        p(x.done("conflict", "show", BIG).out)


def test_probe13(world):
    bj = world.post("BJ")
    ft = world.ft
    hold = ft.issue("--kind", "preposition", "--equipment", BIG, "--report-to", "长阳")
    q = flood(bj)
    other = bj.issue("--incident", q, "--equipment", BIG)
    world.meet(ft, bj)
    p(ft("conflict", "list"), ft("conflict", "show", BIG).out)
