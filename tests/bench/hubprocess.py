"""A real hub: `emergency hub serve` on loopback, in a process of its own."""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import httpx

from emergency.plugins.hub import Opened, opened
from emergency.store import hubs
from emergency.store.creating import create
from emergency.store.hubs import Hub
from emergency.store.link import HttpLink
from emergency.store.store import Store

from .measure import EMERGENCY, ENVIRONMENT, run


class HubProcess:
    """Served from a new database until the end of the `with` block."""

    def __init__(
        self,
        folder: Path,
        prepare: Callable[[Opened], object] = lambda hub: None,
        *words: str,
        database: str = "",
    ) -> None:
        self._home = folder / "hub"
        self._home.mkdir(parents=True)
        self.database = database or str(self._home / "hub.db")
        made = opened(self.database, str(self._home), name="BENCH")
        prepare(made)
        made.engine.close()
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            [*EMERGENCY, "hub", "serve", "--port", "0", "--no-log", "--database", self.database, *words],
            env=ENVIRONMENT | {"EMERGENCY_HOME": str(self._home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1]

    def __enter__(self) -> HubProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def first_answer(self) -> float:
        """Seconds from its start to its first answer, which is asked for now."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port)
        asking.request("GET", "/v1/info")
        assert asking.getresponse().status == 200
        asking.close()
        return time.perf_counter() - self._began

    def wait_for_lines(self, number: int) -> None:
        """Until so many stations are on the live line. Raises TimeoutError after a minute."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            told = httpx.get(f"{self.url}/v1/metrics", trust_env=False, verify=False).text
            if f"emergency_hub_live {number}\n" in told:
                return
            time.sleep(0.05)
        raise TimeoutError(f"{number} stations are not on the line")

    def cpu(self) -> float:
        """Processor seconds that it has used."""
        # The clock of another process, as clock_getcpuclockid(3) names it.
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def keep_to(self, core: int) -> None:
        """Let it use one core alone."""
        for task in os.listdir(f"/proc/{self._process.pid}/task"):
            os.sched_setaffinity(int(task), {core})

    def memory(self) -> int:
        """Bytes of it that are in memory now."""
        return resident(self._process.pid)

    def code(self, station: str) -> str:
        """A code for a station to enrol with."""
        words = [*EMERGENCY, "hub", "enrol-code", "--station", station, "--database", self.database]
        return run(words, EMERGENCY_HOME=str(self._home)).stdout.strip()

    def station(self, path: Path, name: str, url: str = "") -> tuple[Store, Hub]:
        """A new store, enrolled here; it will go on calling `url`, where one is given."""
        store = create(str(path), station=name, region="110106", name=name, who="bench")
        link = HttpLink(url or self.url)
        try:
            return store, hubs.enrol(store, link, url or self.url, self.code(name))
        finally:
            link.close()


def resident(pid: int | str) -> int:
    """Bytes of a process that are in memory now."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def processor(hub: HubProcess) -> float:
    """Processor seconds of this process and the hub together; as the peers' drivers count them where they can."""
    group = os.environ.get("BENCH_CG")
    if group:
        with open(group, encoding="ascii") as file:
            return int(file.read()) / 1e9
    return time.process_time() + hub.cpu()
