"""Jobs by processes and by a Ray cluster of two nodes: the same results, in order, whoever runs them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from oracle.chain.ports import free_port
from oracle.errors import SettingsError
from oracle.model.bundle import DEFAULT_BUNDLE, Bundle
from oracle.workers.choice import workers
from oracle.workers.pool import AHEAD
from tests.conftest import ROOT
from tests.workers import work

TEXTS = ("public sale of solar shares opens soon", "claims will not start today", "thanks for lunch with all of you")


@pytest.fixture(scope="module")
def ray_cluster(alone_with_ray: None) -> Iterator[str]:
    """Two nodes of one core each, as processes of this machine; what to give to --workers."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patched:
        # What the nodes' workers import: this checkout, and its tests.
        patched.setenv("PYTHONPATH", str(ROOT))
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        yield f"ray={cluster.address}"
        cluster.shutdown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("asked", ["1", "2", pytest.param("ray", marks=pytest.mark.long)])
def test_results_come_in_the_order_of_their_jobs(asked: str, request: pytest.FixtureRequest) -> None:
    with workers(request.getfixturevalue("ray_cluster") if asked == "ray" else asked) as spread:
        assert list(spread.run(partial(work.squared, number) for number in range(12))) == [n * n for n in range(12)]


@pytest.mark.long
def test_a_cluster_of_two_nodes_runs_jobs_on_both_and_reads_the_same_bits(ray_cluster: str, bundle: Bundle) -> None:
    with workers(ray_cluster) as spread:
        assert spread.count == 2
        found = set(spread.run(work.process for _ in range(8)))
        assert len(found) > 1
        assert os.getpid() not in found
        said = list(spread.run(partial(work.read, DEFAULT_BUNDLE, text) for text in TEXTS))
    assert said == [bundle.reader.read(text) for text in TEXTS]


@pytest.mark.parametrize("asked", ["1", "2", pytest.param("ray", marks=pytest.mark.long)])
def test_what_a_job_raises_is_raised(asked: str, request: pytest.FixtureRequest) -> None:
    spec = request.getfixturevalue("ray_cluster") if asked == "ray" else asked
    with workers(spec) as spread, pytest.raises(ValueError, match="three is refused"):
        list(spread.run(partial(work.refused, number) for number in range(6)))


def test_few_jobs_are_taken_ahead() -> None:
    taken: list[int] = []

    def jobs() -> Iterator[partial[int]]:
        for number in range(100):
            taken.append(number)
            yield partial(work.refused, number + 10)

    with workers("2") as spread:
        results = spread.run(jobs())
        assert next(results) == 10
        assert len(taken) <= AHEAD * 2 + 1
        results.close()  # type: ignore[attr-defined]


def test_who_is_stopped_stops_the_jobs(tmp_path: Path) -> None:
    started = tmp_path / "started"
    program = (
        "import signal, sys; from functools import partial; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background ignores it
        "from oracle.workers.choice import workers; from tests.workers import work\n"
        "if __name__ == '__main__':\n"
        "    with workers('2') as spread:\n"
        "        list(spread.run([partial(work.left_behind, Path(sys.argv[1]))]))\n"
    )
    (tmp_path / "program.py").write_text(program)
    ours = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py"), str(started)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (started.exists() and started.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ours.send_signal(signal.SIGINT)
    assert ours.wait(timeout=120) != 0
    worker = Path(f"/proc/{started.read_text()}/stat")
    while worker.exists() and worker.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_cannot_be_is_refused_with_the_remedy() -> None:
    for asked, says in (
        ("0", "at least 1"),
        ("many", "ray, or ray=HOST:PORT"),
        (f"ray=127.0.0.1:{free_port()}", "ray start --head"),
        ("ray=nowhere", "ray start --head"),
    ):
        with pytest.raises(SettingsError, match=says), workers(asked):
            pass


def test_an_encoder_on_a_cluster_that_is_not_there_is_refused_as_soon() -> None:
    command = [sys.executable, "-m", "oracle", "encoder", "--cluster", f"127.0.0.1:{free_port()}"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "no Ray cluster answers" in ended.stderr
    assert "ray start --head" in ended.stderr
