"""Pages of figures say of which bundle these are, or under which they were measured."""

import re

import pytest

from oracle.model.manifest import DEFAULT_BUNDLE, model_hash, read_manifest
from tests.conftest import ROOT

_HASH = re.compile(r"modelHash\s+`0x([0-9a-f]{64})`")


def _head(name: str) -> str:
    """A page up to its first table."""
    return (ROOT / "docs" / name).read_text().partition("\n| ")[0]


@pytest.mark.parametrize("name", ["benchmark.md", "sensitivity.md", "compare.md"])
def test_figures_of_a_policy_are_of_the_bundle_in_the_package(name: str) -> None:
    """Whoever ships another bundle measures these again."""
    assert _HASH.findall(_head(name)) == [model_hash(read_manifest(DEFAULT_BUNDLE)).hex()]


def test_figures_of_encoders_say_when_they_were_measured_and_from_which_weights() -> None:
    """They take hours, and depend on no bundle: so they may be older than the one in the package, if they say so."""
    head = " ".join(_head("encoders.md").split())
    assert re.search(r"Measured on 20\d\d-\d\d-\d\d, from the encoder", head)
    assert len(_HASH.findall(head)) == 1
    weights = read_manifest(DEFAULT_BUNDLE)["encoder"]["files"]["model.safetensors"]
    assert f"SHA-256 `{weights}`" in head
