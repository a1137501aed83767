"""The picture of a placement, and the file that nodes are read from."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from xml.dom.minidom import parseString

import pytest

from oracle.errors import InputError
from oracle.storage.node_file import read_nodes
from oracle.storage.picture import svg
from oracle.storage.placed import Placement, PlacementRules
from oracle.storage.placement import place
from tests.storage.world import file, node

NODES = [node("a<b>", trusted_for_personal=True), node("c", "us-east"), node("d", trusted_for_personal=True)]


def test_each_copy_is_a_dot_in_its_nodes_box() -> None:
    files = [file("one & two", "hot", "public"), file("x", "cold", "private"), file("y", "archive", "personal")]
    rules = PlacementRules(least_durability=0.999)
    placed = [each for each in place(files, NODES, rules) if isinstance(each, Placement)]
    drawn = svg(files, {each.name: each.holders for each in placed}, NODES)
    assert parseString(drawn).documentElement is not None  # noqa: S318 - of our own making
    copies = sum(len(each.holders) for each in placed)
    dots = len(re.findall("<circle ", drawn)) + len(re.findall('<rect x="', drawn))
    assert copies == dots == 6
    assert "a&lt;b&gt;, trusted" in drawn
    assert "one &amp; two: hot, public" in drawn


def test_a_long_name_fits_in_its_box_and_is_told_whole_beside() -> None:
    account = "0x" + "5f8FAe677D" * 4
    drawn = svg([], {}, [node(account)])
    (shown,) = re.findall(rf">([^<]+)<title>{account}</title>", drawn)
    assert shown == "0x5f8FAe6…AE677D".replace("AE677D", "Ae677D")
    assert "0 % full" in drawn


def test_nodes_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "nodes.json"
    path.write_text(json.dumps([asdict(each) for each in NODES]))
    assert read_nodes(path) == NODES
    path.write_text('[{"name": "a"}]')
    with pytest.raises(InputError, match=r"is no list of nodes: 0\.region: Field required"):
        read_nodes(path)
    path.write_text("{")
    with pytest.raises(InputError, match="is no list of nodes"):
        read_nodes(path)
