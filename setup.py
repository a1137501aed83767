"""Puts into a wheel what lies beside the package in a checkout: contracts' artefacts and the built page.

Everything else about the build is in pyproject.toml.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

# Folder in the checkout: folder in the wheel, as `oracle/shipped.py` looks for it; and how to make what is missing.
_SHIPPED = {
    "abi": ("oracle/shipped_files/abi", "make abi"),
    "dapp/dist": ("oracle/shipped_files/page", "make dapp"),
}


class BuildWithShipped(build_py):
    """Builds the packages, then copies those folders."""

    def run(self) -> None:
        """Copy into wheels alone: an editable install reads the checkout."""
        super().run()
        if self.editable_mode:
            return
        for source, (target, remedy) in _SHIPPED.items():
            if not any(Path(source).glob("*")):
                raise SetupError(f"{source} is empty or not there; run `{remedy}` before the wheel is built")
            copied = Path(self.build_lib, target)
            shutil.rmtree(copied, ignore_errors=True)
            shutil.copytree(source, copied)


setup(cmdclass={"build_py": BuildWithShipped})
