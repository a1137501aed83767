"""The demonstration comes to its end, by the clock, and draws who holds what."""

import re

import pytest

from oracle.lab.storage.demo import DOCUMENTS, REPLICAS, demo


@pytest.mark.long
def test_files_outlive_a_lost_holder_and_a_bad_one() -> None:
    lines: list[str] = []
    drawn = demo(6, None, lines.append)
    said = "\n".join(lines)
    assert said.count("every file was read from a holder, compared with its CID, opened where sealed") == 2
    for name, _, _ in DOCUMENTS:
        assert re.search(rf"^{name}: .*the cheapest \d holders that keep the rules are \d:", said, re.MULTILINE), said
    assert "patient.txt: read as warm and personal, eu; kept sealed" in said
    assert re.search(r"did not prove that it has the file|let go all the same", said)
    dots = len(re.findall("<circle ", drawn)) + len(re.findall(r'<rect x="', drawn))
    assert dots >= REPLICAS[0] * len(DOCUMENTS)
    assert "(lost)" in drawn
