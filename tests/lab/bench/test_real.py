"""`catalyst bench real` in small: nothing where nothing is announced, and something where it is."""

import json
from pathlib import Path

import pytest

from oracle.lab.bench.real import MEAN_AIM, TAIL_AIM, measure_real
from oracle.lab.bench.real_page import page
from oracle.model.bundle import DEFAULT_BUNDLE
from oracle.window.blocks import Block
from oracle.window.blocks_file import read_blocks
from tests.conftest import ROOT
from tests.examples import block, transaction

_RECORDED = ROOT.parent / "shared" / "data" / "ethereum-mainnet-blocks.jsonl.gz"


def _block(number: int, said: bytes) -> Block:
    return block(number, [transaction(100 * number + i, sender=i, calldata=said if i < 3 else b"") for i in range(12)])


def test_it_sees_an_announcement_and_is_silent_without_one() -> None:
    silent, loud = b"powering the next wave of blockchain innovation", b"free mint for everyone in 2 minutes, be quick"
    blocks = [_block(1, loud), _block(2, silent), _block(3, loud), _block(4, loud)]
    said: list[str] = []
    measured = json.loads(json.dumps(measure_real(said.append, DEFAULT_BUNDLE, blocks)))
    first, second = measured["rows"]  # every second block: those that training would not have learnt from
    assert (first["block"], first["added_alone"], first["added_repeated"]) == (2, 0, 0)
    assert second["block"] == 4
    assert second["added_repeated"] > 0.02
    assert measured["least_room"] > 0.05
    assert second["loudest"] == "free mint for everyone in # minutes, be quick"
    written = page(measured)
    assert "missed" in written
    assert "| 4 | 12 |" in written
    assert "| 2 | 12 |" not in written


@pytest.mark.skipif(not _RECORDED.is_file(), reason="the recorded blocks are not beside the repository")
@pytest.mark.long
def test_on_recorded_blocks_text_adds_next_to_nothing() -> None:
    measured = measure_real(lambda _: None, DEFAULT_BUNDLE, list(read_blocks(_RECORDED)))
    assert measured["blocks"] == 36
    assert measured["least_room"] > 0.05
    for figures in measured["figures"].values():
        assert figures["mean"] <= MEAN_AIM
        assert figures["tail"] <= TAIL_AIM
    assert "reached" in page(measured)


def test_the_page_of_the_documentation_is_of_the_bundle_in_the_package() -> None:
    from oracle.model.bundle import model_hash, read_manifest

    written = (ROOT / "docs" / "real.md").read_text()
    assert "0x" + model_hash(read_manifest(DEFAULT_BUNDLE)).hex() in written


def test_no_path_of_a_machine_is_on_the_page(tmp_path: Path) -> None:
    measured = measure_real(lambda _: None, DEFAULT_BUNDLE, [_block(1, b""), _block(2, b"")])
    assert "/" not in page(measured).replace("oracle/lab", "").partition("## Blocks")[2]
