"""Jobs on the machines of a Ray cluster, which have this package installed."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import ray

from oracle.errors import SettingsError
from oracle.workers.pool import AHEAD, Job, Result, Workers, taken_ahead

AUTO = "auto"  # the cluster that this machine is a node of
_PATIENCE_SECONDS = 5.0


class _RayWorkers:
    def __init__(self, count: int) -> None:
        self.count = count

    def run(self, jobs: Iterable[Job[Result]]) -> Iterator[Result]:
        running: Iterator[Any] = (_run.remote(job) for job in jobs)  # type: ignore[arg-type]
        return map(ray.get, taken_ahead(running, AHEAD * self.count))


@ray.remote(num_cpus=1)
def _run(job: Job[Result]) -> Result:
    return job()


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """Workers on the cluster at an address: HOST:PORT of its head, ray://HOST:PORT of a client's server, or auto.

    Raises:
        SettingsError: there is none.
    """
    join(address)
    try:
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        yield _RayWorkers(max(1, int(resources.get("CPU", 1))))
    finally:
        ray.shutdown()  # of a cluster that others started, only our own jobs end


def join(address: str | None) -> None:
    """Make this process a driver of the cluster at an address, or of one that is started here where it is None.

    Raises:
        SettingsError: no cluster answers there.
    """
    try:
        if address is not None and address != AUTO:
            _look(address)
        # Without "local", Ray would join whatever cluster it finds on this machine, and end with it.
        ray.init(address=address or "local", log_to_driver=False, configure_logging=False)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0][:160]
        raise SettingsError(
            f"no Ray cluster answers at {address}: {reason}; start one by `ray start --head`"
        ) from error


def _look(address: str) -> None:
    """Raise OSError or ValueError where nothing listens: Ray itself would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=_PATIENCE_SECONDS):
        pass
