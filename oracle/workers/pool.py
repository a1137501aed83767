"""Jobs in other processes, their results in order; whoever stops us stops them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Job = Callable[[], Result]  # picklable, as a functools.partial of a function of a module is

# Jobs that are given out ahead of the one whose result is due, for each worker.
AHEAD = 2


class Workers(Protocol):
    """Runs jobs."""

    @property
    def count(self) -> int:
        """Jobs that run at a time."""

    def run(self, jobs: Iterable[Job[Result]]) -> Iterator[Result]:
        """The results of jobs, in their order; what a job raises is raised. A few jobs are taken ahead."""


class _HereWorkers:
    """One worker: this process."""

    count = 1

    def run(self, jobs: Iterable[Job[Result]]) -> Iterator[Result]:
        return (job() for job in jobs)


class _ProcessWorkers:
    def __init__(self, processes: ProcessPoolExecutor, count: int) -> None:
        self._processes, self.count = processes, count

    def run(self, jobs: Iterable[Job[Result]]) -> Iterator[Result]:
        running = map(self._processes.submit, jobs)
        return (each.result() for each in taken_ahead(running, AHEAD * self.count))


def taken_ahead(items: Iterable[Item], count: int) -> Iterator[Item]:
    """Items in their order, each once so many were taken from it on."""
    ahead: deque[Item] = deque()
    for item in items:
        ahead.append(item)
        if len(ahead) >= count:
            yield ahead.popleft()
    yield from ahead


@contextmanager
def processes(count: int) -> Iterator[Workers]:
    """Workers that are processes of this machine, started anew; for one, this process itself."""
    if count == 1:
        yield _HereWorkers()
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        try:
            yield _ProcessWorkers(pool, count)
        except BaseException:
            # Else it would go on for as long as it takes.
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                child.terminate()
            raise
