"""One writer for a hub: what waits is put into one transaction, and answered once it is on disk.

With a flush to disk for each, fifty desks that push one entry each would wait fifty times as
long; together they wait once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from emergency.plugins.hub.engine import Engine, Unavailable, is_fault
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.live import News
from emergency.plugins.hub.quota import MOST_A_DAY
from emergency.store.keys import Signer

#: The most requests that share a transaction, and the entries with which it is full: while those of some are stored,
#: those of others can be read.
MOST_TOGETHER, MOST_ENTRIES = 64, 2_000
T = TypeVar("T")


class _Job(NamedTuple):
    """What is to be done, what waits for its result, how many entries it brings, and of which feeds."""

    work: Callable[[Filing], Any]
    result: Future[Any]
    entries: int
    feeds: Collection[str]


class Writing:
    """Runs jobs on the journal, one transaction for all that wait. `now` is the hub's clock, in milliseconds."""

    def __init__(
        self,
        engine: Engine,
        signer: Signer,
        now: Callable[[], int],
        grown: Callable[[News], None] = lambda news: None,
    ) -> None:
        self._engine, self._signer, self._now = engine, signer, now
        #: Told what is new once it is on disk.
        self.grown = grown
        #: Bytes taken of one station in a day.
        self.most_a_day = MOST_A_DAY
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        #: The number of the last entry that those on the live line were told of.
        self.counter = 0
        self._telling = threading.Lock()

    def submit(self, work: Callable[[Filing], T], entries: int = 1, feeds: Collection[str] = ()) -> Future[T]:
        """Do something with whatever else waits; its result comes once all is on disk.

        It brings so many entries, and looks these feeds up, as it may others.

        Where no thread was started it is run at once, in a transaction of its own. The result
        raises what the work raised, or Unavailable.
        """
        future: Future[T] = Future()
        if self._thread is None:
            self._together([_Job(work, future, entries, feeds)])
        else:
            self._jobs.put(_Job(work, future, entries, feeds))
        return future

    def start(self) -> None:
        """Begin to run what is submitted. Raises Unavailable."""
        with self._engine.reading() as sql:
            self.counter = int(sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone()[0])
        self._thread = threading.Thread(target=self._run, name="hub-writer", daemon=True)
        self._thread.start()

    def stop(self, seconds: float | None = None) -> None:
        """Finish what waits, and end; or give up waiting for it after so many seconds."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(seconds)
            self._thread = None
            # Who came while it ended waits for an answer: the process would not end before it.
            while not self._jobs.empty():
                late = self._jobs.get()
                if late is not None:
                    late.result.set_exception(Unavailable("the hub is stopping"))

    def tell(self, before: int, counter: int, news: Callable[[], News]) -> None:
        """Tell those on the line of the entries from one number up to another, if they were not told yet."""
        with self._telling:
            told, self.counter = self.counter, max(self.counter, counter)
        if before == told < counter:
            self.grown(news())
        elif told < counter:
            # Another process wrote in between.
            self.grown(News(None, members_changed=True))

    def _run(self) -> None:
        while True:
            jobs: list[_Job] = []
            job = self._jobs.get()
            while job is not None:
                jobs.append(job)
                full = len(jobs) >= MOST_TOGETHER or sum(one.entries for one in jobs) >= MOST_ENTRIES
                if full or self._jobs.empty():
                    break
                job = self._jobs.get()
            if jobs:
                self._together(jobs)
            if job is None:
                return

    def _together(self, jobs: list[_Job]) -> None:
        done: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._engine.writing() as sql:
                filing = Filing(sql, self._signer, self._now(), self.most_a_day)
                filing.look_up(feed for job in jobs for feed in job.feeds)
                for job in jobs:
                    done.append((job.result, *_tried(filing, job.work)))
                grown = filing.finish()
                if grown:
                    self._engine.announce(sql)
        except BaseException as error:
            if len(jobs) > 1 and _is_of_one(error):
                # What one of them holds the database will not have: the others need not wait for it in vain.
                for one in jobs:
                    self._together([one])
                return
            for job in jobs:
                job.result.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for future, result, fault in done:
            if fault is None:
                future.set_result(result)
            else:
                future.set_exception(fault)
        if grown:
            self.tell(filing.before, filing.counter, filing.news)


def _tried(filing: Filing, work: Callable[[Filing], Any]) -> tuple[Any, BaseException | None]:
    """What came of one; one that fails takes nothing of the others with it."""
    try:
        with filing.apart():
            return work(filing), None
    except Exception as error:
        if is_fault(error):
            raise
        return None, error


def _is_of_one(error: BaseException) -> bool:
    """Whether the database refused a value, and is not itself away, busy or full."""
    causes = (error, error.__cause__)
    words = ("DataError", "IntegrityError", "ProgrammingError", "InFailedSqlTransaction")
    return any(k.__name__ in words for e in causes if e is not None for k in type(e).__mro__)
