"""The wheel alone, in an empty environment: no checkout beside it, no compiler and no Node."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from oracle.shipped import shipped

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built through the sdist, as `make wheel` does."""
    if not shipped("page", "dapp/dist").is_dir():
        pytest.skip("the page is not built; run `make dapp`")
    source = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git is there
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    shutil.copytree(ROOT / "dapp" / "dist", source / "dapp" / "dist")
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)],
        cwd=source,
        check=True,
        capture_output=True,
        env=_clean(),
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def catalyst(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that holds the wheel and what it asks for."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-compile", "-c", str(ROOT / "constraints.txt"), str(wheel)], check=True, env=_clean())
    return environment / "bin" / "catalyst"


def test_the_wheel_holds_artefacts_page_and_bundles(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in sorted((ROOT / "abi").glob("*.json")):
        assert f"oracle/shipped_files/abi/{path.name}" in names
    assert "oracle/shipped_files/page/index.html" in names
    assert "oracle/model/default_bundle/manifest.json" in names
    assert "oracle/plans/default_bundle/manifest.json" in names
    listed = subprocess.run(["git", "ls-files", "oracle"], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
    for name in listed.stdout.decode().split():
        assert name in names, f"{name} is not in the wheel; add it to package-data in pyproject.toml"


def test_the_main_job_runs_from_the_wheel(catalyst: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [str(catalyst), "local", "--epochs", "2", "--nodes", "20"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=_bare(),
        timeout=300,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert re.search(r"2 epochs applied in .* equal the formulas", ended.stdout.replace("\n", " "))


def test_the_page_is_served_from_the_wheel(serving: str) -> None:
    page = httpx.get(f"{serving}/dapp/").text

    (script,) = re.findall(r'src="\./(assets/[^"]+\.js)"', page)
    assert httpx.get(f"{serving}/dapp/{script}").status_code == 200


def test_the_laboratory_names_its_extra(catalyst: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [str(catalyst), "compare", "--minutes", "60"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=_bare(),
        check=False,
    )

    assert ended.returncode == 2
    assert "catalyst-consensus[lab]" in ended.stderr


@pytest.fixture
def serving(catalyst: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a run that goes on."""
    command = [str(catalyst), "local", "--epochs", "1", "--nodes", "20", "--serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path, env=_bare()
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            found = re.search(r"page\s+(http://\S+)/dapp/", line)
            if found:
                break
        else:
            pytest.fail("".join(said))
        yield found[1]
        process.terminate()
        process.stdout.read()


def _clean() -> dict[str, str]:
    """Nothing of this checkout on the path of imports."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _bare() -> dict[str, str]:
    """The same with no program on the path: neither Node nor a compiler can be found."""
    return _clean() | {"PATH": "/nonexistent", "PYTHONUNBUFFERED": "1"}
