"""A command whose extra is not installed says which, and ends as for any wrong input."""

import subprocess
import sys

import pytest

from oracle.cli.extras import remedy

# What imports fail with where the package is not there: `None` in sys.modules.
_WITHOUT = "import sys; sys.modules[{module!r}] = None; sys.argv[1:] = {words!r}; from oracle.cli import main; main()"


@pytest.mark.parametrize(
    ("module", "words", "extra"),
    [
        ("ray", ["encoder"], "ray"),
        ("pyarrow", ["backtest", "--run", "."], "lab"),
        ("matplotlib", ["compare", "--minutes", "60"], "lab"),
    ],
)
def test_a_command_names_the_extra_that_it_needs(module: str, words: list[str], extra: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT.format(module=module, words=words)], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.strip().endswith(f"run `pip install 'catalyst-consensus[{extra}]'`")
    assert "Traceback" not in ended.stderr


def test_a_module_of_no_extra_is_a_fault_of_ours() -> None:
    assert remedy(ModuleNotFoundError("No module named 'oracle.nothing'", name="oracle.nothing")) is None
