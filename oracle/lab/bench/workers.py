"""How much faster many texts are read by more workers: `catalyst bench workers`.

The same texts, cut into the same jobs, are read by one and two processes, and by Ray clusters of one and two
nodes of one core each, which stand on this machine too. Each worker has loaded the bundle before the clock starts.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from ray.cluster_utils import Cluster

from oracle.control.choice import Expected
from oracle.control.policy import PolicyController
from oracle.errors import CatalystError
from oracle.training.said import said_texts
from oracle.workers.choice import workers
from oracle.workers.pool import Workers
from oracle.workload.wordings import TRAINING, wordings

_TEXTS, _OF_A_JOB = 1_536, 32
_WARM_JOBS, _WARM_SECONDS = 4, 1.0  # of each worker: long enough that none gets two while another gets none


@dataclass(frozen=True)
class WorkersRow:
    """One way to spread the work."""

    workers: str
    count: int
    seconds: float
    texts_per_s: float
    speed_up: float  # over one worker of the same kind


def measure_workers(say: Callable[[str], None], bundle_directory: Path, texts: int = _TEXTS) -> dict[str, Any]:
    """Rows of processes and of Ray; what is read must be the same everywhere.

    Raises:
        BundleError: the bundle cannot be loaded.
        CatalystError: two ways read differently.
    """
    speech = wordings(TRAINING)
    said = list(islice((each.text for each in said_texts(speech, tuple(speech.families))), texts))
    rows: list[WorkersRow] = []
    read: set[str] = set()
    for kind, spread in (("processes", lambda count: workers(str(count))), ("Ray", _ray)):
        alone = 0.0
        for count in (1, 2):
            with spread(count) as asked:
                seconds, digest = _timed(asked, bundle_directory, said)
            read.add(digest)
            alone = alone or seconds
            rows.append(WorkersRow(kind, count, seconds, len(said) / seconds, alone / seconds))
            say(f"{kind}, {count}: {len(said)} texts in {seconds:.1f} s, {rows[-1].speed_up:.2f} times as fast as one")
    if len(read) != 1:
        raise CatalystError("workers of different kinds read the same texts differently")
    return {"texts": len(said), "cores": os.cpu_count(), "rows": [asdict(row) for row in rows]}


def _timed(spread: Workers, bundle_directory: Path, texts: Sequence[str]) -> tuple[float, str]:
    for _ in spread.run([partial(_warm, bundle_directory)] * (_WARM_JOBS * spread.count)):
        pass
    jobs = [partial(_read, bundle_directory, texts[at : at + _OF_A_JOB]) for at in range(0, len(texts), _OF_A_JOB)]
    started = time.perf_counter()
    found = list(spread.run(jobs))
    return time.perf_counter() - started, hashlib.sha256(repr(found).encode()).hexdigest()


def _warm(bundle_directory: Path) -> None:
    _policy(bundle_directory)
    time.sleep(_WARM_SECONDS)


def _read(bundle_directory: Path, texts: Sequence[str]) -> list[Any]:
    reader = _policy(bundle_directory).bundle.reader
    reader.forget()
    return [asdict(said) for said in reader.read_all(texts)]


def _policy(bundle_directory: Path) -> PolicyController:
    controller = Expected(b"", bundle_directory, None).controller()
    assert isinstance(controller, PolicyController)  # noqa: S101 - a bundle is named
    return controller


@contextmanager
def _ray(nodes: int) -> Iterator[Workers]:
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        for _ in range(nodes - 1):
            cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        with workers(f"ray={cluster.address}") as asked:
            yield asked
    finally:
        cluster.shutdown()  # type: ignore[no-untyped-call]
